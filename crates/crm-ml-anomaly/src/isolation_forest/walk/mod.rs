//! Trees as scoring walks them.

use super::path_length::average_path_length;
use super::tree::{Side, Tree};

/// What is looked up on the way, made once a model.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    trees: Vec<Paths>,
}

/// What a tree says at its nodes.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    /// The left branch; 0 for leaves.
    pub(super) lefts: Vec<u32>,
    /// The length of the path to a leaf; at other nodes its mean over the rows of the fit.
    pub(super) lengths: Vec<f64>,
    /// The share of a cut node's rows that went right.
    pub(super) rights: Vec<f64>,
}

impl Paths {
    fn new(tree: &Tree) -> Self {
        let lefts = tree.lefts();
        let mut depths = vec![0u32; tree.nodes.len()];
        let mut rights = vec![0.0; tree.nodes.len()];
        for (node, &left) in lefts.iter().enumerate().filter(|(_, left)| **left > 0) {
            for branch in [left as usize, left as usize + 1] {
                depths[branch] = depths[node] + 1;
            }
            rights[node] = f64::from(tree.nodes[left as usize + 1].rows) / f64::from(tree.nodes[node].rows);
        }
        let mut lengths = vec![0.0; tree.nodes.len()];
        for (node, &left) in lefts.iter().enumerate().rev() {
            lengths[node] = match left as usize {
                0 => f64::from(depths[node]) + average_path_length(tree.nodes[node].rows as usize),
                left => lengths[left] + rights[node] * (lengths[left + 1] - lengths[left]),
            };
        }
        Self { lefts, lengths, rights }
    }

    /// The length of a row's path; of several, the mean by their shares.
    fn length(&self, tree: &Tree, row: &[f64]) -> f64 {
        let mut length = 0.0;
        // Where a value is missing the right branch waits.
        let mut waiting = Vec::new();
        let mut next = Some((0, 1.0));
        while let Some((mut node, mut weight)) = next {
            while let Some(cut) = &tree.nodes[node].cut {
                let left = self.lefts[node] as usize;
                node = match tree.side(cut, row) {
                    Side::Left => left,
                    Side::Right => left + 1,
                    Side::Both => {
                        waiting.push((left + 1, weight * self.rights[node]));
                        weight *= 1.0 - self.rights[node];
                        left
                    }
                };
            }
            length += weight * self.lengths[node];
            next = waiting.pop();
        }
        length
    }
}

impl Walk {
    pub(super) fn new(trees: &[Tree], _width: usize) -> Self {
        Self { trees: trees.iter().map(Paths::new).collect() }
    }

    pub(super) fn trees(&self) -> &[Paths] {
        &self.trees
    }

    /// The mean length of the paths of a row.
    pub(super) fn length(&self, trees: &[Tree], row: &[f64]) -> f64 {
        let lengths = self.trees.iter().zip(trees).map(|(paths, tree)| paths.length(tree, row));
        lengths.sum::<f64>() / trees.len() as f64
    }

    /// The mean lengths of the paths of neighbouring rows.
    pub(super) fn lengths(&self, trees: &[Tree], cells: &[f64], lengths: &mut [f64]) {
        let width = cells.len() / lengths.len().max(1);
        for (row, length) in cells.chunks_exact(width.max(1)).zip(lengths) {
            *length = self.length(trees, row);
        }
    }
}
