//! Rows and nodes in a form that is quick to compare.

use std::fmt::Debug;

use crate::isolation_forest::tree::{Cut, Tree};

/// How cuts are decided by rows in a form of their own, filled up to a power of two cells.
pub(super) trait Form: Sized + Send + Sync + Debug {
    type Cell: Copy + Default + Send + Sync;
    type Node: Copy + Send + Sync + Debug;
    /// Whether rows without missing values may be [`unclear`](Form::unclear) too.
    const DOUBTFUL: bool;

    /// What turns rows into this form; `None` where the trees have cuts that it does not decide.
    fn new(trees: &[Tree], width: usize) -> Option<Self>;

    fn node(&self, tree: &Tree, cut: &Cut) -> Self::Node;

    /// A node from which all rows go left.
    fn leaf() -> Self::Node;

    /// Fills neighbouring rows.
    fn fill<const CELLS: usize>(&self, cells: &[f64], width: usize, rows: &mut [[Self::Cell; CELLS]]);

    fn goes_right<const CELLS: usize>(node: Self::Node, row: &[Self::Cell; CELLS]) -> bool;

    /// Whether the row must be walked as it is: a value is missing, or new to the node.
    fn unclear<const CELLS: usize>(node: Self::Node, row: &[Self::Cell; CELLS]) -> bool;
}
