//! An L1 penalty on many columns: fits of few of them, which grow by what violates optimality (working sets, as in Johnson and
//! Guestrin 2015).

use crm_ml_core::{FitReport, Progress, Result, advance};

use crate::design::largest;
use crate::newton::{Objective, Want};
use crate::proximal::{Proximal, is_formed};
use crate::quadratic::violation;
use crate::smooth::Smooth;
use crate::solver::Task;

/// Columns that join at least at a time.
const GROWTH: usize = 64;

/// Minimises over all columns by way of some.
pub(crate) fn minimise(
    task: &Task<'_, '_>,
    mut theta: Vec<f64>,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, FitReport)> {
    let design = task.design;
    let whole = Smooth::new(design, task.family, (task.target, task.weights), task.strength.l2);
    let l1 = design.l1(task.strength.l1);
    let reals = design.reals();
    let bounds = |j: usize| task.bounds.as_ref().map(|bounds| bounds[j]);
    let mut chosen = vec![false; reals];
    (0..reals).for_each(|j| chosen[j] = theta[j] != 0.0);
    let mut report = FitReport { converged: false, iterations: 0, objective: f64::NAN, notes: Vec::new() };
    let mut cells = Vec::new();
    let mut before = f64::INFINITY;
    loop {
        let at = whole.evaluate(&theta, Want::Gradient)?;
        let norm: f64 = l1.iter().zip(&theta).map(|(l1, t)| l1 * t.abs()).sum();
        report.objective = at.value + norm;
        let of = |j: usize| violation(l1[j], bounds(j), theta[j], at.gradient[j]) * whole.unit(j);
        let largest = largest((0..theta.len()).map(of));
        if largest <= task.tol {
            report.converged = true;
            break;
        }
        let mut outside: Vec<(f64, usize)> = (0..reals).filter(|&j| !chosen[j]).map(|j| (of(j), j)).collect();
        outside.retain(|(v, _)| *v > task.tol);
        let stuck = outside.is_empty() && report.objective >= before;
        if report.iterations >= task.max_iter || stuck {
            report.notes.push(format!(
                "not converged after {} iterations: the largest gradient entry is {largest:.3e}, tol is {:e}",
                report.iterations, task.tol
            ));
            break;
        }
        before = report.objective;
        // The worst first; of equals the first column.
        outside.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let active = chosen.iter().filter(|c| **c).count();
        outside.iter().take(GROWTH.max(active)).for_each(|(_, j)| chosen[*j] = true);
        let picked: Vec<usize> = (0..reals).filter(|&j| chosen[j]).collect();
        let part = design.part(&picked, &mut cells);
        // Where a parameter of the part lies in the whole.
        let places: Vec<usize> = picked.iter().copied().chain(reals..theta.len()).collect();
        let mut loss = Smooth::new(&part, task.family, (task.target, task.weights), task.strength.l2);
        loss.direct = is_formed(part.dense(), part.slots());
        let own = |values: &[f64]| places.iter().map(|&at| values[at]).collect::<Vec<f64>>();
        let limits: Option<Vec<(f64, f64)>> =
            task.bounds.as_ref().map(|bounds| places.iter().map(|&at| bounds[at]).collect());
        let left = task.max_iter - report.iterations;
        // While columns may still join, no closer than the whole is to its end.
        let enough = if outside.is_empty() { 0.5 * task.tol } else { task.tol.max(0.01 * largest) };
        let (found, part_report) =
            Proximal::new(&loss, own(&l1), limits.as_deref()).run(own(&theta), enough, left, &())?;
        for (value, &at) in found.iter().zip(&places) {
            theta[at] = *value;
        }
        report.iterations += part_report.iterations.max(1);
        advance(progress, "coordinate descent", report.iterations.min(task.max_iter), task.max_iter)?;
    }
    Ok((theta, report))
}
