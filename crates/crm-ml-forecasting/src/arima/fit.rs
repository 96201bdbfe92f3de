//! Estimates lags by likelihood, and regressors inside it.

use ndarray::Array2;

use crm_ml_core::{FitReport, Result, Series};
use crm_ml_linalg::{Cholesky, LeastSquares};

use super::gaps::{Gaps, MOST_STATES};
use super::likelihood::{Arma, Innovations};
use super::model::{ArimaCoefficients, ArimaModel};
use super::polynomial::{difference, differencing, stationary, times_seasonal};
use super::search::search;
use super::{ArimaMethod, Order};
use crate::scale::{power_of_two, scaled};

/// A step that lowers the objective by less than this share ends the search.
const TOLERANCE: f64 = 1e-10;
/// Conditional sums of squares only say where to start.
const START_TOLERANCE: f64 = 1e-6;
/// Partial autocorrelations of the start are at most `tanh` of this: at 1 the slope is 0 and nothing would move.
const START_BOUND: f64 = 2.0;
/// The least mean squared error, in units of the differenced values' scale: logarithms need one.
const LEAST_ERROR: f64 = 1e-30;

pub(super) fn fit(
    series: &Series<'_>,
    order: Order,
    constant: bool,
    method: ArimaMethod,
    max_iter: usize,
) -> Result<ArimaModel> {
    let regressors = series.regressors().map_or(0, |known| known.n_columns());
    let free = order.p + order.q + order.seasonal_p + order.seasonal_q;
    let columns = regressors + usize::from(constant);
    require_observed(series, order.lost() + free + columns + 2)?;
    let columns = regression_columns(series, order, constant, 0..series.len());
    let mut problem = Problem::new(series, order, &columns)?;
    let mut notes = Vec::new();
    let mut report = FitReport { converged: true, iterations: 0, objective: 0.0, notes: Vec::new() };
    let mut point = vec![0.0; free];
    if problem.flat() {
        notes.push("the differenced series does not vary: no lag could be estimated".to_owned());
    } else {
        let complete = problem.gaps.is_none();
        if method != ArimaMethod::Ml && complete {
            let tolerance = if method == ArimaMethod::Css { TOLERANCE } else { START_TOLERANCE };
            let end = search(&mut problem, &mut point, true, tolerance, max_iter);
            report = FitReport { converged: end.converged, iterations: end.iterations, ..report };
        }
        if method != ArimaMethod::Css || !complete {
            let start: Vec<f64> = point.iter().map(|x| x.clamp(-START_BOUND, START_BOUND)).collect();
            let nothing = vec![0.0; free];
            let better = problem.mean_square(&start, false) < problem.mean_square(&nothing, false);
            point = if better { start } else { nothing };
            let end = search(&mut problem, &mut point, false, TOLERANCE, max_iter);
            report.converged = end.converged;
            report.iterations += end.iterations;
        }
        if !report.converged {
            notes.push(format!("the search for the lags did not end within {max_iter} steps"));
        }
    }
    report.notes = notes;
    let conditional = method == ArimaMethod::Css && problem.gaps.is_none();
    problem.finish(&point, conditional).model(series, order, constant, report)
}

/// An error that names the series if it has fewer than `needed` values that are not missing.
pub(super) fn require_observed(series: &Series<'_>, needed: usize) -> Result<()> {
    let known = series.values().iter().filter(|value| !value.is_nan()).count();
    if known == series.len() || known >= needed {
        return series.require_values("Arima", needed);
    }
    Err(series.error("", format!("Arima needs {needed} values, it has {known} that are not missing")))
}

/// The constant's column, then the regressors', for the values `steps`, counted from the first of the fit.
pub(super) fn regression_columns(
    series: &Series<'_>,
    order: Order,
    constant: bool,
    steps: std::ops::Range<usize>,
) -> Vec<Vec<f64>> {
    let mut columns = Vec::new();
    if constant {
        columns.push(constant_column(order, steps));
    }
    if let Some(known) = series.regressors() {
        columns.extend(known.dense().columns().into_iter().map(|column| column.to_vec()));
    }
    columns
}

/// Ones for a mean, the count of values for a drift.
pub(super) fn constant_column(order: Order, steps: std::ops::Range<usize>) -> Vec<f64> {
    let drift = order.d + order.seasonal_d > 0;
    steps.map(|step| if drift { (step + 1) as f64 } else { 1.0 }).collect()
}

/// The differenced series and regressors (as they are where values are missing), and room for what an evaluation needs.
pub(super) struct Problem {
    order: Order,
    values: Vec<f64>,
    columns: Vec<Vec<f64>>,
    /// What the values were divided by.
    scale: f64,
    lags: Lags,
    /// Which values are there; behind `starts` columns for those of the first that are not, the others follow.
    gaps: Option<Gaps>,
    starts: usize,
    innovations: Innovations,
    errors: Vec<f64>,
    column_errors: Vec<Vec<f64>>,
    scratch: Vec<f64>,
    beta: Vec<f64>,
    /// Sum of the squares of standardised errors, and logarithm of the determinant of their variances, at the last point.
    squares: f64,
    log_determinant: f64,
    /// Of the errors, where values are missing.
    variances: Vec<f64>,
}

/// Coefficients of the lags, each kind alone and multiplied out.
#[derive(Debug, Clone, Default)]
pub(super) struct Lags {
    pub(super) ar: Vec<f64>,
    pub(super) ma: Vec<f64>,
    pub(super) seasonal_ar: Vec<f64>,
    pub(super) seasonal_ma: Vec<f64>,
    pub(super) whole_ar: Vec<f64>,
    pub(super) whole_ma: Vec<f64>,
}

impl Lags {
    pub(super) fn new(order: Order) -> Self {
        let Order { p, q, seasonal_p, seasonal_q, season_length, .. } = order;
        Self {
            ar: vec![0.0; p],
            ma: vec![0.0; q],
            seasonal_ar: vec![0.0; seasonal_p],
            seasonal_ma: vec![0.0; seasonal_q],
            whole_ar: vec![0.0; p + seasonal_p * season_length],
            whole_ma: vec![0.0; q + seasonal_q * season_length],
        }
    }

    fn set(&mut self, free: &[f64], season: usize) {
        let (ar, rest) = free.split_at(self.ar.len());
        let (ma, rest) = rest.split_at(self.ma.len());
        let (seasonal_ar, seasonal_ma) = rest.split_at(self.seasonal_ar.len());
        stationary(ar, &mut self.ar);
        stationary(ma, &mut self.ma);
        stationary(seasonal_ar, &mut self.seasonal_ar);
        stationary(seasonal_ma, &mut self.seasonal_ma);
        self.ma.iter_mut().chain(&mut self.seasonal_ma).for_each(|c| *c = -*c);
        self.multiply(season);
    }

    /// Multiplies the plain and the seasonal lags out. A moving average's polynomial has plus signs.
    pub(super) fn multiply(&mut self, season: usize) {
        times_seasonal(&self.ar, &self.seasonal_ar, season, &mut self.whole_ar);
        let negative = |c: &[f64]| c.iter().map(|c| -c).collect::<Vec<_>>();
        times_seasonal(&negative(&self.ma), &negative(&self.seasonal_ma), season, &mut self.whole_ma);
        self.whole_ma.iter_mut().for_each(|c| *c = -*c);
    }

    pub(super) fn arma(&self) -> Arma<'_> {
        Arma { ar: &self.whole_ar, ma: &self.whole_ma }
    }
}

impl Problem {
    fn new(series: &Series<'_>, order: Order, columns: &[Vec<f64>]) -> Result<Self> {
        let lags = differencing(order.d, order.seasonal_d, order.season_length);
        let gaps = Gaps::new(series.values(), &lags);
        let sizes: Vec<f64> = columns.iter().map(|column| power_of_two(column)).collect();
        let (values, columns, starts) = match &gaps {
            None => {
                let columns = columns.iter().map(|column| difference(column, &lags)).collect();
                (difference(series.values(), &lags), columns, 0)
            }
            Some(gaps) => {
                let known = series.values().iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
                let starts = gaps.starts();
                let count = starts.len();
                (known, starts.into_iter().chain(columns.iter().cloned()).collect::<Vec<_>>(), count)
            }
        };
        if !values.iter().all(|value| value.is_finite()) {
            return Err(series.error("", "its values are too large for Arima"));
        }
        let (values, scale) = scaled(&values);
        let mut problem = Self {
            order,
            lags: Lags::new(order),
            gaps,
            starts,
            innovations: Innovations::default(),
            errors: Vec::new(),
            column_errors: vec![Vec::new(); columns.len()],
            scratch: Vec::new(),
            beta: vec![0.0; columns.len()],
            values,
            columns,
            scale,
            squares: 0.0,
            log_determinant: 0.0,
            variances: Vec::new(),
        };
        problem.require_rank(series, &sizes)?;
        Ok(problem)
    }

    /// Whether the values tell of every column, whatever the sizes of regressors were before they were differenced.
    fn require_rank(&mut self, series: &Series<'_>, sizes: &[f64]) -> Result<()> {
        if let Some(gaps) = &self.gaps {
            if gaps.states(self.lags.arma()) > MOST_STATES {
                let problem =
                    format!("Arima takes gaps where lags and differences span {MOST_STATES} values at most");
                return Err(series.error("", problem));
            }
            // Without lags errors are the differences themselves.
            let columns = self.with_columns();
            let filtered = gaps.filter(Arma { ar: &[], ma: &[] }, &columns);
            let mut errors = filtered.map(|filtered| filtered.errors).unwrap_or_default().into_iter();
            self.errors = errors.next().unwrap_or_default();
            self.column_errors = errors.collect();
        } else {
            fill(&mut self.errors, &self.values);
            self.column_errors.clone_from(&self.columns);
        }
        for (count, problem) in [
            (self.starts, "its gaps leave open where it starts: fewer differences would not"),
            (self.columns.len(), "its regressors are collinear, or vanish when differenced"),
        ] {
            if count == 0 {
                continue;
            }
            let columns = &self.column_errors;
            let size = |column: usize| column.checked_sub(self.starts).map_or(1.0, |column| sizes[column]);
            let cell = |(row, column): (usize, usize)| columns[column][row] / size(column);
            let matrix = Array2::from_shape_fn((self.errors.len(), count), cell);
            let target = Array2::from_shape_fn((self.errors.len(), 1), |(row, _)| self.errors[row]);
            if LeastSquares::new(matrix.view(), target.view())?.rank() < count {
                return Err(series.error("", problem));
            }
        }
        Ok(())
    }

    /// The values, then the columns.
    fn with_columns(&self) -> Vec<&[f64]> {
        std::iter::once(&self.values).chain(&self.columns).map(Vec::as_slice).collect()
    }

    /// Values that the likelihood is of.
    fn rows(&self) -> usize {
        self.gaps.as_ref().map_or(self.values.len(), |gaps| gaps.times().count() - self.starts)
    }

    /// Whether regressors alone explain the values to the last bit.
    fn flat(&mut self) -> bool {
        let nothing = vec![0.0; self.order.p + self.order.q + self.order.seasonal_p + self.order.seasonal_q];
        self.exact(&nothing);
        let largest = self.errors.iter().fold(0.0f64, |a, b| a.max(b.abs()));
        largest <= 1e-13
    }

    /// The mean square of what the search makes small; infinite where there is no such process.
    pub(super) fn mean_square(&mut self, free: &[f64], conditional: bool) -> f64 {
        if conditional { self.conditional(free) } else { self.exact(free) }
    }

    /// The residuals of the last point, whose mean square it is.
    pub(super) fn residuals(&self, conditional: bool, residuals: &mut Vec<f64>) {
        residuals.clear();
        let n = if conditional { self.errors.len() - self.first() } else { self.rows() } as f64;
        if conditional {
            residuals.extend(self.errors.iter().map(|error| error / n.sqrt()));
            return;
        }
        let unit = (0.5 * self.log_determinant / n).exp() / n.sqrt();
        let errors = self.errors.iter().enumerate();
        match self.gaps {
            None => residuals.extend(errors.map(|(row, e)| e * unit / self.innovations.variance(row).sqrt())),
            Some(_) => residuals.extend(errors.map(|(row, e)| e * unit / self.variances[row].sqrt())),
        }
    }

    /// The mean square of errors over their variances times the geometric mean of these: the larger the likelihood, the less.
    fn exact(&mut self, free: &[f64]) -> f64 {
        self.lags.set(free, self.order.season_length);
        let found = if self.gaps.is_some() { self.filter_gaps() } else { self.filter_complete() };
        let Some((squares, log_determinant)) = found else { return f64::INFINITY };
        (self.squares, self.log_determinant) = (squares, log_determinant);
        let rows = self.rows() as f64;
        (squares / rows).max(LEAST_ERROR) * (log_determinant / rows).exp()
    }

    fn filter_complete(&mut self) -> Option<(f64, f64)> {
        let arma = self.lags.arma();
        if !self.innovations.factor(arma, self.values.len()) {
            return None;
        }
        fill(&mut self.errors, &self.values);
        self.innovations.filter(arma, &mut self.errors, &mut self.scratch);
        for (errors, column) in self.column_errors.iter_mut().zip(&self.columns) {
            fill(errors, column);
            self.innovations.filter(arma, errors, &mut self.scratch);
        }
        let innovations = &self.innovations;
        let squares =
            regress(&mut self.errors, &self.column_errors, &mut self.beta, |row| innovations.variance(row));
        Some((squares, innovations.log_determinant()))
    }

    /// The same past gaps; where the series starts is integrated out.
    fn filter_gaps(&mut self) -> Option<(f64, f64)> {
        let filtered = self.gaps.as_ref()?.filter(self.lags.arma(), &self.with_columns())?;
        let mut log_determinant: f64 = filtered.variances.iter().map(|variance| variance.ln()).sum();
        if self.starts > 0 {
            log_determinant += filtered.information(self.starts)?.log_determinant();
        }
        let mut errors = filtered.errors.into_iter();
        self.errors = errors.next()?;
        self.column_errors = errors.collect();
        let squares =
            regress(&mut self.errors, &self.column_errors, &mut self.beta, |row| filtered.variances[row]);
        self.variances = filtered.variances;
        Some((squares, log_determinant))
    }

    /// The mean conditional square.
    fn conditional(&mut self, free: &[f64]) -> f64 {
        self.lags.set(free, self.order.season_length);
        let arma = self.lags.arma();
        let sparse = |coefficients: &[f64]| -> Vec<(usize, f64)> {
            let lagged = coefficients.iter().enumerate().map(|(i, c)| (i + 1, *c));
            lagged.filter(|(_, c)| *c != 0.0).collect()
        };
        let (ar, ma) = (sparse(arma.ar), sparse(arma.ma));
        let first = self.first();
        let recursion = |values: &[f64], errors: &mut Vec<f64>| {
            errors.clear();
            errors.resize(values.len(), 0.0);
            for t in first..values.len() {
                let past = |lags: &[(usize, f64)], of: &[f64]| -> f64 {
                    lags.iter().filter(|(lag, _)| *lag <= t).map(|(lag, c)| c * of[t - lag]).sum()
                };
                errors[t] = values[t] - past(&ar, values) - past(&ma, errors);
            }
        };
        recursion(&self.values, &mut self.errors);
        for (errors, column) in self.column_errors.iter_mut().zip(&self.columns) {
            recursion(column, errors);
        }
        let squares = regress(&mut self.errors, &self.column_errors, &mut self.beta, |_| 1.0);
        (squares / (self.values.len() - first) as f64).max(LEAST_ERROR)
    }

    /// The first value of the conditional sum. Short series with long lags would have nothing left to sum.
    fn first(&self) -> usize {
        self.lags.whole_ar.len().min(self.values.len() / 2)
    }

    /// Evaluates the end of the search.
    fn finish(mut self, free: &[f64], conditional: bool) -> Self {
        if conditional {
            // The regressors are those of the sum of squares, the likelihood that of the lags found.
            self.conditional(free);
            let beta = self.beta.clone();
            self.exact(free);
            self.beta = beta;
        } else {
            self.exact(free);
        }
        self
    }

    fn model(
        self,
        series: &Series<'_>,
        order: Order,
        constant: bool,
        report: FitReport,
    ) -> Result<ArimaModel> {
        let n = self.rows() as f64;
        let squares = self.squares;
        let estimated = self.lags.ar.len()
            + self.lags.ma.len()
            + self.lags.seasonal_ar.len()
            + self.lags.seasonal_ma.len()
            + self.beta.len()
            - self.starts;
        let mean = (squares / n).max(LEAST_ERROR);
        let log_scale = self.scale.ln();
        let log_likelihood = -0.5
            * (n * ((2.0 * std::f64::consts::PI * mean).ln() + 1.0) + self.log_determinant)
            - n * log_scale;
        let beta: Vec<f64> = self.beta[self.starts..].iter().map(|b| b * self.scale).collect();
        let deviation = (squares / (n - estimated as f64)).sqrt() * self.scale;
        let (mean, regressors) = match constant {
            true => (beta.first().copied(), beta[1..].to_vec()),
            false => (None, beta),
        };
        let Lags { ar, ma, seasonal_ar, seasonal_ma, .. } = self.lags;
        let coefficients = ArimaCoefficients { ar, ma, seasonal_ar, seasonal_ma, constant: mean, regressors };
        let objective = -log_likelihood;
        ArimaModel::new(
            series,
            order,
            coefficients,
            deviation,
            log_likelihood,
            FitReport { objective, ..report },
        )
    }
}

fn fill(buffer: &mut Vec<f64>, values: &[f64]) {
    buffer.clear();
    buffer.extend_from_slice(values);
}

/// Weighted least squares of the errors on the columns' errors. The errors become what is left; their weighted sum of squares
/// is returned.
fn regress(
    errors: &mut [f64],
    columns: &[Vec<f64>],
    beta: &mut [f64],
    variance: impl Fn(usize) -> f64,
) -> f64 {
    let weighted = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).enumerate().map(|(row, (a, b))| a * b / variance(row)).sum()
    };
    let solution = match columns {
        [] => Vec::new(),
        [only] => vec![weighted(only, errors) / weighted(only, only)],
        _ => solve(columns, errors, &weighted).unwrap_or_else(|_| vec![f64::NAN; columns.len()]),
    };
    for (column, b) in columns.iter().zip(&solution) {
        for (error, x) in errors.iter_mut().zip(column) {
            *error -= b * x;
        }
    }
    beta.copy_from_slice(&solution);
    weighted(errors, errors)
}

fn solve(
    columns: &[Vec<f64>],
    errors: &[f64],
    weighted: &impl Fn(&[f64], &[f64]) -> f64,
) -> Result<Vec<f64>> {
    // Columns of any size: each is divided by its length first.
    let lengths: Vec<f64> = columns.iter().map(|column| weighted(column, column).sqrt()).collect();
    let gram = Array2::from_shape_fn((columns.len(), columns.len()), |(i, j)| {
        weighted(&columns[i], &columns[j]) / (lengths[i] * lengths[j])
    });
    let right: Vec<f64> =
        columns.iter().zip(&lengths).map(|(column, l)| weighted(column, errors) / l).collect();
    let solution = Cholesky::new(gram.view())?.solve_vector(&right)?;
    Ok(solution.iter().zip(&lengths).map(|(b, l)| b / l).collect())
}
