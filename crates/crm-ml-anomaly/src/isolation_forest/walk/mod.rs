//! Trees as scoring walks them.

mod coded;
mod codes;
mod fast;
mod form;
mod mixed;
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
    paths: Vec<Paths>,
    fast: Option<Arc<dyn Fast>>,
}

/// Trees and what they say at their nodes.
struct Trees<'a> {
    trees: &'a [Tree],
    paths: &'a [Paths],
}

impl Trees<'_> {
    /// The length of a row's path in a tree.
    fn length(&self, tree: usize, row: &[f64]) -> f64 {
        self.paths[tree].length(&self.trees[tree], row)
    }

    fn sum(&self, row: &[f64]) -> f64 {
        (0..self.trees.len()).fold(0.0, |sum, tree| sum + self.length(tree, row))
    }
}

impl Walk {
    pub(super) fn new(trees: &[Tree], width: usize) -> Self {
        let paths: Vec<Paths> = trees.iter().map(Paths::new).collect();
        let fast = fastest(trees, &paths, width);
        Self { paths, fast }
    }

    pub(super) fn paths(&self) -> &[Paths] {
        &self.paths
    }

    /// The mean length of the paths of a row.
    pub(super) fn length(&self, trees: &[Tree], row: &[f64]) -> f64 {
        let all = Trees { trees, paths: &self.paths };
        let sum = self.fast.as_ref().and_then(|fast| fast.sum(&all, row));
        sum.unwrap_or_else(|| all.sum(row)) / trees.len() as f64
    }

    /// The mean lengths of the paths of neighbouring rows.
    pub(super) fn lengths(&self, trees: &[Tree], cells: &[f64], lengths: &mut [f64]) {
        let width = (cells.len() / lengths.len().max(1)).max(1);
        let all = Trees { trees, paths: &self.paths };
        let left = match &self.fast {
            Some(fast) if lengths.len() >= LANES => fast.sums(&all, cells, lengths),
            _ => lengths.len(),
        };
        let (done, left) = lengths.split_at_mut(lengths.len() - left);
        done.iter_mut().for_each(|length| *length /= trees.len() as f64);
        for (row, length) in cells.chunks_exact(width).skip(done.len()).zip(left) {
            *length = self.length(trees, row);
        }
    }

    #[cfg(test)]
    pub(super) fn is_fast(&self) -> bool {
        self.fast.is_some()
    }

    /// The mean length of the paths of a row, walked as any row may be.
    #[cfg(test)]
    pub(super) fn as_is(&self, trees: &[Tree], row: &[f64]) -> f64 {
        Trees { trees, paths: &self.paths }.sum(row) / trees.len() as f64
    }
}
