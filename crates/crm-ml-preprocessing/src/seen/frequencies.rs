//! How often each value occurs.

use std::collections::BTreeMap;

use crm_ml_core::{Column, sort};
use serde::{Deserialize, Serialize};

use super::Statistic;
use crate::exact::Tally;

/// The weight of every different value, by its order-preserving key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Frequencies {
    counts: BTreeMap<u64, Tally>,
}

impl Frequencies {
    /// The value of the largest weight, the smallest among equals.
    pub(crate) fn most_frequent(&self) -> Option<f64> {
        let mut best = None;
        let mut most = 0.0;
        for (key, tally) in &self.counts {
            let weight = tally.value();
            if weight > most {
                (best, most) = (Some(sort::value(*key)), weight);
            }
        }
        best
    }
}

impl Statistic for Frequencies {
    type Work = Vec<(u64, f64)>;

    fn begin(&self) -> Self::Work {
        Vec::new()
    }

    fn see(work: &mut Self::Work, cells: &[f64], weights: Option<&[f64]>) {
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let there = cells.iter().enumerate().filter(|(_, v)| !v.is_nan());
        work.extend(there.map(|(i, v)| (sort::key(*v), weight(i))));
    }

    fn absorb(&mut self, mut work: Self::Work) {
        work.sort_unstable_by_key(|(key, _)| *key);
        for run in work.chunk_by(|a, b| a.0 == b.0) {
            let tally = self.counts.entry(run[0].0).or_default();
            run.iter().for_each(|(_, weight)| tally.add(*weight));
        }
    }

    fn merge(&mut self, other: &Self) {
        for (key, tally) in &other.counts {
            self.counts.entry(*key).or_default().merge(tally);
        }
    }

    fn is_sound(&self, _: &Column) -> bool {
        self.counts.iter().all(|(key, tally)| sort::value(*key).is_finite() && tally.is_sound())
    }
}
