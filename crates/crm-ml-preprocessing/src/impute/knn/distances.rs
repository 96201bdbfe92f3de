//! Distances between rows with gaps, and what the nearest give.

use crm_ml_core::{Samples, parallel};
use ndarray::Array2;

use super::{KnnImputer, NeighborWeights};

/// Rows whose gaps one thread fills at a time.
const PIECE: usize = 64;

/// The rows of training, column after column: gaps as 0 beside a mask, so that loops over rows need no branch.
pub(super) struct Donors<'a> {
    columns: Vec<Vec<f64>>,
    /// 1 where there is a value, 0 where there is a gap.
    masks: Vec<Vec<f64>>,
    weights: Option<&'a [f64]>,
    means: &'a [Option<f64>],
    params: &'a KnnImputer,
}

impl<'a> Donors<'a> {
    pub(super) fn new(
        rows: &Array2<f64>,
        gaps: &[usize],
        weights: Option<&'a [f64]>,
        means: &'a [Option<f64>],
        params: &'a KnnImputer,
    ) -> Self {
        let width = rows.ncols();
        let mut masks = vec![vec![1.0; rows.nrows()]; width];
        gaps.iter().for_each(|place| masks[place % width][place / width] = 0.0);
        Self {
            columns: rows.columns().into_iter().map(|c| c.to_vec()).collect(),
            masks,
            weights,
            means,
            params,
        }
    }

    /// The rows with their gaps filled, row after row; gaps of dropped columns stay.
    pub(super) fn fill(&self, samples: &Samples<'_>) -> Vec<f64> {
        let width = samples.n_columns();
        let mut cells = samples.cells().to_vec();
        parallel::fill_rows(&mut cells, width, PIECE, |_, piece| {
            let mut scratch = Scratch::default();
            for row in piece.chunks_exact_mut(width) {
                if row.iter().any(|v| v.is_nan()) {
                    self.fill_row(row, &mut scratch);
                }
            }
        });
        cells
    }

    fn fill_row(&self, row: &mut [f64], scratch: &mut Scratch) {
        self.squares(row, scratch);
        for (column, cell) in row.iter_mut().enumerate().filter(|(_, cell)| cell.is_nan()) {
            let Some(mean) = self.means[column] else { continue };
            *cell = self.mean_of_nearest(column, scratch).unwrap_or(mean);
        }
    }

    /// Squared distances to all rows of training over the columns both have, scaled to all columns; NaN where there is none.
    fn squares(&self, row: &[f64], scratch: &mut Scratch) {
        let count = self.columns.first().map_or(0, Vec::len);
        scratch.squares.clear();
        scratch.squares.resize(count, 0.0);
        scratch.shared.clear();
        scratch.shared.resize(count, 0.0);
        for ((value, column), mask) in row.iter().zip(&self.columns).zip(&self.masks) {
            if value.is_nan() {
                continue;
            }
            let sums = scratch.squares.iter_mut().zip(&mut scratch.shared);
            for ((square, shared), (other, there)) in sums.zip(column.iter().zip(mask)) {
                let distance = (value - other) * there;
                *square += distance * distance;
                *shared += there;
            }
        }
        let width = row.len() as f64;
        for (square, shared) in scratch.squares.iter_mut().zip(&scratch.shared) {
            *square = if *shared > 0.0 { *square * (width / shared) } else { f64::NAN };
        }
    }

    /// The mean over the nearest rows that have the column; `None` if no distance is known.
    fn mean_of_nearest(&self, column: usize, scratch: &mut Scratch) -> Option<f64> {
        let candidates = &mut scratch.candidates;
        candidates.clear();
        let rows = scratch.squares.iter().zip(&self.masks[column]).enumerate();
        candidates.extend(
            rows.filter(|(_, (square, there))| !square.is_nan() && **there > 0.0).map(|(i, (s, _))| (*s, i)),
        );
        let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let wanted = self.params.n_neighbors;
        // Weights may be below 1, so that more rows than neighbours may be needed: then all are sorted.
        if self.weights.is_none() && candidates.len() > wanted {
            candidates.select_nth_unstable_by(wanted - 1, order);
            candidates.truncate(wanted);
        }
        candidates.sort_unstable_by(order);
        let mut left = wanted as f64;
        let (mut total, mut sum) = (0.0, 0.0);
        let nearest = candidates.first()?.0;
        for (square, row) in candidates.iter() {
            if left <= 0.0 {
                break;
            }
            let share = self.weights.map_or(1.0, |w| w[*row]).min(left);
            left -= share;
            let weight = match self.params.weights {
                NeighborWeights::Uniform => share,
                NeighborWeights::Distance if nearest == 0.0 => {
                    if *square == 0.0 {
                        share
                    } else {
                        0.0
                    }
                }
                // Relative to the nearest, so that no distance is too small or too large to divide by.
                NeighborWeights::Distance => share * (nearest / square).sqrt(),
            };
            let value = self.columns[column][*row];
            if weight > 0.0 {
                total += weight;
                sum += weight * (value - sum) / total;
            }
        }
        (total > 0.0 && sum.is_finite()).then_some(sum)
    }
}

/// What is reused from row to row.
#[derive(Default)]
struct Scratch {
    squares: Vec<f64>,
    shared: Vec<f64>,
    candidates: Vec<(f64, usize)>,
}
