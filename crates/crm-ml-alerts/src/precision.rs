//! How many alerts are right, and how sure that is.

use crm_ml_core::{Check, Error, Result};
use statrs::distribution::{ContinuousCDF, Normal};

/// What the `k` oddest records hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtK {
    /// Records looked at.
    pub k: usize,
    /// Frauds among them.
    pub found: usize,
    /// Their share of the `k`.
    pub precision: f64,
    /// Wilson's interval of the precision.
    pub precision_interval: (f64, f64),
    /// Their share of all frauds.
    pub recall: f64,
    /// Wilson's interval of the recall.
    pub recall_interval: (f64, f64),
}

/// Precision and recall among the `k` oddest records, for several `k`, with intervals that hold the true share with the given confidence.
///
/// Records of equal scores stand in the order given. A `k` beyond the records counts all of them. O(n log n) time.
/// Errors: lengths, a score that is not finite, no fraud, a confidence outside of (0, 1), a `k` of 0.
///
/// ```
/// use crm_ml_alerts::at_k;
///
/// let fraud = [true, true, false, true, false, false];
/// let scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
/// let two = at_k(&fraud, &scores, &[2], 0.95)?[0];
/// assert_eq!((two.found, two.precision, two.recall), (2, 1.0, 2.0 / 3.0));
/// assert!((two.precision_interval.0 - 0.3424).abs() < 1e-4);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn at_k(fraud: &[bool], scores: &[f64], ks: &[usize], confidence: f64) -> Result<Vec<AtK>> {
    let mut check = check_confidence(Check::of("at_k"), confidence);
    for k in ks {
        check = check.at_least("k", *k, 1);
    }
    check.finish()?;
    let found = found_among(fraud, scores)?;
    let all = found.last().copied().unwrap_or(0);
    if all == 0 {
        return Err(Error::unsupported("no record is fraud: there is nothing to be found"));
    }
    let z = normal_quantile(0.5 + confidence / 2.0);
    let at = |k: &usize| {
        let k = (*k).min(scores.len());
        let hits = found[k - 1];
        AtK {
            k,
            found: hits,
            precision: hits as f64 / k as f64,
            precision_interval: wilson(hits, k, z),
            recall: hits as f64 / all as f64,
            recall_interval: wilson(hits, all, z),
        }
    };
    Ok(ks.iter().map(at).collect())
}

pub(crate) fn check_confidence(check: Check, confidence: f64) -> Check {
    check.rule("confidence", confidence, confidence > 0.0 && confidence < 1.0, "above 0 and below 1")
}

/// Records by score, the oddest first; equals in the order given. Errors: lengths, a score that is not finite, no record.
pub(crate) fn ranked(scores: &[f64]) -> Result<Vec<usize>> {
    if scores.is_empty() {
        return Err(Error::empty("rows"));
    }
    if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
        return Err(Error::numerical(format!("score {row} is not finite")));
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    Ok(order)
}

/// The number of frauds among the first one, two, ... records by score.
pub(crate) fn found_among(fraud: &[bool], scores: &[f64]) -> Result<Vec<usize>> {
    if fraud.len() != scores.len() {
        return Err(Error::length("labels", scores.len(), fraud.len()));
    }
    let mut found = 0;
    let count = |row: usize| {
        found += usize::from(fraud[row]);
        found
    };
    Ok(ranked(scores)?.into_iter().map(count).collect())
}

/// Wilson's score interval of a share (Wilson, Probable inference, 1927).
pub(crate) fn wilson(hits: usize, of: usize, z: f64) -> (f64, f64) {
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// The value below which this share of a normal distribution lies, for shares above 0 and below 1.
pub(crate) fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::{at_k, normal_quantile, wilson};

    #[test]
    fn wilsons_interval_and_the_quantile_are_those_of_scipy() {
        // scipy.stats.norm.ppf
        assert_abs_diff_eq!(normal_quantile(0.975), 1.959_963_984_540_054, epsilon = 1e-12);
        assert_abs_diff_eq!(normal_quantile(0.95), 1.644_853_626_951_472_6, epsilon = 1e-12);
        assert_abs_diff_eq!(normal_quantile(0.001), -3.090_232_306_167_813, epsilon = 1e-10);
        // scipy.stats.binomtest(7, 10).proportion_ci(0.95, "wilson")
        let (low, high) = wilson(7, 10, normal_quantile(0.975));
        assert_abs_diff_eq!(low, 0.396_778_147_461_145_26, epsilon = 1e-12);
        assert_abs_diff_eq!(high, 0.892_208_732_593_699, epsilon = 1e-12);
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        for (fraud, scores, ks, confidence) in [
            (vec![false; 3], vec![1.0; 3], vec![1], 0.9),
            (vec![true; 2], vec![1.0; 3], vec![1], 0.9),
            (vec![true; 3], vec![f64::NAN; 3], vec![1], 0.9),
            (vec![true; 3], vec![1.0; 3], vec![0], 0.9),
            (vec![true; 3], vec![1.0; 3], vec![1], 1.0),
            (vec![], vec![], vec![1], 0.9),
        ] {
            at_k(&fraud, &scores, &ks, confidence).unwrap_err();
        }
        assert_eq!(at_k(&[true, false], &[1.0, 0.0], &[9], 0.9).unwrap()[0].k, 2);
    }
}
