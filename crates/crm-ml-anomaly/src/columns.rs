//! Work that takes a column at a time.

use crm_ml_core::{ROW_CHUNK, Samples, parallel};

/// Columns copied at once: what a line of cache holds is used at once, and only so much is held twice.
const WAVE: usize = 8;

/// `f(column, cells)` of every column, in parallel; `take` gets the results in the order of the columns.
pub(crate) fn each<T: Send>(
    samples: &Samples<'_>,
    f: impl Fn(usize, &[f64]) -> T + Sync + Send,
    mut take: impl FnMut(usize, T),
) {
    let width = samples.n_columns();
    for wave in parallel::chunks(width, WAVE) {
        let pieces = parallel::map_rows(samples.n_rows(), ROW_CHUNK, |rows| {
            let count = rows.len();
            let mut piece = vec![0.0; count * wave.len()];
            let cells = &samples.cells()[rows.start * width..rows.end * width];
            for (lane, row) in cells.chunks_exact(width).enumerate() {
                for (to, cell) in piece[lane..].iter_mut().step_by(count).zip(&row[wave.clone()]) {
                    *to = *cell;
                }
            }
            piece
        });
        let results = parallel::map(wave.len(), |place| {
            let mut column = Vec::with_capacity(samples.n_rows());
            for piece in &pieces {
                let count = piece.len() / wave.len();
                column.extend_from_slice(&piece[place * count..(place + 1) * count]);
            }
            f(wave.start + place, &column)
        });
        for (place, result) in results.into_iter().enumerate() {
            take(wave.start + place, result);
        }
    }
}
