//! Putting trees together.

use super::{THRESHOLD, Tree};

impl Tree {
    /// Puts another tree in the place of a leaf and gives the new place of its node 1; the others follow. Values are not kept.
    pub(crate) fn graft(&mut self, leaf: usize, other: Self) -> usize {
        let (first, sets) = (self.nodes.len(), self.sets.len() as u32);
        let moved = other.nodes.into_iter().map(|mut node| {
            if node.left != 0 {
                node.left += first as u32 - 1;
            }
            if node.set != THRESHOLD {
                node.set += sets;
            }
            node
        });
        let mut moved = moved.collect::<Vec<_>>().into_iter();
        if let Some(root) = moved.next() {
            self.nodes[leaf] = root;
            self.gain[leaf] = other.gain[0];
        }
        self.nodes.extend(moved);
        self.gain.extend(other.gain.into_iter().skip(1));
        self.sets.extend(other.sets);
        self.cover.resize(self.nodes.len(), 0.0);
        first
    }
}

impl Tree {
    /// The tree that ends at the nodes of `is_leaf`, and where its nodes were. Values are not kept.
    pub(crate) fn with_leaves(&self, is_leaf: &[bool]) -> (Self, Vec<usize>) {
        let (mut tree, mut places) = (Self::leaf(), vec![0]);
        let mut next = 0;
        while next < places.len() {
            let place = places[next];
            if let (false, Some(branch)) = (is_leaf[place], self.branch(place)) {
                tree.split(next, branch.feature, branch.rule, self.gain[place]);
                places.extend([branch.left, branch.left + 1]);
            }
            next += 1;
        }
        (tree, places)
    }
}
