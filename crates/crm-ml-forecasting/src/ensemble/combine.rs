//! Several forecasts as one.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Forecast, Interval};

/// How values become one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Rule {
    Median,
    Mean,
    /// One weight a value, above 0.
    Weighted(Vec<f64>),
}

impl Rule {
    /// One value of several; missing ones (NaN) are left out, and NaN is given where all are missing.
    pub(super) fn apply(&self, values: &mut Vec<(f64, f64)>) -> f64 {
        values.retain(|(value, _)| !value.is_nan());
        if let Self::Median = self {
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let n = values.len();
            return match n {
                0 => f64::NAN,
                _ => values[(n - 1) / 2].0 / 2.0 + values[n / 2].0 / 2.0,
            };
        }
        let total: f64 = values.iter().map(|(_, weight)| weight).sum();
        values.iter().map(|(value, weight)| value * (weight / total)).sum::<f64>()
            + if values.is_empty() { f64::NAN } else { 0.0 }
    }

    fn weight(&self, member: usize) -> f64 {
        match self {
            Self::Weighted(weights) => weights.get(member).copied().unwrap_or(1.0),
            Self::Median | Self::Mean => 1.0,
        }
    }

    /// Combines lists of one length, place by place.
    pub(super) fn lists(&self, lists: &[&[f64]]) -> Vec<f64> {
        let mut values = Vec::with_capacity(lists.len());
        let length = lists.iter().map(|list| list.len()).min().unwrap_or(0);
        let place = |at: usize| {
            values.clear();
            values.extend(lists.iter().enumerate().map(|(member, list)| (list[at], self.weight(member))));
            self.apply(&mut values)
        };
        (0..length).map(place).collect()
    }
}

/// Forecasts of the same steps and levels as one: means, lower and upper bounds each on their own.
pub(crate) fn combine(forecasts: &[&Forecast], rule: &Rule) -> Forecast {
    let means: Vec<&[f64]> = forecasts.iter().map(|forecast| forecast.mean.as_slice()).collect();
    let levels = forecasts.first().map_or(&[][..], |forecast| &forecast.intervals);
    let interval = |level: f64| {
        let own: Vec<&Interval> = forecasts.iter().filter_map(|forecast| forecast.interval(level)).collect();
        let lower: Vec<&[f64]> = own.iter().map(|interval| interval.lower.as_slice()).collect();
        let upper: Vec<&[f64]> = own.iter().map(|interval| interval.upper.as_slice()).collect();
        Interval { level, lower: rule.lists(&lower), upper: rule.lists(&upper) }
    };
    Forecast { mean: rule.lists(&means), intervals: levels.iter().map(|of| interval(of.level)).collect() }
}
