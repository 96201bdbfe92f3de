//! Deviances of the exponential family: how far predictions are from targets that are counts, sizes or both.

use crm_ml_core::{Check, ErrorKind, Result};

use crate::{input, sum};

/// Mean Tweedie deviance, what a generalised linear model of the same `power` minimises.
///
/// `power` 0 is the squared error, 1 Poisson's deviance (counts), between 1 and 2 that of sums of a random number of
/// amounts (many zeros), 2 gamma's (sizes), 3 the inverse Gaussian's; below 0 extreme stable distributions.
/// Errors: a power between 0 and 1, predictions that are not above 0 (but for power 0), targets below 0 (powers from 1)
/// or equal to 0 (powers from 2), lengths, weights, values that are not finite. Equal to scikit-learn's.
///
/// ```
/// use crm_ml_metrics::mean_tweedie_deviance;
///
/// let deviance = mean_tweedie_deviance(&[2.0, 0.0, 1.0, 4.0], &[0.5, 0.5, 2.0, 2.0], 1.0, None)?;
/// assert!((deviance - 1.4260151319598084).abs() < 1e-14);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn mean_tweedie_deviance(
    truth: &[f64],
    predicted: &[f64],
    power: f64,
    weights: Option<&[f64]>,
) -> Result<f64> {
    checked(truth, predicted, power, weights)?;
    Ok(sum::mean(truth.len(), weights, |i| deviance(truth[i], predicted[i], power)))
}

/// [`mean_tweedie_deviance`] of power 1, for counts.
pub fn mean_poisson_deviance(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    mean_tweedie_deviance(truth, predicted, 1.0, weights)
}

/// [`mean_tweedie_deviance`] of power 2, for sizes above 0: relative errors count.
pub fn mean_gamma_deviance(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    mean_tweedie_deviance(truth, predicted, 2.0, weights)
}

/// Share of the deviance explained: `1 - deviance / deviance of the mean`; power 0 is `r2_score`.
///
/// A target that its mean predicts exactly gives 1 where the predictions do too, else 0. Errors: those of
/// [`mean_tweedie_deviance`], fewer than two rows of positive weight.
pub fn d2_tweedie_score(
    truth: &[f64],
    predicted: &[f64],
    power: f64,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let found = mean_tweedie_deviance(truth, predicted, power, weights)?;
    let rows = weights.map_or(truth.len(), |w| w.iter().filter(|w| **w > 0.0).count());
    if rows < 2 {
        let what = "rows of positive weight".to_owned();
        return Err(ErrorKind::TooFew { what, needed: 2, found: rows }.into());
    }
    let centre = sum::mean(truth.len(), weights, |i| truth[i]);
    let around = sum::mean(truth.len(), weights, |i| deviance(truth[i], centre, power));
    // The mean of equal targets may miss them by its rounding.
    Ok(match (found == 0.0, around == 0.0 || input::constant(truth, weights)) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - found / around,
    })
}

fn checked(truth: &[f64], predicted: &[f64], power: f64, weights: Option<&[f64]>) -> Result<()> {
    let known = power.is_finite() && (power <= 0.0 || power >= 1.0);
    Check::of("mean_tweedie_deviance").rule("power", power, known, "0 or less, or 1 or more").finish()?;
    input::rows(truth.len(), &[("predictions", predicted.len())], weights)?;
    input::finite("target", truth)?;
    input::finite("prediction", predicted)?;
    let refuse = |row: usize, value: f64, requirement: &str| {
        Err(ErrorKind::InvalidTarget { row, value: value.to_string(), requirement: requirement.to_owned() }
            .into())
    };
    let present = |row: &usize| input::weight(weights, *row) > 0.0;
    let first = |bad: &dyn Fn(usize) -> bool| (0..truth.len()).filter(present).find(|row| bad(*row));
    if power != 0.0 {
        if let Some(row) = first(&|row| predicted[row] <= 0.0) {
            return refuse(row, predicted[row], "predictions must be above 0");
        }
    }
    if power >= 2.0 {
        if let Some(row) = first(&|row| truth[row] <= 0.0) {
            return refuse(row, truth[row], "targets must be above 0 for this power");
        }
    } else if power >= 1.0 {
        if let Some(row) = first(&|row| truth[row] < 0.0) {
            return refuse(row, truth[row], "targets must not be below 0 for this power");
        }
    }
    Ok(())
}

/// Deviance of one row.
fn deviance(y: f64, mu: f64, power: f64) -> f64 {
    if power == 0.0 {
        return (y - mu) * (y - mu);
    }
    if power == 1.0 {
        let log = if y == 0.0 { 0.0 } else { y * (y / mu).ln() };
        return 2.0 * (log - y + mu);
    }
    if power == 2.0 {
        return 2.0 * ((mu / y).ln() + y / mu - 1.0);
    }
    let (one, two) = (1.0 - power, 2.0 - power);
    let own = if y > 0.0 { y.powf(two) / (one * two) } else { 0.0 };
    2.0 * (own - y * mu.powf(one) / one + mu.powf(two) / two)
}
