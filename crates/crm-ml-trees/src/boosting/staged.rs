//! The outputs after every round.

use crm_ml_core::{Result, Samples};
use ndarray::Array2;

use super::rounds::move_margins;
use crate::ensemble::Ensemble;

/// The margins of the rows after the first round, the second, and so on: see [`Ensemble::staged`].
#[derive(Debug)]
pub struct Staged<'a> {
    ensemble: &'a Ensemble,
    samples: &'a Samples<'a>,
    margins: Vec<Vec<f64>>,
    done: usize,
}

impl Iterator for Staged<'_> {
    type Item = Array2<f64>;

    fn next(&mut self) -> Option<Array2<f64>> {
        let outputs = self.ensemble.n_outputs();
        let trees = self.ensemble.trees().get(self.done * outputs..(self.done + 1) * outputs)?;
        for (margins, tree) in self.margins.iter_mut().zip(trees) {
            move_margins(margins, tree, self.samples, self.ensemble.levels());
        }
        self.done += 1;
        let shape = (self.samples.n_rows(), outputs);
        Some(Array2::from_shape_fn(shape, |(row, output)| self.margins[output][row]))
    }
}

impl Ensemble {
    /// The outputs after every round of boosting, rows x outputs each; the last equals [`Ensemble::predict`] to the bit. A
    /// round costs the walk of its own trees.
    ///
    /// Errors: another number of columns. Averaged trees have no rounds, so the iterator is empty.
    pub fn staged<'a>(&'a self, samples: &'a Samples<'a>) -> Result<Staged<'a>> {
        self.check_width(samples)?;
        let margins = self.base().iter().map(|base| vec![*base; samples.n_rows()]).collect();
        let done = if self.is_mean() { self.trees().len() } else { 0 };
        Ok(Staged { ensemble: self, samples, margins, done })
    }

    /// The model of the first rounds of boosting (all, if there are fewer).
    #[must_use]
    pub fn first_rounds(&self, rounds: usize) -> Self {
        let trees = rounds.saturating_mul(self.n_outputs()).min(self.trees().len());
        match self.is_mean() {
            true => self.clone(),
            false => Self::sum(self.trees()[..trees].to_vec(), self.levels().to_vec(), self.base().to_vec()),
        }
    }
}
