//! Intervals from errors of the fit, drawn again.

mod model;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Forecaster, Result, Series};

use crate::Recursion;

pub use model::BootstrapModel;

/// Any method with a recursion, with intervals and sample paths that draw the errors of its fit again.
///
/// Each path runs the fitted recursion forward with errors drawn with replacement, so that its intervals have the skewness and the
/// tails that errors have had, where analytic ones are normal. Errors are centred and brought to the deviation that counts the
/// parameters (R's `forecast` does not do the latter, and is too narrow where a model has many). Bounds are quantiles of the paths; no
/// path errs by more in one step than the fit did, so extreme levels need long series; the report tells how many errors there are where
/// they are few. Parameters are taken as known. The forecast itself is the method's.
///
/// B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), section 8.5; R. Hyndman, G. Athanasopoulos, Forecasting:
/// Principles and Practice, 3rd edition, section 5.5. Time O(paths x steps) a forecast beside the fit. Missing values and regressors
/// as the method. The same bits at any number of threads.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::{Bootstrap, Naive};
///
/// // Small falls, and a large rise now and then.
/// let steps = [-1.0, -1.0, -1.0, 3.0].iter().cycle().take(80);
/// let walk: Vec<f64> = steps.scan(100.0, |value, step| { *value += step; Some(*value) }).collect();
/// let model = Bootstrap::new(Naive::new()).fit(&Series::new(&walk)?)?;
/// let next = &model.forecast(&Horizon::new(1)?.with_levels(&[80.0])?)?.intervals[0];
/// assert!((next.lower[0] - 99.0).abs() < 0.1 && (next.upper[0] - 103.0).abs() < 0.1);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap<F> {
    forecaster: F,
    n_paths: usize,
    seed: u64,
}

impl<F> Bootstrap<F> {
    /// A method, with 5,000 paths.
    pub fn new(forecaster: F) -> Self {
        Self { forecaster, n_paths: 5000, seed: 0 }
    }

    /// Paths that intervals are quantiles of; fewer for horizons of thousands of steps.
    pub fn n_paths(mut self, n_paths: usize) -> Self {
        self.n_paths = n_paths;
        self
    }

    /// Seed of the intervals' paths.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl<F: Forecaster<Model: Recursion>> Forecaster for Bootstrap<F> {
    type Model = BootstrapModel<F::Model>;

    fn fit(&self, series: &Series<'_>) -> Result<Self::Model> {
        Check::of("Bootstrap").between("n_paths", self.n_paths, 1, model::MOST_PATHS).finish()?;
        let model = self.forecaster.fit(series)?;
        if model.errors().is_empty() {
            return Err(series.error("", "Bootstrap takes methods that run errors forward only"));
        }
        Ok(BootstrapModel::new(model, self.n_paths, self.seed))
    }
}
