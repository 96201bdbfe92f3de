//! The levels of a category field.

use crm_ml_core::{ErrorKind, Result, UNSEEN};
use crm_ml_table::Column as RawColumn;
use serde::{Deserialize, Serialize};

use super::TablePipeline;
use crate::{Unseen, encode};

const OTHER: &str = "(other)";

/// The levels of a category: those that stand alone, sorted; then, if levels were grouped, the group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Levels {
    alone: Vec<String>,
    rare: Vec<String>,
    other: Option<String>,
}

impl Levels {
    pub(super) fn learn(params: &TablePipeline, column: &RawColumn<'_>, weights: Option<&[f64]>) -> Self {
        let (levels, codes) = column.levels();
        let mut counts = vec![0.0; levels.len()];
        for (row, code) in codes.iter().enumerate() {
            if let Some(code) = code {
                counts[*code as usize] += weights.map_or(1.0, |w| w[row]);
            }
        }
        let total = weights.map_or(codes.len() as f64, |w| w.iter().sum());
        let is_rare = encode::rare(&counts, total, params.min_frequency, params.max_categories);
        let mut other = is_rare.contains(&true).then(|| OTHER.to_owned());
        while other.as_ref().is_some_and(|other| levels.contains(other)) {
            other = other.map(|other| other + "*");
        }
        let (rare, alone): (Vec<_>, Vec<_>) = levels.into_iter().zip(is_rare).partition(|(_, rare)| *rare);
        let names = |pairs: Vec<(String, bool)>| pairs.into_iter().map(|(level, _)| level).collect();
        Self { alone: names(alone), rare: names(rare), other }
    }

    /// How many levels training had.
    pub(super) fn count(&self) -> usize {
        self.alone.len() + self.rare.len()
    }

    pub(super) fn all(&self) -> Vec<String> {
        self.alone.iter().chain(&self.other).cloned().collect()
    }

    pub(super) fn codes(&self, column: &RawColumn<'_>, unseen: Unseen) -> Result<Vec<f64>> {
        let other = self.other.as_ref().map(|_| self.alone.len() as f64);
        let code = |row: usize| {
            let Some(text) = column.text(row) else { return Ok(f64::NAN) };
            let find = |levels: &[String]| levels.binary_search_by(|level| level.as_str().cmp(&text)).ok();
            match (find(&self.alone), unseen) {
                (Some(code), _) => Ok(code as f64),
                (None, _) if find(&self.rare).is_some() => Ok(other.unwrap_or(UNSEEN)),
                (None, Unseen::Ignore) => Ok(UNSEEN),
                (None, Unseen::Other) => Ok(other.unwrap_or(UNSEEN)),
                (None, Unseen::Error) => {
                    let column = column.name().to_owned();
                    Err(ErrorKind::UnknownCategory { row, column, value: text.into_owned() }.into())
                }
            }
        };
        (0..column.len()).map(code).collect()
    }

    pub(super) fn is_sound(&self) -> bool {
        let ascending = |levels: &[String]| levels.windows(2).all(|pair| pair[0] < pair[1]);
        ascending(&self.alone) && ascending(&self.rare) && (self.other.is_some() || self.rare.is_empty())
    }
}
