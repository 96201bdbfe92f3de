//! Texts as codes in the order of the texts.

use std::collections::HashMap;

use crm_ml_core::{Error, Result};
use crm_ml_table::Column;
use crm_ml_table::arrow_array::cast::AsArray;
use crm_ml_table::arrow_array::{Array, LargeStringArray};

/// The different texts of a column, sorted, and the place of every row's among them.
pub(super) struct Codes {
    names: Vec<String>,
    codes: Vec<Option<u32>>,
}

impl Codes {
    /// Errors: more than 2^32 different texts.
    pub(super) fn of(column: &Column<'_>) -> Result<Self> {
        let cells: &LargeStringArray = column
            .array()
            .as_string_opt()
            .ok_or_else(|| Error::unsupported(format!("column '{}' holds no text", column.name())))?;
        // In order of appearance first: a look-up for each run of equal cells, then one sort of the different texts.
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let mut texts: Vec<&str> = Vec::new();
        let mut codes = Vec::with_capacity(cells.len());
        let mut last: Option<(&str, u32)> = None;
        for cell in cells.iter() {
            let Some(text) = cell else {
                codes.push(None);
                continue;
            };
            let code = match last {
                Some((same, code)) if same == text => code,
                _ => {
                    let next = u32::try_from(texts.len()).map_err(|_| {
                        Error::unsupported(format!("column '{}' has too many values", column.name()))
                    })?;
                    let code = *seen.entry(text).or_insert(next);
                    if code == next {
                        texts.push(text);
                    }
                    code
                }
            };
            last = Some((text, code));
            codes.push(Some(code));
        }
        let mut order: Vec<u32> = (0..texts.len() as u32).collect();
        order.sort_unstable_by_key(|&code| texts[code as usize]);
        let mut place = vec![0; texts.len()];
        order.iter().zip(0..).for_each(|(&code, rank)| place[code as usize] = rank);
        Ok(Self {
            names: order.iter().map(|&code| texts[code as usize].to_owned()).collect(),
            codes: codes.into_iter().map(|code| code.map(|code| place[code as usize])).collect(),
        })
    }

    pub(super) fn code(&self, row: usize) -> Option<u32> {
        self.codes[row]
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}
