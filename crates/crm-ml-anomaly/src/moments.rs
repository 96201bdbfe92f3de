//! Means and covariances, in units in which they cannot overflow.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, parallel};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Adds what a row of some weight has to sums.
type Add<'a> = dyn Fn(&[f64], f64, &mut [f64]) + Sync + 'a;

/// Mean and covariance (sums over the total weight) of the rows of a matrix.
pub(crate) fn moments(rows: &Array2<f64>, weight: impl Fn(usize) -> f64 + Sync) -> (Vec<f64>, Array2<f64>) {
    let width = rows.ncols();
    let cells = rows.as_slice().unwrap_or(&[]);
    let sum = |of: &Add, length: usize| {
        parallel::reduce_rows(
            rows.nrows(),
            ROW_CHUNK,
            |piece| {
                let mut sums = vec![0.0; length];
                for row in piece {
                    let weight = weight(row);
                    if weight > 0.0 {
                        of(&cells[row * width..(row + 1) * width], weight, &mut sums);
                    }
                }
                sums
            },
            |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            },
        )
        .unwrap_or_else(|| vec![0.0; length])
    };
    let sums = sum(
        &|row, weight, sums| {
            sums[0] += weight;
            sums[1..].iter_mut().zip(row).for_each(|(sum, v)| *sum += weight * v);
        },
        width + 1,
    );
    let total = sums[0];
    let mean: Vec<f64> = sums[1..].iter().map(|sum| sum / total).collect();
    let products = sum(
        &|row, weight, sums| {
            for (i, line) in sums.chunks_exact_mut(width).enumerate() {
                let factor = weight * (row[i] - mean[i]);
                for ((sum, v), mean) in line[..=i].iter_mut().zip(row).zip(&mean) {
                    *sum += factor * (v - mean);
                }
            }
        },
        width * width,
    );
    let covariance =
        Array2::from_shape_fn((width, width), |(i, j)| products[i.max(j) * width + i.min(j)] / total);
    (mean, covariance)
}

/// Rows moved to their centre and scaled, column by column, by powers of two: no square over- or underflows, and no digit is
/// lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) centre: Vec<f64>,
    pub(crate) scale: Vec<f64>,
}

impl Frame {
    /// Errors: values too far apart.
    pub(crate) fn of(samples: &Samples<'_>, user: &str) -> Result<Self> {
        let (mut low, mut high) = (samples.row(0).to_vec(), samples.row(0).to_vec());
        for row in samples.cells().chunks_exact(samples.n_columns()) {
            for ((low, high), v) in low.iter_mut().zip(&mut high).zip(row) {
                *low = low.min(*v);
                *high = high.max(*v);
            }
        }
        let halves = || low.iter().zip(&high).map(|(low, high)| 0.5 * high - 0.5 * low);
        let scale: Vec<f64> = halves()
            .map(|half| {
                if half > 0.0 { 2f64.powi(-(half.log2().floor().clamp(-1000.0, 1000.0) as i32)) } else { 1.0 }
            })
            .collect();
        let centre: Vec<f64> = low.iter().zip(&high).map(|(low, high)| 0.5 * low + 0.5 * high).collect();
        if halves().zip(&scale).all(|(half, scale)| (half * scale).is_finite()) {
            Ok(Self { centre, scale })
        } else {
            Err(Error::numerical(format!("{user}: values too far apart for covariances in f64")))
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.centre.len()
    }

    /// The rows inside. Errors: a row too far out for `f64`.
    pub(crate) fn rows(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        let width = self.width();
        let mut rows = vec![0.0; samples.cells().len()];
        parallel::fill_rows(&mut rows, width, ROW_CHUNK, |first, piece| {
            let from = &samples.cells()[first * width..first * width + piece.len()];
            for (to, from) in piece.chunks_exact_mut(width).zip(from.chunks_exact(width)) {
                self.row(from, to);
            }
        });
        Array2::from_shape_vec((samples.n_rows(), width), rows).map_err(|e| Error::numerical(e.to_string()))
    }

    #[inline]
    pub(crate) fn row(&self, from: &[f64], to: &mut [f64]) {
        for (((to, from), centre), scale) in to.iter_mut().zip(from).zip(&self.centre).zip(&self.scale) {
            *to = (from - centre) * scale;
        }
    }

    pub(crate) fn validate(&self, width: usize) -> bool {
        let lengths = self.centre.len() == width && self.scale.len() == width;
        let scales = self.scale.iter().all(|s| s.is_finite() && *s > 0.0);
        lengths && scales && self.centre.iter().all(|c| c.is_finite())
    }
}
