//! Intervals as wide as the errors of a back-test were.

mod calibration;
mod model;
mod paths;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Forecaster, Result, Series};

use crate::{BackTest, Refit};

pub(crate) use calibration::{Calibration, conformal_quantile};
pub use model::ConformalModel;

const NAME: &str = "Conformal";
/// The level whose analytic intervals errors are measured by.
pub(crate) const REFERENCE: f64 = 95.0;

/// Any method, with intervals calibrated by a back-test inside the series.
///
/// The method forecasts the last part of the series from several origins, and each error is divided by the width that the method's
/// own 95 % interval had there (by the square root of the step where it has no intervals), times the root of `1 + h / n` for a step of h
/// after n values, since most intervals take an estimated trend as known. The interval of a level is as many such
/// widths as that share of the errors needed, with the correction of split-conformal prediction: of n errors the one of rank
/// `ceil((n + 1) level)`. Errors of the same step are taken where there are enough of them, else those of all steps, where n is the
/// number of distinct values they are of; where even these are too few, the method's own interval is kept, widened to the largest
/// error seen and by Student's distribution, and the report says so. Its degrees of freedom are those windows that share no value at
/// that step, and two for the method's own width: errors far ahead from neighbouring origins are much the same error.
///
/// Errors of overlapping windows depend on each other, and series change: coverage is near the level, not guaranteed.
///
/// The method is fitted twice: to the whole series, and to the part before the first origin (at every origin with
/// [`refit`](Self::refit)). J. Lei et al., Distribution-free predictive inference for regression, JASA 113 (2018). Missing values
/// and regressors as the method.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::{Conformal, Naive};
///
/// let walk: Vec<f64> = (0..80).map(|t| 50.0 + f64::from(t * 37 % 11)).collect();
/// let model = Conformal::new(Naive::new(), 3).n_windows(30).fit(&Series::new(&walk)?)?;
/// let forecast = model.forecast(&Horizon::new(3)?.with_levels(&[80.0])?)?;
/// let width = forecast.intervals[0].upper[0] - forecast.intervals[0].lower[0];
/// assert!((8.0..=20.0).contains(&width));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conformal<F> {
    forecaster: F,
    horizon: usize,
    n_windows: usize,
    step_size: usize,
    refit: Refit,
}

impl<F> Conformal<F> {
    /// A method, calibrated for so many steps ahead; further ones take the errors of all steps.
    pub fn new(forecaster: F, horizon: usize) -> Self {
        Self { forecaster, horizon, n_windows: 12, step_size: 1, refit: Refit::First }
    }

    /// Origins inside the series, where at least half of it lies before them.
    pub fn n_windows(mut self, n_windows: usize) -> Self {
        self.n_windows = n_windows;
        self
    }

    /// Values from one origin to the next.
    pub fn step_size(mut self, step_size: usize) -> Self {
        self.step_size = step_size;
        self
    }

    /// At which origins the method is fitted anew.
    pub fn refit(mut self, refit: Refit) -> Self {
        self.refit = refit;
        self
    }
}

impl<F: Forecaster> Forecaster for Conformal<F> {
    type Model = ConformalModel<F::Model>;

    fn fit(&self, series: &Series<'_>) -> Result<Self::Model> {
        let every = match self.refit {
            Refit::Every(origins) => Some(origins),
            Refit::Always | Refit::First => None,
        };
        Check::of(NAME)
            .between("horizon", self.horizon, 1, 1_000_000)
            .between("n_windows", self.n_windows, 1, 1_000_000)
            .at_least("step_size", self.step_size, 1)
            .optional_at_least("refit", every, 1)
            .finish()?;
        let model = self.forecaster.fit(series)?;
        let test = BackTest::new(self.horizon)
            .n_windows(self.n_windows)
            .step_size(self.step_size)
            .refit(self.refit)
            .min_train(series.len().div_ceil(2));
        let one = std::slice::from_ref(series);
        let mut windows = test.clone().levels(&[REFERENCE]).run(&self.forecaster, one)?;
        if windows.windows().is_empty() {
            windows = test.run(&self.forecaster, one)?;
        }
        Ok(ConformalModel::new(model, Calibration::new(windows.windows())))
    }
}
