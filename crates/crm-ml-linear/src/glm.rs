//! Generalised linear models.

use crm_ml_core::{Check, Error, ErrorKind, FitReport, Progress, Result, Samples};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use crate::design::{Design, Strength};
use crate::level::start_level;
use crate::loss::Family;
use crate::separation::empty_levels;
use crate::solver::{Solver, Task, is_factorised, solve};
use crate::terms::Terms;
use crate::tolerance::bound;

/// Steps of a factorised problem after its first, which remove rounding.
const ROUNDING_STEPS: usize = 10;

/// Solver of `mean weighted loss + l1 |coefficients| + l2 |coefficients|^2 / 2`, the intercept free, where a loss is half the
/// deviance of its [`Family`] up to a constant.
///
/// Categories enter as codes, one coefficient a level, and are never unrolled; without penalty and bounds each is told
/// against its first level with a row, whose coefficient is 0. Levels without rows keep 0.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_linear::{Family, GlmSolver, Terms};
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0]];
/// let fit = GlmSolver::new(Family::Poisson).fit(&Samples::new(&x)?, &Terms::reals(1), &[1.0, 2.0, 4.0], None, None, &())?;
/// assert!((fit.coefficients[0] - 2f64.ln()).abs() < 1e-6 && fit.intercept.abs() < 1e-6);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlmSolver {
    family: Family,
    l1: f64,
    l2: f64,
    solver: Solver,
    tol: f64,
    max_iter: usize,
    fit_intercept: bool,
}

/// Fitted coefficients of a generalised linear model.
#[derive(Debug, Clone, PartialEq)]
pub struct GlmFit {
    /// In the order of the terms.
    pub coefficients: Array1<f64>,
    /// 0 without intercept.
    pub intercept: f64,
    /// How the fit ended; its objective is that of [`GlmSolver`] without constants of the loss.
    pub report: FitReport,
}

impl GlmSolver {
    /// No penalty, automatic solver, `tol` 1e-6, `max_iter` 100, with intercept.
    pub fn new(family: Family) -> Self {
        Self {
            family: family.named(),
            l1: 0.0,
            l2: 0.0,
            solver: Solver::Auto,
            tol: 1e-6,
            max_iter: 100,
            fit_intercept: true,
        }
    }

    /// Strength of the L1 penalty, at least 0.
    pub fn l1(mut self, l1: f64) -> Self {
        self.l1 = l1;
        self
    }

    /// Strength of the L2 penalty, at least 0.
    pub fn l2(mut self, l2: f64) -> Self {
        self.l2 = l2;
        self
    }

    /// How the objective is minimised.
    pub fn solver(mut self, solver: Solver) -> Self {
        self.solver = solver;
        self
    }

    /// Bound of the largest entry of the objective's gradient by coefficients and intercept, and by the coefficients of
    /// standardised columns (with an L1 penalty or bounds, of what violates optimality); where the target is such that gradients are small
    /// from the start (rare events, small counts), that much smaller. 0 runs on until nothing improves.
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

    /// The rules of the parameters.
    pub fn check(&self, estimator: &'static str) -> Check {
        let power = match self.family {
            Family::Tweedie { power } => power,
            _ => 1.0,
        };
        Check::of(estimator)
            .range("power", power, 1.0..=3.0)
            .range("l1", self.l1, 0.0..)
            .range("l2", self.l2, 0.0..)
            .range("tol", self.tol, 0.0..)
            .at_least("max_iter", self.max_iter, 1)
    }

    /// Fits. `bounds` are one pair a coefficient.
    ///
    /// Errors: parameters, lengths, weights that are negative, not finite or all zero, a target outside the family's domain, a
    /// missing real cell, coefficients beyond `f64`; an L1 penalty or bounds with a solver that cannot have them.
    pub fn fit(
        &self,
        samples: &Samples<'_>,
        terms: &Terms,
        target: &[f64],
        weights: Option<&[f64]>,
        bounds: Option<&[(f64, f64)]>,
        progress: &dyn Progress,
    ) -> Result<GlmFit> {
        let constrained = self.l1 > 0.0 || bounds.is_some();
        self.solver.allow(self.check("GlmSolver"), constrained).finish()?;
        check_target(samples, target, self.family)?;
        let (shares, _) = shares(weights, samples.n_rows())?;
        terms.check("GlmSolver", samples)?;
        // The target of least squares is brought near one, so that squares stay in range.
        let unit = if self.family == Family::Gaussian { unit_of(target) } else { 1.0 };
        let tol = bound(self.tol, self.family, (target, &shares)) / unit;
        let scaled: Vec<f64>;
        let target = if unit == 1.0 {
            target
        } else {
            scaled = target.iter().map(|t| t / unit).collect();
            &scaled
        };
        let strength = Strength { l1: self.l1 / unit, l2: self.l2 };
        let mut design = Design::new(
            samples,
            terms,
            self.fit_intercept,
            strength.least_spread(),
            strength.is_free() && bounds.is_none(),
        )?;
        if unit != 1.0 {
            design.scale_offset(1.0 / unit);
        }
        let bounds = bounds.map(|bounds| scaled_bounds(&design, bounds, unit)).transpose()?;
        let mut task = Task {
            design: &design,
            family: self.family,
            target,
            weights: &shares,
            strength,
            bounds,
            solver: self.solver,
            tol,
            max_iter: self.max_iter,
        };
        let smooth = self.l1 == 0.0 && task.bounds.is_none();
        let exact = smooth && self.family == Family::Gaussian && is_factorised(&task);
        if exact {
            task.max_iter = task.max_iter.min(ROUNDING_STEPS);
        }
        let (mut theta, mut report) = solve(&task, start(&task), progress)?;
        if exact {
            // A quadratic problem that was solved as well as its matrix allows: what is left is rounding.
            report.notes.retain(|note| !note.starts_with("not converged") && !note.starts_with("stopped"));
            report.converged = true;
        }
        if strength.is_free() && task.bounds.is_none() && self.family.allows_zeros() {
            report.notes.extend(empty_levels(samples, terms, target, &shares));
        }
        theta.iter_mut().for_each(|t| *t *= unit);
        report.objective *= unit * unit;
        let (coefficients, intercept) = design.raw(&theta)?;
        Ok(GlmFit { coefficients: Array1::from(coefficients), intercept, report })
    }
}

/// A power of two near the largest target: squares stay in range, digits stay as they are.
fn unit_of(target: &[f64]) -> f64 {
    let largest = target.iter().fold(0.0f64, |m, t| m.max(t.abs()));
    if largest > 0.0 { 2f64.powi((largest.log2() as i32).clamp(-1000, 1000)) } else { 1.0 }
}

/// Bounds of the parameters from those of the coefficients.
pub(crate) fn scaled_bounds(
    design: &Design<'_>,
    bounds: &[(f64, f64)],
    unit: f64,
) -> Result<Vec<(f64, f64)>> {
    let places = design.places();
    if bounds.len() != places.len() {
        return Err(Error::length("bounds", places.len(), bounds.len()));
    }
    if let Some((low, high)) =
        bounds.iter().find(|(low, high)| low.partial_cmp(high).is_none_or(|order| order.is_gt()))
    {
        return Err(Error::unsupported(format!("bounds from {low} to {high}")));
    }
    let mut scaled = vec![(f64::NEG_INFINITY, f64::INFINITY); design.size()];
    for (place, (low, high)) in places.iter().zip(bounds) {
        match place {
            Some(at) => {
                let scale = if *at < design.reals() { design.scale(*at) } else { 1.0 };
                scaled[*at] = (low * scale / unit, high * scale / unit);
            }
            None if *low <= 0.0 && *high >= 0.0 => {}
            None => {
                return Err(Error::unsupported("bounds without 0 on a level that others are told against"));
            }
        }
    }
    Ok(scaled)
}

/// Parameters at which only the intercept speaks.
pub(crate) fn start(task: &Task<'_, '_>) -> Vec<f64> {
    let mut start = vec![0.0; task.design.size()];
    if let Some(at) = task.design.intercept() {
        start[at] = start_level(task.family, (task.target, task.weights), task.design.offset());
    }
    start
}

pub(crate) fn check_target(samples: &Samples<'_>, target: &[f64], family: Family) -> Result<()> {
    if target.len() != samples.n_rows() {
        return Err(Error::length("targets", samples.n_rows(), target.len()));
    }
    for (row, value) in target.iter().enumerate() {
        if let Err(requirement) = family.allows(*value) {
            let (value, requirement) = (value.to_string(), requirement.to_owned());
            let row = samples.kept_rows().map_or(row, |kept| kept[row]);
            return Err(ErrorKind::InvalidTarget { row, value, requirement }.into());
        }
    }
    Ok(())
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
