//! Predicting rows by the trees that have not seen them.

use crm_ml_core::{Error, Result, Samples, parallel};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::Forest;
use crate::ensemble::Ensemble;

/// Trees whose draws are known at once.
const TREES: usize = 8;

/// What the trees predict for the training rows that they have not drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutOfBag {
    /// Whether a row was left out by any tree.
    known: Vec<bool>,
    /// Rows x outputs, 0 where not known.
    outputs: Array2<f64>,
}

impl OutOfBag {
    /// Rows x outputs; NaN for rows that every tree has drawn.
    pub fn outputs(&self) -> Array2<f64> {
        let mut outputs = self.outputs.clone();
        for (mut row, known) in outputs.rows_mut().into_iter().zip(&self.known) {
            if !known {
                row.fill(f64::NAN);
            }
        }
        outputs
    }

    /// The rows that some tree has left out.
    pub fn known_rows(&self) -> Vec<usize> {
        self.known.iter().enumerate().filter(|(_, known)| **known).map(|(row, _)| row).collect()
    }

    /// Checks values read from a file.
    pub fn validate(&self, outputs: usize) -> Result<()> {
        let fits = self.outputs.dim() == (self.known.len(), outputs);
        if fits && self.outputs.iter().all(|value| value.is_finite()) {
            return Ok(());
        }
        Err(Error::model_file("out-of-bag predictions that do not fit the model"))
    }
}

impl Forest {
    /// The mean output of every row over the trees whose draw left it out, rows x outputs.
    ///
    /// `samples` must be those of the fit. Time: rows x trees x depth. Errors: another number of columns than the ensemble has.
    pub fn out_of_bag(&self, ensemble: &Ensemble, samples: &Samples<'_>) -> Result<OutOfBag> {
        let (rows, outputs) = (samples.n_rows(), ensemble.n_outputs());
        // Behind the outputs how many trees gave them.
        let width = outputs + 1;
        let mut sums = vec![0.0; rows * width];
        ensemble.check_width(samples)?;
        for wave in parallel::chunks(ensemble.trees().len(), TREES) {
            let drawn = parallel::map(wave.len(), |i| self.times_drawn(wave.start + i, rows));
            parallel::fill_rows(&mut sums, width, parallel::ROW_CHUNK, |first, piece| {
                for (tree, times) in ensemble.trees()[wave.clone()].iter().zip(&drawn) {
                    let left_out = |row: usize| times.as_ref().is_some_and(|times| times[row] == 0);
                    for (place, sums) in piece.chunks_exact_mut(width).enumerate() {
                        if left_out(first + place) {
                            let leaf = tree.leaf_of(samples.row(first + place), ensemble.levels());
                            sums.iter_mut().zip(tree.values(leaf)).for_each(|(sum, value)| *sum += value);
                            sums[outputs] += 1.0;
                        }
                    }
                }
            });
        }
        let known = (0..rows).map(|row| sums[row * width + outputs] > 0.0).collect();
        let mean =
            |(row, output): (usize, usize)| sums[row * width + output] / sums[row * width + outputs].max(1.0);
        Ok(OutOfBag { known, outputs: Array2::from_shape_fn((rows, outputs), mean) })
    }
}
