//! Metrics of forecasts.

use crm_ml_core::{Check, Error, Result};

use crate::input;
use crate::sum::{self, Sum};

fn checked(truth: &[f64], others: &[(&str, &[f64])]) -> Result<()> {
    let lengths: Vec<(&str, usize)> = others.iter().map(|(what, values)| (*what, values.len())).collect();
    input::rows(truth.len(), &lengths, None)?;
    input::finite("target", truth)?;
    others.iter().try_for_each(|(what, values)| input::finite(what, values))
}

/// Symmetric mean absolute percentage error as in the M3 and M4 competitions: the mean of `200 |y - f| / (|y| + |f|)`, from 0 to 200,
/// where 0 over 0 counts as 0.
///
/// Errors: no values, lengths that differ, values that are not finite.
///
/// ```
/// use crm_ml_metrics::symmetric_mean_absolute_percentage_error;
///
/// let error = symmetric_mean_absolute_percentage_error(&[100.0, 0.0], &[300.0, 0.0])?;
/// assert_eq!(error, 50.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn symmetric_mean_absolute_percentage_error(truth: &[f64], predicted: &[f64]) -> Result<f64> {
    checked(truth, &[("prediction", predicted)])?;
    Ok(sum::mean(truth.len(), None, |i| symmetric_percentage_error(truth[i], predicted[i])))
}

/// One term of [`symmetric_mean_absolute_percentage_error`].
pub fn symmetric_percentage_error(truth: f64, predicted: f64) -> f64 {
    // Halves, so that the sum of two large numbers stays finite.
    let size = truth.abs() / 2.0 + predicted.abs() / 2.0;
    if size == 0.0 { 0.0 } else { 200.0 * ((truth / 2.0 - predicted / 2.0).abs() / size) }
}

/// Mean absolute error of the seasonal naive method inside `history`: the mean of `|y[t] - y[t - season_length]|`, which scales other
/// errors. Missing values (NaN) are left out; 0 where the history repeats itself exactly.
///
/// Errors: a season of 0 values, an infinite value, no pair of values one season apart.
pub fn seasonal_naive_error(history: &[f64], season_length: usize) -> Result<f64> {
    differences(history, season_length, f64::abs)
}

/// As [`seasonal_naive_error`], of squared errors.
pub fn seasonal_naive_squared_error(history: &[f64], season_length: usize) -> Result<f64> {
    differences(history, season_length, |error| error * error)
}

fn differences(history: &[f64], season: usize, loss: impl Fn(f64) -> f64) -> Result<f64> {
    Check::of("seasonal_naive_error").at_least("season_length", season, 1).finish()?;
    if let Some(at) = history.iter().position(|value| value.is_infinite()) {
        input::finite("history", &history[at..=at])?;
    }
    let pairs = history.iter().zip(history.get(season..).unwrap_or_default());
    let losses: Vec<f64> = pairs.map(|(a, b)| loss(b - a)).filter(|loss| !loss.is_nan()).collect();
    if losses.is_empty() {
        return Err(Error::unsupported(format!(
            "a history of {} values has no two that are {season} apart, which scale errors",
            history.len()
        )));
    }
    let count = losses.len() as f64;
    Ok(losses.into_iter().collect::<Sum>().value() / count)
}

/// A scale that can be divided by.
fn scale(value: f64) -> Result<f64> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(Error::numerical("the seasonal naive method makes no error in the history: nothing to scale by"))
    }
}

/// Mean absolute scaled error (Hyndman and Koehler 2006): the mean absolute error over that of the seasonal naive method inside the
/// history. Below 1: better than that method was there.
///
/// Errors: as [`mean_absolute_error`](crate::mean_absolute_error) and [`seasonal_naive_error`], and a history without any change.
///
/// ```
/// use crm_ml_metrics::mean_absolute_scaled_error;
///
/// assert_eq!(mean_absolute_scaled_error(&[5.0, 6.0], &[5.0, 5.0], &[1.0, 2.0, 4.0, 3.0, 4.0], 1)?, 0.4);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn mean_absolute_scaled_error(
    truth: &[f64],
    predicted: &[f64],
    history: &[f64],
    season_length: usize,
) -> Result<f64> {
    checked(truth, &[("prediction", predicted)])?;
    let scale = scale(seasonal_naive_error(history, season_length)?)?;
    Ok(sum::mean(truth.len(), None, |i| (truth[i] - predicted[i]).abs()) / scale)
}

/// Root mean squared scaled error, the measure of the M5 competition: as [`mean_absolute_scaled_error`] with squares under a root.
pub fn root_mean_squared_scaled_error(
    truth: &[f64],
    predicted: &[f64],
    history: &[f64],
    season_length: usize,
) -> Result<f64> {
    checked(truth, &[("prediction", predicted)])?;
    let scale = scale(seasonal_naive_squared_error(history, season_length)?)?;
    Ok((sum::mean(truth.len(), None, |i| (truth[i] - predicted[i]).powi(2)) / scale).sqrt())
}

/// Overall weighted average of the M4 competition: the mean of the sMAPE over the reference's (there Naive 2) and of the MASE over the
/// reference's. Below 1: better than the reference. Each pair is (sMAPE, MASE).
///
/// Errors: errors below 0 or not finite, a reference of 0.
pub fn overall_weighted_average(method: (f64, f64), reference: (f64, f64)) -> Result<f64> {
    let errors = [method.0, method.1, reference.0, reference.1];
    input::finite("error", &errors)?;
    if errors.iter().any(|error| *error < 0.0) {
        return Err(Error::unsupported("an error below 0"));
    }
    Ok((method.0 / scale(reference.0)? + method.1 / scale(reference.1)?) / 2.0)
}

/// The share of values that lie inside their intervals, bounds included.
///
/// Errors: no values, lengths that differ, values that are not finite.
///
/// ```
/// use crm_ml_metrics::interval_coverage;
///
/// assert_eq!(interval_coverage(&[1.0, 5.0], &[0.0, 0.0], &[2.0, 2.0])?, 0.5);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn interval_coverage(truth: &[f64], lower: &[f64], upper: &[f64]) -> Result<f64> {
    checked(truth, &[("lower bound", lower), ("upper bound", upper)])?;
    Ok(sum::mean(truth.len(), None, |i| f64::from(u8::from((lower[i]..=upper[i]).contains(&truth[i])))))
}

/// One term of [`winkler_score`], `level` in percent.
pub fn interval_score(truth: f64, lower: f64, upper: f64, level: f64) -> f64 {
    let outside = (lower - truth).max(truth - upper).max(0.0);
    upper - lower + 2.0 / (1.0 - level / 100.0) * outside
}

/// Winkler's score of intervals of a `level` in percent, to be small: their mean width, and `2 / (1 - level)` times by how much values
/// lie outside (Winkler 1972).
///
/// Errors: no values, lengths that differ, values that are not finite, a level that is not above 0 and below 100.
pub fn winkler_score(truth: &[f64], lower: &[f64], upper: &[f64], level: f64) -> Result<f64> {
    let holds = level > 0.0 && level < 100.0;
    Check::of("winkler_score").rule("level", level, holds, "above 0 and below 100").finish()?;
    checked(truth, &[("lower bound", lower), ("upper bound", upper)])?;
    Ok(sum::mean(truth.len(), None, |i| interval_score(truth[i], lower[i], upper[i], level)))
}

/// Mean scaled interval score of the M4 competition: [`winkler_score`] over [`seasonal_naive_error`].
pub fn mean_scaled_interval_score(
    truth: &[f64],
    lower: &[f64],
    upper: &[f64],
    level: f64,
    history: &[f64],
    season_length: usize,
) -> Result<f64> {
    let score = winkler_score(truth, lower, upper, level)?;
    Ok(score / scale(seasonal_naive_error(history, season_length)?)?)
}
