//! Which way a problem is solved, and the start that saves passes over many rows.

use crm_ml_core::{Check, FitReport, Progress, Result};
use serde::{Deserialize, Serialize};

use crate::design::{Design, Strength};
use crate::factor::is_direct;
use crate::lbfgs;
use crate::loss::Family;
use crate::newton::{FLAT, Objective, Start, minimise_from};
use crate::proximal::{Proximal, is_formed};
use crate::smooth::Smooth;
use crate::working;

/// How an objective is minimised. All ways lead to the same minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Solver {
    /// By the problem: coordinate descent with an L1 penalty or bounds, else Newton's steps by a Cholesky factor; above 2048
    /// coefficients (the levels of the largest category not counted; 4096 columns of least squares) L-BFGS, and conjugate gradients where it
    /// takes long.
    #[default]
    Auto,
    /// Newton's steps by a Cholesky factor of the Hessian, in which the levels of one category cost next to nothing.
    NewtonCholesky,
    /// Newton's steps by conjugate gradients: no matrix is formed.
    NewtonCg,
    /// Limited-memory BFGS: gradients alone.
    Lbfgs,
    /// Newton's models of the loss, minimised coordinate by coordinate, over those columns that matter; above 4096 coefficients
    /// (1024 of levels or of several classes) by accelerated gradients, which need no matrix.
    CoordinateDescent,
}

impl Solver {
    /// Adds the rule that a penalty or bounds set to the solver.
    pub fn allow(self, check: Check, constrained: bool) -> Check {
        let able = !constrained || matches!(self, Self::Auto | Self::CoordinateDescent);
        let rule = "Auto or CoordinateDescent with an L1 penalty or bounds";
        check.rule("solver", format!("{self:?}"), able, rule)
    }
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
/// Fewest rows that make it worth while.
const MANY: usize = 20_000;
/// Steps on those rows.
const FIRST_STEPS: usize = 8;

/// Columns, of no fewer rows, up to which least squares is factorised: it is done once.
const FACTORISED: usize = 4096;

/// Whether a smooth problem goes by factors of its matrix.
pub(crate) fn is_factorised(task: &Task<'_, '_>) -> bool {
    let (rows, columns) = (task.design.rows(), task.design.dense());
    let few = task.design.slots() == 0 && columns <= FACTORISED.min(rows);
    let once = task.family == Family::Gaussian && few;
    match task.solver {
        Solver::NewtonCholesky => true,
        Solver::Auto => once || is_direct(task.design),
        Solver::NewtonCg | Solver::Lbfgs | Solver::CoordinateDescent => false,
    }
}

/// The parameters at the minimum.
pub(crate) fn solve(
    task: &Task<'_, '_>,
    start: Vec<f64>,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, FitReport)> {
    let (tol, max_iter) = (task.tol, task.max_iter);
    let mut loss = Smooth::new(task.design, task.family, (task.target, task.weights), task.strength.l2);
    if task.strength.l1 > 0.0 && task.design.reals() > FEW {
        return working::minimise(task, start, progress);
    }
    if task.strength.l1 > 0.0 || task.bounds.is_some() || task.solver == Solver::CoordinateDescent {
        loss.direct = is_formed(task.design.dense(), task.design.slots());
        let l1 = task.design.l1(task.strength.l1);
        return Proximal::new(&loss, l1, task.bounds.as_deref()).run(start, tol, max_iter, progress);
    }
    if task.solver == Solver::Lbfgs {
        return lbfgs::minimise(&loss, start, tol, max_iter, progress);
    }
    loss.direct = is_factorised(task);
    // A quadratic problem needs one look at its curvature, wherever it starts.
    let worth = loss.direct && task.family != Family::Gaussian;
    if task.solver == Solver::Auto && !loss.direct {
        return large(&loss, start, tol, max_iter, progress);
    }
    let look = FirstLook::new(task.design, task.weights, worth, task.design.size());
    let start = match &look {
        None => Start { theta: start, factor: None },
        Some(look) => {
            let mut cells = Vec::new();
            let design = task.design.sample(&look.rows, &mut cells);
            let target = look.of(task.target);
            let loss = Smooth::new(&design, task.family, (&target, &look.weights), task.strength.l2);
            look.start(&loss, start)?
        }
    };
    minimise_from(&loss, start, tol, max_iter, progress).map(|(end, report)| (end.theta, report))
}

/// Columns up to which an L1 penalty needs no working sets.
const FEW: usize = 512;
/// Steps of L-BFGS that large problems begin with.
const CHEAP_STEPS: usize = 100;

/// Problems without a matrix: L-BFGS, which a well-conditioned problem needs few passes of; where it is not done soon, Newton's
/// steps by conjugate gradients from where it got.
pub(crate) fn large<O: Objective>(
    loss: &O,
    start: Vec<f64>,
    tol: f64,
    max_iter: usize,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, FitReport)> {
    let (theta, first) = lbfgs::minimise(loss, start, tol, max_iter.min(CHEAP_STEPS), progress)?;
    if first.converged {
        return Ok((theta, first));
    }
    let (end, mut report) = minimise_from(loss, Start { theta, factor: None }, tol, max_iter, progress)?;
    report.iterations += first.iterations;
    Ok((end.theta, report))
}

/// A tenth of the rows, where that is plenty: a fit of those starts all rows close to their end, with a matrix that resembles
/// their Hessian, so that most passes over all rows look at gradients alone.
pub(crate) struct FirstLook {
    pub(crate) rows: Vec<usize>,
    /// They sum to 1.
    pub(crate) weights: Vec<f64>,
}

impl FirstLook {
    pub(crate) fn new(design: &Design<'_>, weights: &[f64], direct: bool, size: usize) -> Option<Self> {
        let count = design.rows();
        if !direct || count < ROWS_PER_PARAMETER.saturating_mul(size) || count < MANY {
            return None;
        }
        let rows: Vec<usize> = (0..count).step_by(STRIDE).collect();
        let total: f64 = rows.iter().map(|&row| weights[row]).sum();
        // Weights that sit elsewhere make no picture of the whole.
        if !(0.5..=2.0).contains(&(total * STRIDE as f64)) {
            return None;
        }
        let weights = rows.iter().map(|&row| weights[row] / total).collect();
        Some(Self { rows, weights })
    }

    /// The entries of the chosen rows.
    pub(crate) fn of<T: Copy>(&self, values: &[T]) -> Vec<T> {
        self.rows.iter().map(|&row| values[row]).collect()
    }

    /// Where the fit of the chosen rows ends; the given start where it does not converge.
    pub(crate) fn start<O: Objective>(&self, loss: &O, start: Vec<f64>) -> Result<Start> {
        let given = start.clone();
        let (end, report) =
            minimise_from(loss, Start { theta: start, factor: None }, 1e-4, FIRST_STEPS, &())?;
        if !report.converged {
            return Ok(Start { theta: given, factor: None });
        }
        // Whether the matrix of all rows is singular too is for all rows to say.
        let singular = report.notes.iter().any(|note| note == FLAT);
        Ok(if singular { Start { factor: None, ..end } } else { end })
    }
}
