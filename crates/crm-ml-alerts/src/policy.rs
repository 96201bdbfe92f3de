//! How many alerts there may be.

use crm_ml_core::{Check, Error, Result};
use serde::{Deserialize, Serialize};

use crate::precision::{check_confidence, found_among, normal_quantile, ranked, wilson};

/// What an analyst has time for, from which the threshold of the anomaly score follows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum AlertPolicy {
    /// So many alerts a day: the threshold lets as many of the history's through on average (a detector counts records of one entity and day once), and of a
    /// day's alerts the oddest are kept.
    PerDay(usize),
    /// This share of all records, above 0 and at most 1.
    Share(f64),
    /// As many as keep the precision up: the lower bound of Wilson's one-sided interval of the precision, with this confidence, is at least `least` on a labelled
    /// history.
    Precision {
        /// The share of alerts that must be right, above 0 and below 1.
        least: f64,
        /// How sure that must be, above 0 and below 1.
        confidence: f64,
    },
}

impl Default for AlertPolicy {
    fn default() -> Self {
        Self::PerDay(10)
    }
}

impl AlertPolicy {
    pub(crate) fn check(self, check: Check) -> Check {
        match self {
            Self::PerDay(count) => check.at_least("policy.per_day", count, 1),
            Self::Share(share) => check.share("policy.share", share),
            Self::Precision { least, confidence } => {
                let open = least > 0.0 && least < 1.0;
                check_confidence(check.rule("policy.least", least, open, "above 0 and below 1"), confidence)
            }
        }
    }

    /// The lowest anomaly score that is an alert, from a history of `days` days.
    ///
    /// Errors: parameters; no record, a score that is not finite; a precision without labels, or one that no threshold reaches with that confidence.
    ///
    /// ```
    /// use crm_ml_alerts::AlertPolicy;
    ///
    /// let scores = [0.9, 0.2, 0.8, 0.1, 0.3, 0.4];
    /// assert_eq!(AlertPolicy::PerDay(1).threshold(&scores, 2, None)?, 0.8);
    /// assert_eq!(AlertPolicy::Share(0.5).threshold(&scores, 2, None)?, 0.4);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn threshold(self, scores: &[f64], days: usize, fraud: Option<&[bool]>) -> Result<f64> {
        self.check(Check::of("AlertPolicy")).finish()?;
        let order = ranked(scores)?;
        let count = match self {
            Self::PerDay(count) => count.saturating_mul(days.max(1)),
            Self::Share(share) => (share * scores.len() as f64).round() as usize,
            Self::Precision { least, confidence } => {
                let fraud =
                    fraud.ok_or_else(|| Error::unsupported("a precision is chosen on labelled records"))?;
                let found = found_among(fraud, scores)?;
                let z = normal_quantile(confidence);
                // Records of equal scores are alerts together.
                let whole = |k: usize| k == order.len() || scores[order[k]] < scores[order[k - 1]];
                let reached = |k: &usize| whole(*k) && wilson(found[*k - 1], *k, z).0 >= least;
                (1..=order.len()).rev().find(reached).ok_or_else(|| {
                    Error::unsupported(format!(
                        "no threshold keeps a precision of {least} with confidence {confidence} on these records"
                    ))
                })?
            }
        };
        Ok(scores[order[count.clamp(1, order.len()) - 1]])
    }

    /// Alerts a day at most.
    pub(crate) fn per_day(self) -> usize {
        if let Self::PerDay(count) = self { count } else { usize::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::AlertPolicy;

    #[test]
    fn a_precision_is_kept_with_confidence() {
        // The twenty oddest are fraud, then every other one.
        let scores: Vec<f64> = (0..100).map(|i| 100.0 - i as f64).collect();
        let fraud: Vec<bool> = (0..100).map(|i| i < 20 || i % 2 == 0).collect();
        let at = |least, confidence| {
            AlertPolicy::Precision { least, confidence }.threshold(&scores, 1, Some(&fraud)).unwrap()
        };
        let alerts = |threshold: f64| scores.iter().filter(|score| **score >= threshold).count();
        let (bold, careful) = (alerts(at(0.8, 0.5)), alerts(at(0.8, 0.95)));
        assert!(careful < bold, "{careful} alerts where more confidence is asked for, else {bold}");
        let right = |count: usize| fraud[..count].iter().filter(|f| **f).count() as f64 / count as f64;
        assert!(right(bold) >= 0.8 && right(careful) >= 0.8);
        AlertPolicy::Precision { least: 0.999, confidence: 0.999 }
            .threshold(&scores, 1, Some(&fraud))
            .unwrap_err();
        AlertPolicy::Precision { least: 0.5, confidence: 0.9 }.threshold(&scores, 1, None).unwrap_err();
    }

    #[test]
    fn bad_policies_are_named() {
        for policy in [
            AlertPolicy::PerDay(0),
            AlertPolicy::Share(0.0),
            AlertPolicy::Share(f64::NAN),
            AlertPolicy::Precision { least: 1.0, confidence: 0.9 },
            AlertPolicy::Precision { least: 0.5, confidence: f64::NAN },
        ] {
            assert!(
                policy.threshold(&[1.0], 1, Some(&[true])).unwrap_err().to_string().contains("policy.") || {
                    matches!(policy, AlertPolicy::Precision { .. })
                }
            );
        }
        AlertPolicy::Share(0.5).threshold(&[], 1, None).unwrap_err();
    }
}
