//! Estimates lags by likelihood, and regressors inside it.

use ndarray::Array2;

use crm_ml_core::{FitReport, Result, Series};
use crm_ml_linalg::{Cholesky, LeastSquares};

use super::likelihood::{Arma, Innovations};
use super::model::{ArimaCoefficients, ArimaModel};
use super::polynomial::{difference, differencing, stationary, times_seasonal};
use super::{ArimaMethod, Order};
use crate::quasi_newton::minimise;
use crate::scale::scaled;

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
    series.require_values("Arima", order.lost() + free + columns + 2)?;
    let columns = regression_columns(series, order, constant, 0..series.len());
    let mut problem = Problem::new(series, order, &columns)?;
    let mut notes = Vec::new();
    let mut report = FitReport { converged: true, iterations: 0, objective: 0.0, notes: Vec::new() };
    let mut point = vec![0.0; free];
    if problem.flat() {
        notes.push("the differenced series does not vary: no lag could be estimated".to_owned());
    } else {
        if method != ArimaMethod::Ml {
            let tolerance = if method == ArimaMethod::Css { TOLERANCE } else { START_TOLERANCE };
            let end = minimise(&point, tolerance, max_iter, |x| problem.conditional(x));
            report = FitReport { converged: end.converged, iterations: end.iterations, ..report };
            point = end.point;
        }
        if method != ArimaMethod::Css {
            let start: Vec<f64> = point.iter().map(|x| x.clamp(-START_BOUND, START_BOUND)).collect();
            let nothing = vec![0.0; free];
            let better = problem.exact(&start) < problem.exact(&nothing);
            let end =
                minimise(if better { &start } else { &nothing }, TOLERANCE, max_iter, |x| problem.exact(x));
            report.converged = end.converged;
            report.iterations += end.iterations;
            point = end.point;
        }
        if !report.converged {
            notes.push(format!("the search for the lags did not end within {max_iter} steps"));
        }
    }
    report.notes = notes;
    problem.finish(&point, method == ArimaMethod::Css).model(series, order, constant, report)
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

/// The differenced series and regressors, and room for what an evaluation needs.
struct Problem {
    order: Order,
    values: Vec<f64>,
    columns: Vec<Vec<f64>>,
    /// What the values were divided by.
    scale: f64,
    lags: Lags,
    innovations: Innovations,
    errors: Vec<f64>,
    column_errors: Vec<Vec<f64>>,
    scratch: Vec<f64>,
    beta: Vec<f64>,
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
        let values = difference(series.values(), &lags);
        let columns: Vec<Vec<f64>> = columns.iter().map(|column| difference(column, &lags)).collect();
        if !values.iter().all(|value| value.is_finite()) {
            return Err(series.error("", "its values are too large for Arima"));
        }
        let (values, scale) = scaled(&values);
        if !columns.is_empty() {
            let matrix = Array2::from_shape_fn((values.len(), columns.len()), |(row, j)| columns[j][row]);
            let target = Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row]);
            if LeastSquares::new(matrix.view(), target.view())?.rank() < columns.len() {
                return Err(series.error("", "its regressors are collinear, or vanish when differenced"));
            }
        }
        Ok(Self {
            order,
            lags: Lags::new(order),
            innovations: Innovations::default(),
            errors: Vec::new(),
            column_errors: vec![Vec::new(); columns.len()],
            scratch: Vec::new(),
            beta: vec![0.0; columns.len()],
            values,
            columns,
            scale,
        })
    }

    /// Whether regressors alone explain the values to the last bit.
    fn flat(&mut self) -> bool {
        let nothing = vec![0.0; self.order.p + self.order.q + self.order.seasonal_p + self.order.seasonal_q];
        self.exact(&nothing);
        let largest = self.errors.iter().fold(0.0f64, |a, b| a.max(b.abs()));
        largest <= 1e-13
    }

    /// Half the mean logarithm of the likelihood, turned round: 0.5 (ln s2 + mean ln v).
    fn exact(&mut self, free: &[f64]) -> f64 {
        self.lags.set(free, self.order.season_length);
        let rows = self.values.len();
        if !self.innovations.factor(self.lags.arma(), rows) {
            return f64::INFINITY;
        }
        let arma = self.lags.arma();
        fill(&mut self.errors, &self.values);
        self.innovations.filter(arma, &mut self.errors, &mut self.scratch);
        for (errors, column) in self.column_errors.iter_mut().zip(&self.columns) {
            fill(errors, column);
            self.innovations.filter(arma, errors, &mut self.scratch);
        }
        let innovations = &self.innovations;
        let squares =
            regress(&mut self.errors, &self.column_errors, &mut self.beta, |row| innovations.variance(row));
        let mean = (squares / rows as f64).max(LEAST_ERROR);
        0.5 * (mean.ln() + innovations.log_determinant() / rows as f64)
    }

    /// The same of the conditional sum of squares.
    fn conditional(&mut self, free: &[f64]) -> f64 {
        self.lags.set(free, self.order.season_length);
        let arma = self.lags.arma();
        let sparse = |coefficients: &[f64]| -> Vec<(usize, f64)> {
            let lagged = coefficients.iter().enumerate().map(|(i, c)| (i + 1, *c));
            lagged.filter(|(_, c)| *c != 0.0).collect()
        };
        let (ar, ma) = (sparse(arma.ar), sparse(arma.ma));
        // Short series with long lags would have nothing left to sum.
        let first = arma.ar.len().min(self.values.len() / 2);
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
        let mean = (squares / (self.values.len() - first) as f64).max(LEAST_ERROR);
        0.5 * mean.ln()
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
        let n = self.values.len() as f64;
        let variances = (0..self.values.len()).map(|row| self.innovations.variance(row));
        let squares: f64 = self.errors.iter().zip(variances).map(|(e, v)| e * e / v).sum();
        let estimated = self.lags.ar.len()
            + self.lags.ma.len()
            + self.lags.seasonal_ar.len()
            + self.lags.seasonal_ma.len()
            + self.beta.len();
        let mean = (squares / n).max(LEAST_ERROR);
        let log_determinant = self.innovations.log_determinant();
        let log_scale = self.scale.ln();
        let log_likelihood =
            -0.5 * (n * ((2.0 * std::f64::consts::PI * mean).ln() + 1.0) + log_determinant) - n * log_scale;
        let beta: Vec<f64> = self.beta.iter().map(|b| b * self.scale).collect();
        let variance = squares / (n - estimated as f64) * self.scale * self.scale;
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
            variance,
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
