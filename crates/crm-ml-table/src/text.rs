//! Cells as text, before they have a type.

use std::sync::Arc;

use arrow_array::builder::LargeStringBuilder;
use arrow_array::{Array, LargeStringArray};
use crm_ml_core::{Error, Result};

/// The cells of one column as written; null where there is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextCells(Arc<LargeStringArray>);

impl TextCells {
    pub(crate) fn new(cells: LargeStringArray) -> Self {
        Self(Arc::new(cells))
    }

    pub(crate) fn from_cells<S: AsRef<str>>(cells: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut builder = LargeStringBuilder::new();
        cells.into_iter().for_each(|cell| builder.append_option(cell));
        Self::new(builder.finish())
    }

    /// The cells of a column that came in pieces. Errors: more text than an array holds.
    pub(crate) fn joined(mut pieces: Vec<LargeStringArray>) -> Result<Self> {
        if pieces.len() == 1 {
            return Ok(Self::new(pieces.remove(0)));
        }
        let bytes = pieces.iter().map(|piece| piece.values().len()).sum();
        let rows = pieces.iter().map(LargeStringArray::len).sum();
        let mut builder = LargeStringBuilder::with_capacity(rows, bytes);
        for piece in &pieces {
            builder.append_array(piece).map_err(|e| Error::unsupported(e.to_string()))?;
        }
        Ok(Self::new(builder.finish()))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The cell of a row; `None` for null and beyond the end.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        (row < self.0.len() && self.0.is_valid(row)).then(|| self.0.value(row))
    }
}

/// The text without blanks around it, which is mostly the text itself.
pub(crate) fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    let solid = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if solid(bytes.first()) && solid(bytes.last()) { text } else { text.trim() }
}

/// The options that a cell of a multi-select names.
pub(crate) fn options_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(trimmed).filter(|option| !option.is_empty())
}
