//! Damped Newton iterations for a smooth convex objective.

use crm_ml_core::{FitReport, Progress, Result, advance};
use crm_ml_linalg::dot;
use ndarray::Array2;

use crate::conjugate;
use crate::factor::Factor;

/// What an evaluation is asked for beside value and gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Gradient,
    Curvature,
}

/// An objective at a point.
pub(crate) struct Evaluation<C> {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    pub(crate) curvature: Option<C>,
}

/// A smooth convex function with its derivatives.
pub(crate) trait Objective {
    /// What tells the second derivatives at a point: sums, or weights of rows.
    type Curvature;

    fn size(&self) -> usize;
    fn evaluate(&self, theta: &[f64], want: Want) -> Result<Evaluation<Self::Curvature>>;
    /// The largest gradient entry in the unit of the stopping rule.
    fn largest(&self, gradient: &[f64]) -> f64;
    /// The factorised Hessian, and whether it is singular; `None` where it is too large to be formed.
    fn factor(&self, curvature: &Self::Curvature) -> Result<Option<(Factor, bool)>>;
    /// The Hessian itself; `None` where it was not formed.
    fn hessian(&self, curvature: &Self::Curvature) -> Result<Option<Array2<f64>>>;
    /// What a violation of a parameter's optimality counts in the stopping rule.
    fn unit(&self, parameter: usize) -> f64;
    /// Takes out of an inexact step what no step may have.
    fn project(&self, _direction: &mut [f64]) {}
    /// Whether the Hessian is the same everywhere.
    fn is_quadratic(&self) -> bool {
        false
    }
    /// Product of the Hessian with a vector.
    fn product(&self, curvature: &Self::Curvature, vector: &[f64]) -> Result<Vec<f64>>;
    /// The Hessian's diagonal.
    fn diagonal(&self, curvature: &Self::Curvature) -> Result<Vec<f64>>;
}

/// A gradient that falls below this share of the last one lets the next step use the curvature at hand: it is about right,
/// and a look at the gradient alone is several times cheaper.
const STEADY: f64 = 0.15;

const HALVINGS: usize = 40;

/// Said where the Hessian is singular.
pub(crate) const FLAT: &str = "some directions do not change the fit (collinear columns or separated classes): \
                               the step of least norm was taken";

/// Where steps begin or ended: a point and, if known, a matrix that resembles the Hessian around it.
pub(crate) struct Start {
    pub(crate) theta: Vec<f64>,
    pub(crate) factor: Option<Factor>,
}

/// Minimises from a start. Stops when the largest gradient entry is at most `tol`, after `max_iter` steps, or when no
/// step makes progress in double precision. The last factor used is returned.
pub(crate) fn minimise_from<O: Objective>(
    objective: &O,
    Start { mut theta, factor }: Start,
    tol: f64,
    max_iter: usize,
    progress: &dyn Progress,
) -> Result<(Start, FitReport)> {
    let mut notes: Vec<String> = Vec::new();
    // A good last step, or a matrix brought along, leads to another step with the same curvature.
    let mut ratio = if factor.is_some() { 0.0 } else { 1.0 };
    let mut steps = factor.map(Steps::Factor);
    let want = |ratio: f64, known: bool| {
        let keep = ratio <= STEADY || (known && objective.is_quadratic());
        if keep { Want::Gradient } else { Want::Curvature }
    };
    let mut at = objective.evaluate(&theta, want(ratio, false))?;
    let mut largest = objective.largest(&at.gradient);
    let mut iterations = 0;
    let mut converged = largest <= tol;
    while !converged && iterations < max_iter {
        let fresh = steps.is_none() || (ratio > STEADY && !objective.is_quadratic());
        if fresh {
            let curvature = match at.curvature.take() {
                Some(curvature) => Some(curvature),
                None => objective.evaluate(&theta, Want::Curvature)?.curvature,
            };
            let Some(curvature) = curvature else { break };
            let factor = objective.factor(&curvature)?;
            if factor.as_ref().is_some_and(|(_, singular)| *singular) && !notes.iter().any(|n| n == FLAT) {
                notes.push(FLAT.to_owned());
            }
            steps = Some(match factor {
                Some((factor, _)) => Steps::Factor(factor),
                None => Steps::Products(curvature),
            });
        }
        let Some(known) = &steps else { break };
        let direction = match known {
            Steps::Factor(factor) => factor.solve(&at.gradient)?,
            Steps::Products(curvature) => conjugate::solve(objective, curvature, &at.gradient)?,
        };
        let mut direction: Vec<f64> = direction.into_iter().map(|v| -v).collect();
        objective.project(&mut direction);
        let slope = dot(&at.gradient, &direction);
        let next = if slope < 0.0 {
            search(objective, &theta, &at, &direction, want(ratio, true), Believe::Largest)?
        } else {
            None
        };
        let Some((candidate, next)) = next else {
            if fresh || objective.is_quadratic() {
                if slope < 0.0 {
                    notes.push("stopped where double precision allows no further progress".to_owned());
                }
                break;
            }
            ratio = 1.0;
            continue;
        };
        theta = candidate;
        at = next;
        let after = objective.largest(&at.gradient);
        ratio = after / largest;
        largest = after;
        iterations += 1;
        converged = largest <= tol;
        advance(progress, "newton", iterations, max_iter)?;
    }
    if !converged {
        notes.push(format!(
            "not converged after {iterations} iterations: the largest gradient entry is {largest:.3e}, tol is {tol:e}"
        ));
    }
    let factor = match steps {
        Some(Steps::Factor(factor)) => Some(factor),
        _ => None,
    };
    Ok((Start { theta, factor }, FitReport { converged, iterations, objective: at.value, notes }))
}

/// What steps are made with.
enum Steps<C> {
    Factor(Factor),
    Products(C),
}

/// A better point with what is known there, or `None` where there is none along the step.
pub(crate) type Found<O> = Result<Option<(Vec<f64>, Evaluation<<O as Objective>::Curvature>)>>;

/// What tells progress where the objective is flat to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Believe {
    /// A smaller largest gradient entry, which every Newton step brings.
    Largest,
    /// A smaller slope along the step (Hager and Zhang 2005), all that other steps bring for sure.
    Slope,
}

/// Halves the step until the objective falls enough (Armijo) or, where it is flat to rounding, until the gradient falls.
pub(crate) fn search<O: Objective>(
    objective: &O,
    theta: &[f64],
    at: &Evaluation<O::Curvature>,
    direction: &[f64],
    mut want: Want,
    believe: Believe,
) -> Found<O> {
    let slope = dot(&at.gradient, direction);
    let before = objective.largest(&at.gradient);
    let believed = |gradient: &[f64]| match believe {
        Believe::Largest => objective.largest(gradient) < before,
        Believe::Slope => dot(gradient, direction).abs() < 0.9 * slope.abs(),
    };
    let mut step = 1.0;
    for _ in 0..HALVINGS {
        let candidate: Vec<f64> = theta.iter().zip(direction).map(|(t, d)| t + step * d).collect();
        if candidate == theta {
            return Ok(None);
        }
        let next = objective.evaluate(&candidate, want)?;
        let noise = 32.0 * f64::EPSILON * at.value.abs();
        let falls = next.value <= at.value + 1e-4 * step * slope;
        // A fall within the noise is believed only if the gradient agrees.
        let flat = (next.value - at.value).abs() <= noise;
        if (falls && at.value - next.value > noise) || ((falls || flat) && believed(&next.gradient)) {
            return Ok(Some((candidate, next)));
        }
        want = Want::Gradient;
        step *= 0.5;
    }
    Ok(None)
}
