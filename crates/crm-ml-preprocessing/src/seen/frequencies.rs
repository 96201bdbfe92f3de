//! How often each value occurs.

use crm_ml_core::{Column, sort};
use serde::{Deserialize, Serialize};

use super::Statistic;
use super::counts::Counts;
use crate::exact::Tally;

/// The weight of every different value, by its order-preserving key: whole weights as counts, others exactly.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Frequencies {
    whole: Counts<u64>,
    others: Counts<Tally>,
}

/// Whole weights up to this are counted.
const LARGEST: f64 = 4_294_967_296.0;

impl Frequencies {
    /// The value of the largest weight, the smallest among equals.
    pub(crate) fn most_frequent(&self) -> Option<f64> {
        let (mut best, mut most) = (None, 0.0);
        let (whole, others) = (self.whole.all(), self.others.all());
        let mut others = others.iter().peekable();
        let mut compare = |key: u64, weight: f64| {
            if weight > most {
                (best, most) = (Some(sort::value(key)), weight);
            }
        };
        for &(key, count) in whole.iter() {
            while let Some((other, tally)) = others.next_if(|(other, _)| *other < key) {
                compare(*other, tally.value());
            }
            let weight = match others.next_if(|(other, _)| *other == key) {
                Some((_, tally)) => {
                    let mut all = tally.clone();
                    all.merge(&Tally::rows(count as usize));
                    all.value()
                }
                None => count as f64,
            };
            compare(key, weight);
        }
        others.for_each(|(key, tally)| compare(*key, tally.value()));
        best
    }
}

/// The runs of equal keys of ascending items, each folded into one.
fn runs<I, T>(items: &[I], key: impl Fn(&I) -> u64, fold: impl Fn(&[I]) -> T) -> Vec<(u64, T)> {
    items.chunk_by(|a, b| key(a) == key(b)).map(|run| (key(&run[0]), fold(run))).collect()
}

impl Statistic for Frequencies {
    /// Keys of rows of weight 1, and keys with other weights.
    type Work = (Vec<u64>, Vec<(u64, f64)>);

    fn begin(&self) -> Self::Work {
        Self::Work::default()
    }

    fn see(work: &mut Self::Work, cells: &[f64], weights: Option<&[f64]>) {
        match weights {
            None => work.0.extend(cells.iter().filter(|v| !v.is_nan()).map(|v| sort::key(*v))),
            Some(weights) => {
                let there = cells.iter().zip(weights).filter(|(v, _)| !v.is_nan());
                work.1.extend(there.map(|(v, w)| (sort::key(*v), *w)));
            }
        }
    }

    fn absorb(&mut self, (mut ones, mut weighted): Self::Work) {
        ones.sort_unstable();
        self.whole.add(runs(&ones, |key| *key, |run| run.len() as u64));
        weighted.sort_unstable_by_key(|(key, _)| *key);
        let is_whole = |(_, w): &(u64, f64)| w.fract() == 0.0 && *w <= LARGEST;
        let (whole, others): (Vec<_>, Vec<_>) = weighted.into_iter().partition(is_whole);
        self.whole.add(runs(&whole, |(key, _)| *key, |run| run.iter().map(|(_, w)| *w as u64).sum()));
        let tally = |run: &[(u64, f64)]| {
            let mut tally = Tally::default();
            run.iter().for_each(|(_, w)| tally.add(*w));
            tally
        };
        self.others.add(runs(&others, |(key, _)| *key, tally));
    }

    fn merge(&mut self, other: &Self) {
        self.whole.add(other.whole.all().iter().cloned());
        self.others.add(other.others.all().iter().cloned());
    }

    fn is_sound(&self, _: &Column) -> bool {
        let finite = |key: &u64| sort::value(*key).is_finite();
        self.whole.are_sound(|(key, _)| finite(key))
            && self.others.are_sound(|(key, tally)| finite(key) && tally.is_sound())
    }
}
