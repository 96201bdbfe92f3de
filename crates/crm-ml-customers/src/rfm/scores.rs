//! Scores of 1 to 5.

use crm_ml_core::{Check, Result};
use serde::{Deserialize, Serialize};

/// Scores go from 1 to this.
pub(crate) const SCORES: usize = 5;

/// Where scores begin: the first value that scores 2, the first that scores 3, and so on to 5.
///
/// Learnt as quintiles: a customer's score is 1 + floor(5 x share of customers that are strictly worse). So equal values have
/// equal scores, whatever the order of rows, and a value that many share has the score that the worst of them would have: where three in five
/// bought once, all of them have frequency 1. Where nothing tells customers apart (one customer, one date) every score is 1. A list may be shorter than
/// four where values are too few for the upper scores.
///
/// Kept or edited, they score later customers on the same scale ([`Rfm::cuts`](crate::Rfm::cuts)).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RfmCuts {
    /// Days since the last purchase, descending: at most so many.
    pub recency: Vec<f64>,
    /// Purchases, ascending: at least so many.
    pub frequency: Vec<f64>,
    /// Money, ascending: at least so much.
    pub monetary: Vec<f64>,
}

impl RfmCuts {
    /// Checks that each list is finite, in order and of four values at most.
    pub fn validate(&self) -> Result<()> {
        let ordered = |cuts: &[f64], better: fn(f64, f64) -> bool| {
            cuts.len() < SCORES
                && cuts.iter().all(|c| c.is_finite())
                && cuts.windows(2).all(|pair| !better(pair[0], pair[1]))
        };
        let shown = |cuts: &[f64]| format!("{cuts:?}");
        Check::of("RfmCuts")
            .rule(
                "recency",
                shown(&self.recency),
                ordered(&self.recency, |a, b| a < b),
                "at most 4 finite values, descending",
            )
            .rule(
                "frequency",
                shown(&self.frequency),
                ordered(&self.frequency, |a, b| a > b),
                "at most 4 finite values, ascending",
            )
            .rule(
                "monetary",
                shown(&self.monetary),
                ordered(&self.monetary, |a, b| a > b),
                "at most 4 finite values, ascending",
            )
            .finish()
    }

    pub(super) fn score(&self, recency: f64, frequency: f64, monetary: f64) -> [u8; 3] {
        let reached = |cuts: &[f64], holds: &dyn Fn(f64) -> bool| {
            1 + cuts.iter().take(SCORES - 1).filter(|cut| holds(**cut)).count() as u8
        };
        [
            reached(&self.recency, &|cut| recency <= cut),
            reached(&self.frequency, &|cut| frequency >= cut),
            reached(&self.monetary, &|cut| monetary >= cut),
        ]
    }
}

/// The first value of each score from 2 on, of finite values where greater is better.
pub(super) fn quintiles(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let count = values.len();
    let first_of = |score: usize| {
        // Strictly worse than the cut must be at least this many.
        let worse = (score * count).div_ceil(SCORES);
        let last_worse = worse.checked_sub(1).and_then(|place| values.get(place))?;
        let next = values.partition_point(|value| value <= last_worse);
        values.get(next).copied()
    };
    (1..SCORES).map_while(first_of).collect()
}
