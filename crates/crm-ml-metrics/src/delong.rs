//! How sure an AUC is, and whether two of them differ (DeLong, DeLong and Clarke-Pearson 1988).

use crm_ml_core::sort::{key, sort};
use crm_ml_core::{Check, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::{input, sum};

/// An AUC with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AucInterval {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower end of the interval, not below 0.
    pub low: f64,
    /// Upper end of the interval, not above 1.
    pub high: f64,
}

/// Two AUCs on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AucComparison {
    /// The first AUC minus the second.
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Lower end of its confidence interval.
    pub low: f64,
    /// Upper end of its confidence interval.
    pub high: f64,
    /// Difference in standard errors.
    pub z: f64,
    /// Chance of a difference at least as large, either way, if there were none.
    pub p_value: f64,
}

/// The AUC and its confidence interval by DeLong's method, at a `level` such as 0.95.
///
/// Rows count once each: the variance of weighed rows depends on where weights come from, so there is no weighed form (see
/// [`Bootstrap`](crate::Bootstrap)). Where classes are apart completely the standard error is 0, which says little.
/// O(n log n). Errors: a level outside (0, 1), lengths, a score that is not finite, fewer than two rows of a class.
///
/// ```
/// use crm_ml_metrics::roc_auc_interval;
///
/// let truth = [false, true, false, true, true, false, true, true];
/// let scores = [0.1, 0.4, 0.5, 0.35, 0.8, 0.2, 0.7, 0.6];
/// let interval = roc_auc_interval(&truth, &scores, 0.95)?;
/// assert!((interval.auc - 13.0 / 15.0).abs() < 1e-15);
/// assert!(interval.low < 0.7 && interval.high == 1.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn roc_auc_interval(truth: &[bool], scores: &[f64], level: f64) -> Result<AucInterval> {
    let width = width(level)?;
    let wins = wins(truth, scores)?;
    let auc = wins.mean(truth);
    let standard_error = wins.covariance(&wins, truth).max(0.0).sqrt();
    let (low, high) = (auc - width * standard_error, auc + width * standard_error);
    Ok(AucInterval { auc, standard_error, low: low.max(0.0), high: high.min(1.0) })
}

/// Compares the AUCs of two scores of the same rows, by DeLong's method for correlated curves.
///
/// Errors: as [`roc_auc_interval`].
pub fn compare_roc_auc(truth: &[bool], a: &[f64], b: &[f64], level: f64) -> Result<AucComparison> {
    let width = width(level)?;
    let (wins_a, wins_b) = (wins(truth, a)?, wins(truth, b)?);
    let difference = wins_a.mean(truth) - wins_b.mean(truth);
    let apart = Wins(wins_a.0.iter().zip(&wins_b.0).map(|(a, b)| a - b).collect());
    let standard_error = apart.covariance(&apart, truth).max(0.0).sqrt();
    let z = if difference == 0.0 { 0.0 } else { difference / standard_error };
    let p_value = statrs::function::erf::erfc(z.abs() / std::f64::consts::SQRT_2);
    let (low, high) = (difference - width * standard_error, difference + width * standard_error);
    Ok(AucComparison { difference, standard_error, low, high, z, p_value })
}

/// Standard errors to each side of the middle.
fn width(level: f64) -> Result<f64> {
    let inside = level > 0.0 && level < 1.0;
    Check::of("roc_auc_interval").rule("level", level, inside, "above 0 and below 1").finish()?;
    Ok(Normal::standard().inverse_cdf(0.5 + 0.5 * level))
}

/// The share of the rows of the other class that each row wins against, a tie being half a win: for a positive row those
/// below it, for a negative row those above it.
struct Wins(Vec<f64>);

impl Wins {
    /// The AUC, from the positive rows (those of the negative rows have the same mean).
    fn mean(&self, truth: &[bool]) -> f64 {
        self.class_mean(truth, true)
    }

    fn class_mean(&self, truth: &[bool], class: bool) -> f64 {
        let of_class = |i: usize| if truth[i] == class { self.0[i] } else { 0.0 };
        sum::sum(truth.len(), of_class) / count(truth, class)
    }

    /// Covariance of the two AUCs: that of the wins of each class, divided by its number of rows.
    fn covariance(&self, other: &Self, truth: &[bool]) -> f64 {
        let part = |class: bool| {
            let (a, b) = (self.class_mean(truth, class), other.class_mean(truth, class));
            let product = |i: usize| if truth[i] == class { (self.0[i] - a) * (other.0[i] - b) } else { 0.0 };
            let rows = count(truth, class);
            sum::sum(truth.len(), product) / (rows - 1.0) / rows
        };
        part(true) + part(false)
    }
}

fn count(truth: &[bool], class: bool) -> f64 {
    truth.iter().filter(|t| **t == class).count() as f64
}

fn wins(truth: &[bool], scores: &[f64]) -> Result<Wins> {
    input::rows(truth.len(), &[("scores", scores.len())], None)?;
    input::finite("score", scores)?;
    for class in [true, false] {
        let found = truth.iter().filter(|t| **t == class).count();
        if found < 2 {
            let what = format!("{} rows", if class { "positive" } else { "negative" });
            return Err(ErrorKind::TooFew { what, needed: 2, found }.into());
        }
    }
    let totals = [count(truth, false), count(truth, true)];
    let order = sort(scores.iter().enumerate().map(|(row, score)| (key(*score), row as f64)).collect());
    let mut wins = vec![0.0; truth.len()];
    let mut below = [0.0; 2];
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let rows = || tied.iter().map(|(_, row)| *row as usize);
        let positives = rows().filter(|row| truth[*row]).count() as f64;
        let here = [tied.len() as f64 - positives, positives];
        for row in rows() {
            let other = usize::from(!truth[row]);
            let beneath = below[other] + 0.5 * here[other];
            wins[row] = if truth[row] { beneath } else { totals[other] - beneath } / totals[other];
        }
        below = [below[0] + here[0], below[1] + here[1]];
    }
    Ok(Wins(wins))
}
