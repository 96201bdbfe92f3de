//! What a campaign that contacts the best-scored rows first will find.

use crm_ml_core::{Check, Result};

use crate::ranking::{Ranking, Tie};

/// Points of a cumulative gains curve, from (0, 0) to (1, 1).
#[derive(Debug, Clone, PartialEq)]
pub struct Gains {
    /// Share of all rows that is contacted.
    pub contacted: Vec<f64>,
    /// Share of all positives found among them.
    pub found: Vec<f64>,
}

/// The cumulative gains curve, one point a distinct score; straight lines between the points are the expectation under a
/// random order of tied rows.
///
/// Errors: lengths, weights, a score that is not finite, no positive row.
pub fn gains_curve(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<Gains> {
    let ranking = Ranking::new(truth, scores, weights)?;
    let (positives, negatives) = ranking.require_positives()?;
    let (mut contacted, mut found) = (vec![0.0], vec![0.0]);
    for tie in ranking.ties() {
        contacted.push((tie.positives + tie.negatives) / (positives + negatives));
        found.push(tie.positives / positives);
    }
    Ok(Gains { contacted, found })
}

/// Share of positives among the best-scored `share` of the rows, divided by their share among all rows.
///
/// Rows tied at the boundary count in part: the expectation under a random order. Errors: a share outside (0, 1], and
/// those of [`gains_curve`].
///
/// ```
/// use crm_ml_metrics::lift;
///
/// let truth = [true, true, false, false, false, false, false, true, false, false];
/// let scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0];
/// assert!((lift(&truth, &scores, 0.2, None)? - 1.0 / 0.3).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn lift(truth: &[bool], scores: &[f64], share: f64, weights: Option<&[f64]>) -> Result<f64> {
    Check::of("lift").share("share", share).finish()?;
    let ranking = Ranking::new(truth, scores, weights)?;
    let (positives, negatives) = ranking.require_positives()?;
    let total = positives + negatives;
    let contacted = share * total;
    Ok(found_in(&ranking.ties(), contacted) / contacted / (positives / total))
}

/// Share of positives among the `k` best-scored rows (all of them if there are fewer).
///
/// With weights, `k` is a total weight, so that an integer weight is a repeated row. Rows tied at the boundary count in
/// part. Errors: k of 0, lengths, weights, a score that is not finite.
pub fn precision_at_k(truth: &[bool], scores: &[f64], k: usize, weights: Option<&[f64]>) -> Result<f64> {
    Check::of("precision_at_k").at_least("k", k, 1).finish()?;
    let ranking = Ranking::new(truth, scores, weights)?;
    let (positives, negatives) = ranking.totals();
    let contacted = (k as f64).min(positives + negatives);
    Ok(found_in(&ranking.ties(), contacted) / contacted)
}

/// Weight of the positives among the first `contacted` of weight.
fn found_in(ties: &[Tie], contacted: f64) -> f64 {
    let whole = ties.partition_point(|t| t.positives + t.negatives <= contacted);
    let (found, used) = match whole.checked_sub(1) {
        Some(last) => (ties[last].positives, ties[last].positives + ties[last].negatives),
        None => (0.0, 0.0),
    };
    match ties.get(whole) {
        Some(tie) => {
            found + tie.positive * ((contacted - used) / (tie.positive + tie.negative)).clamp(0.0, 1.0)
        }
        None => found,
    }
}
