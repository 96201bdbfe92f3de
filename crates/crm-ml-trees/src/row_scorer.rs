//! Scoring one row at a time.

use crm_ml_core::{Error, ErrorKind, Result};

use crate::boosting::Encoder;
use crate::ensemble::Ensemble;
use crate::walk::{Compact, LANES, NO_CODES};

/// Encoded rows of up to so many cells need no memory of their own.
const ON_STACK: usize = 1024;

/// An [`Ensemble`] compiled for single rows: a call allocates nothing, and one scorer serves any number of threads.
///
/// Made once a model by [`Ensemble::row_scorer`] or [`Booster::row_scorer`](crate::Booster::row_scorer); gives the bits that its
/// `predict` gives. (Where categories become numbers and the row is longer than 1,024 numbers then, a call does allocate it.)
#[derive(Debug, Clone)]
pub struct RowScorer {
    encoder: Option<Encoder>,
    /// Where the encoder's numbers lie in an encoded row.
    numbers: Vec<usize>,
    ensemble: Ensemble,
    compact: Option<Compact>,
}

impl RowScorer {
    pub(crate) fn new(ensemble: &Ensemble, encoder: Option<&Encoder>) -> Self {
        let compact = Compact::new(ensemble.trees(), ensemble.levels());
        let numbers = encoder.map(Encoder::numbers).unwrap_or_default();
        Self { encoder: encoder.cloned(), numbers, ensemble: ensemble.clone(), compact }
    }

    /// Number of cells of a row.
    pub fn n_columns(&self) -> usize {
        self.encoder.as_ref().map_or(self.ensemble.n_columns(), Encoder::n_columns)
    }

    /// Number of outputs.
    pub fn n_outputs(&self) -> usize {
        self.ensemble.n_outputs()
    }

    /// Writes the outputs of a row: margins of boosting, class shares or means of trees and forests.
    ///
    /// NaN is missing; in a category column what is no known code is unseen. Errors: another number of cells or of outputs, an infinite cell.
    /// Time: trees x depth, and a binary search a column.
    pub fn score(&self, row: &[f64], outputs: &mut [f64]) -> Result<()> {
        self.check(row, outputs)?;
        let Some(encoder) = &self.encoder else { return self.score_encoded(row, outputs) };
        match [0.0; ON_STACK].get_mut(..encoder.n_encoded()) {
            Some(encoded) => {
                encoder.encode_into(row, encoded, &self.numbers);
                self.score_encoded(encoded, outputs)
            }
            None => self.score_encoded(&encoder.encode_row(row), outputs),
        }
    }

    fn score_encoded(&self, row: &[f64], outputs: &mut [f64]) -> Result<()> {
        match self.ensemble.is_mean() {
            true => outputs.fill(0.0),
            false => outputs.copy_from_slice(self.ensemble.base()),
        }
        let trees = self.ensemble.trees();
        let mut add = |place: usize, leaf: usize| {
            let (output, _) = self.ensemble.share_of(place);
            let sums = &mut outputs[output..];
            sums.iter_mut().zip(trees[place].values(leaf)).for_each(|(sum, value)| *sum += value);
        };
        if let Some(compact) = &self.compact {
            let mut codes = NO_CODES;
            compact.encode(row, &mut codes);
            for first in (0..trees.len()).step_by(LANES) {
                let leaves = compact.leaves_in_trees(first, &codes);
                (first..trees.len()).zip(leaves).for_each(|(place, leaf)| add(place, leaf));
            }
        } else {
            let levels = self.ensemble.levels();
            trees.iter().enumerate().for_each(|(place, tree)| add(place, tree.leaf_of(row, levels)));
        }
        if self.ensemble.is_mean() {
            outputs.iter_mut().for_each(|sum| *sum /= trees.len() as f64);
        }
        Ok(())
    }

    fn check(&self, row: &[f64], outputs: &[f64]) -> Result<()> {
        let (expected, found) = (self.n_columns(), row.len());
        if expected != found {
            return Err(ErrorKind::WidthMismatch { expected, found }.into());
        }
        if self.n_outputs() != outputs.len() {
            return Err(Error::length("outputs", self.n_outputs(), outputs.len()));
        }
        match row.iter().enumerate().find(|(_, cell)| cell.is_infinite()) {
            Some((column, &value)) => {
                Err(ErrorKind::NotFinite { row: 0, column: column.to_string(), value }.into())
            }
            None => Ok(()),
        }
    }
}
