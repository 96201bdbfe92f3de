//! How often each level of a category occurs.

use crm_ml_core::Column;
use serde::{Deserialize, Serialize};

use super::Statistic;
use crate::exact::Tally;

/// Exact weights of the rows of every level, of those without one, and of all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LevelCounts {
    levels: Vec<Tally>,
    missing: Tally,
    total: Tally,
}

impl LevelCounts {
    /// Of a category column with that many levels.
    pub(crate) fn new(levels: usize) -> Self {
        Self { levels: vec![Tally::default(); levels], missing: Tally::default(), total: Tally::default() }
    }

    /// `None` for a real column.
    pub(crate) fn of(column: &Column) -> Option<Self> {
        column.levels().map(|levels| Self::new(levels.len()))
    }

    pub(crate) fn levels(&self) -> Vec<f64> {
        self.levels.iter().map(Tally::value).collect()
    }

    pub(crate) fn missing(&self) -> f64 {
        self.missing.value()
    }

    /// Unseen and missing ones included.
    pub(crate) fn total(&self) -> f64 {
        self.total.value()
    }
}

/// Counts without weights, tallies with them: a slot a level, then missing, then unseen.
pub(crate) struct Work {
    counts: Vec<usize>,
    tallies: Vec<Tally>,
}

/// The level of a cell, or the place of missing or unseen behind them.
fn slot(cell: f64, levels: usize) -> usize {
    if cell >= 0.0 && cell < levels as f64 { cell as usize } else { levels + usize::from(!cell.is_nan()) }
}

impl Statistic for LevelCounts {
    type Work = Work;

    fn begin(&self) -> Work {
        let slots = self.levels.len() + 2;
        Work { counts: vec![0; slots], tallies: vec![Tally::default(); slots] }
    }

    fn see(work: &mut Work, cells: &[f64], weights: Option<&[f64]>) {
        let levels = work.counts.len() - 2;
        match weights {
            None => cells.iter().for_each(|cell| work.counts[slot(*cell, levels)] += 1),
            Some(weights) => {
                cells.iter().zip(weights).for_each(|(cell, w)| work.tallies[slot(*cell, levels)].add(*w))
            }
        }
    }

    fn absorb(&mut self, work: Work) {
        for (place, (count, mut tally)) in work.counts.into_iter().zip(work.tallies).enumerate() {
            tally.merge(&Tally::rows(count));
            self.total.merge(&tally);
            let levels = self.levels.len();
            match self.levels.get_mut(place) {
                Some(level) => level.merge(&tally),
                None if place == levels => self.missing.merge(&tally),
                None => {}
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.levels.iter_mut().zip(&other.levels).for_each(|(a, b)| a.merge(b));
        self.missing.merge(&other.missing);
        self.total.merge(&other.total);
    }

    fn is_sound(&self, column: &Column) -> bool {
        column.levels().is_some_and(|levels| levels.len() == self.levels.len())
            && self.levels.iter().chain([&self.missing, &self.total]).all(Tally::is_sound)
    }
}
