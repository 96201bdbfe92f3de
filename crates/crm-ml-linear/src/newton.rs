//! Damped Newton iterations for a smooth convex objective.

use crm_ml_core::{FitReport, Progress, Result, advance};
use crm_ml_linalg::{Cholesky, SymmetricEigen};
use ndarray::{Array2, ArrayView2};

use crate::conjugate;

/// A smooth convex function with its derivatives.
pub(crate) trait Objective {
    /// What an evaluation leaves for the derivatives at the same point.
    type State;

    fn size(&self) -> usize;
    fn evaluate(&self, theta: &[f64]) -> Result<(f64, Self::State)>;
    fn gradient(&self, theta: &[f64], state: &Self::State) -> Result<Vec<f64>>;
    /// The largest gradient entry in the unit of the stopping rule.
    fn largest(&self, gradient: &[f64]) -> f64;
    fn hessian(&self, state: &Self::State) -> Result<Array2<f64>>;
    /// Product of the Hessian with a vector, for sizes at which the matrix is too large.
    fn hessian_times(&self, state: &Self::State, vector: &[f64]) -> Result<Vec<f64>>;
    /// A diagonal that resembles the Hessian's.
    fn diagonal(&self, state: &Self::State) -> Vec<f64>;
}

/// Largest Hessian that is formed and factorised; beyond it steps are found by conjugate gradients.
pub(crate) const DIRECT_LIMIT: usize = 2048;

/// A pivot that keeps less than this share of its diagonal entry marks a Hessian as singular.
const SINGULAR: f64 = 1e-11;

const HALVINGS: usize = 40;

/// Minimises from `theta`. Stops when the largest gradient entry is at most `tol`, after `max_iter` steps, or when no
/// step makes progress in double precision.
pub(crate) fn minimise<O: Objective>(
    objective: &O,
    mut theta: Vec<f64>,
    tol: f64,
    max_iter: usize,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, FitReport)> {
    let mut notes = Vec::new();
    let (mut value, mut state) = objective.evaluate(&theta)?;
    let mut gradient = objective.gradient(&theta, &state)?;
    let mut iterations = 0;
    let mut converged = objective.largest(&gradient) <= tol;
    while !converged && iterations < max_iter {
        let direction = match direction(objective, &state, &gradient, &mut notes)? {
            Some(direction) => direction,
            None => break,
        };
        let Some(next) = search(objective, &theta, value, &gradient, &direction)? else {
            notes.push("stopped where double precision allows no further progress".to_owned());
            break;
        };
        theta = next.theta;
        value = next.value;
        state = next.state;
        gradient = next.gradient;
        iterations += 1;
        converged = objective.largest(&gradient) <= tol;
        advance(progress, "newton", iterations, max_iter)?;
    }
    if !converged {
        notes.push(format!(
            "not converged after {iterations} iterations: the largest gradient entry is {:.3e}, tol is {tol:e}",
            objective.largest(&gradient)
        ));
    }
    Ok((theta, FitReport { converged, iterations, objective: value, notes }))
}

/// The Newton step, of least norm where the Hessian is singular; `None` if nothing descends.
fn direction<O: Objective>(
    objective: &O,
    state: &O::State,
    gradient: &[f64],
    notes: &mut Vec<String>,
) -> Result<Option<Vec<f64>>> {
    let direction = if objective.size() > DIRECT_LIMIT {
        conjugate::solve(objective, state, gradient)?
    } else {
        let hessian = objective.hessian(state)?;
        match regular_solution(hessian.view(), gradient) {
            Some(solution) => solution,
            None => {
                let note = "some directions do not change the fit (collinear columns or separated classes): \
                            the step of least norm was taken";
                if !notes.iter().any(|n| n == note) {
                    notes.push(note.to_owned());
                }
                least_norm_solution(hessian.view(), gradient)?
            }
        }
    };
    let direction: Vec<f64> = direction.into_iter().map(|v| -v).collect();
    let slope = crm_ml_linalg::dot(gradient, &direction);
    Ok((slope < 0.0).then_some(direction))
}

/// By Cholesky after scaling to a unit diagonal; `None` when the matrix is singular to working precision.
fn regular_solution(hessian: ArrayView2<'_, f64>, gradient: &[f64]) -> Option<Vec<f64>> {
    let root: Vec<f64> = hessian.diag().iter().map(|d| d.sqrt()).collect();
    if root.iter().any(|r| !(r.is_finite() && *r > 0.0)) {
        return None;
    }
    let scaled = Array2::from_shape_fn(hessian.dim(), |(i, j)| hessian[[i, j]] / root[i] / root[j]);
    let factor = Cholesky::new(scaled.view()).ok()?;
    if factor.factor().diag().iter().any(|pivot| pivot * pivot < SINGULAR) {
        return None;
    }
    let rhs: Vec<f64> = gradient.iter().zip(&root).map(|(g, r)| g / r).collect();
    let solution = factor.solve_vector(&rhs).ok()?;
    Some(solution.iter().zip(&root).map(|(s, r)| s / r).collect())
}

/// By eigenvalues: those that are noise against the largest are left out.
fn least_norm_solution(hessian: ArrayView2<'_, f64>, gradient: &[f64]) -> Result<Vec<f64>> {
    let root: Vec<f64> =
        hessian.diag().iter().map(|d| if *d > 0.0 && d.is_finite() { d.sqrt() } else { 1.0 }).collect();
    let scaled = Array2::from_shape_fn(hessian.dim(), |(i, j)| hessian[[i, j]] / root[i] / root[j]);
    let eigen = SymmetricEigen::new(scaled.view())?;
    let largest = eigen.values().first().copied().unwrap_or(0.0).max(0.0);
    let threshold = largest * SINGULAR;
    let rhs: Vec<f64> = gradient.iter().zip(&root).map(|(g, r)| g / r).collect();
    let mut solution = vec![0.0; rhs.len()];
    for (value, vector) in eigen.values().iter().zip(eigen.vectors().columns()) {
        if *value > threshold {
            let share = vector.iter().zip(&rhs).map(|(v, r)| v * r).sum::<f64>() / value;
            solution.iter_mut().zip(&vector).for_each(|(s, v)| *s += share * v);
        }
    }
    Ok(solution.iter().zip(&root).map(|(s, r)| s / r).collect())
}

struct Point<S> {
    theta: Vec<f64>,
    value: f64,
    state: S,
    gradient: Vec<f64>,
}

/// Halves the step until the objective falls enough (Armijo) or, where it is flat to rounding, until the gradient falls.
fn search<O: Objective>(
    objective: &O,
    theta: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
) -> Result<Option<Point<O::State>>> {
    let slope = crm_ml_linalg::dot(gradient, direction);
    let before = objective.largest(gradient);
    let mut step = 1.0;
    for _ in 0..HALVINGS {
        let candidate: Vec<f64> = theta.iter().zip(direction).map(|(t, d)| t + step * d).collect();
        if candidate == theta {
            return Ok(None);
        }
        let (found, state) = objective.evaluate(&candidate)?;
        let noise = 32.0 * f64::EPSILON * value.abs();
        let falls = found <= value + 1e-4 * step * slope;
        if falls || (found - value).abs() <= noise {
            let next = objective.gradient(&candidate, &state)?;
            // A fall within the noise is believed only if the gradient agrees.
            if (falls && value - found > noise) || objective.largest(&next) < before {
                return Ok(Some(Point { theta: candidate, value: found, state, gradient: next }));
            }
        }
        step *= 0.5;
    }
    Ok(None)
}
