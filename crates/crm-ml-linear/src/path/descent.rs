//! Coordinate descent on products of columns, with the strong rule and the duality gap.

use crm_ml_core::{Error, Result};

use super::known::Known;
use crate::design::{Design, Strength};
use crate::quadratic::{Quadratic, Restraint, SETTLING, add};

/// Least squares with an L1 and an L2 penalty, the intercept eliminated by weighted means.
pub(super) struct Descent<'p, 'a> {
    design: &'p Design<'a>,
    shares: &'p [f64],
    positive: bool,
    known: Known,
    /// Weighted means of the parameters' columns, where there is an intercept.
    means: Option<Vec<f64>>,
    level: f64,
    /// Roots of the weights times the centred target.
    rooted: Vec<f64>,
    /// Mean squared target.
    square: f64,
    /// `Z' W y`, of all parameters.
    moments: Vec<f64>,
    /// Penalty of a unit strength, L1 and L2.
    unit: (Vec<f64>, Vec<f64>),
    coefficients: Vec<f64>,
    /// `Z' W (Z b - y)`, of all parameters; only that of the set under descent is kept while it moves.
    gradient: Vec<f64>,
}

/// How one strength ended.
pub(super) struct Done {
    pub(super) converged: bool,
    pub(super) sweeps: usize,
    pub(super) objective: f64,
}

impl<'p, 'a> Descent<'p, 'a> {
    pub(super) fn new(
        design: &'p Design<'a>,
        (target, shares): (&[f64], &'p [f64]),
        positive: bool,
    ) -> Result<Self> {
        let Moments { level, centred, means, moments, square, unit } = Moments::of(design, (target, shares))?;
        let known = Known::new(design, shares, means.as_deref())?;
        let rooted = centred.iter().zip(shares).map(|(y, w)| y * w.sqrt()).collect();
        let size = moments.len();
        let gradient = moments.iter().map(|m| -m).collect();
        let coefficients = vec![0.0; size];
        Ok(Self {
            design,
            shares,
            positive,
            known,
            means,
            level,
            rooted,
            square,
            moments,
            unit,
            coefficients,
            gradient,
        })
    }

    /// The L1 strength from which on nothing is left.
    pub(super) fn largest(&self) -> f64 {
        largest(&self.moments, &self.unit.0, self.positive)
    }

    /// Whether all products of columns were made at once.
    pub(super) fn is_whole(&self) -> bool {
        self.known.is_whole()
    }

    /// Parameters with the intercept that belongs to them.
    pub(super) fn theta(&self) -> Vec<f64> {
        let mut theta = self.coefficients.clone();
        if let (Some(at), Some(means)) = (self.design.intercept(), &self.means) {
            let shift: f64 = means.iter().zip(&theta).map(|(m, b)| m * b).sum();
            theta.insert(at, self.level - shift);
        }
        theta
    }

    /// Moves to the minimum for a strength; `before` is the L1 strength of the last one.
    pub(super) fn run(
        &mut self,
        strength: Strength,
        before: f64,
        tol: f64,
        max_sweeps: usize,
    ) -> Result<Done> {
        let size = self.coefficients.len();
        let enough = tol * self.square;
        let l2: Vec<f64> = self.unit.1.iter().map(|unit| unit * strength.l2).collect();
        // Columns whose gradient cannot have reached the penalty, if it moves no faster than the penalty does.
        let rule = 2.0 * strength.l1 - before;
        let mut chosen: Vec<bool> = (0..size)
            .map(|j| self.coefficients[j] != 0.0 || self.pull(self.gradient[j]) >= rule * self.unit.0[j])
            .collect();
        let mut sweeps = 0;
        loop {
            let more: Vec<usize> =
                (0..size).filter(|&j| chosen[j] && self.known.places[j].is_none()).collect();
            if !more.is_empty() {
                self.known.add(self.design, self.shares, self.means.as_deref(), &more)?;
            }
            let set: Vec<usize> = (0..size).filter(|&j| chosen[j]).collect();
            let mut working = self.gather(&set, strength, &l2);
            let mut settled = false;
            for sweep in 1..=max_sweeps - sweeps {
                sweeps += 1;
                let moved = working.sweep(sweep % SETTLING == 0);
                self.take_up(&set, &working);
                if !moved || self.gap(&set, strength, &l2) <= enough {
                    settled = true;
                    break;
                }
            }
            if self.known.is_whole() {
                self.catch_up(&set, &working);
            } else {
                self.refresh();
            }
            let all: Vec<usize> = (0..size).collect();
            let gap = self.gap(&all, strength, &l2);
            let violated: Vec<usize> = all
                .into_iter()
                .filter(|&j| !chosen[j] && self.pull(self.gradient[j]) > strength.l1 * self.unit.0[j])
                .collect();
            let objective = self.objective(strength, &l2);
            if !settled || violated.is_empty() || gap <= enough {
                return Ok(Done { converged: settled, sweeps, objective });
            }
            violated.into_iter().for_each(|j| chosen[j] = true);
        }
    }

    /// How hard a slope pulls a coefficient away from 0.
    fn pull(&self, slope: f64) -> f64 {
        if self.positive { -slope } else { slope.abs() }
    }

    /// What sweeps over a set of known columns need, side by side.
    fn gather(&self, set: &[usize], strength: Strength, l2: &[f64]) -> Working {
        let places: Vec<usize> = set.iter().filter_map(|&j| self.known.places[j]).collect();
        let row = |&place: &usize| {
            let row = self.known.row(place);
            places.iter().map(move |&other| row[other])
        };
        let mut hessian: Vec<f64> = places.iter().flat_map(row).collect();
        hessian.iter_mut().step_by(set.len() + 1).zip(set).for_each(|(h, &j)| *h += l2[j]);
        let coefficients: Vec<f64> = set.iter().map(|&j| self.coefficients[j]).collect();
        Working {
            hessian,
            l1: set.iter().map(|&j| self.unit.0[j] * strength.l1).collect(),
            l2: set.iter().map(|&j| l2[j]).collect(),
            bounds: self.positive.then(|| vec![(0.0, f64::INFINITY); set.len()]),
            start: coefficients.clone(),
            gradient: set.iter().map(|&j| self.gradient[j] + l2[j] * self.coefficients[j]).collect(),
            coefficients,
        }
    }

    /// Takes up where sweeps have come to, as far as the set goes.
    fn take_up(&mut self, set: &[usize], working: &Working) {
        for (i, &j) in set.iter().enumerate() {
            self.coefficients[j] = working.coefficients[i];
            self.gradient[j] = working.gradient[i] - working.l2[i] * working.coefficients[i];
        }
    }

    /// Brings the gradient of the parameters outside the set up to date, where all products are known.
    fn catch_up(&mut self, set: &[usize], working: &Working) {
        for (&j, (now, start)) in set.iter().zip(working.coefficients.iter().zip(&working.start)) {
            if now != start {
                // Places are parameters.
                add(&mut self.gradient, now - start, self.known.row(j));
            }
        }
        // Those inside have moved with every sweep.
        self.take_up(set, working);
    }

    /// The gradient of all parameters from the residuals.
    fn refresh(&mut self) {
        let residuals = self.known.residuals(&self.rooted, &self.coefficients);
        let weighted: Vec<f64> = residuals.iter().zip(self.shares).map(|(r, w)| -r * w.sqrt()).collect();
        let whole: f64 = weighted.iter().sum();
        let mut gradient = self.design.transposed(&weighted);
        if let Some(at) = self.design.intercept() {
            gradient.remove(at);
        }
        if let Some(means) = &self.means {
            gradient.iter_mut().zip(means).for_each(|(g, m)| *g -= m * whole);
        }
        self.gradient = gradient;
    }

    /// Mean squared residual.
    fn residual_square(&self) -> f64 {
        let parts = self.coefficients.iter().zip(self.moments.iter().zip(&self.gradient));
        let sum: f64 = parts.map(|(b, (m, g))| b * (g - m)).sum();
        (self.square + sum).max(0.0)
    }

    fn objective(&self, strength: Strength, l2: &[f64]) -> f64 {
        let norm: f64 = self.coefficients.iter().zip(&self.unit.0).map(|(b, u)| u * b.abs()).sum();
        let squares: f64 = self.coefficients.iter().zip(l2).map(|(b, l2)| l2 * b * b).sum();
        0.5 * self.residual_square() + strength.l1 * norm + 0.5 * squares
    }

    /// The duality gap of the problem of the set's columns (scikit-learn's, in means instead of sums).
    fn gap(&self, set: &[usize], strength: Strength, l2: &[f64]) -> f64 {
        let mut dual = 0.0f64;
        let (mut norm, mut squares, mut fit) = (0.0, 0.0, 0.0);
        for &j in set {
            let b = self.coefficients[j];
            let slope = self.gradient[j] + l2[j] * b;
            dual = dual.max(self.pull(slope) / self.unit.0[j]);
            norm += self.unit.0[j] * b.abs();
            squares += l2[j] * b * b;
            fit += b * self.moments[j];
        }
        let square = self.residual_square();
        let (scale, mut gap) = if dual > strength.l1 {
            let scale = strength.l1 / dual;
            (scale, 0.5 * square * (1.0 + scale * scale))
        } else {
            (1.0, square)
        };
        gap += strength.l1 * norm - scale * (self.square - fit) + 0.5 * (1.0 + scale * scale) * squares;
        gap
    }
}

/// A set of columns under coordinate descent: their products with the L2 penalty row after row, and what belongs to each.
struct Working {
    hessian: Vec<f64>,
    l1: Vec<f64>,
    l2: Vec<f64>,
    bounds: Option<Vec<(f64, f64)>>,
    start: Vec<f64>,
    coefficients: Vec<f64>,
    /// With the L2 penalty's.
    gradient: Vec<f64>,
}

impl Working {
    /// One update of every coordinate, and where it is asked for a step of those that move together; whether any moved.
    fn sweep(&mut self, settle: bool) -> bool {
        let Self { hessian, l1, bounds, coefficients, gradient, .. } = self;
        let quadratic = Quadratic { hessian, restraint: Restraint { l1, bounds: bounds.as_deref() } };
        let moved = quadratic.sweep(0..coefficients.len(), coefficients, gradient) > 0.0;
        if settle && moved {
            quadratic.settle(coefficients, gradient);
        }
        moved
    }
}

/// What least squares knows of the target before any product of columns.
pub(super) struct Moments {
    level: f64,
    centred: Vec<f64>,
    means: Option<Vec<f64>>,
    moments: Vec<f64>,
    square: f64,
    unit: (Vec<f64>, Vec<f64>),
}

impl Moments {
    fn of(design: &Design<'_>, (target, shares): (&[f64], &[f64])) -> Result<Self> {
        let offset = design.offset();
        let values: Vec<f64> =
            target.iter().enumerate().map(|(row, y)| y - offset.map_or(0.0, |o| o[row])).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let level = if design.has_intercept() { dot(&values, shares) } else { 0.0 };
        let centred: Vec<f64> = values.iter().map(|y| y - level).collect();
        let weighted: Vec<f64> = centred.iter().zip(shares).map(|(y, w)| y * w).collect();
        let drop_intercept = |mut values: Vec<f64>| {
            if let Some(at) = design.intercept() {
                values.remove(at);
            }
            values
        };
        let [means, moments] = design.all_transposed([shares, &weighted]).map(drop_intercept);
        let means = design.has_intercept().then_some(means);
        let square = dot(&centred, &weighted);
        if !square.is_finite() {
            return Err(Error::numerical("the squares of the targets are beyond the range of f64"));
        }
        let unit = (drop_intercept(design.l1(1.0)), drop_intercept(design.l2(1.0)));
        Ok(Self { level, centred, means, moments, square, unit })
    }

    /// The L1 strength from which on nothing is left.
    pub(super) fn largest(design: &Design<'_>, rows: (&[f64], &[f64]), positive: bool) -> Result<f64> {
        let Self { moments, unit, .. } = Self::of(design, rows)?;
        Ok(largest(&moments, &unit.0, positive))
    }
}

fn largest(moments: &[f64], unit: &[f64], positive: bool) -> f64 {
    let most = |m: &f64| if positive { *m } else { m.abs() };
    moments.iter().zip(unit).fold(0.0, |best: f64, (m, unit)| best.max(most(m) / unit))
}
