//! Rows put to given centres.

use crm_ml_core::{ROW_CHUNK, Samples, parallel};

use super::frame::{Frame, Weights};
use super::nearest::{Centers, squared_distance};
use super::points::Points;
use super::search::{Gather, Search};

/// The nearest centre of every row.
pub(crate) fn nearest(samples: &Samples<'_>, frame: &Frame, centers: &Centers) -> Vec<u32> {
    let width = centers.width;
    let labels = parallel::map_rows(samples.n_rows(), ROW_CHUNK, |rows| {
        let cells = &samples.cells()[rows.start * width..rows.end * width];
        let points = Points::placed(cells, frame.clone(), Weights::none(rows.len()));
        let mut search = Search::new(points.len(), centers.len(), width, false);
        search.pass(&points, centers, None, Gather::Nothing);
        search.labels().collect::<Vec<u32>>()
    });
    labels.concat()
}

/// Weighted sum of squared distances to the centres of the labels, in the frame.
pub(crate) fn inertia(
    samples: &Samples<'_>,
    weights: &Weights,
    frame: &Frame,
    placed: &[f64],
    label: impl Fn(usize) -> usize + Sync,
) -> f64 {
    let width = frame.width();
    let sum = |rows: std::ops::Range<usize>| {
        let mut z = vec![0.0; width];
        let square = |row: usize| {
            frame.place(samples.row(row), &mut z);
            weights.get(row) * squared_distance(&z, &placed[label(row) * width..][..width])
        };
        rows.map(square).sum::<f64>()
    };
    parallel::reduce_rows(samples.n_rows(), ROW_CHUNK, sum, |a, b| a + b).unwrap_or(0.0)
}
