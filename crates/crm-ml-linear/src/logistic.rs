//! Logistic regression of two and of several classes.

use crm_ml_core::{Check, Error, ErrorKind, FitReport, Progress, Result, Samples};
use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::design::{Design, Strength};
use crate::glm::{check_target, scaled_bounds, shares, start};
use crate::lbfgs;
use crate::loss::Family;
use crate::multinomial::MultinomialLoss;
use crate::newton::{Start, minimise_from};
use crate::proximal::{Proximal, is_formed};
use crate::separation::Separation;
use crate::smooth::Smooth;
use crate::solver::{FirstLook, Solver, Task, large, solve};
use crate::terms::Terms;
use crate::tolerance::{bound, bound_of_classes};

/// What keeps coefficients small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Penalty {
    /// Half the squared norm of the coefficients; the intercept is free.
    #[default]
    L2,
    /// Nothing.
    None,
    /// The sum of the coefficients' magnitudes: many become 0.
    L1,
    /// Both, in the shares of `l1_ratio`.
    ElasticNet,
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

/// Solver of `C * sum of weighted losses + penalty`, the penalty `(1 - l1_ratio) |coefficients|^2 / 2 + l1_ratio |coefficients|`,
/// the intercept free.
///
/// Damped Newton steps on standardised columns, with a Cholesky factor of the Hessian (by eigenvalues and of least norm
/// where that is singular). Each is one pass over the rows, in blocks that stay in cache; where rows are many, a tenth of them
/// gives the start, and last steps look at the gradient alone. Above 2048 parameters (classes x (columns + 1)) the steps come
/// from L-BFGS or conjugate gradients; with an L1 penalty from coordinate descent. O(n p^2) time a step, k^2 / 2 times that for k
/// classes; no copy of the matrix. See [`GlmSolver`](crate::GlmSolver) on categories.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_linear::{LogisticSolver, Terms};
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let (samples, terms) = (Samples::new(&x)?, Terms::reals(1));
/// let fit = LogisticSolver::new().fit_binary(&samples, &terms, &[0.0, 0.0, 1.0, 1.0], None, None, &())?;
/// // By symmetry the classes meet at 1.5.
/// assert!((fit.intercepts[0] + 1.5 * fit.coefficients[[0, 0]]).abs() < 1e-9);
/// assert!(fit.report.converged);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticSolver {
    penalty: Penalty,
    c: f64,
    l1_ratio: f64,
    solver: Solver,
    tol: f64,
    max_iter: usize,
    fit_intercept: bool,
}

/// Fitted coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    /// One row for two classes, else one a class; columns in the order of the terms.
    pub coefficients: Array2<f64>,
    /// One a row of the coefficients; 0 without intercept.
    pub intercepts: Array1<f64>,
    /// How the fit ended; its objective is that of [`LogisticSolver`] (the sum of losses without penalty).
    pub report: FitReport,
}

impl Default for LogisticSolver {
    fn default() -> Self {
        Self {
            penalty: Penalty::L2,
            c: 1.0,
            l1_ratio: 0.5,
            solver: Solver::Auto,
            tol: 1e-6,
            max_iter: 100,
            fit_intercept: true,
        }
    }
}

impl LogisticSolver {
    /// Penalty L2, `c` 1, `l1_ratio` 0.5, automatic solver, `tol` 1e-6, `max_iter` 100, with intercept.
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

    /// Share of the L1 part in [`Penalty::ElasticNet`], 0 to 1.
    pub fn l1_ratio(mut self, l1_ratio: f64) -> Self {
        self.l1_ratio = l1_ratio;
        self
    }

    /// How the objective is minimised.
    pub fn solver(mut self, solver: Solver) -> Self {
        self.solver = solver;
        self
    }

    /// Bound of the largest gradient entry of the objective divided by `C n` (n the total weight; with an L1 penalty, of what
    /// violates optimality), by the coefficients and by those of standardised columns; `4 p (1 - p)` times that for a (rarest) class of
    /// share p. 0 runs on until nothing improves.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Most steps.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Whether there is an intercept.
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.fit_intercept = fit_intercept;
        self
    }

    /// Whether nothing is penalised.
    pub fn is_free(&self) -> bool {
        self.penalty == Penalty::None
    }

    /// Whether there is an intercept.
    pub fn has_intercept(&self) -> bool {
        self.fit_intercept
    }

    /// The rules of the parameters, for an estimator of the given name.
    pub fn check(&self, estimator: &'static str) -> Check {
        let l1 = self.l1_share() > 0.0;
        let check = Check::of(estimator).rule(
            "c",
            self.c,
            self.c.is_finite() && self.c >= 1e-100 && self.c <= 1e100,
            "from 1e-100 to 1e100",
        );
        let check = check.range("l1_ratio", self.l1_ratio, 0.0..=1.0);
        self.solver.allow(check, l1).range("tol", self.tol, 0.0..).at_least("max_iter", self.max_iter, 1)
    }

    /// Fits two classes. `target` is each row's share of the positive class, 0 to 1 (0 and 1 for plain labels); `bounds` are
    /// one pair a coefficient.
    ///
    /// Errors: parameters, lengths, weights that are negative, not finite or all zero, a target outside 0..1, missing real
    /// cells, coefficients beyond `f64`.
    pub fn fit_binary(
        &self,
        samples: &Samples<'_>,
        terms: &Terms,
        target: &[f64],
        weights: Option<&[f64]>,
        bounds: Option<&[(f64, f64)]>,
        progress: &dyn Progress,
    ) -> Result<LinearFit> {
        self.allow(bounds.is_some())?;
        check_target(samples, target, Family::Logistic)?;
        terms.check("LogisticSolver", samples)?;
        let (shares, total) = shares(weights, samples.n_rows())?;
        let strength = self.strength(total)?;
        let anchored = strength.is_free() && bounds.is_none();
        let design = Design::new(samples, terms, self.fit_intercept, strength.least_spread(), anchored)?;
        let bounds = bounds.map(|bounds| scaled_bounds(&design, bounds, 1.0)).transpose()?;
        let task = Task {
            design: &design,
            family: Family::Logistic,
            target,
            weights: &shares,
            strength,
            bounds,
            solver: self.solver,
            tol: bound(self.tol, Family::Logistic, (target, &shares)),
            max_iter: self.max_iter,
        };
        let (theta, mut report) = solve(&task, start(&task), progress)?;
        if self.is_free() {
            let margins = Smooth::new(&design, Family::Logistic, (target, &shares), 0.0).margins(&theta);
            let margins = ArrayView2::from_shape((margins.len(), 1), &margins)
                .map_err(|e| Error::numerical(e.to_string()))?;
            let class = |row: usize| match target[row] {
                0.0 => Some(0),
                1.0 => Some(1),
                _ => None,
            };
            let separation = Separation { samples, terms, margins, class: &class, weights: &shares };
            report.notes.extend(separation.note());
        }
        let (coefficients, intercept) = design.raw(&theta)?;
        let coefficients = Array2::from_shape_vec((1, terms.width()), coefficients)
            .map_err(|e| Error::numerical(e.to_string()))?;
        Ok(LinearFit {
            coefficients,
            intercepts: Array1::from(vec![intercept]),
            report: self.rescaled(report, total),
        })
    }

    /// Fits several classes by their joint (softmax) probability, one row of coefficients a class; where the penalty
    /// leaves them free (intercepts; without penalty all), the classes' parameters sum to zero. Offsets, which are the same for
    /// all classes, change nothing and are refused. `bounds`, one pair a coefficient, hold for every class.
    ///
    /// Errors: as [`LogisticSolver::fit_binary`]; fewer than two classes, a code that is not below `classes`.
    pub fn fit_multinomial(
        &self,
        samples: &Samples<'_>,
        terms: &Terms,
        (codes, classes): (&[u32], usize),
        weights: Option<&[f64]>,
        bounds: Option<&[(f64, f64)]>,
        progress: &dyn Progress,
    ) -> Result<LinearFit> {
        self.allow(bounds.is_some())?;
        if codes.len() != samples.n_rows() {
            return Err(Error::length("codes", samples.n_rows(), codes.len()));
        }
        if classes < 2 {
            return Err(ErrorKind::TooFew { what: "classes".to_owned(), needed: 2, found: classes }.into());
        }
        if let Some(row) = codes.iter().position(|&code| code as usize >= classes) {
            let requirement = format!("a code must be below {classes}");
            return Err(ErrorKind::InvalidTarget { row, value: codes[row].to_string(), requirement }.into());
        }
        terms.check("LogisticSolver", samples)?;
        let (shares, total) = shares(weights, samples.n_rows())?;
        let strength = self.strength(total)?;
        let anchored = strength.is_free() && bounds.is_none();
        let design = Design::new(samples, terms, self.fit_intercept, strength.least_spread(), anchored)?;
        let bounds = bounds.map(|bounds| scaled_bounds(&design, bounds, 1.0)).transpose()?;
        let bounds = bounds.map(|bounds| bounds.repeat(classes));
        if design.offset().is_some() {
            return Err(Error::unsupported("offsets of several classes: they change no probability"));
        }
        let mut loss = MultinomialLoss::new(&design, (codes, classes), &shares, strength.l2);
        let width = design.size();
        let mut start = vec![0.0; classes * width];
        let mut present = vec![0.0; classes];
        codes.iter().zip(&shares).for_each(|(&code, share)| present[code as usize] += share);
        if let Some(at) = design.intercept() {
            let logs: Vec<f64> = present.iter().map(|p| smooth_log(*p)).collect();
            let mean = logs.iter().sum::<f64>() / classes as f64;
            for (class, log) in logs.iter().enumerate() {
                start[class * width + at] = log - mean;
            }
        }
        let (tol, max_iter) = (bound_of_classes(self.tol, &present), self.max_iter);
        let (theta, mut report) = match self.solver {
            Solver::Lbfgs => lbfgs::minimise(&loss, start, tol, max_iter, progress)?,
            _ if strength.l1 > 0.0 || bounds.is_some() || self.solver == Solver::CoordinateDescent => {
                loss.direct = is_formed(0, classes * width);
                let l1 = design.l1(strength.l1).repeat(classes);
                Proximal::new(&loss, l1, bounds.as_deref()).run(start, tol, max_iter, progress)?
            }
            Solver::Auto if !loss.direct => large(&loss, start, tol, max_iter, progress)?,
            solver => {
                loss.direct = match solver {
                    Solver::NewtonCholesky => true,
                    Solver::NewtonCg => false,
                    _ => loss.direct,
                };
                let look = FirstLook::new(&design, &shares, loss.direct, classes * width);
                let start = match &look {
                    None => Start { theta: start, factor: None },
                    Some(look) => {
                        let mut cells = Vec::new();
                        let design = design.sample(&look.rows, &mut cells);
                        let codes = look.of(codes);
                        let chosen =
                            MultinomialLoss::new(&design, (&codes, classes), &look.weights, strength.l2);
                        look.start(&chosen, start)?
                    }
                };
                let (end, report) = minimise_from(&loss, start, tol, max_iter, progress)?;
                (end.theta, report)
            }
        };
        if self.is_free() {
            let margins = loss.all_margins(&theta)?;
            let class = |row: usize| Some(codes[row] as usize);
            let margins = margins.view();
            let separation = Separation { samples, terms, margins, class: &class, weights: &shares };
            report.notes.extend(separation.note());
        }
        let mut coefficients = Array2::zeros((classes, terms.width()));
        let mut intercepts = Array1::zeros(classes);
        for (class, part) in theta.chunks(width.max(1)).enumerate() {
            let (row, intercept) = design.raw(part)?;
            coefficients.row_mut(class).assign(&Array1::from(row));
            intercepts[class] = intercept;
        }
        let mean = intercepts.sum() / classes as f64;
        intercepts -= mean;
        Ok(LinearFit { coefficients, intercepts, report: self.rescaled(report, total) })
    }

    fn l1_share(&self) -> f64 {
        match self.penalty {
            Penalty::L2 | Penalty::None => 0.0,
            Penalty::L1 => 1.0,
            Penalty::ElasticNet => self.l1_ratio,
        }
    }

    /// Strengths beside the mean loss.
    fn strength(&self, total: f64) -> Result<Strength> {
        let (share, whole) = (self.l1_share(), 1.0 / self.c / total);
        if self.is_free() {
            return Ok(Strength::default());
        }
        if !whole.is_finite() {
            return Err(Error::numerical(format!(
                "a penalty beyond the range of f64: c is {:e}, the weights sum to {total:e}",
                self.c
            )));
        }
        Ok(Strength { l1: share * whole, l2: (1.0 - share) * whole })
    }

    /// The rules of the parameters, with those of bounds.
    fn allow(&self, bounded: bool) -> Result<()> {
        self.solver.allow(self.check("LogisticSolver"), bounded).finish()
    }

    /// The report with the objective as it is documented.
    fn rescaled(&self, mut report: FitReport, total: f64) -> FitReport {
        report.objective *= if self.is_free() { total } else { self.c * total };
        report
    }
}

/// A logarithm for starting values, finite at 0.
fn smooth_log(share: f64) -> f64 {
    share.clamp(1e-6, 1.0).ln()
}
