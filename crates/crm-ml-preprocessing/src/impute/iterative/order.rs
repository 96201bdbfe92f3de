//! Which column's turn it is, and which columns it looks at.

use crm_ml_core::Stream;
use crm_ml_linalg::CentredGram;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::IterativeImputer;
use super::start::Kept;

/// The order in which columns are filled, round by round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ImputationOrder {
    /// From few gaps to many.
    #[default]
    Ascending,
    /// From many gaps to few.
    Descending,
    /// From the first column to the last.
    Roman,
    /// From the last column to the first.
    Arabic,
    /// Another random order each round.
    Random,
}

impl IterativeImputer {
    /// The columns that have a turn, in the order of a round; `missing` is the weight of each one's gaps.
    pub(super) fn turns(&self, columns: &[Kept], missing: &[f64], round: usize) -> Vec<usize> {
        let has_turn = |i: &usize| columns[*i].regressed && !(self.skip_complete && missing[*i] == 0.0);
        let mut turns: Vec<usize> = (0..columns.len()).filter(has_turn).collect();
        match self.imputation_order {
            ImputationOrder::Roman => {}
            ImputationOrder::Arabic => turns.reverse(),
            ImputationOrder::Random => {
                Stream::new(self.seed, "imputer/order", round as u64).shuffle(&mut turns);
            }
            ImputationOrder::Ascending => turns.sort_by(|&a, &b| missing[a].total_cmp(&missing[b])),
            ImputationOrder::Descending => {
                turns.sort_by(|&a, &b| missing[a].total_cmp(&missing[b]));
                turns.reverse();
            }
        }
        turns
    }
}

/// How columns are chosen to look at, where not all are.
pub(super) struct Nearness {
    /// Absolute correlations of the columns, before any regression.
    correlations: Array2<f64>,
    count: usize,
    seed: u64,
}

impl Nearness {
    pub(super) fn new(centred: &CentredGram, count: usize, seed: u64) -> Self {
        /// What a correlation counts at least, so that every column is looked at some time.
        const LEAST: f64 = 1e-6;
        let gram = centred.gram();
        let root: Vec<f64> = gram.diag().iter().map(|v| v.sqrt()).collect();
        let correlations = Array2::from_shape_fn(gram.dim(), |(i, j)| {
            let correlation = (gram[[i, j]] / root[i] / root[j]).abs();
            // That of a constant column is not known.
            if correlation > LEAST { correlation.min(1.0) } else { LEAST }
        });
        Self { correlations, count, seed }
    }

    /// Draws columns without replacement, each time with chances in proportion to the correlations; ascending.
    ///
    /// P. Efraimidis and P. Spirakis, "Weighted random sampling with a reservoir", Information Processing Letters 97(5), 2006.
    pub(super) fn draw(&self, target: usize, step: usize) -> Vec<usize> {
        let mut stream = Stream::new(self.seed, "imputer/near", step as u64);
        let others = (0..self.correlations.nrows()).filter(|&i| i != target);
        let mut keys: Vec<(f64, usize)> =
            others.map(|i| (stream.uniform().ln() / self.correlations[[i, target]], i)).collect();
        keys.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        keys.truncate(self.count);
        let mut drawn: Vec<usize> = keys.into_iter().map(|(_, i)| i).collect();
        drawn.sort_unstable();
        drawn
    }
}
