//! Which way a problem is solved, and the start that saves passes over many rows.

use crm_ml_core::{FitReport, Progress, Result};
use serde::{Deserialize, Serialize};

use crate::design::{Design, Strength};
use crate::lbfgs;
use crate::loss::Family;
use crate::newton::minimise;
use crate::proximal::Proximal;
use crate::smooth::Smooth;

/// How an objective is minimised. All ways lead to the same minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Solver {
    /// By the problem: coordinate descent with an L1 penalty or bounds, else Newton's steps by a Cholesky factor, or by
    /// conjugate gradients above 2048 coefficients (the levels of the largest category not counted).
    #[default]
    Auto,
    /// Newton's steps by a Cholesky factor of the Hessian, in which the levels of one category cost next to nothing.
    NewtonCholesky,
    /// Newton's steps by conjugate gradients: no matrix is formed.
    NewtonCg,
    /// Limited-memory BFGS: gradients alone.
    Lbfgs,
    /// Newton's models of the loss, minimised coordinate by coordinate, over those columns that matter.
    CoordinateDescent,
}

/// A problem in the form that all solvers take.
pub(crate) struct Task<'p, 'a> {
    pub(crate) design: &'p Design<'a>,
    pub(crate) family: Family,
    pub(crate) target: &'p [f64],
    /// Weights that sum to 1.
    pub(crate) weights: &'p [f64],
    pub(crate) strength: Strength,
    /// Bounds of the parameters, where there are any.
    pub(crate) bounds: Option<Vec<(f64, f64)>>,
    pub(crate) solver: Solver,
    pub(crate) tol: f64,
    pub(crate) max_iter: usize,
}

/// Every how many rows one is taken for the first look at many rows.
const STRIDE: usize = 10;
/// Rows a parameter that make such a look worth while.
const ROWS_PER_PARAMETER: usize = 200;
/// Steps on those rows.
const FIRST_STEPS: usize = 8;

/// The parameters at the minimum.
pub(crate) fn solve(
    task: &Task<'_, '_>,
    start: Vec<f64>,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, FitReport)> {
    let mut loss = Smooth::new(task.design, task.family, (task.target, task.weights), task.strength.l2);
    let coordinates = task.strength.l1 > 0.0 || task.bounds.is_some();
    match task.solver {
        _ if coordinates || task.solver == Solver::CoordinateDescent => {
            loss.direct = true;
            let l1 = task.design.l1(task.strength.l1);
            let proximal = Proximal::new(&loss, l1, task.bounds.as_deref());
            proximal.run(start, task.tol, task.max_iter, progress)
        }
        Solver::Lbfgs => lbfgs::minimise(&loss, start, task.tol, task.max_iter, progress),
        Solver::NewtonCg => {
            loss.direct = false;
            minimise(&loss, start, task.tol, task.max_iter, progress)
        }
        _ => {
            loss.direct |= task.solver == Solver::NewtonCholesky;
            let start = if loss.direct { first_look(task, start)? } else { start };
            minimise(&loss, start, task.tol, task.max_iter, progress)
        }
    }
}

/// Parameters of a tenth of the rows, where that is plenty: the steps on all rows then start close to their end.
fn first_look(task: &Task<'_, '_>, start: Vec<f64>) -> Result<Vec<f64>> {
    let rows = task.design.rows();
    if rows < ROWS_PER_PARAMETER.saturating_mul(task.design.size()) || rows < 20_000 {
        return Ok(start);
    }
    let chosen: Vec<usize> = (0..rows).step_by(STRIDE).collect();
    let mut cells = Vec::new();
    let design = task.design.sample(&chosen, &mut cells);
    let target: Vec<f64> = chosen.iter().map(|&row| task.target[row]).collect();
    let total: f64 = chosen.iter().map(|&row| task.weights[row]).sum();
    if total <= 0.0 {
        return Ok(start);
    }
    let weights: Vec<f64> = chosen.iter().map(|&row| task.weights[row] / total).collect();
    let loss = Smooth::new(&design, task.family, (&target, &weights), task.strength.l2);
    let (theta, report) = minimise(&loss, start.clone(), 1e-4, FIRST_STEPS, &())?;
    Ok(if report.converged { theta } else { start })
}
