//! The rows that are learnt from.

use crm_ml_core::{Error, ErrorKind, Result};
use crm_ml_table::Table;

use super::row_weights;

/// The rows that are not marked as deleted and weigh something, and how many of the others there are.
pub(crate) struct Kept {
    pub(crate) rows: Vec<usize>,
    pub(crate) deleted: usize,
    pub(crate) weightless: usize,
}

impl Kept {
    /// Errors: a mark of deletion that is neither a truth value nor a number, a bad weight, no row left.
    pub(crate) fn of(table: &Table) -> Result<Self> {
        if table.n_rows() == 0 {
            return Err(Error::empty("rows"));
        }
        let (live, deleted) = live(table, (0..table.n_rows()).collect())?;
        if live.is_empty() {
            let what = "rows that are not marked as deleted".to_owned();
            return Err(ErrorKind::TooFew { what, needed: 1, found: 0 }.into());
        }
        let found = live.len();
        let rows: Vec<usize> = match row_weights(table)? {
            Some(weights) => live.into_iter().filter(|&row| weights[row] > 0.0).collect(),
            None => live,
        };
        if rows.is_empty() {
            return Err(ErrorKind::AllWeightsZero.into());
        }
        Ok(Self { deleted, weightless: found - rows.len(), rows })
    }

    /// These rows of the table.
    pub(crate) fn select(&self, table: &Table) -> Result<Table> {
        if self.rows.len() == table.n_rows() { Ok(table.clone()) } else { table.select_rows(&self.rows) }
    }

    /// The values of these rows.
    pub(crate) fn values<T: Copy>(&self, all: &[T]) -> Vec<T> {
        self.rows.iter().map(|&row| all[row]).collect()
    }
}

/// The rows that are not marked as deleted, and how many of those given are.
pub(super) fn live(table: &Table, mut rows: Vec<usize>) -> Result<(Vec<usize>, usize)> {
    let found = rows.len();
    if let Some(deleted) = table.deleted()? {
        rows.retain(|row| !deleted[*row]);
    }
    let deleted = found - rows.len();
    Ok((rows, deleted))
}
