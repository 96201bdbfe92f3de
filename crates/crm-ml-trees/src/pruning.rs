//! Minimal cost-complexity pruning (Breiman, Friedman, Olshen, Stone 1984, chapter 3).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use crate::grow::Grown;
use crate::tree::Tree;

/// The steps of pruning a tree: with `ccp_alpha` from one entry up to the next, what is left has that entry's impurity.
#[derive(Debug, Clone, PartialEq)]
pub struct PruningPath {
    /// From 0, not decreasing; at the last one only the root is left.
    pub ccp_alphas: Vec<f64>,
    /// Impurity of the leaves, weighted by their share of the rows' weight.
    pub impurities: Vec<f64>,
}

impl PruningPath {
    /// `total`: weight of the rows; `impurity`: that of the root.
    pub(crate) fn new(grown: &Grown, total: f64, impurity: f64) -> Self {
        let mut weakest = WeakestLinks::new(&grown.tree);
        let left = |weakest: &WeakestLinks<'_>| (impurity - weakest.decrease[0] / total).max(0.0);
        let mut path = Self { ccp_alphas: vec![0.0], impurities: vec![left(&weakest)] };
        while let Some((alpha, node)) = weakest.next() {
            weakest.cut(node);
            path.ccp_alphas.push(alpha / total);
            path.impurities.push(left(&weakest));
        }
        path
    }
}

impl Grown {
    /// Without the branches that decrease the impurity times the weight by at most `alpha` for each leaf that they add.
    pub(crate) fn pruned(self, alpha: f64) -> Self {
        let mut weakest = WeakestLinks::new(&self.tree);
        while let Some((_, node)) = weakest.next().filter(|(least, _)| *least <= alpha) {
            weakest.cut(node);
        }
        let is_leaf: Vec<bool> = weakest.leaves.iter().map(|leaves| *leaves == 1).collect();
        let mut ranges: Vec<Option<Range<usize>>> = vec![None; self.tree.n_nodes()];
        self.leaves.into_iter().for_each(|(node, range)| ranges[node] = Some(range));
        for node in (0..self.tree.n_nodes()).rev() {
            if let Some(branch) = self.tree.branch(node) {
                // The rows of a node lie side by side.
                let (left, right) = (&ranges[branch.left], &ranges[branch.left + 1]);
                ranges[node] = left.as_ref().zip(right.as_ref()).map(|(left, right)| left.start..right.end);
            }
        }
        let (tree, places) = self.tree.with_leaves(&is_leaf);
        let kept = places.iter().enumerate().filter_map(|(new, old)| Some((new, ranges[*old].clone()?)));
        let leaves = kept.filter(|(new, _)| tree.branch(*new).is_none()).collect();
        Self { tree, rows: self.rows, leaves }
    }
}

/// The nodes in the order in which pruning cuts below them.
struct WeakestLinks<'a> {
    tree: &'a Tree,
    parents: Vec<u32>,
    /// Leaves below a node; 1 for a leaf and 0 for what was cut off.
    leaves: Vec<usize>,
    /// By how much the splits of a node and below it decrease the impurity times the weight.
    decrease: Vec<f64>,
    /// Decrease a further leaf, as bits (which compare as the numbers do, none is negative), and node. Some are out of date.
    order: BinaryHeap<Reverse<(u64, usize)>>,
}

impl<'a> WeakestLinks<'a> {
    fn new(tree: &'a Tree) -> Self {
        let count = tree.n_nodes();
        let mut links = Self {
            tree,
            parents: vec![0; count],
            leaves: vec![1; count],
            decrease: vec![0.0; count],
            order: BinaryHeap::new(),
        };
        for node in (0..count).rev() {
            if let Some(branch) = tree.branch(node) {
                links.parents[branch.left] = node as u32;
                links.parents[branch.left + 1] = node as u32;
                links.update(node, branch.left);
            }
        }
        links
    }

    /// Sums up a node from its children.
    fn update(&mut self, node: usize, left: usize) {
        self.leaves[node] = self.leaves[left] + self.leaves[left + 1];
        self.decrease[node] = self.tree.gain(node) + (self.decrease[left] + self.decrease[left + 1]);
        self.order.push(Reverse((self.strength(node).to_bits(), node)));
    }

    fn strength(&self, node: usize) -> f64 {
        self.decrease[node] / (self.leaves[node] - 1).max(1) as f64
    }

    /// The weakest node with its strength.
    fn next(&mut self) -> Option<(f64, usize)> {
        while let Some(Reverse((bits, node))) = self.order.peek().copied() {
            if self.leaves[node] > 1 && bits == self.strength(node).to_bits() {
                return Some((f64::from_bits(bits), node));
            }
            self.order.pop();
        }
        None
    }

    /// Makes a node a leaf.
    fn cut(&mut self, node: usize) {
        let mut below = vec![node];
        while let Some(place) = below.pop() {
            if let (true, Some(branch)) = (self.leaves[place] > 1, self.tree.branch(place)) {
                below.extend([branch.left, branch.left + 1]);
            }
            self.leaves[place] = 0;
        }
        self.leaves[node] = 1;
        self.decrease[node] = 0.0;
        let mut place = node;
        while place != 0 {
            place = self.parents[place] as usize;
            if let Some(branch) = self.tree.branch(place) {
                self.update(place, branch.left);
            }
        }
    }
}
