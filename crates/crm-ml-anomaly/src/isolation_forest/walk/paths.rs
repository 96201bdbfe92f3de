//! Trees as they are, for every kind of cut.

use crate::isolation_forest::path_length::average_path_length;
use crate::isolation_forest::tree::{Side, Tree};

/// What a tree says at its nodes.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    /// The left branch; 0 for leaves.
    pub(crate) lefts: Vec<u32>,
    /// The length of the path to a leaf; at other nodes its mean over the rows of the fit.
    pub(crate) lengths: Vec<f64>,
    /// The share of a cut node's rows that went right.
    pub(crate) rights: Vec<f64>,
    /// Most cuts on a path.
    pub(crate) depth: u32,
}

impl Paths {
    pub(super) fn new(tree: &Tree) -> Self {
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
        Self { lefts, lengths, rights, depth: depths.last().copied().unwrap_or(0) }
    }

    /// The length of a row's path; of several, the mean by their shares.
    pub(super) fn length(&self, tree: &Tree, row: &[f64]) -> f64 {
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
