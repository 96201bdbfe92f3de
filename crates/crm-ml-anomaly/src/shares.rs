//! The shape of attributions: rows x (columns + 1) x 1, the base last.

use crm_ml_core::{ROW_CHUNK, parallel};
use ndarray::Array3;

/// Attributions of which `fill(row, columns, base)` writes one row.
pub(crate) fn contributions(
    rows: usize,
    width: usize,
    fill: impl Fn(usize, &mut [f64], &mut f64) + Sync + Send,
) -> Array3<f64> {
    let mut shares = Array3::zeros((rows, width + 1, 1));
    if let Some(cells) = shares.as_slice_mut() {
        parallel::fill_rows(cells, width + 1, ROW_CHUNK, |first, piece| {
            for (row, shares) in (first..).zip(piece.chunks_exact_mut(width + 1)) {
                if let Some((base, columns)) = shares.split_last_mut() {
                    fill(row, columns, base);
                }
            }
        });
    }
    shares
}

/// One score a row, `score(row)`.
pub(crate) fn scores(rows: usize, score: impl Fn(usize) -> f64 + Sync + Send) -> Vec<f64> {
    let mut scores = vec![0.0; rows];
    parallel::fill_rows(&mut scores, 1, ROW_CHUNK, |first, piece| {
        for (row, to) in (first..).zip(piece) {
            *to = score(row);
        }
    });
    scores
}
