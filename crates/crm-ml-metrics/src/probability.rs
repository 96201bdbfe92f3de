//! Scores of probabilities themselves.

use crm_ml_core::Result;
use ndarray::ArrayView2;

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
    Ok(sum::mean(truth.len(), weights, |i| surprise(if truth[i] { proba[i] } else { 1.0 - proba[i] })))
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

fn surprise(p: f64) -> f64 {
    -p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}
