//! What a back-test found.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Forecast, Series};

use super::metrics::{ForecastMetrics, measure};

/// One forecast of the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackTestWindow {
    /// Place of the series in the list.
    pub series: usize,
    /// Values before the first forecast one.
    pub origin: usize,
    /// Whether the method was fitted here; else the model before was applied.
    pub refitted: bool,
    /// What came, NaN where missing.
    pub actual: Vec<f64>,
    /// What was expected.
    pub forecast: Forecast,
    /// What the seasonal naive method expected, NaN where nothing was known.
    pub naive: Vec<f64>,
    /// Mean absolute error of the seasonal naive method inside the training values, where there is one.
    pub scale: Option<f64>,
    /// The same of squared errors.
    pub squared_scale: Option<f64>,
}

/// A series or window that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackTestFailure {
    /// Place of the series in the list.
    pub series: usize,
    /// The origin; `None` where the series is too short for some of them.
    pub origin: Option<usize>,
    /// What is wrong, in words.
    pub error: String,
}

/// Forecasts and what came, by series, origin and step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BackTestReport {
    horizon: usize,
    levels: Vec<f64>,
    names: Vec<String>,
    windows: Vec<BackTestWindow>,
    failures: Vec<BackTestFailure>,
}

impl BackTestReport {
    pub(super) fn new(horizon: usize, levels: Vec<f64>, series: &[Series<'_>]) -> Self {
        let names = series.iter().map(|series| series.name().to_owned()).collect();
        Self { horizon, levels, names, windows: Vec::new(), failures: Vec::new() }
    }

    pub(super) fn add(&mut self, windows: Vec<BackTestWindow>, failures: Vec<BackTestFailure>) {
        self.windows.extend(windows);
        self.failures.extend(failures);
    }

    /// The same test with other forecasts.
    pub(crate) fn with_windows(&self, windows: Vec<BackTestWindow>) -> Self {
        Self { windows, ..self.clone() }
    }

    /// Every forecast, by series and origin.
    pub fn windows(&self) -> &[BackTestWindow] {
        &self.windows
    }

    /// What was left out, and why.
    pub fn failures(&self) -> &[BackTestFailure] {
        &self.failures
    }

    /// The names of the series, in the order of the list.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Series without any window.
    pub fn skipped(&self) -> Vec<usize> {
        let mut tested = vec![false; self.names.len()];
        for window in &self.windows {
            tested[window.series] = true;
        }
        (0..tested.len()).filter(|series| !tested[*series]).collect()
    }

    /// Over all windows and steps.
    pub fn metrics(&self) -> ForecastMetrics {
        measure(&self.windows, 0..self.horizon, &self.levels)
    }

    /// One a step ahead, over all windows.
    pub fn by_step(&self) -> Vec<ForecastMetrics> {
        (0..self.horizon).map(|step| measure(&self.windows, step..step + 1, &self.levels)).collect()
    }

    /// One a series, in the order of the list; without points for those that were skipped.
    pub fn by_series(&self) -> Vec<ForecastMetrics> {
        let mut found = vec![measure(&[], 0..self.horizon, &self.levels); self.names.len()];
        for windows in self.windows.chunk_by(|a, b| a.series == b.series) {
            found[windows[0].series] = measure(windows, 0..self.horizon, &self.levels);
        }
        found
    }
}
