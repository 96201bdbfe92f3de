//! The exact likelihood of a series with missing values.
//!
//! A Kalman filter of the values as they are, not differenced (J. Durbin, S. Koopman, Time Series Analysis by State Space Methods, 2nd
//! edition, chapters 3 and 5): its state is the process, in Harvey's form, and as many values as differencing looks back on. The first
//! of these are where it starts. One that is missing there can be any number: it is a regressor of its own, integrated out, which
//! is what a diffuse start comes to.

use ndarray::Array2;

use crm_ml_linalg::Cholesky;

use super::likelihood::{Arma, Covariances};

/// The most numbers in a state: each step takes the square of them.
pub(super) const MOST_STATES: usize = 1000;

/// Which values are there, and how they are differenced.
#[derive(Debug, Clone)]
pub(super) struct Gaps {
    observed: Vec<bool>,
    /// Lags and weights of differencing.
    differencing: Vec<(usize, f64)>,
    /// Values that differencing looks back on.
    lost: usize,
}

/// Columns filtered together.
#[derive(Debug, Clone, Default)]
pub(super) struct Filtered {
    /// Of each column, the errors at the observed times behind the first ones.
    pub(super) errors: Vec<Vec<f64>>,
    /// Their variances, over that of the process's errors.
    pub(super) variances: Vec<f64>,
    /// Of each column, the expected values at all times behind the first ones.
    pub(super) expected: Vec<Vec<f64>>,
    states: Vec<Vec<f64>>,
    covariance: Vec<f64>,
    process: Process,
}

/// The process with room for a step.
#[derive(Debug, Clone, Default)]
struct Process {
    ar: Vec<f64>,
    /// What an error adds to each part of the state.
    ma: Vec<f64>,
    differencing: Vec<(usize, f64)>,
    size: usize,
    scratch: Vec<f64>,
}

impl Gaps {
    /// `None` for a series without gaps.
    pub(super) fn new(values: &[f64], differencing: &[f64]) -> Option<Self> {
        let observed: Vec<bool> = values.iter().map(|value| !value.is_nan()).collect();
        if observed.iter().all(|observed| *observed) {
            return None;
        }
        let lagged = differencing.iter().enumerate().map(|(i, weight)| (i + 1, *weight));
        Some(Self {
            observed,
            differencing: lagged.filter(|(_, weight)| *weight != 0.0).collect(),
            lost: differencing.len(),
        })
    }

    /// Numbers in the state of a process.
    pub(super) fn states(&self, arma: Arma<'_>) -> usize {
        arma.ar.len().max(arma.ma.len() + 1) + self.lost
    }

    /// One column for each missing value among the first: 1 there, 0 elsewhere.
    pub(super) fn starts(&self) -> Vec<Vec<f64>> {
        let missing = (0..self.lost.min(self.observed.len())).filter(|time| !self.observed[*time]);
        let unit = |time: usize| {
            let mut column = vec![0.0; self.observed.len()];
            column[time] = 1.0;
            column
        };
        missing.map(unit).collect()
    }

    /// Times whose values the process must explain.
    pub(super) fn times(&self) -> impl Iterator<Item = usize> {
        (self.lost..self.observed.len()).filter(|time| self.observed[*time])
    }

    /// Runs columns through the process; what stands at missing times behind the first ones does not count. `None` where the process is not
    /// stationary, or numbers break down.
    pub(super) fn filter(&self, arma: Arma<'_>, columns: &[&[f64]]) -> Option<Filtered> {
        let mut process = Process::new(arma, &self.differencing, self.lost);
        let size = process.size;
        let mut covariance = process.stationary(arma)?;
        let start = |column: &&[f64]| {
            let mut state = vec![0.0; size];
            let first = &column[..self.lost.min(column.len())];
            state[size - self.lost..].iter_mut().zip(first.iter().rev()).for_each(|(s, v)| *s = *v);
            state
        };
        let mut states: Vec<Vec<f64>> = columns.iter().map(start).collect();
        let mut errors = vec![Vec::new(); columns.len()];
        let mut expected = vec![Vec::new(); columns.len()];
        let (mut variances, mut gain) = (Vec::new(), vec![0.0; size]);
        for time in self.lost..self.observed.len() {
            for (state, expected) in states.iter().zip(&mut expected) {
                expected.push(process.observe(state));
            }
            if self.observed[time] {
                let variance = process.gain(&covariance, &mut gain);
                if !(variance > 0.0 && variance.is_finite()) {
                    return None;
                }
                variances.push(variance);
                for (((state, errors), expected), column) in
                    states.iter_mut().zip(&mut errors).zip(&expected).zip(columns)
                {
                    let error = column[time] - expected[expected.len() - 1];
                    state.iter_mut().zip(&gain).for_each(|(s, g)| *s += g * (error / variance));
                    errors.push(error);
                }
                for (row, left) in covariance.chunks_exact_mut(size).zip(&gain) {
                    let left = left / variance;
                    row.iter_mut().zip(&gain).for_each(|(cell, g)| *cell -= left * g);
                }
            }
            states.iter_mut().for_each(|state| process.advance(state));
            process.spread(&mut covariance);
        }
        Some(Filtered { errors, variances, expected, states, covariance, process })
    }
}

impl Filtered {
    /// The products of the first `count` columns behind the first, weighted by the variances: their factor, which fails where values do
    /// not tell of every one of them.
    pub(super) fn information(&self, count: usize) -> Option<Cholesky> {
        let column = |i: usize| self.errors.get(1 + i);
        let cell = |(i, j): (usize, usize)| match (column(i), column(j)) {
            (Some(a), Some(b)) => a.iter().zip(b).zip(&self.variances).map(|((a, b), v)| a * b / v).sum(),
            _ => f64::NAN,
        };
        Cholesky::new(Array2::from_shape_fn((count, count), cell).view()).ok()
    }

    /// What is expected of the first column after the last time, and its variance over that of an error; `weights` of the other
    /// columns are taken off, and `unsure` of each other's.
    pub(super) fn ahead(
        mut self,
        weights: &[f64],
        unsure: Option<&Cholesky>,
        steps: usize,
    ) -> Option<Vec<(f64, f64)>> {
        let mut gain = vec![0.0; self.process.size];
        let mut ahead = Vec::with_capacity(steps);
        for _ in 0..steps {
            let seen: Vec<f64> = self.states.iter().map(|state| self.process.observe(state)).collect();
            let (own, others) = seen.split_first()?;
            let value = own - others.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
            let mut variance = self.process.gain(&self.covariance, &mut gain);
            if let Some(factor) = unsure {
                let solved = factor.solve_vector(others).ok()?;
                variance += solved.iter().zip(others).map(|(a, b)| a * b).sum::<f64>();
            }
            ahead.push((value, variance));
            self.states.iter_mut().for_each(|state| self.process.advance(state));
            self.process.spread(&mut self.covariance);
        }
        Some(ahead)
    }
}

impl Process {
    fn new(arma: Arma<'_>, differencing: &[(usize, f64)], lost: usize) -> Self {
        let parts = arma.ar.len().max(arma.ma.len() + 1);
        let mut ar = arma.ar.to_vec();
        ar.resize(parts, 0.0);
        let mut ma = vec![1.0];
        ma.extend_from_slice(arma.ma);
        ma.resize(parts, 0.0);
        let size = parts + lost;
        Self { ar, ma, differencing: differencing.to_vec(), size, scratch: vec![0.0; size * size] }
    }

    /// The covariance of the state before anything is seen: of the stationary process, and nothing of the first values, which are
    /// taken as given.
    fn stationary(&self, arma: Arma<'_>) -> Option<Vec<f64>> {
        let (parts, size) = (self.ar.len(), self.size);
        let mut known = Covariances::default();
        if !known.fill(arma, parts) {
            return None;
        }
        let mut covariance = vec![0.0; size * size];
        // Part j of the state holds what the values and errors so far add to the process j steps on.
        for (j, cell) in covariance[..parts].iter_mut().enumerate() {
            let part = |k: usize| self.ar[k] * known.value(1 + k - j) + self.ma[k] * known.effect(k - j);
            *cell = (j..parts).map(part).sum();
        }
        covariance[0] = known.value(0);
        for j in 1..parts {
            covariance[j * size] = covariance[j];
        }
        // P = T P T' + R R', solved from the last part up.
        let first: Vec<f64> = covariance[..parts].to_vec();
        let next = |row: &[f64], j: usize| row.get(j + 1).copied().unwrap_or(0.0);
        for i in (1..parts).rev() {
            for j in (1..parts).rev() {
                let below =
                    if i + 1 < parts && j + 1 < parts { covariance[(i + 1) * size + j + 1] } else { 0.0 };
                covariance[i * size + j] = self.ar[i] * self.ar[j] * first[0]
                    + self.ar[i] * next(&first, j)
                    + self.ar[j] * next(&first, i)
                    + below
                    + self.ma[i] * self.ma[j];
            }
        }
        Some(covariance)
    }

    fn observe(&self, state: &[f64]) -> f64 {
        let parts = self.ar.len();
        state[0] + self.differencing.iter().map(|(lag, weight)| weight * state[parts + lag - 1]).sum::<f64>()
    }

    /// The covariance of the state with the value seen, and the value's variance.
    fn gain(&self, covariance: &[f64], gain: &mut [f64]) -> f64 {
        for (gain, row) in gain.iter_mut().zip(covariance.chunks_exact(self.size)) {
            *gain = self.observe(row);
        }
        self.observe(gain)
    }

    /// One step of a state.
    fn advance(&self, state: &mut [f64]) {
        let parts = self.ar.len();
        let value = self.observe(state);
        let first = state[0];
        for i in 0..parts {
            let next = if i + 1 < parts { state[i + 1] } else { 0.0 };
            state[i] = self.ar[i] * first + next;
        }
        if self.size > parts {
            state.copy_within(parts..self.size - 1, parts + 1);
            state[parts] = value;
        }
    }

    /// One step of its covariance.
    fn spread(&mut self, covariance: &mut [f64]) {
        let (parts, size) = (self.ar.len(), self.size);
        covariance.chunks_exact_mut(size).for_each(|row| self.advance(row));
        let mut scratch = std::mem::take(&mut self.scratch);
        for (i, row) in scratch.chunks_exact_mut(size).enumerate() {
            let source = |k: usize| &covariance[k * size..(k + 1) * size];
            let add = |row: &mut [f64], weight: f64, of: &[f64]| {
                row.iter_mut().zip(of).for_each(|(cell, x)| *cell += weight * x);
            };
            row.fill(0.0);
            if i < parts {
                add(row, self.ar[i], source(0));
                if i + 1 < parts {
                    add(row, 1.0, source(i + 1));
                }
                row[..parts].iter_mut().zip(&self.ma).for_each(|(cell, x)| *cell += self.ma[i] * x);
            } else if i == parts {
                add(row, 1.0, source(0));
                self.differencing.iter().for_each(|(lag, weight)| add(row, *weight, source(parts + lag - 1)));
            } else {
                row.copy_from_slice(source(i - 1));
            }
        }
        covariance.copy_from_slice(&scratch);
        self.scratch = scratch;
    }
}
