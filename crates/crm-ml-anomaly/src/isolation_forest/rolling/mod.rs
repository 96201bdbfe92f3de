//! A forest that follows a stream of rows.

mod state;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Result, Schema};
use serde::{Deserialize, Serialize};

pub use state::RollingIsolationForestModel;

use super::IsolationForest;

/// An isolation forest for rows that come one after another: keeps a sample of them, and is fitted anew to it every so many rows.
///
/// Without a half-life the sample is uniform over all rows so far (Vitter's algorithm R, 1985). With one, a row's chance to
/// be in it halves with every so many rows that follow (Aggarwal, On biased reservoir sampling, 2006), so that the forest forgets.
/// All draws belong to the forest's seed and the number of the row: it does not matter in what pieces rows come.
///
/// ```
/// use crm_ml_anomaly::{IsolationForest, RollingIsolationForest};
/// use crm_ml_core::{Samples, Schema};
/// use ndarray::Array2;
///
/// let rolling = RollingIsolationForest::new(IsolationForest::new().seed(1)).capacity(500).refit_every(100);
/// let mut state = rolling.start(&Schema::unnamed(2))?;
/// let day = Array2::from_shape_fn((250, 2), |(row, column)| ((row * (column + 3)) % 17) as f64);
/// let refitted = state.update(&Samples::new(&day)?)?;
/// assert!(refitted && state.seen() == 250);
/// let model = state.model().ok_or("no rows yet")?;
/// assert!(model.score_row(&[90.0, -40.0])? < model.score_row(&[8.0, 8.0])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RollingIsolationForest {
    forest: IsolationForest,
    capacity: usize,
    refit_every: usize,
    half_life: Option<f64>,
}

impl RollingIsolationForest {
    /// Keeps 10,000 rows, fits anew every 1,000, forgets none in favour of others.
    pub fn new(forest: IsolationForest) -> Self {
        Self { forest, capacity: 10_000, refit_every: 1_000, half_life: None }
    }

    /// Most rows that are kept, at least 1 (10,000).
    pub fn capacity(mut self, rows: usize) -> Self {
        self.capacity = rows;
        self
    }

    /// Rows between two fits, at least 1 (1,000).
    pub fn refit_every(mut self, rows: usize) -> Self {
        self.refit_every = rows;
        self
    }

    /// Rows after which the chance of a row to be kept has halved, above 0; `None` for never (`None`). It cannot halve
    /// faster than every 0.69 times the capacity, where each row replaces another.
    pub fn half_life(mut self, rows: Option<f64>) -> Self {
        self.half_life = rows;
        self
    }

    fn check(&self) -> Result<()> {
        self.forest.check()?;
        let check = Check::of("RollingIsolationForest").at_least("capacity", self.capacity, 1).at_least(
            "refit_every",
            self.refit_every,
            1,
        );
        match self.half_life {
            Some(rows) => check.positive("half_life", rows).finish(),
            None => check.finish(),
        }
    }

    /// Starts with no rows. Errors: parameters out of range, no columns.
    pub fn start(&self, schema: &Schema) -> Result<RollingIsolationForestModel> {
        self.check()?;
        RollingIsolationForestModel::new(self, schema)
    }
}
