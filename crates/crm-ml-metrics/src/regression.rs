//! Metrics of predicted numbers.

use crm_ml_core::{Check, ErrorKind, Result};

use crate::input;
use crate::sum::{self, Sum};
use crm_ml_core::sort::{key, sort, value};

fn checked(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<()> {
    input::rows(truth.len(), &[("predictions", predicted.len())], weights)?;
    input::finite("target", truth)?;
    input::finite("prediction", predicted)
}

/// Mean absolute error, in the unit of the target. Errors: lengths, weights, values that are not finite.
///
/// ```
/// use crm_ml_metrics::mean_absolute_error;
///
/// assert_eq!(mean_absolute_error(&[3.0, -0.5, 2.0, 7.0], &[2.5, 0.0, 2.0, 8.0], None)?, 0.5);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn mean_absolute_error(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    checked(truth, predicted, weights)?;
    Ok(sum::mean(truth.len(), weights, |i| (truth[i] - predicted[i]).abs()))
}

/// Mean squared error, in the squared unit of the target. Errors: lengths, weights, values that are not finite.
pub fn mean_squared_error(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    checked(truth, predicted, weights)?;
    Ok(sum::mean(truth.len(), weights, |i| (truth[i] - predicted[i]).powi(2)))
}

/// Square root of [`mean_squared_error`], in the unit of the target.
pub fn root_mean_squared_error(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    Ok(mean_squared_error(truth, predicted, weights)?.sqrt())
}

/// Mean squared error of `ln(1 + value)`: relative errors of values of any size, those of small values not beyond measure.
///
/// Errors: values of -1 or less, lengths, weights, values that are not finite.
pub fn mean_squared_log_error(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    checked(truth, predicted, weights)?;
    for values in [truth, predicted] {
        if let Some(row) = values.iter().position(|v| *v <= -1.0) {
            let requirement = "values must be above -1".to_owned();
            let value = values[row].to_string();
            return Err(ErrorKind::InvalidTarget { row, value, requirement }.into());
        }
    }
    Ok(sum::mean(truth.len(), weights, |i| (truth[i].ln_1p() - predicted[i].ln_1p()).powi(2)))
}

/// Pinball loss of predictions of a quantile `alpha`: targets above the prediction cost `alpha` a unit, those below it
/// `1 - alpha`. Half the absolute error at 0.5.
///
/// Errors: `alpha` outside 0 to 1, lengths, weights, values that are not finite.
pub fn mean_pinball_loss(
    truth: &[f64],
    predicted: &[f64],
    alpha: f64,
    weights: Option<&[f64]>,
) -> Result<f64> {
    Check::of("mean_pinball_loss").range("alpha", alpha, 0.0..=1.0).finish()?;
    checked(truth, predicted, weights)?;
    let loss = |i: usize| {
        let above = truth[i] - predicted[i];
        if above >= 0.0 { alpha * above } else { (alpha - 1.0) * above }
    };
    Ok(sum::mean(truth.len(), weights, loss))
}

/// Largest absolute error of a row of positive weight. Errors: lengths, weights, values that are not finite.
pub fn max_error(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    checked(truth, predicted, weights)?;
    let present = (0..truth.len()).filter(|row| input::weight(weights, *row) > 0.0);
    Ok(present.map(|i| (truth[i] - predicted[i]).abs()).fold(0.0, f64::max))
}

/// Mean of `|error| / max(|target|, epsilon)`, a share (0.1 is 10 %); huge where a target is 0.
///
/// Errors: lengths, weights, values that are not finite.
pub fn mean_absolute_percentage_error(
    truth: &[f64],
    predicted: &[f64],
    weights: Option<&[f64]>,
) -> Result<f64> {
    checked(truth, predicted, weights)?;
    let error = |i: usize| (truth[i] - predicted[i]).abs() / truth[i].abs().max(f64::EPSILON);
    Ok(sum::mean(truth.len(), weights, error))
}

/// Median absolute error: the weighted median, the mean of the two middle values where the weight splits evenly.
///
/// Errors: lengths, weights, values that are not finite.
pub fn median_absolute_error(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    checked(truth, predicted, weights)?;
    let errors = truth.iter().zip(predicted).enumerate();
    let items = errors.map(|(row, (t, p))| (key((t - p).abs()), input::weight(weights, row)));
    let sorted = sort(items.filter(|(_, weight)| *weight > 0.0).collect());
    let total = sorted.iter().map(|(_, weight)| *weight).collect::<Sum>().value();
    let rounding = f64::EPSILON * total;
    let mut below = Sum::default();
    for (i, (key, weight)) in sorted.iter().enumerate() {
        below.add(*weight);
        let above = below.value() - 0.5 * total;
        if above > rounding {
            return Ok(value(*key));
        }
        if above >= -rounding {
            let next = sorted.get(i + 1).map_or(*key, |(next, _)| *next);
            return Ok(0.5 * value(*key) + 0.5 * value(next));
        }
    }
    Ok(sorted.last().map_or(0.0, |(key, _)| value(*key)))
}

/// Coefficient of determination: `1 - sum of squared errors / sum of squares around the mean`.
///
/// A constant target gives 1 when predicted exactly, else 0, as scikit-learn.
/// Errors: fewer than two rows of positive weight, lengths, weights, values that are not finite.
pub fn r2_score(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    checked(truth, predicted, weights)?;
    let found = weights.map_or(truth.len(), |w| w.iter().filter(|w| **w > 0.0).count());
    if found < 2 {
        return Err(ErrorKind::TooFew { what: "rows of positive weight".to_owned(), needed: 2, found }.into());
    }
    let centre = sum::mean(truth.len(), weights, |i| truth[i]);
    let errors = sum::mean(truth.len(), weights, |i| (truth[i] - predicted[i]).powi(2));
    let around = sum::mean(truth.len(), weights, |i| (truth[i] - centre).powi(2));
    // The mean of equal targets may miss them by its rounding.
    Ok(match (errors == 0.0, around == 0.0 || input::constant(truth, weights)) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - errors / around,
    })
}
