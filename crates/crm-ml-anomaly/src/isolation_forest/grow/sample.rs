//! The rows and columns of a tree.

use crm_ml_core::Samples;

use super::column::{Kind, spread};
use crate::isolation_forest::ColumnChoice;

/// A copy, column after column.
pub(super) struct Sample {
    cells: Vec<f64>,
    rows: usize,
    pub(super) columns: Vec<SampleColumn>,
}

pub(super) struct SampleColumn {
    /// Place among all columns.
    pub(super) place: usize,
    pub(super) kind: Kind,
    /// Range over all rows of the sample, where it matters.
    pub(super) spread: f64,
}

impl Sample {
    pub(super) fn new(
        samples: &Samples<'_>,
        rows: &[usize],
        columns: Vec<usize>,
        choice: ColumnChoice,
    ) -> Self {
        let mut cells = vec![0.0; rows.len() * columns.len()];
        for (i, row) in rows.iter().enumerate() {
            let row = samples.row(*row);
            for (column, cells) in columns.iter().zip(cells.chunks_exact_mut(rows.len())) {
                cells[i] = row[*column];
            }
        }
        let described = columns.into_iter().zip(cells.chunks_exact(rows.len())).map(|(place, cells)| {
            let kind = match samples.schema().columns()[place].levels() {
                None => Kind::Real,
                Some(_) => Kind::Category,
            };
            let spread = if choice == ColumnChoice::Range { spread(kind, cells) } else { 0.0 };
            SampleColumn { place, kind, spread }
        });
        let columns = described.collect();
        Self { cells, rows: rows.len(), columns }
    }

    pub(super) fn cells(&self, column: usize) -> &[f64] {
        &self.cells[column * self.rows..(column + 1) * self.rows]
    }
}
