//! Intervals of normal errors.

use statrs::distribution::{ContinuousCDF, Normal};

use crm_ml_core::{Error, Forecast, Horizon, Result};

/// How many standard deviations around the mean hold `share` of a normal distribution.
pub(crate) fn normal_width(share: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + share / 2.0)
}

/// A forecast with intervals of normal errors: `deviation(step)` is the standard deviation of step 0, 1, ...
///
/// Errors: a forecast or, where intervals are asked for, a deviation that is no finite number.
pub(crate) fn normal_forecast(
    mean: Vec<f64>,
    horizon: &Horizon<'_>,
    deviation: impl Fn(usize) -> f64,
) -> Result<Forecast> {
    if mean.iter().any(|value| !value.is_finite()) {
        return Err(Error::numerical("the forecast leaves the range of numbers"));
    }
    let deviations: Vec<f64> = match horizon.levels() {
        [] => Vec::new(),
        _ => (0..mean.len()).map(deviation).collect(),
    };
    if deviations.iter().any(|deviation| !deviation.is_finite()) {
        return Err(Error::numerical("the series is too short, or its values too large, for intervals"));
    }
    let centre = mean.clone();
    finite(Forecast::with_bounds(mean, horizon, |step, share| {
        let half = normal_width(share) * deviations[step];
        (centre[step] - half, centre[step] + half)
    }))
}

/// The forecast, if all of its numbers are finite.
pub(crate) fn finite(forecast: Forecast) -> Result<Forecast> {
    let bounds = forecast.intervals.iter().flat_map(|interval| interval.lower.iter().chain(&interval.upper));
    if forecast.mean.iter().chain(bounds).all(|value| value.is_finite()) {
        Ok(forecast)
    } else {
        Err(Error::numerical("the forecast leaves the range of numbers"))
    }
}
