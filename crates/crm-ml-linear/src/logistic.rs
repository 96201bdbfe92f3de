//! Logistic regression of two and of several classes.

use crm_ml_core::{Check, Error, ErrorKind, FitReport, Progress, Result};
use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::binary::BinaryLoss;
use crate::design::Design;
use crate::multinomial::MultinomialLoss;
use crate::newton::{DIRECT_LIMIT, minimise};

/// What keeps coefficients small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Penalty {
    /// Half the squared norm of the coefficients; the intercept is free.
    #[default]
    L2,
    /// Nothing.
    None,
}

/// `1 / (1 + e^-m)`, without overflow and with full relative precision at both ends.
pub fn log_odds_to_probability(m: f64) -> f64 {
    if m >= 0.0 {
        1.0 / (1.0 + (-m).exp())
    } else {
        let e = m.exp();
        e / (1.0 + e)
    }
}

/// Solver of `C * sum of weighted losses + |coefficients|^2 / 2`, the intercept free.
///
/// Damped Newton steps on standardised columns, with a Cholesky factor of the Hessian (by eigenvalues and of least norm
/// where that is singular); above 2048 parameters (classes x (columns + 1)) the steps come from conjugate gradients.
/// A fit costs O(n p^2) an iteration, k^2 / 2 times that for k classes, and one copy of the matrix.
///
/// ```
/// use crm_ml_linear::LogisticSolver;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let fit = LogisticSolver::new().fit_binary(x.view(), &[0.0, 0.0, 1.0, 1.0], None, &())?;
/// // By symmetry the classes meet at 1.5.
/// assert!((fit.intercepts[0] + 1.5 * fit.coefficients[[0, 0]]).abs() < 1e-9);
/// assert!(fit.report.converged);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticSolver {
    penalty: Penalty,
    c: f64,
    tol: f64,
    max_iter: usize,
    fit_intercept: bool,
}

/// Fitted coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearFit {
    /// One row for two classes, else one a class; one column a column.
    pub coefficients: Array2<f64>,
    /// One a row of the coefficients; 0 without intercept.
    pub intercepts: Array1<f64>,
    /// How the fit ended; its objective is that of [`LogisticSolver`] (the sum of losses without penalty).
    pub report: FitReport,
}

impl Default for LogisticSolver {
    fn default() -> Self {
        Self { penalty: Penalty::L2, c: 1.0, tol: 1e-6, max_iter: 100, fit_intercept: true }
    }
}

impl LogisticSolver {
    /// Penalty L2, `c` 1, `tol` 1e-6, `max_iter` 100, with intercept.
    pub fn new() -> Self {
        Self::default()
    }

    /// What keeps coefficients small.
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        self.penalty = penalty;
        self
    }

    /// Weight of the losses against the penalty, above 0; without meaning where there is no penalty.
    pub fn c(mut self, c: f64) -> Self {
        self.c = c;
        self
    }

    /// Bound of the largest gradient entry of the objective divided by `C n` (n the total weight); 0 runs on until
    /// nothing improves.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Most Newton steps.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Whether there is an intercept.
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.fit_intercept = fit_intercept;
        self
    }

    /// The rules of the parameters, for an estimator of the given name.
    pub fn check(&self, estimator: &'static str) -> Check {
        Check::of(estimator)
            .rule(
                "c",
                self.c,
                self.c.is_finite() && self.c >= 1e-100 && self.c <= 1e100,
                "from 1e-100 to 1e100",
            )
            .range("tol", self.tol, 0.0..)
            .at_least("max_iter", self.max_iter, 1)
    }

    /// Fits two classes. `target` is each row's share of the positive class, 0 to 1 (0 and 1 for plain labels).
    ///
    /// Errors: parameters, lengths, weights that are negative, not finite or all zero, a target outside 0..1, cells
    /// that are not finite, coefficients beyond `f64`.
    pub fn fit_binary(
        &self,
        x: ArrayView2<'_, f64>,
        target: &[f64],
        weights: Option<&[f64]>,
        progress: &dyn Progress,
    ) -> Result<LinearFit> {
        self.check("LogisticSolver").finish()?;
        if target.len() != x.nrows() {
            return Err(Error::length("targets", x.nrows(), target.len()));
        }
        if let Some(row) = target.iter().position(|t| !(*t >= 0.0 && *t <= 1.0)) {
            let (value, requirement) = (target[row].to_string(), "it must be from 0 to 1".to_owned());
            return Err(ErrorKind::InvalidTarget { row, value, requirement }.into());
        }
        let (shares, total) = shares(weights, x.nrows())?;
        let design = Design::new(x, self.lambda(total), self.fit_intercept)?;
        let loss = BinaryLoss { design: &design, target, weights: &shares };
        let mut start = vec![0.0; design.width()];
        if let (true, Some(intercept)) = (self.fit_intercept, start.last_mut()) {
            let positive: f64 = target.iter().zip(&shares).map(|(t, s)| t * s).sum();
            *intercept = smooth_log(positive) - smooth_log(1.0 - positive);
        }
        let (theta, report) = minimise(&loss, start, self.tol, self.max_iter, progress)?;
        let (coefficients, intercept) = design.raw(&theta)?;
        let coefficients = Array2::from_shape_vec((1, x.ncols()), coefficients)
            .map_err(|e| Error::numerical(e.to_string()))?;
        Ok(LinearFit {
            coefficients,
            intercepts: Array1::from(vec![intercept]),
            report: self.rescaled(report, total),
        })
    }

    /// Fits several classes by their joint (softmax) probability, one row of coefficients a class; where the penalty
    /// leaves them free (intercepts; without penalty all), the classes' parameters sum to zero.
    ///
    /// Errors: as [`LogisticSolver::fit_binary`]; fewer than two classes, a code that is not below `classes`.
    pub fn fit_multinomial(
        &self,
        x: ArrayView2<'_, f64>,
        codes: &[u32],
        classes: usize,
        weights: Option<&[f64]>,
        progress: &dyn Progress,
    ) -> Result<LinearFit> {
        self.check("LogisticSolver").finish()?;
        if codes.len() != x.nrows() {
            return Err(Error::length("codes", x.nrows(), codes.len()));
        }
        if classes < 2 {
            return Err(ErrorKind::TooFew { what: "classes".to_owned(), needed: 2, found: classes }.into());
        }
        if let Some(row) = codes.iter().position(|&code| code as usize >= classes) {
            let requirement = format!("a code must be below {classes}");
            return Err(ErrorKind::InvalidTarget { row, value: codes[row].to_string(), requirement }.into());
        }
        let (shares, total) = shares(weights, x.nrows())?;
        let design = Design::new(x, self.lambda(total), self.fit_intercept)?;
        let loss = MultinomialLoss { design: &design, codes, classes, weights: &shares };
        let width = design.width();
        let mut start = vec![0.0; classes * width];
        if design.has_intercept() {
            let mut present = vec![0.0; classes];
            codes.iter().zip(&shares).for_each(|(&code, share)| present[code as usize] += share);
            let logs: Vec<f64> = present.iter().map(|p| smooth_log(*p)).collect();
            let mean = logs.iter().sum::<f64>() / classes as f64;
            for (class, log) in logs.iter().enumerate() {
                start[class * width + width - 1] = log - mean;
            }
        }
        let (theta, mut report) = minimise(&loss, start, self.tol, self.max_iter, progress)?;
        if theta.len() > DIRECT_LIMIT {
            report.notes.push(format!("{} parameters: steps by conjugate gradients", theta.len()));
        }
        let mut coefficients = Array2::zeros((classes, x.ncols()));
        let mut intercepts = Array1::zeros(classes);
        for (class, part) in theta.chunks(width).enumerate() {
            let (row, intercept) = design.raw(part)?;
            coefficients.row_mut(class).assign(&Array1::from(row));
            intercepts[class] = intercept;
        }
        let mean = intercepts.sum() / classes as f64;
        intercepts -= mean;
        Ok(LinearFit { coefficients, intercepts, report: self.rescaled(report, total) })
    }

    /// Strength of the penalty beside the mean loss.
    fn lambda(&self, total: f64) -> f64 {
        match self.penalty {
            Penalty::L2 => 1.0 / self.c / total,
            Penalty::None => 0.0,
        }
    }

    /// The report with the objective as it is documented.
    fn rescaled(&self, mut report: FitReport, total: f64) -> FitReport {
        report.objective *= match self.penalty {
            Penalty::L2 => self.c * total,
            Penalty::None => total,
        };
        report
    }
}

/// A logarithm for starting values, finite at 0.
fn smooth_log(share: f64) -> f64 {
    share.clamp(1e-6, 1.0).ln()
}

/// The weights divided by their sum, and the sum.
pub(crate) fn shares(weights: Option<&[f64]>, rows: usize) -> Result<(Vec<f64>, f64)> {
    let Some(weights) = weights else { return Ok((vec![1.0 / rows as f64; rows], rows as f64)) };
    if weights.len() != rows {
        return Err(Error::length("weights", rows, weights.len()));
    }
    if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(ErrorKind::InvalidWeight { row, value: weights[row] }.into());
    }
    let total: f64 = weights.iter().sum();
    if total == 0.0 {
        return Err(ErrorKind::AllWeightsZero.into());
    }
    if !(total.is_finite() && total.is_normal()) {
        return Err(Error::numerical("the sum of the weights is beyond the range of f64"));
    }
    Ok((weights.iter().map(|w| w / total).collect(), total))
}
