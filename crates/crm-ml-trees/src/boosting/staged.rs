//! The outputs after every round.

use std::borrow::Cow;

use crm_ml_core::Samples;
use ndarray::Array2;

use super::rounds::move_margins;
use crate::ensemble::Ensemble;

/// The margins of the rows after the first round, the second, and so on: see [`Booster::staged`](super::Booster::staged).
#[derive(Debug)]
pub struct Staged<'a> {
    ensemble: &'a Ensemble,
    samples: Cow<'a, Samples<'a>>,
    margins: Vec<Vec<f64>>,
    done: usize,
}

impl Iterator for Staged<'_> {
    type Item = Array2<f64>;

    fn next(&mut self) -> Option<Array2<f64>> {
        let outputs = self.ensemble.n_outputs();
        let trees = self.ensemble.trees().get(self.done * outputs..(self.done + 1) * outputs)?;
        for (margins, tree) in self.margins.iter_mut().zip(trees) {
            move_margins(margins, tree, &self.samples, self.ensemble.levels());
        }
        self.done += 1;
        let shape = (self.samples.n_rows(), outputs);
        Some(Array2::from_shape_fn(shape, |(row, output)| self.margins[output][row]))
    }
}

impl<'a> Staged<'a> {
    pub(super) fn new(ensemble: &'a Ensemble, samples: Cow<'a, Samples<'a>>) -> Self {
        let margins = ensemble.base().iter().map(|base| vec![*base; samples.n_rows()]).collect();
        Self { ensemble, samples, margins, done: 0 }
    }
}
