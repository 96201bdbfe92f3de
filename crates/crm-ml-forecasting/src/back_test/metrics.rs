//! Errors of many forecasts in a few numbers.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crm_ml_metrics::{interval_score, symmetric_percentage_error};

use super::report::BackTestWindow;
use crate::scale::root_mean_square;

/// Which number methods are compared by; the smaller, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ForecastMetric {
    /// Mean absolute scaled error; the mean absolute error where nothing can be scaled.
    #[default]
    Mase,
    /// Root mean squared scaled error; the root mean squared error where nothing can be scaled.
    Rmsse,
    /// Mean absolute error.
    Mae,
    /// Root mean squared error.
    Rmse,
    /// Symmetric mean absolute percentage error.
    Smape,
}

/// How good forecasts were. Points whose value is missing do not count; scaled numbers leave out windows whose training values the
/// seasonal naive method forecasts without error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastMetrics {
    /// Values that were forecast and came. Without any, all numbers are 0.
    pub points: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean of forecast minus value: above 0 where forecasts are too high.
    pub bias: f64,
    /// Symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// Mean of absolute errors over the windows' scales.
    pub mase: Option<f64>,
    /// Mean over windows of the root mean squared error over the window's scale.
    pub rmsse: Option<f64>,
    /// 1 - MASE / MASE of the seasonal naive method at the same points: the share of its error that is saved.
    pub skill: Option<f64>,
    /// One a level, from the narrowest.
    pub intervals: Vec<IntervalMetrics>,
}

/// How good intervals were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalMetrics {
    /// Percent.
    pub level: f64,
    /// Share of the values inside; to be near the level.
    pub coverage: f64,
    /// Mean Winkler score: width, and a fine for values outside.
    pub winkler: f64,
    /// The same, scaled.
    pub msis: Option<f64>,
}

impl ForecastMetrics {
    /// The number methods are compared by; `None` without points.
    pub fn get(&self, metric: ForecastMetric) -> Option<f64> {
        let value = match metric {
            ForecastMetric::Mase => self.mase.unwrap_or(self.mae),
            ForecastMetric::Rmsse => self.rmsse.unwrap_or(self.rmse),
            ForecastMetric::Mae => self.mae,
            ForecastMetric::Rmse => self.rmse,
            ForecastMetric::Smape => self.smape,
        };
        (self.points > 0 && value.is_finite()).then_some(value)
    }
}

/// A mean in the making.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// Measures some steps of windows.
pub(super) fn measure(windows: &[BackTestWindow], steps: Range<usize>, levels: &[f64]) -> ForecastMetrics {
    let [mut absolute, mut bias, mut symmetric] = [Mean::default(); 3];
    let mut errors = Vec::new();
    let [mut scaled, mut rooted, mut compared, mut naive] = [Mean::default(); 4];
    for window in windows {
        let first = errors.len();
        for step in steps.clone().filter(|step| !window.actual[*step].is_nan()) {
            let (actual, mean) = (window.actual[step], window.forecast.mean[step]);
            let error = (mean - actual).abs();
            absolute.add(error);
            errors.push(error);
            bias.add(mean - actual);
            symmetric.add(symmetric_percentage_error(actual, mean));
            let Some(scale) = window.scale else { continue };
            scaled.add(error / scale);
            if !window.naive[step].is_nan() {
                compared.add(error / scale);
                naive.add((window.naive[step] - actual).abs() / scale);
            }
        }
        let within = &errors[first..];
        if let (false, Some(scale)) = (within.is_empty(), window.squared_scale) {
            rooted.add(root_mean_square(within, within.len()) / scale.sqrt());
        }
    }
    let skill = compared.value().zip(naive.value()).filter(|(_, naive)| *naive > 0.0);
    ForecastMetrics {
        points: absolute.count,
        mae: absolute.value().unwrap_or(0.0),
        rmse: if errors.is_empty() { 0.0 } else { root_mean_square(&errors, errors.len()) },
        bias: bias.value().unwrap_or(0.0),
        smape: symmetric.value().unwrap_or(0.0),
        mase: scaled.value(),
        rmsse: rooted.value(),
        skill: skill.map(|(own, naive)| 1.0 - own / naive),
        intervals: levels.iter().map(|&level| measure_level(windows, steps.clone(), level)).collect(),
    }
}

fn measure_level(windows: &[BackTestWindow], steps: Range<usize>, level: f64) -> IntervalMetrics {
    let [mut inside, mut score, mut scaled] = [Mean::default(); 3];
    for window in windows {
        let Some(interval) = window.forecast.interval(level) else { continue };
        for step in steps.clone().filter(|step| !window.actual[*step].is_nan()) {
            let (actual, lower, upper) = (window.actual[step], interval.lower[step], interval.upper[step]);
            inside.add(f64::from(u8::from((lower..=upper).contains(&actual))));
            let fine = interval_score(actual, lower, upper, level);
            score.add(fine);
            if let Some(scale) = window.scale {
                scaled.add(fine / scale);
            }
        }
    }
    IntervalMetrics {
        level,
        coverage: inside.value().unwrap_or(0.0),
        winkler: score.value().unwrap_or(0.0),
        msis: scaled.value(),
    }
}
