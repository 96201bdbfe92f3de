//! Whole paths of penalties, from the one that leaves nothing to a weak one, each fit starting from the last.

mod descent;
mod known;

use crm_ml_core::{Check, Error, FitReport, Progress, Result, Samples, advance};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::design::{Design, Strength};
use crate::glm::{check_target, scaled_bounds, shares, start};
use crate::loss::Family;
use crate::newton::{Objective, Want};
use crate::smooth::Smooth;
use crate::solver::{Solver, Task, solve};
use crate::terms::Terms;
use crate::tolerance::bound;
use descent::{Descent, Moments};

/// Columns of a smaller spread are taken as if they had this: penalties by the squares of spreads are numbers.
const LEAST_SPREAD: f64 = 1e-140;
/// Of least squares in more coefficients than this with categories, flags are not unrolled.
const UNROLLED: usize = 4096;
/// Strengths on the way to the first, where columns come into question one by one, and how close they are taken.
const APPROACH: f64 = 0.8;
const APPROACH_TOL: f64 = 1e-4;
/// The share of the largest strength beyond which the approach does not go.
const APPROACH_END: f64 = 1e-4;

/// Solver of [`GlmSolver`](crate::GlmSolver)'s objective for a series of strengths `alpha`, of which `l1_ratio` is L1 and the
/// rest L2.
///
/// Least squares goes by coordinate descent on the columns' products (all of them where rows outnumber columns, else those of
/// columns that come into question), which costs O(n p^2 / 2) once and next to nothing per strength. Columns come into question
/// by the sequential strong rule (Tibshirani and others 2012, Journal of the Royal Statistical Society B 74); those left out are
/// checked afterwards. A strength is done when the duality gap is at most `tol` times the mean squared (centred) target,
/// scikit-learn's rule. Other families go by Newton's models of the loss, until what violates optimality is at most `tol`.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_linear::{Family, PathSolver, Terms};
/// use ndarray::array;
///
/// let x = array![[1.0, 0.0], [2.0, 1.0], [3.0, 0.0], [4.0, 1.0]];
/// let path = PathSolver::new(Family::Gaussian).n_alphas(3).fit(&Samples::new(&x)?, &Terms::reals(2), &[1.0, 2.0, 3.0, 4.0], None, &())?;
/// // The largest alpha leaves nothing; the covariance of the first column with the target is 1.25.
/// assert!((path.alphas[0] - 1.25).abs() < 1e-12 && path.coefficients[[0, 0]] == 0.0);
/// assert!(path.coefficients[[2, 0]] > 0.99);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathSolver {
    family: Family,
    l1_ratio: f64,
    alphas: Option<Vec<f64>>,
    n_alphas: usize,
    eps: f64,
    tol: f64,
    max_iter: usize,
    fit_intercept: bool,
    positive: bool,
}

/// Coefficients along a path.
#[derive(Debug, Clone, PartialEq)]
pub struct PathFit {
    /// Strengths, falling.
    pub alphas: Vec<f64>,
    /// Strengths x coefficients in the order of the terms.
    pub coefficients: Array2<f64>,
    /// One a strength; 0 without intercept.
    pub intercepts: Array1<f64>,
    /// How the fits ended: converged if all did, iterations (sweeps) of all, objective of the last.
    pub report: FitReport,
}

impl PathSolver {
    /// `l1_ratio` 1 (lasso), 100 strengths down to a thousandth of the largest, `tol` 1e-4, `max_iter` 1000 sweeps a strength,
    /// with intercept.
    pub fn new(family: Family) -> Self {
        Self {
            family: family.named(),
            l1_ratio: 1.0,
            alphas: None,
            n_alphas: 100,
            eps: 1e-3,
            tol: 1e-4,
            max_iter: 1000,
            fit_intercept: true,
            positive: false,
        }
    }

    /// Share of the L1 penalty, above 0 to 1.
    pub fn l1_ratio(mut self, l1_ratio: f64) -> Self {
        self.l1_ratio = l1_ratio;
        self
    }

    /// Strengths of one's own; they are taken from the largest to the smallest.
    pub fn alphas(mut self, alphas: Vec<f64>) -> Self {
        self.alphas = Some(alphas);
        self
    }

    /// Number of strengths, spaced evenly in their logarithm.
    pub fn n_alphas(mut self, n_alphas: usize) -> Self {
        self.n_alphas = n_alphas;
        self
    }

    /// Smallest strength over the largest, between 0 and 1.
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// When a strength is done, at least 0: see the type.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Most sweeps (or steps) a strength.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Whether there is an intercept.
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.fit_intercept = fit_intercept;
        self
    }

    /// Whether no coefficient may be below 0.
    pub fn positive(mut self, positive: bool) -> Self {
        self.positive = positive;
        self
    }

    /// The rules of the parameters, for an estimator of the given name.
    pub fn check(&self, estimator: &'static str) -> Check {
        let bad = self.alphas.iter().flatten().find(|a| !(a.is_finite() && **a >= 0.0));
        let none = self.alphas.as_ref().is_some_and(Vec::is_empty);
        Check::of(estimator)
            .rule(
                "l1_ratio",
                self.l1_ratio,
                self.l1_ratio > 0.0 && self.l1_ratio <= 1.0 || self.alphas.is_some() && self.l1_ratio == 0.0,
                "above 0 and at most 1",
            )
            .rule("alphas", bad.copied().unwrap_or(0.0), bad.is_none() && !none, "one or more of at least 0")
            .between("n_alphas", self.n_alphas, 1, 1_000_000)
            .rule("eps", self.eps, self.eps > 0.0 && self.eps < 1.0, "between 0 and 1")
            .range("tol", self.tol, 0.0..)
            .at_least("max_iter", self.max_iter, 1)
    }

    /// Fits all strengths. Errors: as [`GlmSolver::fit`](crate::GlmSolver::fit).
    pub fn fit(
        &self,
        samples: &Samples<'_>,
        terms: &Terms,
        target: &[f64],
        weights: Option<&[f64]>,
        progress: &dyn Progress,
    ) -> Result<PathFit> {
        self.check("PathSolver").finish()?;
        check_target(samples, target, self.family)?;
        let (shares, _) = shares(weights, samples.n_rows())?;
        let design = Design::new(samples, terms, self.fit_intercept, LEAST_SPREAD, false)?;
        let unrolled = design.slots() == 0 || design.size() <= UNROLLED;
        if self.family == Family::Gaussian && unrolled {
            self.least_squares(&design, terms, (target, &shares), progress)
        } else {
            self.other(&design, terms, (target, &shares), progress)
        }
    }

    /// The strengths that [`fit`](PathSolver::fit) of least squares would take, falling. Errors: as there.
    pub fn grid_of(
        &self,
        samples: &Samples<'_>,
        terms: &Terms,
        target: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Vec<f64>> {
        self.check("PathSolver").finish()?;
        check_target(samples, target, Family::Gaussian)?;
        let (shares, _) = shares(weights, samples.n_rows())?;
        let design = Design::new(samples, terms, self.fit_intercept, LEAST_SPREAD, false)?;
        Ok(self.grid(Moments::largest(&design, (target, &shares), self.positive)?))
    }

    /// Strengths from the largest that leaves a coefficient.
    fn grid(&self, largest: f64) -> Vec<f64> {
        if let Some(alphas) = &self.alphas {
            let mut alphas = alphas.clone();
            alphas.sort_by(|a, b| b.total_cmp(a));
            return alphas;
        }
        // Nothing is left at any strength: scikit-learn's grid of tiny ones.
        let largest = if largest > f64::EPSILON { largest / self.l1_ratio } else { f64::EPSILON };
        let last = (self.n_alphas - 1).max(1) as f64;
        (0..self.n_alphas).map(|i| largest * self.eps.powf(i as f64 / last)).collect()
    }

    fn least_squares(
        &self,
        design: &Design<'_>,
        terms: &Terms,
        (target, shares): (&[f64], &[f64]),
        progress: &dyn Progress,
    ) -> Result<PathFit> {
        let mut descent = Descent::new(design, (target, shares), self.positive)?;
        let alphas = self.grid(descent.largest());
        let mut path = Path::new(&alphas, terms);
        let first = alphas.first().copied().unwrap_or(0.0);
        let largest = descent.largest() / self.l1_ratio.max(1e-3);
        let mut before = first.max(largest);
        // From a strength far above, the strong rule would leave no column out.
        while !descent.is_whole() && before * APPROACH > first.max(largest * APPROACH_END) {
            let next = before * APPROACH;
            let strength = Strength { l1: next * self.l1_ratio, l2: next * (1.0 - self.l1_ratio) };
            descent.run(strength, before * self.l1_ratio, self.tol.max(APPROACH_TOL), self.max_iter)?;
            before = next;
        }
        for (i, &alpha) in alphas.iter().enumerate() {
            let (l1, l2) = (alpha * self.l1_ratio, alpha * (1.0 - self.l1_ratio));
            let done = descent.run(Strength { l1, l2 }, before * self.l1_ratio, self.tol, self.max_iter)?;
            before = alpha;
            path.set(i, design, &descent.theta())?;
            path.tell(alpha, done.converged, done.sweeps);
            path.report.objective = done.objective;
            advance(progress, "path", i + 1, alphas.len())?;
        }
        Ok(path)
    }

    fn other(
        &self,
        design: &Design<'_>,
        terms: &Terms,
        (target, shares): (&[f64], &[f64]),
        progress: &dyn Progress,
    ) -> Result<PathFit> {
        let bounds = if self.positive {
            let bounds = vec![(0.0, f64::INFINITY); terms.width()];
            Some(scaled_bounds(design, &bounds, 1.0)?)
        } else {
            None
        };
        let mut task = Task {
            design,
            family: self.family,
            target,
            weights: shares,
            strength: Strength { l1: f64::MAX, l2: 0.0 },
            bounds,
            solver: Solver::CoordinateDescent,
            tol: bound(self.tol.min(1e-9), self.family, (target, shares)),
            max_iter: self.max_iter,
        };
        // The intercept alone: what the gradient there is tells the largest strength.
        task.strength.l1 = 1e200;
        let (mut theta, _) = solve(&task, start(&task), &())?;
        let loss = Smooth::new(design, self.family, (target, shares), 0.0);
        let gradient = loss.evaluate(&theta, Want::Gradient)?.gradient;
        let unit = design.l1(1.0);
        let most = |j: usize| if self.positive { -gradient[j] } else { gradient[j].abs() };
        let largest =
            (0..unit.len()).filter(|&j| unit[j] > 0.0).fold(0.0, |m: f64, j| m.max(most(j) / unit[j]));
        let alphas = self.grid(largest);
        let mut path = Path::new(&alphas, terms);
        task.tol = bound(self.tol, self.family, (target, shares));
        for (i, &alpha) in alphas.iter().enumerate() {
            task.strength = Strength { l1: alpha * self.l1_ratio, l2: alpha * (1.0 - self.l1_ratio) };
            let (next, report) = solve(&task, theta, &())?;
            theta = next;
            path.set(i, design, &theta)?;
            path.tell(alpha, report.converged, report.iterations);
            path.report.objective = report.objective;
            advance(progress, "path", i + 1, alphas.len())?;
        }
        Ok(path)
    }
}

type Path = PathFit;

impl PathFit {
    fn new(alphas: &[f64], terms: &Terms) -> Self {
        Self {
            alphas: alphas.to_vec(),
            coefficients: Array2::zeros((alphas.len(), terms.width())),
            intercepts: Array1::zeros(alphas.len()),
            report: FitReport { converged: true, iterations: 0, objective: 0.0, notes: Vec::new() },
        }
    }

    fn set(&mut self, at: usize, design: &Design<'_>, theta: &[f64]) -> Result<()> {
        let (coefficients, intercept) = design.raw(theta)?;
        if at >= self.alphas.len() {
            return Err(Error::length("strengths", self.alphas.len(), at));
        }
        self.coefficients.row_mut(at).assign(&Array1::from(coefficients));
        self.intercepts[at] = intercept;
        Ok(())
    }

    fn tell(&mut self, alpha: f64, converged: bool, iterations: usize) {
        self.report.iterations += iterations;
        if !converged {
            self.report.converged = false;
            self.report.notes.push(format!("not converged at alpha {alpha:e}"));
        }
    }
}
