//! The ROC and the precision-recall curve.

use crm_ml_core::Result;

use crate::ranking::{Ranking, Tie};

/// Points of a ROC curve, from (0, 0) to (1, 1).
#[derive(Debug, Clone, PartialEq)]
pub struct RocCurve {
    /// Share of the negatives at or above the threshold.
    pub false_positive_rate: Vec<f64>,
    /// Share of the positives at or above the threshold.
    pub true_positive_rate: Vec<f64>,
    /// Thresholds, descending; the first is infinite and selects nothing.
    pub thresholds: Vec<f64>,
}

/// The ROC curve, one point a distinct score.
///
/// With `drop_intermediate` points on a straight line between their neighbours are left out, as scikit-learn does by
/// default. Errors: lengths, weights, a score that is not finite, only one class.
///
/// ```
/// use crm_ml_metrics::roc_curve;
///
/// let curve = roc_curve(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8], None, true)?;
/// assert_eq!(curve.false_positive_rate, [0.0, 0.0, 0.5, 0.5, 1.0]);
/// assert_eq!(curve.true_positive_rate, [0.0, 0.5, 0.5, 1.0, 1.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn roc_curve(
    truth: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    drop_intermediate: bool,
) -> Result<RocCurve> {
    let ranking = Ranking::new(truth, scores, weights)?;
    let (positives, negatives) = ranking.require_both()?;
    let mut ties = ranking.ties();
    if drop_intermediate {
        let bends = |i: usize, f: fn(&Tie) -> f64| {
            (f(&ties[i + 1]) - f(&ties[i])) - (f(&ties[i]) - f(&ties[i - 1])) != 0.0
        };
        let last = ties.len() - 1;
        let corner = |i: usize| i == 0 || i == last || bends(i, |t| t.negatives) || bends(i, |t| t.positives);
        ties = (0..ties.len()).filter(|&i| corner(i)).map(|i| ties[i]).collect();
    }
    let with_start = |start: f64, f: &dyn Fn(&Tie) -> f64| {
        std::iter::once(start).chain(ties.iter().map(f)).collect::<Vec<f64>>()
    };
    Ok(RocCurve {
        false_positive_rate: with_start(0.0, &|t| t.negatives / negatives),
        true_positive_rate: with_start(0.0, &|t| t.positives / positives),
        thresholds: with_start(f64::INFINITY, &|t| t.score),
    })
}

/// Points of a precision-recall curve; precision and recall have one entry more than the thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecisionRecallCurve {
    /// Share of positives among the rows at or above the threshold; ends with 1.
    pub precision: Vec<f64>,
    /// Share of the positives at or above the threshold; ends with 0.
    pub recall: Vec<f64>,
    /// Thresholds, ascending.
    pub thresholds: Vec<f64>,
}

/// The precision-recall curve, one point a distinct score.
///
/// Errors: lengths, weights, a score that is not finite, no positive row.
///
/// ```
/// use crm_ml_metrics::precision_recall_curve;
///
/// let curve = precision_recall_curve(&[false, true], &[0.2, 0.7], None)?;
/// assert_eq!(curve.precision, [0.5, 1.0, 1.0]);
/// assert_eq!(curve.recall, [1.0, 1.0, 0.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn precision_recall_curve(
    truth: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
) -> Result<PrecisionRecallCurve> {
    let ranking = Ranking::new(truth, scores, weights)?;
    let (positives, _) = ranking.require_positives()?;
    let mut ties = ranking.ties();
    ties.reverse();
    let with_end = |end: f64, f: &dyn Fn(&Tie) -> f64| {
        ties.iter().map(f).chain(std::iter::once(end)).collect::<Vec<f64>>()
    };
    Ok(PrecisionRecallCurve {
        precision: with_end(1.0, &|t| t.positives / (t.positives + t.negatives)),
        recall: with_end(0.0, &|t| t.positives / positives),
        thresholds: ties.iter().map(|t| t.score).collect(),
    })
}
