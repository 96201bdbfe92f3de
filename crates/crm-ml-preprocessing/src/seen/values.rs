//! Every value, for quantiles.

use crm_ml_core::Column;
use serde::{Deserialize, Serialize};

use super::Statistic;
use crate::exact::{Moments, Sums};
use crate::stats::Observed;

/// All values that are there, in any order: what exact quantiles of a stream take.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Values {
    values: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Values {
    pub(crate) fn observed(&self) -> Observed {
        Observed::new(&self.values, self.weights.as_deref())
    }

    fn sorted(&self) -> Vec<(u64, u64)> {
        let weight = |i: usize| self.weights.as_ref().map_or(1.0, |w| w[i]).to_bits();
        let mut all: Vec<(u64, u64)> =
            self.values.iter().enumerate().map(|(i, v)| (v.to_bits(), weight(i))).collect();
        all.sort_unstable();
        all
    }
}

/// Equal as sets.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.values.len() == other.values.len() && self.sorted() == other.sorted()
    }
}

impl Statistic for Values {
    type Work = Self;

    fn begin(&self) -> Self {
        Self::default()
    }

    fn see(work: &mut Self, cells: &[f64], weights: Option<&[f64]>) {
        match weights {
            None => work.values.extend(cells.iter().filter(|v| !v.is_nan())),
            Some(given) => {
                let weights = work.weights.get_or_insert_with(Vec::new);
                for (cell, weight) in cells.iter().zip(given).filter(|(v, _)| !v.is_nan()) {
                    work.values.push(*cell);
                    weights.push(*weight);
                }
            }
        }
    }

    fn absorb(&mut self, work: Self) {
        if self.values.is_empty() {
            *self = work;
        } else {
            self.merge(&work);
        }
    }

    fn merge(&mut self, other: &Self) {
        if self.weights.is_some() || other.weights.is_some() {
            let ones = self.values.len();
            let weights = self.weights.get_or_insert_with(|| vec![1.0; ones]);
            match &other.weights {
                Some(given) => weights.extend(given),
                None => weights.extend(std::iter::repeat_n(1.0, other.values.len())),
            }
        }
        self.values.extend(&other.values);
    }

    fn is_sound(&self, _: &Column) -> bool {
        let weights_sound = self.weights.as_ref().is_none_or(|weights| {
            weights.len() == self.values.len() && weights.iter().all(|w| w.is_finite() && *w > 0.0)
        });
        weights_sound && self.values.iter().all(|v| v.is_finite())
    }
}

impl Statistic for Moments {
    /// The sums of the cells at hand, joined before a bin could overflow.
    type Work = Sums;

    fn begin(&self) -> Sums {
        Sums::new(true)
    }

    fn see(work: &mut Sums, cells: &[f64], weights: Option<&[f64]>) {
        work.add(cells, weights);
    }

    fn absorb(&mut self, work: Sums) {
        self.absorb(&work);
    }

    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }

    fn is_sound(&self, _: &Column) -> bool {
        self.is_sound()
    }
}

// A piece never overflows a bin.
const _: () = assert!(super::PIECE <= Sums::MOST);
