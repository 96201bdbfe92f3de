//! Cells that are made, or given a meaning: checked piece by piece, in parallel.

use std::borrow::Cow;

use rayon::prelude::*;

use super::{Matrix, Samples, given_row};
use crate::{Error, ErrorKind, ROW_CHUNK, Result, Schema, UNSEEN, parallel};

/// Cells of a piece: few enough to be still in the cache when they are checked.
const PIECE: usize = 1 << 14;

impl Samples<'_> {
    /// The same rows and weights with other columns, made row by row: `make(number of the row, its cells, the new cells)`, the
    /// new cells all 0 before. As [`Samples::with_features`], in one pass over memory.
    ///
    /// Errors: an infinite cell, a cell of a category column that is no code (row and column named); no columns.
    pub fn map_rows(
        &self,
        schema: &Schema,
        make: impl Fn(usize, &[f64], &mut [f64]) + Sync + Send,
    ) -> Result<Samples<'static>> {
        let (rows, width) = (self.n_rows(), schema.width());
        if width == 0 {
            return Err(Error::empty("columns"));
        }
        let levels = levels(schema);
        let chunk = (PIECE / width).clamp(16, ROW_CHUNK);
        let mut cells = vec![0.0; rows * width];
        let piece = |(number, piece): (usize, &mut [f64])| {
            let first = number * chunk;
            for (offset, row) in piece.chunks_exact_mut(width).enumerate() {
                make(first + offset, self.row(first + offset), row);
            }
            let missing = if piece.iter().all(|v| v.is_finite()) {
                None
            } else {
                check_finite(piece, first, schema, self.kept_rows())?;
                piece.iter().position(|v| v.is_nan())
            };
            check_piece(piece, first, schema, &levels, self.kept_rows())?;
            Ok(missing.map(|i| (first + i / width, i % width)))
        };
        let found: Vec<Result<Option<(usize, usize)>>> =
            cells.par_chunks_mut(chunk * width).enumerate().map(piece).collect();
        let mut first_missing = None;
        for missing in found {
            first_missing = first_missing.or(missing?);
        }
        Ok(Samples {
            matrix: Matrix::Dense { cells: Cow::Owned(cells), rows, columns: width },
            weights: self.weights.as_ref().map(|w| Cow::Owned(w.to_vec())),
            kept: self.kept.clone(),
            given_rows: self.given_rows,
            schema: schema.clone(),
            first_missing,
        })
    }
}

/// The category columns and their numbers of levels.
fn levels(schema: &Schema) -> Vec<(usize, usize)> {
    let columns = schema.columns().iter().enumerate();
    columns.filter_map(|(i, column)| Some((i, column.levels()?.len()))).collect()
}

/// An error that names the first cell of a category column that is no code.
pub(super) fn check_codes(cells: &[f64], schema: &Schema, kept: Option<&[usize]>) -> Result<()> {
    let (levels, width) = (levels(schema), schema.width().max(1));
    if levels.is_empty() {
        return Ok(());
    }
    let piece = |rows: std::ops::Range<usize>| {
        check_piece(&cells[rows.start * width..rows.end * width], rows.start, schema, &levels, kept)
    };
    parallel::map_rows(cells.len() / width, ROW_CHUNK, piece).into_iter().collect()
}

fn check_piece(
    cells: &[f64],
    first: usize,
    schema: &Schema,
    levels: &[(usize, usize)],
    kept: Option<&[usize]>,
) -> Result<()> {
    for (offset, row) in cells.chunks_exact(schema.width().max(1)).enumerate() {
        for &(column, levels) in levels {
            let value = row[column];
            // A code is its own truncation; comparing integers is faster than taking a fraction.
            let is_code = value >= 0.0 && value < levels as f64 && f64::from(value as u32) == value;
            if !(is_code || value.is_nan() || value == UNSEEN) {
                let (row, column) = (given_row(first + offset, kept), schema.name(column).to_owned());
                return Err(ErrorKind::InvalidCode { row, column, value, levels }.into());
            }
        }
    }
    Ok(())
}

fn check_finite(cells: &[f64], first: usize, schema: &Schema, kept: Option<&[usize]>) -> Result<()> {
    match cells.iter().position(|v| v.is_infinite()) {
        None => Ok(()),
        Some(i) => {
            let row = given_row(first + i / schema.width(), kept);
            let column = schema.name(i % schema.width()).to_owned();
            Err(ErrorKind::NotFinite { row, column, value: cells[i] }.into())
        }
    }
}
