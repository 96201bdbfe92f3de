//! Scores of probabilities themselves.

use std::ops::Range;

use crm_ml_core::{ROW_CHUNK, Result, parallel};
use ndarray::ArrayView2;

use crate::logarithm::{LANES, ln};
use crate::sum::Sum;
use crate::{input, sum};

/// Log loss of two classes: the mean of `-ln p(true class)`, probabilities clipped to [epsilon, 1 - epsilon].
///
/// `proba` is that of the positive class. A single class is fine. Errors: lengths, weights, a probability outside 0..1.
///
/// ```
/// use crm_ml_metrics::log_loss;
///
/// let loss = log_loss(&[true, false], &[0.5, 0.5], None)?;
/// assert!((loss - 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn log_loss(truth: &[bool], proba: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    input::rows(truth.len(), &[("probabilities", proba.len())], weights)?;
    input::probabilities(proba)?;
    let weight = weights.map_or(truth.len() as f64, |w| sum::sum(w.len(), |i| w[i]));
    let unit = sum::unit(weight);
    let loss = |rows: Range<usize>| {
        let of_truth = |i: usize| if truth[i] { proba[i] } else { 1.0 - proba[i] };
        let first = rows.start;
        surprises(rows.len(), |i| of_truth(first + i), |i| weights.map_or(unit, |w| unit * w[first + i]))
    };
    let total = parallel::reduce_rows(truth.len(), ROW_CHUNK, |rows| Sum::from(loss(rows)), Sum::merge);
    Ok(total.unwrap_or_default().value() / (unit * weight))
}

/// Log loss of any number of classes, one column of `proba` a class. Rows are taken as they are, not scaled to sum to 1.
///
/// Errors: lengths, weights, a code that has no column, a probability outside 0..1.
pub fn log_loss_multiclass(
    truth: &[u32],
    proba: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    input::class_probabilities(truth, &proba, weights)?;
    Ok(sum::mean(truth.len(), weights, |i| surprise(proba[[i, truth[i] as usize]])))
}

/// Brier score of two classes: the mean squared difference between the positive class's probability and what came.
///
/// Errors: lengths, weights, a probability outside 0..1.
pub fn brier_score(truth: &[bool], proba: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    input::rows(truth.len(), &[("probabilities", proba.len())], weights)?;
    input::probabilities(proba)?;
    Ok(sum::mean(truth.len(), weights, |i| (f64::from(u8::from(truth[i])) - proba[i]).powi(2)))
}

/// Brier score of any number of classes: the mean squared distance between the row of probabilities and the indicator of
/// the true class, from 0 to 2 (with two columns it is twice [`brier_score`]; scikit-learn halves that case by default).
///
/// Errors: lengths, weights, a code that has no column, a probability outside 0..1.
pub fn brier_score_multiclass(
    truth: &[u32],
    proba: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    input::class_probabilities(truth, &proba, weights)?;
    let distance = |i: usize| {
        let part = |(class, p): (usize, &f64)| (f64::from(u8::from(class == truth[i] as usize)) - p).powi(2);
        proba.row(i).iter().enumerate().map(part).sum()
    };
    Ok(sum::mean(truth.len(), weights, distance))
}

/// Sum of `-ln p` over some rows, weighed.
fn surprises(count: usize, p: impl Fn(usize) -> f64, weight: impl Fn(usize) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    for first in (0..count).step_by(LANES) {
        // Lanes beyond the last row hold probability 1, which surprises nobody.
        let here = |lane: usize| first + lane < count;
        let clipped = |p: f64| p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        let found = ln(std::array::from_fn(|lane| if here(lane) { clipped(p(first + lane)) } else { 1.0 }));
        for (lane, (sum, ln)) in sums.iter_mut().zip(found).enumerate() {
            *sum -= if here(lane) { ln * weight(first + lane) } else { 0.0 };
        }
    }
    sums.iter().sum()
}

fn surprise(p: f64) -> f64 {
    -p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}
