//! Bounds of the values of nodes below monotone splits.

use std::ops::Range;

use super::{Grower, Grown};
use crate::evidence::{Bounds, Evidence, Terms};
use crate::split::Split;

impl Grown {
    /// The bounds of the leaves, leaf after leaf, where along each column values move in its direction and a node of some rows has
    /// the `value` of them. Whoever gives the leaves their values keeps them inside.
    ///
    /// Nothing has bounds where there are no directions.
    pub(crate) fn bounds(&self, directions: &[i8], value: impl Fn(&[u32]) -> f64) -> Vec<Bounds> {
        if directions.is_empty() {
            return vec![Bounds::FREE; self.leaves.len()];
        }
        let ranges = self.ranges();
        let mut bounds = vec![Bounds::FREE; ranges.len()];
        for node in 0..ranges.len() {
            let Some(branch) = self.tree.branch(node) else { continue };
            let (left, right) = (branch.left, branch.left + 1);
            let sides = match directions[branch.feature] {
                0 => [bounds[node]; 2],
                direction => {
                    let value = |child: usize| bounds[node].clip(value(&self.rows[ranges[child].clone()]));
                    bounds[node].part(direction, value(left), value(right))
                }
            };
            [bounds[left], bounds[right]] = sides;
        }
        self.leaves.iter().map(|(node, _)| bounds[*node]).collect()
    }

    /// The rows of every node, which lie side by side.
    fn ranges(&self) -> Vec<Range<usize>> {
        let mut ranges = vec![0..0; self.tree.n_nodes()];
        self.leaves.iter().for_each(|(node, range)| ranges[*node] = range.clone());
        for node in (0..ranges.len()).rev() {
            if let Some(branch) = self.tree.branch(node) {
                ranges[node] = ranges[branch.left].start..ranges[branch.left + 1].end;
            }
        }
        ranges
    }
}

impl<E: Evidence> Grower<'_, E> {
    /// The terms of splits of a node on a column; `None` where nothing is penalised or bounded.
    pub(super) fn terms(&self, bounds: Bounds, column: usize) -> Option<Terms> {
        let direction = self.directions.get(column).copied().unwrap_or(0);
        (self.l1 > 0.0 || !self.directions.is_empty()).then_some(Terms { l1: self.l1, bounds, direction })
    }

    /// The bounds of both sides of a split.
    pub(super) fn bounds_below(&self, bounds: Bounds, split: &Split, right_sum: &[u64]) -> [Bounds; 2] {
        let bounded = self.terms(bounds, split.feature).and_then(|terms| self.evidence.bounded(terms));
        bounded.map_or([bounds; 2], |bounded| {
            let (left, right) = (bounded.value(&split.sum, 0.0), bounded.value(right_sum, 0.0));
            bounds.part(self.directions.get(split.feature).copied().unwrap_or(0), left, right)
        })
    }
}
