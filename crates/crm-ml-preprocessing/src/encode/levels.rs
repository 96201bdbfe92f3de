//! What is counted of a category column, and which levels are rare.

use crm_ml_core::{Check, ColumnKind, ErrorKind, Result, Samples, Schema};
use serde::{Deserialize, Serialize};

use crate::seen::LevelCounts;

/// What becomes of a category that was not there in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Unseen {
    /// It is no level: zeros under one-hot, each encoder's neutral value else.
    Ignore,
    /// It joins the rare levels, where there are any; else as `Ignore`.
    #[default]
    Other,
    /// It is refused, with row and column.
    Error,
}

/// The level of a cell; `None` if it is missing or unseen.
pub(crate) fn level(cell: f64, levels: usize) -> Option<usize> {
    (cell >= 0.0 && cell < levels as f64).then_some(cell as usize)
}

/// Which levels are too rare to stand alone: lighter than `min_frequency` (a share below 1, else a weight), or not among
/// the heaviest `max_categories - 1` where there are too many; of equals the later ones stay.
pub(crate) fn rare(
    counts: &[f64],
    total: f64,
    min_frequency: Option<f64>,
    max_categories: Option<usize>,
) -> Vec<bool> {
    let least = min_frequency.map_or(0.0, |f| if f < 1.0 { f * total } else { f });
    let mut rare: Vec<bool> = counts.iter().map(|&count| count > 0.0 && count < least).collect();
    let present = counts.iter().filter(|&&count| count > 0.0).count();
    let grouped = rare.iter().filter(|&&r| r).count();
    if let Some(most) = max_categories {
        if present - grouped + 1 > most && present > most.saturating_sub(1) {
            let mut lightest: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] > 0.0).collect();
            lightest.sort_by(|&a, &b| counts[a].total_cmp(&counts[b]));
            let alone = most.saturating_sub(1);
            lightest.iter().take(present - alone).for_each(|&i| rare[i] = true);
        }
    }
    rare
}

/// The levels of a column by number: those that stand alone in their order, from 0, then one number for the rare ones together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Numbering {
    /// One a level; `None` for one that was not there in training.
    pub(crate) numbers: Vec<Option<u32>>,
    /// That of the rare levels, if there are any.
    pub(crate) other: Option<u32>,
}

impl Numbering {
    pub(crate) fn of(
        counts: &LevelCounts,
        min_frequency: Option<f64>,
        max_categories: Option<usize>,
    ) -> Self {
        let weights = counts.levels();
        let is_rare = rare(&weights, counts.total(), min_frequency, max_categories);
        let mut next = 0..;
        let mut own = |i: usize| if weights[i] > 0.0 && !is_rare[i] { next.next() } else { None };
        let mut numbers: Vec<Option<u32>> = (0..weights.len()).map(&mut own).collect();
        let other = if is_rare.contains(&true) { next.next() } else { None };
        numbers.iter_mut().zip(&is_rare).filter(|(_, rare)| **rare).for_each(|(number, _)| *number = other);
        Self { numbers, other }
    }

    /// The number of a cell that is not missing; `None` if it is unseen and does not join the rare ones.
    pub(crate) fn number(&self, cell: f64, unseen: Unseen) -> Option<u32> {
        let known = level(cell, self.numbers.len()).and_then(|level| self.numbers[level]);
        known.or(self.joined(unseen))
    }

    /// The number that unseen levels get.
    pub(crate) fn joined(&self, unseen: Unseen) -> Option<u32> {
        if unseen == Unseen::Other { self.other } else { None }
    }

    /// How many levels stand alone.
    pub(crate) fn alone(&self) -> u32 {
        self.numbers.iter().filter(|number| number.is_some() && **number != self.other).count() as u32
    }

    /// How many numbers there are.
    pub(crate) fn count(&self) -> u32 {
        self.alone() + u32::from(self.other.is_some())
    }

    /// The names of the levels by number, `other` for that of the rare ones.
    pub(crate) fn names<'a>(&'a self, levels: &'a [String], other: &'a str) -> impl Iterator<Item = &'a str> {
        let alone =
            levels.iter().zip(&self.numbers).filter(|(_, number)| number.is_some() && **number != self.other);
        alone.map(|(level, _)| level.as_str()).chain(self.other.map(|_| other))
    }

    /// Whether these can be the numbers of as many levels.
    pub(crate) fn is_sound(&self, levels: usize) -> bool {
        let own = self.numbers.iter().flatten().filter(|number| Some(**number) != self.other);
        self.numbers.len() == levels
            && own.copied().eq(0..self.alone())
            && self.other.is_none_or(|other| other == self.alone())
    }
}

/// The rules on the parameters that decide what is rare.
pub(crate) fn check(check: Check, min_frequency: Option<f64>, max_categories: Option<usize>) -> Check {
    let check = match min_frequency {
        Some(value) => check.positive("min_frequency", value),
        None => check,
    };
    check.optional_at_least("max_categories", max_categories, 1)
}

/// The error of [`Unseen::Error`], if a cell is of a level for which `known` is false.
pub(crate) fn refuse_unseen(
    samples: &Samples<'_>,
    schema: &Schema,
    known: impl Fn(usize, f64) -> bool,
) -> Result<()> {
    for row in 0..samples.n_rows() {
        for (column, &cell) in samples.row(row).iter().enumerate() {
            let Some(ColumnKind::Category { levels }) = schema.columns().get(column).map(|c| &c.kind) else {
                continue;
            };
            if !known(column, cell) {
                let value = match level(cell, levels.len()) {
                    Some(level) => levels[level].clone(),
                    None if cell.is_nan() => "(missing)".to_owned(),
                    None => "(unseen)".to_owned(),
                };
                let row = samples.kept_rows().map_or(row, |kept| kept[row]);
                let column = schema.name(column).to_owned();
                return Err(ErrorKind::UnknownCategory { row, column, value }.into());
            }
        }
    }
    Ok(())
}
