//! The Newton step without a Hessian: preconditioned conjugate gradients, truncated (Dembo and Steihaug 1983).

use crm_ml_core::Result;
use crm_ml_linalg::dot;

use crate::newton::Objective;

/// Solves `H x = gradient` until the residual is a share of the gradient that shrinks with it, which keeps the outer
/// iterations fast near the minimum.
pub(crate) fn solve<O: Objective>(
    objective: &O,
    curvature: &O::Curvature,
    gradient: &[f64],
) -> Result<Vec<f64>> {
    let diagonal = objective.diagonal(curvature)?;
    let precondition = |r: &[f64]| -> Vec<f64> {
        r.iter().zip(&diagonal).map(|(r, d)| if *d > 0.0 { r / d } else { *r }).collect()
    };
    let norm = dot(gradient, gradient).sqrt();
    let enough = norm * norm.sqrt().min(0.1);
    let mut solution = vec![0.0; gradient.len()];
    let mut residual = gradient.to_vec();
    let mut scaled = precondition(&residual);
    let mut search = scaled.clone();
    let mut energy = dot(&residual, &scaled);
    for _ in 0..(2 * gradient.len()).min(500) {
        if dot(&residual, &residual).sqrt() <= enough {
            break;
        }
        let image = objective.product(curvature, &search)?;
        let bend = dot(&search, &image);
        if !(bend > 0.0 && energy > 0.0) {
            break;
        }
        let step = energy / bend;
        solution.iter_mut().zip(&search).for_each(|(x, s)| *x += step * s);
        residual.iter_mut().zip(&image).for_each(|(r, i)| *r -= step * i);
        scaled = precondition(&residual);
        let next = dot(&residual, &scaled);
        let share = next / energy;
        search.iter_mut().zip(&scaled).for_each(|(s, z)| *s = z + share * *s);
        energy = next;
    }
    // Flat from the start: the preconditioned gradient is a descent direction all the same.
    if solution.iter().all(|v| *v == 0.0) {
        return Ok(precondition(gradient));
    }
    Ok(solution)
}
