//! The simple methods every other one has to beat.
//!
//! Source: R. Hyndman, G. Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, sections 5.2 and 5.5. Each takes
//! time and memory linear in the values.

mod model;
#[cfg(test)]
mod tests;

pub use model::SimpleModel;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Forecaster, Result, Series};

use model::Method;

/// The last value, for ever. The best that can be done for a random walk.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::Naive;
///
/// let model = Naive::new().fit(&Series::new(&[3.0, 5.0, 4.0])?)?;
/// assert_eq!(model.forecast(&Horizon::new(2)?)?.mean, [4.0, 4.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Naive {}

impl Naive {
    /// It has no parameters.
    pub fn new() -> Self {
        Self {}
    }
}

/// The value of the same season last time. The measure of every seasonal method.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::SeasonalNaive;
///
/// let model = SeasonalNaive::new(2).fit(&Series::new(&[3.0, 5.0, 4.0, 6.0])?)?;
/// assert_eq!(model.forecast(&Horizon::new(3)?)?.mean, [4.0, 6.0, 4.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeasonalNaive {
    season_length: usize,
}

impl SeasonalNaive {
    /// Values a season has.
    pub fn new(season_length: usize) -> Self {
        Self { season_length }
    }
}

/// The line through the first and the last value: a random walk with drift.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Drift {}

impl Drift {
    /// It has no parameters.
    pub fn new() -> Self {
        Self {}
    }
}

/// The mean of all values.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct HistoricAverage {}

impl HistoricAverage {
    /// It has no parameters.
    pub fn new() -> Self {
        Self {}
    }
}

/// The mean of the last values.
///
/// Its intervals take the errors of one step for those of every step, as if values scattered around a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowAverage {
    window_size: usize,
}

impl WindowAverage {
    /// How many values the mean is of.
    pub fn new(window_size: usize) -> Self {
        Self { window_size }
    }
}

/// The mean of the values of the same season in the last seasons.
///
/// Its intervals take the errors of one season for those of every season.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeasonalWindowAverage {
    season_length: usize,
    window_size: usize,
}

impl SeasonalWindowAverage {
    /// Values a season has, and how many seasons the means are of.
    pub fn new(season_length: usize, window_size: usize) -> Self {
        Self { season_length, window_size }
    }
}

impl Forecaster for Naive {
    type Model = SimpleModel;

    fn fit(&self, series: &Series<'_>) -> Result<SimpleModel> {
        SimpleModel::new(Method::SeasonalNaive(1), "Naive", series)
    }
}

impl Forecaster for SeasonalNaive {
    type Model = SimpleModel;

    fn fit(&self, series: &Series<'_>) -> Result<SimpleModel> {
        Check::of("SeasonalNaive").at_least("season_length", self.season_length, 1).finish()?;
        SimpleModel::new(Method::SeasonalNaive(self.season_length), "SeasonalNaive", series)
    }
}

impl Forecaster for Drift {
    type Model = SimpleModel;

    fn fit(&self, series: &Series<'_>) -> Result<SimpleModel> {
        SimpleModel::new(Method::Drift, "Drift", series)
    }
}

impl Forecaster for HistoricAverage {
    type Model = SimpleModel;

    fn fit(&self, series: &Series<'_>) -> Result<SimpleModel> {
        SimpleModel::new(Method::Average, "HistoricAverage", series)
    }
}

impl Forecaster for WindowAverage {
    type Model = SimpleModel;

    fn fit(&self, series: &Series<'_>) -> Result<SimpleModel> {
        Check::of("WindowAverage").at_least("window_size", self.window_size, 1).finish()?;
        SimpleModel::new(Method::Window { season: 1, seasons: self.window_size }, "WindowAverage", series)
    }
}

impl Forecaster for SeasonalWindowAverage {
    type Model = SimpleModel;

    fn fit(&self, series: &Series<'_>) -> Result<SimpleModel> {
        Check::of("SeasonalWindowAverage")
            .at_least("season_length", self.season_length, 1)
            .at_least("window_size", self.window_size, 1)
            .finish()?;
        let method = Method::Window { season: self.season_length, seasons: self.window_size };
        SimpleModel::new(method, "SeasonalWindowAverage", series)
    }
}
