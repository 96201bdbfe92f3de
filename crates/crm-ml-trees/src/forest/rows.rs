//! The rows of every tree.

use crm_ml_core::{Check, Stream};
use serde::{Deserialize, Serialize};

use super::Forest;

/// How many rows are drawn for a tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MaxSamples {
    /// A share of the rows, above 0 and at most 1, rounded; at least one.
    Share(f64),
    /// So many, at least 1 and at most all.
    Count(usize),
}

impl MaxSamples {
    /// Adds the rules of `max_samples` to a check.
    pub(crate) fn check(self, check: Check) -> Check {
        match self {
            Self::Share(share) => check.share("max_samples", share),
            Self::Count(count) => check.at_least("max_samples", count, 1),
        }
    }

    fn amount(self, rows: usize) -> usize {
        let amount = match self {
            Self::Share(share) => (share * rows as f64).round() as usize,
            Self::Count(count) => count,
        };
        amount.min(rows).max(1)
    }
}

/// The rows of a tree, ascending, and the weight of each.
pub(super) struct Rows {
    pub(super) places: Vec<u32>,
    pub(super) weights: Vec<f64>,
}

impl Forest {
    /// The rows of a tree. A row that was drawn several times counts once, with as much more weight.
    pub(super) fn rows(&self, tree: usize, count: usize, weights: Option<&[f64]>) -> Rows {
        let times = self.times_drawn(tree, count);
        let weight = |row: usize| {
            let drawn = times.as_ref().map_or(1.0, |times| f64::from(times[row]));
            weights.map_or(1.0, |weights| weights[row]) * drawn
        };
        let (places, weights) =
            (0..count).map(|row| (row as u32, weight(row))).filter(|(_, weight)| *weight > 0.0).unzip();
        Rows { places, weights }
    }

    /// How often each row was drawn for a tree; `None` where all rows are taken.
    pub(super) fn times_drawn(&self, tree: usize, rows: usize) -> Option<Vec<u32>> {
        if !self.draws_rows() {
            return None;
        }
        let amount = self.max_samples.map_or(rows, |most| most.amount(rows));
        let mut stream = Stream::new(self.seed, "forest/bootstrap", tree as u64);
        let mut times = vec![0; rows];
        if self.bootstrap {
            (0..amount).for_each(|_| times[stream.below(rows)] += 1);
        } else {
            stream.sample(rows, amount).into_iter().for_each(|row| times[row] = 1);
        }
        Some(times)
    }
}
