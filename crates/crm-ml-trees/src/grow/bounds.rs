//! Bounds of the values of nodes below monotone splits.

use std::ops::Range;

use super::{Grower, Grown};
use crate::evidence::{Bounds, Evidence, Terms};
use crate::split::{Node, Split};
use crate::tree::Rule;

/// Values left, missing right: a split that is beside the order of the values.
const MISSING_ALONE: Rule = Rule::Threshold { threshold: f64::MAX, missing_left: false };

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
            let direction = directions[branch.feature];
            [bounds[left], bounds[right]] = if direction == 0 || branch.rule == MISSING_ALONE {
                [bounds[node]; 2]
            } else {
                let value = |child: usize| bounds[node].clip(value(&self.rows[ranges[child].clone()]));
                bounds[node].part(direction, value(left), value(right))
            };
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

    /// The best split of a column under terms. Missing alone may lie anywhere.
    pub(super) fn best_under(
        &self,
        terms: Terms,
        sum: &[u64],
        column: usize,
        histogram: &[u64],
    ) -> Option<Split> {
        let bins = &self.data.bins[column];
        let bounded = self.evidence.bounded(terms)?;
        let found = Node::new(&bounded, sum, &self.limits).best_split(column, bins, histogram);
        if terms.direction == 0 {
            return found;
        }
        let free = self.evidence.bounded(Terms { direction: 0, ..terms })?;
        let alone = Node::new(&free, sum, &self.limits).missing_alone(column, bins, histogram);
        super::best(vec![alone, found])
    }

    /// The bounds of both sides of a split.
    pub(super) fn bounds_below(&self, bounds: Bounds, split: &Split, right_sum: &[u64]) -> [Bounds; 2] {
        let free = [bounds; 2];
        let Some(terms) = self.terms(bounds, split.feature) else { return free };
        let last = self.data.bins[split.feature].missing().saturating_sub(1);
        match self.evidence.bounded(terms) {
            Some(bounded) if terms.direction != 0 && split.threshold_bin != Some(last) => {
                let (left, right) = (bounded.value(&split.sum, 0.0), bounded.value(right_sum, 0.0));
                bounds.part(terms.direction, left, right)
            }
            _ => free,
        }
    }
}
