//! One tree in flat arrays.

mod graft;
#[cfg(test)]
mod tests;

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::bins::Levels;
use crate::walk::Step;

/// A set of bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct BinSet([u64; 4]);

impl BinSet {
    pub(crate) fn of(bin: u8) -> Self {
        let mut set = Self::default();
        set.insert(bin);
        set
    }

    pub(crate) fn up_to(last: u8) -> Self {
        // Bits of a word up to the last bin; all in the words before it, none behind.
        Self(std::array::from_fn(|word| match (usize::from(last) + 1).saturating_sub(64 * word) {
            0 => 0,
            count => u64::MAX >> 64usize.saturating_sub(count),
        }))
    }

    pub(crate) fn insert(&mut self, bin: u8) {
        self.0[usize::from(bin / 64)] |= 1 << (bin % 64);
    }

    pub(crate) fn contains(&self, bin: u8) -> bool {
        self.0[usize::from(bin / 64)] >> (bin % 64) & 1 == 1
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a &= b);
    }

    pub(crate) fn complement(&self) -> Self {
        Self(self.0.map(|word| !word))
    }

    pub(crate) fn full() -> Self {
        Self([u64::MAX; 4])
    }
}

/// No category set: the split is a threshold.
const THRESHOLD: u32 = u32::MAX;

/// A node. Its children lie side by side at `left` and `left + 1`, behind it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    /// Values up to and including it go left.
    threshold: f64,
    feature: u32,
    /// 0 for a leaf: the root is nobody's child.
    left: u32,
    /// Place of the category set, or [`THRESHOLD`].
    set: u32,
    missing_left: bool,
}

/// What a split asks of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// At most the threshold goes left; missing as said.
    Threshold { threshold: f64, missing_left: bool },
    /// The bins that go left.
    Set(BinSet),
}

/// A split of a tree, for those who walk it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch {
    pub(crate) feature: usize,
    pub(crate) rule: Rule,
    pub(crate) left: usize,
}

/// One tree: nodes in flat arrays, children behind their parents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    nodes: Vec<Node>,
    sets: Vec<BinSet>,
    /// Weight of the training rows in every node.
    cover: Vec<f64>,
    /// Gain of every split, 0 for leaves.
    gain: Vec<f64>,
    /// Outputs of every node, node after node.
    values: Vec<f64>,
    width: u32,
}

impl Tree {
    /// A tree of one leaf.
    pub(crate) fn leaf() -> Self {
        let root = Node { threshold: 0.0, feature: 0, left: 0, set: THRESHOLD, missing_left: false };
        Self { nodes: vec![root], sets: vec![], cover: vec![0.0], gain: vec![0.0], values: vec![], width: 0 }
    }

    /// Turns a leaf into a split and gives the place of its left child; the right one follows.
    pub(crate) fn split(&mut self, node: usize, feature: usize, rule: Rule, gain: f64) -> usize {
        let left = self.nodes.len();
        let (threshold, missing_left, set) = match rule {
            Rule::Threshold { threshold, missing_left } => (threshold, missing_left, THRESHOLD),
            Rule::Set(set) => {
                self.sets.push(set);
                (0.0, false, (self.sets.len() - 1) as u32)
            }
        };
        self.nodes[node] = Node { threshold, feature: feature as u32, left: left as u32, set, missing_left };
        self.gain[node] = gain;
        let child = Node { threshold: 0.0, feature: 0, left: 0, set: THRESHOLD, missing_left: false };
        self.nodes.extend([child; 2]);
        self.cover.extend([0.0; 2]);
        self.gain.extend([0.0; 2]);
        left
    }

    /// Sets cover and outputs from those of the leaves; inner nodes get the mean of their children.
    pub(crate) fn set_leaves(
        &mut self,
        width: usize,
        leaves: impl IntoIterator<Item = (usize, f64, Vec<f64>)>,
    ) {
        self.width = width as u32;
        self.values = vec![0.0; self.nodes.len() * width];
        for (node, cover, values) in leaves {
            self.cover[node] = cover;
            self.values[node * width..(node + 1) * width].copy_from_slice(&values);
        }
        for node in (0..self.nodes.len()).rev() {
            let left = self.nodes[node].left as usize;
            if left == 0 {
                continue;
            }
            let (a, b) = (self.cover[left], self.cover[left + 1]);
            self.cover[node] = a + b;
            for output in 0..width {
                let (x, y) = (self.values[left * width + output], self.values[(left + 1) * width + output]);
                self.values[node * width + output] = x * (a / (a + b)) + y * (b / (a + b));
            }
        }
    }

    /// Number of nodes, leaves included.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Number of leaves.
    pub fn n_leaves(&self) -> usize {
        self.nodes.len().div_ceil(2)
    }

    /// Number of splits on the longest way from the root to a leaf.
    pub fn depth(&self) -> usize {
        let mut depth = vec![0usize; self.nodes.len()];
        for (node, split) in self.nodes.iter().enumerate().filter(|(_, n)| n.left != 0) {
            let left = split.left as usize;
            depth[left] = depth[node] + 1;
            depth[left + 1] = depth[node] + 1;
        }
        depth.into_iter().max().unwrap_or(0)
    }

    /// The split at a node, `None` for a leaf.
    pub(crate) fn branch(&self, node: usize) -> Option<Branch> {
        let found = &self.nodes[node];
        let rule = match found.set {
            THRESHOLD => Rule::Threshold { threshold: found.threshold, missing_left: found.missing_left },
            set => Rule::Set(self.sets[set as usize]),
        };
        (found.left != 0).then_some(Branch {
            feature: found.feature as usize,
            rule,
            left: found.left as usize,
        })
    }

    pub(crate) fn cover(&self, node: usize) -> f64 {
        self.cover[node]
    }

    pub(crate) fn gain(&self, node: usize) -> f64 {
        self.gain[node]
    }

    /// The outputs of a node.
    pub(crate) fn values(&self, node: usize) -> &[f64] {
        let width = self.width as usize;
        &self.values[node * width..(node + 1) * width]
    }

    /// The leaf of a row.
    pub(crate) fn leaf_of(&self, row: &[f64], levels: &[Option<Levels>]) -> usize {
        let mut place = 0;
        while let Some(next) = self.next(place, row, levels) {
            place = next;
        }
        place
    }

    /// The nodes that a row passes, the leaf last.
    pub(crate) fn path_of(&self, row: &[f64], levels: &[Option<Levels>]) -> Vec<u32> {
        let after = |place: &u32| self.next(*place as usize, row, levels).map(|next| next as u32);
        std::iter::successors(Some(0), after).collect()
    }

    /// Where a row goes from a node; `None` from a leaf.
    fn next(&self, place: usize, row: &[f64], levels: &[Option<Levels>]) -> Option<usize> {
        let node = &self.nodes[place];
        if node.left == 0 {
            return None;
        }
        let feature = node.feature as usize;
        let cell = row[feature];
        let goes_left = if node.set != THRESHOLD {
            let bin = levels[feature].as_ref().map_or(0, |levels| levels.bin(cell));
            self.sets[node.set as usize].contains(bin)
        } else if cell.is_nan() {
            node.missing_left
        } else {
            cell <= node.threshold
        };
        Some(node.left as usize + usize::from(!goes_left))
    }

    /// The nodes for a walk of many rows; `None` where a split asks for a category, or of trees beyond its numbers.
    pub(crate) fn steps(&self) -> Option<Vec<Step>> {
        if !self.sets.is_empty() || self.nodes.len() > 1 << 30 {
            return None;
        }
        let step = |(place, node): (usize, &Node)| match node.left {
            0 => Step::leaf(place),
            left => Step::threshold(node.feature as usize, node.threshold, node.missing_left, left as usize),
        };
        Some(self.nodes.iter().enumerate().map(step).collect())
    }

    /// Checks all that walking the tree relies on.
    pub(crate) fn validate(&self, width: usize, levels: &[Option<Levels>]) -> Result<()> {
        let wrong = |what: &str| Err(Error::model_file(format!("a tree has {what}")));
        let count = self.nodes.len();
        if count == 0 || self.cover.len() != count || self.gain.len() != count {
            return wrong("arrays of different lengths");
        }
        if self.width as usize != width || count.checked_mul(width) != Some(self.values.len()) {
            return wrong("another number of outputs");
        }
        if !self.values.iter().chain(&self.gain).chain(&self.cover).all(|v| v.is_finite()) {
            return wrong("a number that is not finite");
        }
        if !self.cover.iter().all(|cover| *cover > 0.0) || !self.gain.iter().all(|gain| *gain >= 0.0) {
            return wrong("a node of no weight or of negative gain");
        }
        let mut has_parent = vec![false; count];
        for (place, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.left != 0) {
            let left = node.left as usize;
            if left <= place || left + 1 >= count || has_parent[left] || has_parent[left + 1] {
                return wrong("a child out of place");
            }
            has_parent[left] = true;
            has_parent[left + 1] = true;
            let Some(levels) = levels.get(node.feature as usize) else {
                return wrong("a column out of range");
            };
            let right_rule = match node.set {
                THRESHOLD => levels.is_none() && node.threshold.is_finite(),
                set => levels.is_some() && (set as usize) < self.sets.len(),
            };
            if !right_rule {
                return wrong("a split that does not fit its column");
            }
        }
        if has_parent.iter().skip(1).all(|has| *has) { Ok(()) } else { wrong("a node without parent") }
    }
}
