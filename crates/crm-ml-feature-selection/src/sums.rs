//! Sums over rows, of all columns in one pass.

use std::ops::Range;

use crm_ml_core::{ROW_CHUNK, Samples, parallel};
use ndarray::Array2;

/// Groups x columns: over the rows of each group, the sum of what `value` (given row, column and cell) makes of the cells.
pub(crate) fn group_sums(
    samples: &Samples<'_>,
    groups: usize,
    group: impl Fn(usize) -> usize + Sync + Send,
    value: impl Fn(usize, usize, f64) -> f64 + Sync + Send,
) -> Array2<f64> {
    let zeros = || Array2::zeros((groups, samples.n_columns()));
    let piece = |rows: Range<usize>| {
        let mut sums = zeros();
        for row in rows {
            let cells = samples.row(row).iter().enumerate();
            for (sum, (column, cell)) in sums.row_mut(group(row)).iter_mut().zip(cells) {
                *sum += value(row, column, *cell);
            }
        }
        sums
    };
    // Pieces of many groups have rows enough to be worth their zeros.
    parallel::reduce_rows(samples.n_rows(), ROW_CHUNK.max(groups), piece, |a, b| a + b).unwrap_or_else(zeros)
}

/// As [`group_sums`], of all rows together.
pub(crate) fn column_sums(
    samples: &Samples<'_>,
    value: impl Fn(usize, usize, f64) -> f64 + Sync + Send,
) -> Vec<f64> {
    group_sums(samples, 1, |_| 0, value).into_raw_vec_and_offset().0
}

/// Where deviations of a column are counted from, and in which unit: those of a constant column are 0 without rounding, and squares
/// stay in the range of `f64`.
pub(crate) struct Origins {
    down: Vec<f64>,
    first: Vec<f64>,
}

impl Origins {
    /// From each column's first known cell, in a power of two near its largest.
    pub(crate) fn of(samples: &Samples<'_>) -> Self {
        let width = samples.n_columns();
        let piece = |rows: Range<usize>| {
            let mut most = vec![0.0f64; width];
            for row in rows {
                // The larger of a number and NaN is the number.
                most.iter_mut().zip(samples.row(row)).for_each(|(most, cell)| *most = most.max(cell.abs()));
            }
            most
        };
        let larger = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| a.max(b)).collect();
        let most = parallel::reduce_rows(samples.n_rows(), ROW_CHUNK, piece, larger);
        let down: Vec<f64> = most.unwrap_or_default().into_iter().map(near_one).collect();
        let known = |column: usize| {
            let cells = (0..samples.n_rows()).map(|row| samples.row(row)[column]);
            cells.into_iter().find(|cell| !cell.is_nan()).unwrap_or(0.0)
        };
        let first = down.iter().enumerate().map(|(column, down)| known(column) * down).collect();
        Self { down, first }
    }

    /// A cell in its column's unit, from its origin.
    #[inline]
    pub(crate) fn deviation(&self, column: usize, cell: f64) -> f64 {
        cell * self.down[column] - self.first[column]
    }

    /// The origin, in the column's unit.
    pub(crate) fn first(&self, column: usize) -> f64 {
        self.first[column]
    }

    /// What a column is multiplied with.
    pub(crate) fn down(&self, column: usize) -> f64 {
        self.down[column]
    }
}

/// A power of two that brings a magnitude near 1; 1 for 0.
pub(crate) fn near_one(most: f64) -> f64 {
    if most > 0.0 { 2f64.powi(-(most.log2().floor() as i32).clamp(-1000, 1000)) } else { 1.0 }
}
