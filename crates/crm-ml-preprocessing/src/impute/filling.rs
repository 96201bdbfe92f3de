//! What is seen of a column that is to be filled.

use crm_ml_core::Column;
use serde::{Deserialize, Serialize};

use super::Strategy;
use crate::exact::{Moments, Sums};
use crate::seen::{Frequencies, Statistic, Values};

/// The statistic of the strategy, and how many cells are missing and there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Filling {
    by: By,
    pub(super) missing: u64,
    there: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum By {
    Mean(Box<Moments>),
    Median(Values),
    MostFrequent(Frequencies),
    Constant(f64),
}

pub(super) struct Work {
    by: ByWork,
    missing: u64,
    there: u64,
}

enum ByWork {
    Mean(Box<Sums>),
    Median(<Values as Statistic>::Work),
    MostFrequent(<Frequencies as Statistic>::Work),
    Constant,
}

impl Filling {
    pub(super) fn new(strategy: Strategy) -> Self {
        let by = match strategy {
            Strategy::Mean => By::Mean(Box::default()),
            Strategy::Median => By::Median(Values::default()),
            Strategy::MostFrequent => By::MostFrequent(Frequencies::default()),
            Strategy::Constant(value) => By::Constant(value),
        };
        Self { by, missing: 0, there: 0 }
    }

    /// The value to fill in; `None` where the column has no value to learn from.
    pub(super) fn value(&self) -> Option<f64> {
        if self.there == 0 {
            return None;
        }
        match &self.by {
            By::Mean(moments) => Some(moments.mean()),
            By::Median(values) => Some(values.quantiles([0.5])[0]),
            By::MostFrequent(counts) => counts.most_frequent(),
            By::Constant(value) => Some(*value),
        }
    }
}

impl Statistic for Filling {
    type Work = Work;

    fn begin(&self) -> Work {
        let by = match &self.by {
            By::Mean(_) => ByWork::Mean(Box::new(Sums::new(false))),
            By::Median(values) => ByWork::Median(values.begin()),
            By::MostFrequent(counts) => ByWork::MostFrequent(counts.begin()),
            By::Constant(_) => ByWork::Constant,
        };
        Work { by, missing: 0, there: 0 }
    }

    fn see(work: &mut Work, cells: &[f64], weights: Option<&[f64]>) {
        let missing = cells.iter().filter(|v| v.is_nan()).count() as u64;
        work.missing += missing;
        work.there += cells.len() as u64 - missing;
        match &mut work.by {
            ByWork::Mean(sums) => Moments::see(sums, cells, weights),
            ByWork::Median(values) => Values::see(values, cells, weights),
            ByWork::MostFrequent(counts) => Frequencies::see(counts, cells, weights),
            ByWork::Constant => {}
        }
    }

    fn absorb(&mut self, work: Work) {
        self.missing += work.missing;
        self.there += work.there;
        match (&mut self.by, work.by) {
            (By::Mean(moments), ByWork::Mean(sums)) => moments.absorb(&sums),
            (By::Median(values), ByWork::Median(seen)) => values.absorb(seen),
            (By::MostFrequent(counts), ByWork::MostFrequent(seen)) => counts.absorb(seen),
            _ => {}
        }
    }

    fn merge(&mut self, other: &Self) {
        self.take(other.clone());
    }

    fn take(&mut self, other: Self) {
        self.missing += other.missing;
        self.there += other.there;
        match (&mut self.by, other.by) {
            (By::Mean(a), By::Mean(b)) => a.merge(&b),
            (By::Median(a), By::Median(b)) => a.take(b),
            (By::MostFrequent(a), By::MostFrequent(b)) => a.merge(&b),
            _ => {}
        }
    }

    fn comes_from(&self, start: &Self) -> bool {
        match (&self.by, &start.by) {
            (By::Constant(own), By::Constant(started)) => own.to_bits() == started.to_bits(),
            (own, started) => std::mem::discriminant(own) == std::mem::discriminant(started),
        }
    }

    fn is_sound(&self, column: &Column) -> bool {
        let counts_sound = self.missing < 1 << 62 && self.there < 1 << 62;
        counts_sound
            && match &self.by {
                By::Mean(moments) => moments.is_sound(),
                By::Median(values) => Statistic::is_sound(values, column),
                By::MostFrequent(counts) => counts.is_sound(column),
                By::Constant(value) => value.is_finite(),
            }
    }
}
