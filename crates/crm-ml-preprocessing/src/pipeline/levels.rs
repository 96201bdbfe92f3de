//! The levels of a category field.

use std::borrow::Cow;
use std::collections::BTreeSet;

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
        Self::grouped(params, levels, &codes, weights)
    }

    /// The levels of texts that were made of cells, `None` where those are missing.
    pub(super) fn of(params: &TablePipeline, texts: &[Option<String>], weights: Option<&[f64]>) -> Self {
        let levels: BTreeSet<&String> = texts.iter().flatten().collect();
        let levels: Vec<String> = levels.into_iter().cloned().collect();
        let code = |text: &String| levels.partition_point(|level| level < text) as u32;
        let codes: Vec<Option<u32>> = texts.iter().map(|text| text.as_ref().map(code)).collect();
        Self::grouped(params, levels, &codes, weights)
    }

    fn grouped(
        params: &TablePipeline,
        levels: Vec<String>,
        codes: &[Option<u32>],
        weights: Option<&[f64]>,
    ) -> Self {
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
        self.coded(column.name(), column.len(), |row| column.text(row), unseen)
    }

    /// The codes of texts that were made of the cells of a column.
    pub(super) fn codes_of(
        &self,
        column: &str,
        texts: &[Option<String>],
        unseen: Unseen,
    ) -> Result<Vec<f64>> {
        self.coded(column, texts.len(), |row| texts[row].as_deref().map(Cow::Borrowed), unseen)
    }

    fn coded<'a>(
        &self,
        column: &str,
        rows: usize,
        text: impl Fn(usize) -> Option<Cow<'a, str>>,
        unseen: Unseen,
    ) -> Result<Vec<f64>> {
        let other = self.other.as_ref().map(|_| self.alone.len() as f64);
        let code = |row: usize| {
            let Some(text) = text(row) else { return Ok(f64::NAN) };
            let find = |levels: &[String]| levels.binary_search_by(|level| level.as_str().cmp(&text)).ok();
            match (find(&self.alone), unseen) {
                (Some(code), _) => Ok(code as f64),
                (None, _) if find(&self.rare).is_some() => Ok(other.unwrap_or(UNSEEN)),
                (None, Unseen::Ignore) => Ok(UNSEEN),
                (None, Unseen::Other) => Ok(other.unwrap_or(UNSEEN)),
                (None, Unseen::Error) => {
                    let column = column.to_owned();
                    Err(ErrorKind::UnknownCategory { row, column, value: text.into_owned() }.into())
                }
            }
        };
        (0..rows).map(code).collect()
    }

    pub(super) fn is_sound(&self) -> bool {
        let ascending = |levels: &[String]| levels.windows(2).all(|pair| pair[0] < pair[1]);
        ascending(&self.alone) && ascending(&self.rare) && (self.other.is_some() || self.rare.is_empty())
    }
}
