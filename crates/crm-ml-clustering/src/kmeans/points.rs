//! The rows of a fit as the algorithm sees them.

use crm_ml_core::{ROW_CHUNK, Samples, parallel};

use super::frame::{Frame, Weights};

/// Rows in a frame: rounded to `f32` for the quick look, computed from the cells where exact values are asked for.
#[derive(Debug)]
pub(crate) struct Points<'a> {
    pub(crate) cells: &'a [f64],
    pub(crate) frame: Frame,
    pub(crate) weights: Weights,
    pub(super) narrow: Vec<f32>,
    /// Euclidean norm of every row.
    pub(super) norms: Vec<f32>,
}

impl<'a> Points<'a> {
    /// The rows in a frame of their own, and the mean over columns of their variance in it.
    pub(crate) fn of(samples: &'a Samples<'_>) -> (Self, f64) {
        let weights = Weights::of(samples);
        let (frame, variance) = Frame::of(samples, &weights);
        (Self::placed(samples.cells(), frame, weights), variance)
    }

    /// Rows in a given frame.
    pub(crate) fn placed(cells: &'a [f64], frame: Frame, weights: Weights) -> Self {
        let width = frame.width();
        let mut narrow = vec![0.0f32; cells.len()];
        let (scale, origin) = (frame.scale(), frame.origin());
        parallel::fill_rows(&mut narrow, width, ROW_CHUNK, |first, piece| {
            for (row, x) in piece.chunks_exact_mut(width).zip(cells[first * width..].chunks_exact(width)) {
                for ((z, x), o) in row.iter_mut().zip(x).zip(origin) {
                    *z = (x * scale - o) as f32;
                }
            }
        });
        let mut norms = vec![0.0f32; cells.len() / width];
        parallel::fill_rows(&mut norms, 1, ROW_CHUNK, |first, piece| {
            for (norm, z) in piece.iter_mut().zip(narrow[first * width..].chunks_exact(width)) {
                *norm = norm_of(z);
            }
        });
        Self { cells, frame, weights, narrow, norms }
    }

    pub(crate) fn len(&self) -> usize {
        self.norms.len()
    }

    pub(crate) fn width(&self) -> usize {
        self.frame.width()
    }

    /// Writes the exact coordinates of a row.
    #[inline(always)]
    pub(crate) fn place(&self, row: usize, z: &mut [f64]) {
        let width = self.width();
        self.frame.place(&self.cells[row * width..(row + 1) * width], z);
    }
}

/// Euclidean norm, in lanes.
fn norm_of(z: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut lanes = [0.0f32; LANES];
    let pieces = z.chunks_exact(LANES);
    let rest: f32 = pieces.remainder().iter().map(|v| v * v).sum();
    for piece in pieces {
        for lane in 0..LANES {
            lanes[lane] += piece[lane] * piece[lane];
        }
    }
    (lanes.iter().sum::<f32>() + rest).sqrt()
}
