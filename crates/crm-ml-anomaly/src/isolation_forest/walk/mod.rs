//! Trees as scoring walks them.

mod coded;
mod codes;
mod fast;
mod form;
mod paths;
mod shape;
mod sloped;

use std::sync::Arc;

pub(crate) use paths::Paths;

use self::fast::{Fast, fastest};
use super::tree::Tree;

/// Rows whose forms are made at a time.
pub(super) const BLOCK: usize = 1024;
/// Rows, or trees, that are walked side by side, so that the processor has work while a cell or a node is fetched.
const LANES: usize = 8;

/// What is looked up on the way, made once a model.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    trees: Vec<Paths>,
    /// For rows without missing values.
    fast: Option<Arc<dyn Fast>>,
}

impl Walk {
    pub(super) fn new(trees: &[Tree], width: usize) -> Self {
        let paths: Vec<Paths> = trees.iter().map(Paths::new).collect();
        let fast = fastest(trees, &paths, width);
        Self { trees: paths, fast }
    }

    pub(super) fn trees(&self) -> &[Paths] {
        &self.trees
    }

    /// The mean length of the paths of a row.
    pub(super) fn length(&self, trees: &[Tree], row: &[f64]) -> f64 {
        let complete = || !row.iter().any(|cell| cell.is_nan());
        let length = self.fast.as_ref().filter(|_| complete()).and_then(|fast| fast.length(row));
        length.unwrap_or_else(|| self.as_is(trees, row))
    }

    /// The mean lengths of the paths of neighbouring rows.
    pub(super) fn lengths(&self, trees: &[Tree], cells: &[f64], lengths: &mut [f64]) {
        let width = cells.len() / lengths.len().max(1);
        match &self.fast {
            Some(fast) if lengths.len() >= LANES => fast.lengths(cells, lengths),
            _ => lengths.fill(f64::NAN),
        }
        for (row, length) in cells.chunks_exact(width.max(1)).zip(lengths) {
            if length.is_nan() {
                *length = self.length(trees, row);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn is_fast(&self) -> bool {
        self.fast.is_some()
    }

    /// As any row may be walked.
    pub(super) fn as_is(&self, trees: &[Tree], row: &[f64]) -> f64 {
        let lengths = self.trees.iter().zip(trees).map(|(paths, tree)| paths.length(tree, row));
        lengths.fold(0.0, |sum, length| sum + length) / trees.len() as f64
    }
}
