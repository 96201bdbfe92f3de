//! Growing one tree: leaf by leaf, children's histograms by subtraction.

mod bounds;
mod columns;
mod frontier;
mod histogram;
mod layout;
mod partition;
mod symmetric;

use std::ops::Range;

use crm_ml_core::{Check, Stream};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::MaxFeatures;
use crate::bins::{BINS, Binned, ColumnBins};
use crate::evidence::{Bounds, Evidence, subtract};
use crate::split::{Limits, Node, Split};
use crate::tree::{Rule, Tree};
pub(crate) use columns::Columns;
use frontier::{Candidate, Frontier, Leaf};
use layout::Layout;

/// Two leaves with fewer rows together are searched one after the other.
const JOIN_ROWS: usize = 256;
/// Below this many words of histograms splits are searched by one thread.
const PARALLEL_SEARCH: usize = 1 << 12;
/// Nodes with fewer rows do not keep their histogram: making it anew is cheap, and deep trees have many.
const KEEP_ROWS: usize = 512;

/// Which leaf is split next, where `max_leaf_nodes` ends the growth (XGBoost's names). Without that bound all that can be split
/// are, and the order does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum GrowPolicy {
    /// The one with the greatest gain.
    #[default]
    LossGuide,
    /// Level by level, within a level the one with the greatest gain (XGBoost: from left to right).
    DepthWise,
    /// All leaves of a level by one test, the one that gains most in all of them together (CatBoost's oblivious trees). A leaf that would gain
    /// nothing, or whose sides would break a limit, stays whole on that level. Levels end with `max_depth`, and before there would be
    /// room for more leaves than `max_leaf_nodes`. Such trees fit less noise and are scored fastest.
    Symmetric,
}

/// Bounds of the growth of a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Most leaves.
    pub max_leaf_nodes: Option<usize>,
    /// Which leaf is split first where their number is bounded.
    pub grow_policy: GrowPolicy,
    /// Most splits from root to leaf.
    pub max_depth: Option<usize>,
    /// Least rows in a node to be split.
    pub min_samples_split: usize,
    /// Least rows in a leaf (rows, not weight).
    pub min_samples_leaf: usize,
    /// Least sum of Hessians (for trees and forests: of weights) in a leaf.
    pub min_sum_hessian: f64,
    /// Least gain of a split.
    pub min_gain: f64,
    /// Rows of average weight by which the mean of a category level is shrunk before levels are ordered.
    pub categorical_smoothing: f64,
    /// L2 penalty of both sides where the ordered levels of a category are cut, on top of that of all splits (class trees know
    /// no penalty).
    pub categorical_l2: f64,
    /// Least rows of a category level in a node for it to be put in order; rarer ones stay together.
    pub min_samples_level: usize,
}

impl Default for Growth {
    fn default() -> Self {
        Self {
            max_leaf_nodes: None,
            grow_policy: GrowPolicy::LossGuide,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            min_sum_hessian: 0.0,
            min_gain: 0.0,
            categorical_smoothing: 0.0,
            categorical_l2: 0.0,
            min_samples_level: 1,
        }
    }
}

impl Growth {
    /// The rules of these parameters but `min_gain`, whose name differs between estimators.
    pub(crate) fn check(&self, check: Check) -> Check {
        check
            .optional_at_least("max_leaf_nodes", self.max_leaf_nodes, 2)
            .optional_at_least("max_depth", self.max_depth, 1)
            .at_least("min_samples_split", self.min_samples_split, 2)
            .at_least("min_samples_leaf", self.min_samples_leaf, 1)
            .range("min_sum_hessian", self.min_sum_hessian, 0.0..)
            .range("categorical_smoothing", self.categorical_smoothing, 0.0..)
            .range("categorical_l2", self.categorical_l2, 0.0..)
            .at_least("min_samples_level", self.min_samples_level, 1)
    }

    /// Most splits from root to leaf, whatever bounds them.
    fn deepest(&self) -> usize {
        let room = match (self.grow_policy, self.max_leaf_nodes) {
            (GrowPolicy::Symmetric, Some(leaves)) => leaves.max(1).ilog2() as usize,
            _ => usize::MAX,
        };
        self.max_depth.unwrap_or(usize::MAX).min(room)
    }
}

/// Columns drawn anew for every split.
pub(crate) struct Draw {
    pub(crate) stream: Stream,
    pub(crate) features: MaxFeatures,
}

impl Draw {
    /// The columns in random order.
    fn order(&mut self, columns: &[usize]) -> Vec<usize> {
        self.stream.permutation(columns.len()).into_iter().map(|place| columns[place]).collect()
    }
}

/// What a tree must keep to beyond its [`Growth`].
pub(crate) struct Plan<'a> {
    /// Columns drawn for the tree and its levels.
    pub(crate) columns: Columns,
    /// Columns drawn for each split, out of those of its level.
    pub(crate) draw: Option<Draw>,
    /// L1 penalty of the values.
    pub(crate) l1: f64,
    /// Directions of the columns; none where all are free.
    pub(crate) directions: &'a [i8],
    /// Groups of columns that may meet; none where all may.
    pub(crate) interactions: &'a [Vec<usize>],
}

/// A grown tree and the training rows of its leaves.
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    pub(crate) rows: Vec<u32>,
    pub(crate) leaves: Vec<DoneLeaf>,
}

/// Node of a leaf, and where its rows lie.
type DoneLeaf = (usize, Range<usize>);

/// Grows a tree on `rows`.
pub(crate) fn grow<E: Evidence>(
    data: &Binned,
    evidence: &E,
    growth: &Growth,
    rows: Vec<u32>,
    plan: Plan<'_>,
) -> Grown {
    let limits = Limits {
        min_samples_leaf: growth.min_samples_leaf.max(1),
        min_weight: growth.min_sum_hessian,
        min_gain: growth.min_gain,
        smoothing: growth.categorical_smoothing,
        category_l2: growth.categorical_l2,
        min_samples_level: growth.min_samples_level,
    };
    let Plan { columns, draw, l1, directions, interactions } = plan;
    let layout = Layout::new(data, columns.of_tree(), evidence.words());
    let max_depth = growth.deepest();
    let grower =
        Grower { data, evidence, growth, max_depth, limits, layout, columns, l1, directions, interactions };
    match growth.grow_policy {
        GrowPolicy::Symmetric => grower.run_symmetric(draw, rows),
        GrowPolicy::LossGuide | GrowPolicy::DepthWise => grower.run(draw, rows),
    }
}

struct Grower<'a, E> {
    data: &'a Binned,
    evidence: &'a E,
    growth: &'a Growth,
    max_depth: usize,
    limits: Limits,
    layout: Layout<'a>,
    columns: Columns,
    l1: f64,
    directions: &'a [i8],
    interactions: &'a [Vec<usize>],
}

impl<E: Evidence> Grower<'_, E> {
    /// `rows` are ascending; those of a node lie side by side.
    fn run(mut self, mut draw: Option<Draw>, mut rows: Vec<u32>) -> Grown {
        let mut scratch = vec![0; rows.len()];
        let mut tree = Tree::leaf();
        let mut frontier = Frontier::new(self.growth.grow_policy, self.growth.max_leaf_nodes.is_some());
        let mut done = Vec::new();
        let most = self.growth.max_leaf_nodes.unwrap_or(usize::MAX);
        let mut leaves = 1;

        self.columns.reach(0);
        let mut root = self.root(&rows);
        let split = self.best_split(&mut root, &rows, draw.as_mut());
        self.place(root, split, &mut frontier, &mut done);
        while leaves < most {
            let Some(mut next) = frontier.pop() else { break };
            leaves += 1;
            let left_node =
                tree.split(next.leaf.node, next.split.feature, self.rule(&next.split), next.split.gain);
            if leaves == most {
                // Nobody will ask how these two could be split.
                let range = next.leaf.range.clone();
                let part =
                    || self.partition(&mut rows[range.clone()], &mut scratch[range.clone()], &next.split);
                let border = next.below.as_ref().map_or_else(part, |below| below[0].0.range.len());
                done.push((left_node, range.start..range.start + border));
                done.push((left_node + 1, range.start + border..range.end));
                self.forget(next, &mut done, false);
                break;
            }
            if next.below.is_none() {
                // The one after it is split soon, too: threads share the two better than one.
                let after = if draw.is_none() && leaves + 1 < most { frontier.pop() } else { None };
                self.columns.reach(next.leaf.depth + 1);
                match after {
                    Some(mut after) if after.below.is_none() => {
                        self.columns.reach(after.leaf.depth + 1);
                        self.look_below_both(&mut next, &mut after, &mut rows, &mut scratch);
                        frontier.put_back(after);
                    }
                    after => {
                        let range = next.leaf.range.clone();
                        let (rows, scratch) = (&mut rows[range.clone()], &mut scratch[range]);
                        self.look_below(&mut next, rows, scratch, draw.as_mut());
                        after.into_iter().for_each(|after| frontier.put_back(after));
                    }
                }
            }
            for (side, (leaf, split)) in next.below.into_iter().flatten().enumerate() {
                let leaf = Leaf { node: left_node + side, ..leaf };
                self.place(leaf, split, &mut frontier, &mut done);
            }
        }
        for candidate in frontier.into_leaves() {
            if candidate.below.is_some() {
                rows[candidate.leaf.range.clone()].sort_unstable();
            }
            self.forget(candidate, &mut done, true);
        }
        done.sort_unstable_by_key(|(node, _)| *node);
        Grown { tree, rows, leaves: done }
    }

    /// Gives the memory of a candidate back; `is_leaf` if it stays a leaf.
    fn forget(&self, candidate: Candidate, done: &mut Vec<DoneLeaf>, is_leaf: bool) {
        let Candidate { leaf, below, .. } = candidate;
        let below = below.into_iter().flatten().filter_map(|(leaf, _)| leaf.histogram);
        leaf.histogram.into_iter().chain(below).for_each(|histogram| self.data.pool.give(histogram));
        if is_leaf {
            done.push((leaf.node, leaf.range));
        }
    }

    fn look_below_both(
        &self,
        one: &mut Candidate,
        other: &mut Candidate,
        rows: &mut [u32],
        scratch: &mut [u32],
    ) {
        let (first, second) =
            if one.leaf.range.start < other.leaf.range.start { (one, other) } else { (other, one) };
        let (of_first, of_second) = (first.leaf.range.clone(), second.leaf.range.clone());
        let (rows_before, rows_behind) = rows.split_at_mut(of_second.start);
        let (scratch_before, scratch_behind) = scratch.split_at_mut(of_second.start);
        let own = of_second.len();
        rayon::join(
            || {
                self.look_below(
                    first,
                    &mut rows_before[of_first.clone()],
                    &mut scratch_before[of_first.clone()],
                    None,
                )
            },
            || self.look_below(second, &mut rows_behind[..own], &mut scratch_behind[..own], None),
        );
    }

    /// Parts the rows of a candidate and finds out how the children could be split.
    fn look_below(
        &self,
        candidate: &mut Candidate,
        rows: &mut [u32],
        scratch: &mut [u32],
        draw: Option<&mut Draw>,
    ) {
        let border = self.partition(rows, scratch, &candidate.split);
        let rows = &*rows;
        let [mut left, mut right] = self.children(&mut candidate.leaf, &candidate.split, border, rows);
        let (left_rows, right_rows) = rows.split_at(border);
        let (of_left, of_right) = match draw {
            Some(draw) => {
                let of_left = self.best_split(&mut left, left_rows, Some(&mut *draw));
                (of_left, self.best_split(&mut right, right_rows, Some(draw)))
            }
            None if rows.len() < JOIN_ROWS => {
                (self.best_of_all(&mut left, left_rows), self.best_of_all(&mut right, right_rows))
            }
            None => rayon::join(
                || self.best_of_all(&mut left, left_rows),
                || self.best_of_all(&mut right, right_rows),
            ),
        };
        candidate.below = Some([(left, of_left), (right, of_right)]);
    }

    fn root(&self, rows: &[u32]) -> Leaf {
        let sum = self.evidence.sum(rows).as_ref().to_vec();
        let groups = (!self.interactions.is_empty()).then(|| (0..self.interactions.len()).collect());
        Leaf { node: 0, range: 0..rows.len(), depth: 0, sum, histogram: None, bounds: Bounds::FREE, groups }
    }

    /// Puts a leaf on the frontier if it can be split.
    fn place(&self, leaf: Leaf, split: Option<Split>, frontier: &mut Frontier, done: &mut Vec<DoneLeaf>) {
        match split {
            Some(split) => frontier.push(leaf, split),
            None => {
                leaf.histogram.into_iter().for_each(|histogram| self.data.pool.give(histogram));
                done.push((leaf.node, leaf.range));
            }
        }
    }

    fn may_split(&self, leaf: &Leaf) -> bool {
        let rows = leaf.range.len();
        rows >= self.growth.min_samples_split.max(2)
            && rows / 2 >= self.limits.min_samples_leaf
            && leaf.depth < self.max_depth
    }

    /// The best split of a leaf; `None` where there is none.
    fn best_split(&self, leaf: &mut Leaf, rows: &[u32], draw: Option<&mut Draw>) -> Option<Split> {
        match draw {
            Some(draw) if self.may_split(leaf) => self.best_drawn_split(leaf, rows, draw),
            Some(_) => None,
            None => self.best_of_all(leaf, rows),
        }
    }

    /// The best split of all columns.
    fn best_of_all(&self, leaf: &mut Leaf, rows: &[u32]) -> Option<Split> {
        if !self.may_split(leaf) {
            return None;
        }
        let histogram = leaf.histogram.take().unwrap_or_else(|| self.histogram(rows));
        let node = Node::new(self.evidence, &leaf.sum, &self.limits);
        let of_column = |&column: &usize| {
            self.best_of_column(&node, leaf.bounds, column, &self.of_column(&histogram, column))
        };
        let columns = self.columns_of(leaf);
        let splits: Vec<_> = if histogram.len() > PARALLEL_SEARCH {
            columns.par_iter().map(of_column).collect()
        } else {
            columns.iter().map(of_column).collect()
        };
        if leaf.range.len() >= KEEP_ROWS {
            leaf.histogram = Some(histogram);
        } else {
            self.data.pool.give(histogram);
        }
        best(splits)
    }

    /// The best split of one column, under the terms of the tree if it has any.
    fn best_of_column(
        &self,
        node: &Node<'_, E>,
        bounds: Bounds,
        column: usize,
        histogram: &[u64],
    ) -> Option<Split> {
        match self.terms(bounds, column) {
            None => node.best_split(column, &self.data.bins[column], histogram),
            Some(terms) => self.best_under(terms, node.sum, column, histogram),
        }
    }

    /// The best split of columns drawn at random; while none of them varies in the node, one more is drawn.
    ///
    /// Columns that vary but allow no split count as drawn, as in scikit-learn: drawing on until one allows a split grows
    /// trees that fit noise.
    fn best_drawn_split(&self, leaf: &Leaf, rows: &[u32], draw: &mut Draw) -> Option<Split> {
        let columns = self.columns_of(leaf);
        let amount = draw.features.amount(columns.len());
        let order = draw.order(&columns);
        let node = Node::new(self.evidence, &leaf.sum, &self.limits);
        let items: Vec<_> = rows.iter().map(|row| self.evidence.item(*row)).collect();
        let (first, others) = order.split_at(amount.min(order.len()));
        let mut first = first.to_vec();
        first.sort_unstable();
        let mut splits = Vec::with_capacity(amount);
        let mut varied = false;
        for (place, &feature) in first.iter().chain(others).enumerate() {
            if place >= amount && varied {
                break;
            }
            let mut histogram = vec![0; BINS * self.evidence.words()];
            self.evidence.add_column(&self.data.columns[feature], rows, &items, &mut histogram);
            varied |= node.varies(&histogram);
            splits.push(self.best_of_column(&node, leaf.bounds, feature, &histogram));
        }
        best(splits)
    }

    fn rule(&self, split: &Split) -> Rule {
        match (&self.data.bins[split.feature], split.threshold_bin) {
            (bins @ ColumnBins::Real { edges }, Some(bin)) => Rule::Threshold {
                // Behind the last edge only missing goes right.
                threshold: edges.get(usize::from(bin)).copied().unwrap_or(f64::MAX),
                missing_left: split.left.contains(bins.missing()),
            },
            _ => Rule::Set(split.left),
        }
    }

    /// The children of a leaf: the histogram of the smaller is made, that of the larger is what is left of the parent's.
    ///
    /// They get their places in the tree when the leaf is split.
    fn children(&self, parent: &mut Leaf, split: &Split, border: usize, rows: &[u32]) -> [Leaf; 2] {
        let groups = self.groups_below(parent, split.feature);
        let mut right_sum = parent.sum.clone();
        subtract(&mut right_sum, &split.sum);
        let [left_bounds, right_bounds] = self.bounds_below(parent.bounds, split, &right_sum);
        let (depth, middle) = (parent.depth + 1, parent.range.start + border);
        let child = |range, sum, bounds| {
            let groups = groups.clone();
            Leaf { node: 0, range, depth, sum, histogram: None, bounds, groups }
        };
        let mut left = child(parent.range.start..middle, split.sum.clone(), left_bounds);
        let mut right = child(middle..parent.range.end, right_sum, right_bounds);
        if let Some(mut histogram) = parent.histogram.take() {
            let (left_rows, right_rows) = rows.split_at(border);
            let (smaller, larger, few) = if left_rows.len() <= right_rows.len() {
                (&mut left, &mut right, left_rows)
            } else {
                (&mut right, &mut left, right_rows)
            };
            if self.may_split(larger) {
                let small = self.histogram(few);
                subtract(&mut histogram, &small);
                larger.histogram = Some(histogram);
                smaller.histogram = Some(small);
            } else {
                self.data.pool.give(histogram);
            }
        }
        [left, right]
    }
}

/// The split with the greatest gain, of equal ones the first.
fn best(splits: Vec<Option<Split>>) -> Option<Split> {
    splits.into_iter().flatten().reduce(|best, next| if next.gain > best.gain { next } else { best })
}
