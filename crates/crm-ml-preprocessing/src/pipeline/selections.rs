//! The options of a multi-select field.

use std::collections::{BTreeMap, BTreeSet};

use crm_ml_core::{ErrorKind, Result};
use crm_ml_table::Column as RawColumn;
use serde::{Deserialize, Serialize};

use super::TablePipeline;
use crate::{Unseen, encode};

const OTHER: &str = "(other)";

/// Options, sorted: one flag each for those that stand alone, one for all rare ones together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Options {
    alone: Vec<String>,
    rare: Vec<String>,
}

impl Options {
    pub(super) fn learn(
        params: &TablePipeline,
        column: &RawColumn<'_>,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        for (row, chosen) in column.selections()?.into_iter().enumerate() {
            for option in chosen.into_iter().flatten() {
                *counts.entry(option).or_default() += weights.map_or(1.0, |w| w[row]);
            }
        }
        let total = weights.map_or(column.len() as f64, |w| w.iter().sum());
        let sizes: Vec<f64> = counts.values().copied().collect();
        let is_rare = encode::rare(&sizes, total, params.min_frequency, params.max_categories);
        let (rare, alone): (Vec<_>, Vec<_>) = counts.into_keys().zip(is_rare).partition(|(_, rare)| *rare);
        let names =
            |pairs: Vec<(&str, bool)>| pairs.into_iter().map(|(option, _)| option.to_owned()).collect();
        Ok(Self { alone: names(alone), rare: names(rare) })
    }

    /// What each flag is called.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let other = (!self.rare.is_empty()).then_some(OTHER);
        self.alone.iter().map(String::as_str).chain(other).map(|option| format!("={option}"))
    }

    /// One flag an option and row; none is set where the cell is missing.
    pub(super) fn flags(&self, column: &RawColumn<'_>, unseen: Unseen) -> Result<Vec<Vec<f64>>> {
        let has_other = !self.rare.is_empty();
        let mut flags = vec![vec![0.0; column.len()]; self.alone.len() + usize::from(has_other)];
        for (row, chosen) in column.selections()?.into_iter().enumerate() {
            for option in chosen.into_iter().flatten() {
                let find =
                    |options: &[String]| options.binary_search_by(|known| known.as_str().cmp(option)).ok();
                match (find(&self.alone), unseen) {
                    (Some(place), _) => flags[place][row] = 1.0,
                    (None, _) if find(&self.rare).is_some() => flags[self.alone.len()][row] = 1.0,
                    (None, Unseen::Other) if has_other => flags[self.alone.len()][row] = 1.0,
                    (None, Unseen::Error) => {
                        let (column, value) = (column.name().to_owned(), option.to_owned());
                        return Err(ErrorKind::UnknownCategory { row, column, value }.into());
                    }
                    (None, Unseen::Ignore | Unseen::Other) => {}
                }
            }
        }
        Ok(flags)
    }

    pub(super) fn is_sound(&self) -> bool {
        let ascending = |options: &[String]| options.windows(2).all(|pair| pair[0] < pair[1]);
        let known: BTreeSet<&String> = self.alone.iter().collect();
        ascending(&self.alone)
            && ascending(&self.rare)
            && !self.rare.iter().any(|option| known.contains(option))
    }
}
