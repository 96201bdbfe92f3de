//! Linear models that learn row by row: follow the regularised leader, proximally.

mod progressive;
mod rows;
mod setters;
mod state;
mod step;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Progress, Result, Samples, Schema, advance};
use serde::{Deserialize, Serialize};

pub use progressive::{ProgressiveLoss, ProgressivePoint};
pub use rows::FtrlTarget;
pub use state::FtrlState;

/// FTRL-proximal: each coefficient has a learning rate of its own, `alpha / (beta + sqrt(sum of its squared gradients))`, and is exactly 0
/// while its evidence is below `l1`.
///
/// Learns in one pass what solvers need many for, in memory that does not depend on the rows, and goes on from where it was. With
/// rows enough it comes near the minimum of `sum of losses + l1 * sum of magnitudes + l2 / 2 * squared norm`, the intercept free; rows
/// seen in several passes count as often. Columns should have a spread of about 1: a step is about `alpha` whatever the unit.
/// O(p) a row. Reference: McMahan et al., Ad click prediction: a view from the trenches, 2013, algorithm 1.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_linear::{FtrlSolver, FtrlTarget};
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let samples = Samples::new(&x)?;
/// let solver = FtrlSolver { epochs: 1, shuffle: false, fit_intercept: false, ..FtrlSolver::new() };
/// let state = solver.fit("example", &samples, FtrlTarget::classes(&[0, 0, 1, 1], 2)?, None, &())?;
/// // Before its row each class was as likely as the other, in the first row.
/// let first = state.progressive_loss().points()[0];
/// assert_eq!((first.rows, first.mean), (1, 2f64.ln()));
/// assert!(state.predictor().line(0)[0] > 0.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FtrlSolver {
    /// Scale of the learning rates, from 1e-6 to 1e6.
    pub alpha: f64,
    /// What keeps the first learning rates down, from 0 to 1e6.
    pub beta: f64,
    /// Weight of the sum of magnitudes, from 0 to 1e12.
    pub l1: f64,
    /// Weight of half the squared norm, from 0 to 1e12.
    pub l2: f64,
    /// Whether there is an intercept. It learns as a coefficient does, without penalty.
    pub fit_intercept: bool,
    /// Passes of a fit over its rows, at least 1.
    pub epochs: usize,
    /// Whether each pass of a fit takes the rows in an order of its own; else as they are.
    pub shuffle: bool,
    /// Seed of the orders.
    pub seed: u64,
}

impl Default for FtrlSolver {
    fn default() -> Self {
        Self {
            alpha: 0.1,
            beta: 1.0,
            l1: 0.0,
            l2: 1.0,
            fit_intercept: true,
            epochs: 5,
            shuffle: true,
            seed: 0,
        }
    }
}

impl FtrlSolver {
    /// `alpha` 0.1, `beta` 1, `l1` 0, `l2` 1, with intercept; five epochs in orders drawn from seed 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rules of the parameters, for an estimator of the given name.
    pub fn check(&self, estimator: &'static str) -> Check {
        Check::of(estimator)
            .range("alpha", self.alpha, 1e-6..=1e6)
            .range("beta", self.beta, 0.0..=1e6)
            .range("l1", self.l1, 0.0..=1e12)
            .range("l2", self.l2, 0.0..=1e12)
            .at_least("epochs", self.epochs, 1)
    }

    /// The state that has seen no row, all coefficients 0. Errors: parameters, no columns, no outputs.
    pub fn start(&self, schema: &Schema, outputs: usize) -> Result<FtrlState> {
        self.check("FtrlSolver").finish()?;
        FtrlState::new(self, schema, outputs)
    }

    /// Starts, and learns the rows in all passes.
    ///
    /// Errors: parameters; lengths; weights that are not above 0 or beyond 1e20; missing real cells, cells and targets beyond 1e40.
    pub fn fit(
        &self,
        estimator: &str,
        samples: &Samples<'_>,
        target: FtrlTarget<'_>,
        weights: Option<&[f64]>,
        progress: &dyn Progress,
    ) -> Result<FtrlState> {
        let mut state = self.start(samples.schema(), target.outputs())?;
        let rows = state.rows(estimator, samples, target, weights)?;
        for epoch in 0..self.epochs {
            state.learn(&rows, self.shuffle.then_some((self.seed, epoch as u64)), epoch == 0);
            advance(progress, "epochs", epoch + 1, self.epochs)?;
        }
        Ok(state)
    }
}
