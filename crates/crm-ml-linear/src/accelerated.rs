//! Minima of a quadratic function with an L1 penalty and bounds whose matrix is too large to be formed: accelerated proximal
//! gradient (Beck and Teboulle 2009) in the metric of the matrix's diagonal, restarted where momentum leads uphill (O'Donoghue
//! and Candes 2015). One product with the matrix a step.

use crm_ml_core::Result;

use crate::newton::Objective;
use crate::quadratic::Restraint;

/// A step that meets more curvature than was believed raises the belief a little beyond what it met.
const CAUTION: f64 = 1.05;

/// Moves `x` (with `gradient` that of the smooth part there) until no coordinate violates its optimality by more than `tol`,
/// at most `steps` steps; the bounds are met at every step.
pub(crate) fn descend<O: Objective>(
    objective: &O,
    curvature: &O::Curvature,
    restraint: Restraint<'_>,
    (x, gradient): (&mut Vec<f64>, &mut Vec<f64>),
    tol: f64,
    steps: usize,
) -> Result<()> {
    let metric = metric(objective.diagonal(curvature)?);
    // The largest curvature in the metric's unit, as far as steps have met it.
    let mut bend = 1.0f64;
    let mut momentum = 1.0f64;
    let (mut from, mut slope) = (x.clone(), gradient.clone());
    for _ in 0..steps {
        let next: Vec<f64> =
            (0..x.len()).map(|j| restraint.best(j, from[j], slope[j], bend * metric[j])).collect();
        let step: Vec<f64> = next.iter().zip(&from).map(|(n, f)| n - f).collect();
        let length: f64 = step.iter().zip(&metric).map(|(s, d)| s * s * d).sum();
        if length == 0.0 {
            return Ok(());
        }
        let image = objective.product(curvature, &step)?;
        let met = step.iter().zip(&image).map(|(s, i)| s * i).sum::<f64>() / length;
        if met > bend * (1.0 + 1e-9) {
            bend = CAUTION * met;
            continue;
        }
        let after: Vec<f64> = slope.iter().zip(&image).map(|(g, i)| g + i).collect();
        let done = (0..next.len()).all(|j| restraint.violation(j, next[j], after[j]) <= tol);
        let along = from.iter().zip(&next).zip(x.iter()).zip(&metric);
        let uphill = along.map(|(((f, n), x), d)| d * (f - n) * (n - x)).sum::<f64>() > 0.0;
        let following = if uphill { 1.0 } else { 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) };
        let share = if uphill { 0.0 } else { (momentum - 1.0) / following };
        // The gradient is linear: where momentum leads needs no product.
        let ahead =
            |new: &[f64], old: &[f64]| new.iter().zip(old).map(|(n, o)| n + share * (n - o)).collect();
        (from, slope) = (ahead(&next, x), ahead(&after, gradient));
        (*x, *gradient, momentum) = (next, after, following);
        if done {
            return Ok(());
        }
    }
    Ok(())
}

/// The diagonal, with what is flat as stiff as the stiffest.
fn metric(mut diagonal: Vec<f64>) -> Vec<f64> {
    let most = diagonal.iter().copied().filter(|d| d.is_finite()).fold(0.0, f64::max);
    let stiff = if most > 0.0 { most } else { 1.0 };
    diagonal.iter_mut().filter(|d| !(d.is_finite() && **d > 0.0)).for_each(|d| *d = stiff);
    diagonal
}
