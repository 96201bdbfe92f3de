//! Linear least squares with an optional ridge.

use crm_ml_core::{Check, Error, FitReport, Progress, Result};
use crm_ml_linalg::{matvec, matvec_t, weighted_gram};
use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::design::Design;
use crate::logistic::shares;
use crate::newton::{Objective, minimise};

/// Solver of `sum of weighted squared errors + alpha |coefficients|^2`, the intercept free; `alpha` 0 is ordinary least
/// squares.
///
/// One Newton step on standardised columns and a second that removes its rounding; where columns are collinear and
/// `alpha` is 0, the coefficients of least norm of the standardised columns. O(n p^2) time, one copy of the matrix.
///
/// ```
/// use crm_ml_linear::RidgeSolver;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0]];
/// let fit = RidgeSolver::new().alpha(0.0).fit(x.view(), &[1.0, 3.0, 5.0], None, &())?;
/// assert!((fit.coefficients[0] - 2.0).abs() < 1e-12 && (fit.intercept - 1.0).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RidgeSolver {
    alpha: f64,
    fit_intercept: bool,
}

/// Fitted coefficients of a linear model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RidgeFit {
    /// One a column.
    pub coefficients: Array1<f64>,
    /// 0 without intercept.
    pub intercept: f64,
    /// How the fit ended.
    pub report: FitReport,
}

impl Default for RidgeSolver {
    fn default() -> Self {
        Self { alpha: 1.0, fit_intercept: true }
    }
}

impl RidgeSolver {
    /// `alpha` 1, with intercept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Weight of the squared norm of the coefficients, at least 0.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// Whether there is an intercept.
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.fit_intercept = fit_intercept;
        self
    }

    /// Fits. Errors: `alpha` negative or not finite, lengths, weights, values that are not finite, overflow.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        target: &[f64],
        weights: Option<&[f64]>,
        progress: &dyn Progress,
    ) -> Result<RidgeFit> {
        Check::of("RidgeSolver").range("alpha", self.alpha, 0.0..).finish()?;
        if target.len() != x.nrows() {
            return Err(Error::length("targets", x.nrows(), target.len()));
        }
        if target.iter().any(|t| !t.is_finite()) {
            return Err(Error::numerical("the solver takes finite targets only"));
        }
        let (shares, total) = shares(weights, x.nrows())?;
        let design = Design::new(x, self.alpha / total, self.fit_intercept)?;
        // A power of two near the largest target: squares stay in range, digits stay as they are.
        let largest = target.iter().fold(0.0f64, |m, t| m.max(t.abs()));
        let unit = if largest > 0.0 { 2f64.powi((largest.log2() as i32).clamp(-1000, 1000)) } else { 1.0 };
        let scaled: Vec<f64> = target.iter().map(|t| t / unit).collect();
        let loss = SquaredLoss { design: &design, target: &scaled, weights: &shares };
        let start = vec![0.0; design.width()];
        let tolerance = 64.0 * f64::EPSILON;
        let (theta, mut report) = minimise(&loss, start, tolerance, 5, progress)?;
        // The rule above is for more steps, not for a verdict: the problem is quadratic and solved.
        report.notes.retain(|note| !note.starts_with("not converged") && !note.starts_with("stopped"));
        report.converged = true;
        report.objective *= 2.0 * total * unit * unit;
        let theta: Vec<f64> = theta.iter().map(|t| t * unit).collect();
        let (coefficients, intercept) = design.raw(&theta)?;
        Ok(RidgeFit { coefficients: Array1::from(coefficients), intercept, report })
    }
}

/// Half the mean squared error plus the penalty.
struct SquaredLoss<'a> {
    design: &'a Design,
    target: &'a [f64],
    weights: &'a [f64],
}

impl Objective for SquaredLoss<'_> {
    /// The errors.
    type State = Vec<f64>;

    fn size(&self) -> usize {
        self.design.width()
    }

    fn evaluate(&self, theta: &[f64]) -> Result<(f64, Vec<f64>)> {
        let mut errors = matvec(self.design.matrix(), theta)?;
        errors.iter_mut().zip(self.target).for_each(|(e, t)| *e -= t);
        let sum: f64 = errors.iter().zip(self.weights).map(|(e, w)| 0.5 * w * e * e).sum();
        Ok((sum + self.design.penalty_value(theta), errors))
    }

    fn gradient(&self, theta: &[f64], errors: &Vec<f64>) -> Result<Vec<f64>> {
        let weighted: Vec<f64> = errors.iter().zip(self.weights).map(|(e, w)| e * w).collect();
        let mut gradient = matvec_t(self.design.matrix(), &weighted)?;
        for (j, (g, t)) in gradient.iter_mut().zip(theta).enumerate() {
            *g += self.design.penalty(j) * t;
        }
        Ok(gradient)
    }

    fn largest(&self, gradient: &[f64]) -> f64 {
        gradient.iter().fold(0.0, |most, g| if g.abs() <= most { most } else { g.abs() })
    }

    fn hessian(&self, _: &Vec<f64>) -> Result<Array2<f64>> {
        let mut hessian = weighted_gram(self.design.matrix(), Some(self.weights))?;
        for (j, d) in hessian.diag_mut().iter_mut().enumerate() {
            *d += self.design.penalty(j);
        }
        Ok(hessian)
    }

    fn hessian_times(&self, _: &Vec<f64>, vector: &[f64]) -> Result<Vec<f64>> {
        let image = matvec(self.design.matrix(), vector)?;
        let weighted: Vec<f64> = image.iter().zip(self.weights).map(|(a, w)| a * w).collect();
        let mut product = matvec_t(self.design.matrix(), &weighted)?;
        for (j, (p, v)) in product.iter_mut().zip(vector).enumerate() {
            *p += self.design.penalty(j) * v;
        }
        Ok(product)
    }

    fn diagonal(&self, _: &Vec<f64>) -> Vec<f64> {
        (0..self.size()).map(|j| self.design.penalty(j) + 1.0).collect()
    }
}
