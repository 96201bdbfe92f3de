//! From a probability to the score 1 to 99 and the tier a salesperson works with.

use std::fmt;

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// How urgent a lead is, by its probability against the conversion rate in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// At least twice the conversion rate.
    A,
    /// At least the conversion rate.
    B,
    /// At least half the conversion rate.
    C,
    /// Below half the conversion rate.
    D,
}

impl fmt::Display for Tier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        })
    }
}

/// Maps probabilities to scores by their place among those of the training leads (out of fold): score 80 means that 80 of
/// 100 leads looked less promising. Leads of one probability share the score of the lowest place among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scale {
    /// The highest probability of each score but the last.
    edges: Vec<f64>,
    rate: f64,
}

const SCORES: usize = 99;

impl Scale {
    /// Learns from out-of-fold probabilities (weight 1 each) and the conversion rate.
    pub(crate) fn new(proba: &[f64], rate: f64) -> Self {
        let mut sorted = proba.to_vec();
        sorted.sort_by(f64::total_cmp);
        // The last of the leads that score below `score + 1`: whoever is above it has all of them behind.
        let at = |score: usize| sorted[(score * sorted.len()).div_ceil(SCORES) - 1];
        let edges = if sorted.is_empty() { vec![0.0; SCORES - 1] } else { (1..SCORES).map(at).collect() };
        Self { edges, rate }
    }

    /// 1 to 99, rising with the probability.
    pub(crate) fn score(&self, proba: f64) -> u8 {
        1 + self.edges.partition_point(|edge| *edge < proba) as u8
    }

    pub(crate) fn tier(&self, proba: f64) -> Tier {
        match proba / self.rate {
            lift if lift >= 2.0 => Tier::A,
            lift if lift >= 1.0 => Tier::B,
            lift if lift >= 0.5 => Tier::C,
            _ => Tier::D,
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let rising = self.edges.len() == SCORES - 1 && self.edges.windows(2).all(|w| w[0] <= w[1]);
        let finite = self.edges.iter().all(|e| e.is_finite()) && self.rate > 0.0 && self.rate < 1.0;
        if rising && finite { Ok(()) } else { Err(Error::model_file("a score scale that does not rise")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_places_among_the_training_leads() {
        let proba: Vec<f64> = (0..990).map(|i| f64::from(i) / 990.0).collect();
        let scale = Scale::new(&proba, 0.2);
        scale.validate().unwrap();
        assert_eq!([0.0, 0.5, 0.999, 1.0].map(|p| scale.score(p)), [1, 50, 99, 99]);
        let scores: Vec<u8> = proba.iter().map(|p| scale.score(*p)).collect();
        assert!((1..=99).all(|s| scores.iter().filter(|x| **x == s).count() == 10));
        assert_eq!([0.4, 0.2, 0.1, 0.09].map(|p| scale.tier(p)), [Tier::A, Tier::B, Tier::C, Tier::D]);
    }

    #[test]
    fn equal_probabilities_share_a_score() {
        let scale = Scale::new(&[0.3; 50], 0.3);
        scale.validate().unwrap();
        assert_eq!([0.29, 0.3, 0.31].map(|p| scale.score(p)), [1, 1, 99]);
        // Most leads are equal and last: they do not score as if most were behind them.
        let mut proba = [0.001; 90].to_vec();
        proba.extend([0.9; 10]);
        let scale = Scale::new(&proba, 0.1);
        assert_eq!([0.001, 0.9].map(|p| scale.score(p)), [1, 90]);
    }
}
