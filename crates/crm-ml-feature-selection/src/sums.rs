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
