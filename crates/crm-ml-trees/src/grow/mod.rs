//! Growing one tree: the best leaf first, children's histograms by subtraction.

mod frontier;
mod histogram;
mod partition;

use std::ops::Range;

use crm_ml_core::{Check, Stream};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bins::{BINS, Binned, ColumnBins};
use crate::evidence::{Evidence, subtract};
use crate::groups::{LANES, Member};
use crate::split::{Limits, Node, Split};
use crate::tree::{Rule, Tree};
use frontier::{Candidate, Frontier, Leaf};

/// Two leaves with fewer rows together are searched one after the other.
const JOIN_ROWS: usize = 256;
/// Below this many words of histograms splits are searched by one thread.
const PARALLEL_SEARCH: usize = 1 << 12;
/// Nodes with fewer rows do not keep their histogram: making it anew is cheap, and deep trees have many.
const KEEP_ROWS: usize = 512;

/// Bounds of the growth of a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Most leaves; the leaf with the greatest gain is split first.
    pub max_leaf_nodes: Option<usize>,
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
}

/// Columns drawn anew for every split.
pub(crate) struct Draw {
    pub(crate) stream: Stream,
    pub(crate) amount: usize,
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
    draw: Option<Draw>,
) -> Grown {
    let limits = Limits {
        min_samples_leaf: growth.min_samples_leaf.max(1),
        min_weight: growth.min_sum_hessian,
        min_gain: growth.min_gain,
        smoothing: growth.categorical_smoothing,
        category_l2: growth.categorical_l2,
        min_samples_level: growth.min_samples_level,
    };
    let mut words = 0;
    let mut places = vec![Place::default(); data.bins.len()];
    for group in &data.groups {
        let width = group.cells * evidence.words();
        for (lane, slot) in group.slots.iter().enumerate() {
            let slot_words = words + lane * width..words + (lane + 1) * width;
            for member in &slot.members {
                let share = (slot.members.len() > 1).then_some(*member);
                places[member.column] = Place { slot: slot_words.clone(), share };
            }
        }
        words += LANES * width;
    }
    let draw = draw.filter(|draw| draw.amount < data.bins.len());
    Grower { data, evidence, growth, limits, places, words, draw, scratch: vec![0; rows.len()], rows }.run()
}

/// Where the histogram of a column lies.
#[derive(Debug, Clone, Default)]
struct Place {
    slot: Range<usize>,
    /// Its share of a slot of several columns.
    share: Option<Member>,
}

struct Grower<'a, E> {
    data: &'a Binned,
    evidence: &'a E,
    growth: &'a Growth,
    limits: Limits,
    /// Where each column lies among all histograms,
    places: Vec<Place>,
    /// which take so many words.
    words: usize,
    draw: Option<Draw>,
    /// The rows, those of a node side by side and ascending.
    rows: Vec<u32>,
    scratch: Vec<u32>,
}

impl<E: Evidence> Grower<'_, E> {
    fn run(mut self) -> Grown {
        let mut tree = Tree::leaf();
        let mut frontier = Frontier::new(self.growth.max_leaf_nodes.is_some());
        let mut done = Vec::new();
        let most = self.growth.max_leaf_nodes.unwrap_or(usize::MAX);
        let mut leaves = 1;

        let mut root = self.root();
        let split = self.best_split(&mut root);
        self.place(root, split, &mut frontier, &mut done);
        while leaves < most {
            let Some(Candidate { leaf, split }) = frontier.pop() else { break };
            let middle = self.partition(&leaf.range, &split);
            let left_node = tree.split(leaf.node, split.feature, self.rule(&split), split.gain);
            leaves += 1;
            if leaves == most {
                // Nobody will ask how these two could be split.
                leaf.histogram.into_iter().for_each(|histogram| self.data.pool.give(histogram));
                done.push((left_node, leaf.range.start..middle));
                done.push((left_node + 1, middle..leaf.range.end));
                break;
            }
            let (left, right) = self.children(leaf, split, middle, left_node);
            for (leaf, split) in self.best_splits(left, right) {
                self.place(leaf, split, &mut frontier, &mut done);
            }
        }
        for Candidate { leaf, .. } in frontier.into_leaves() {
            leaf.histogram.into_iter().for_each(|histogram| self.data.pool.give(histogram));
            done.push((leaf.node, leaf.range));
        }
        done.sort_unstable_by_key(|(node, _)| *node);
        Grown { tree, rows: self.rows, leaves: done }
    }

    fn root(&self) -> Leaf {
        let sum = self.evidence.sum(&self.rows).as_ref().to_vec();
        Leaf { node: 0, range: 0..self.rows.len(), depth: 0, sum, histogram: None }
    }

    /// Puts a leaf on the frontier if it can be split.
    fn place(&self, leaf: Leaf, split: Option<Split>, frontier: &mut Frontier, done: &mut Vec<DoneLeaf>) {
        match split {
            Some(split) => frontier.push(Candidate { leaf, split }),
            None => {
                leaf.histogram.into_iter().for_each(|histogram| self.data.pool.give(histogram));
                done.push((leaf.node, leaf.range));
            }
        }
    }

    /// The best splits of two leaves.
    fn best_splits(&mut self, mut left: Leaf, mut right: Leaf) -> [(Leaf, Option<Split>); 2] {
        let (of_left, of_right) = if self.draw.is_some() || left.range.len() + right.range.len() < JOIN_ROWS {
            (self.best_split(&mut left), self.best_split(&mut right))
        } else {
            rayon::join(|| self.best_of_all(&mut left), || self.best_of_all(&mut right))
        };
        [(left, of_left), (right, of_right)]
    }

    fn may_split(&self, leaf: &Leaf) -> bool {
        let rows = leaf.range.len();
        rows >= self.growth.min_samples_split.max(2)
            && rows / 2 >= self.limits.min_samples_leaf
            && self.growth.max_depth.is_none_or(|most| leaf.depth < most)
            && !self.evidence.is_pure(&leaf.sum)
    }

    /// The best split of a leaf; `None` where there is none.
    fn best_split(&mut self, leaf: &mut Leaf) -> Option<Split> {
        match self.draw {
            Some(_) if self.may_split(leaf) => self.best_drawn_split(leaf),
            Some(_) => None,
            None => self.best_of_all(leaf),
        }
    }

    /// The best split of all columns.
    fn best_of_all(&self, leaf: &mut Leaf) -> Option<Split> {
        if !self.may_split(leaf) {
            return None;
        }
        let lines = self.data.lines.as_ref()?;
        let histogram = leaf.histogram.take().unwrap_or_else(|| self.histogram(lines, &leaf.range));
        let node = Node::new(self.evidence, &leaf.sum, &self.limits);
        let of_column = |feature: usize| {
            let (place, bins) = (&self.places[feature], &self.data.bins[feature]);
            let slot = &histogram[place.slot.clone()];
            let Some(member) = place.share else { return node.best_split(feature, bins, slot) };
            let mut own = vec![0; bins.count() * self.evidence.words()];
            member.sum(slot, self.evidence.words(), &mut own);
            node.best_split(feature, bins, &own)
        };
        let columns = 0..self.data.bins.len();
        let splits: Vec<_> = if histogram.len() > PARALLEL_SEARCH {
            columns.into_par_iter().map(of_column).collect()
        } else {
            columns.map(of_column).collect()
        };
        if leaf.range.len() >= KEEP_ROWS {
            leaf.histogram = Some(histogram);
        } else {
            self.data.pool.give(histogram);
        }
        best(splits)
    }

    /// The best split of columns drawn at random; while none of them varies in the node, one more is drawn.
    ///
    /// Columns that vary but allow no split count as drawn, as in scikit-learn: drawing on until one allows a split grows
    /// trees that fit noise.
    fn best_drawn_split(&mut self, leaf: &Leaf) -> Option<Split> {
        let draw = self.draw.as_mut()?;
        let amount = draw.amount.max(1);
        let order = draw.stream.permutation(self.data.bins.len());
        let node = Node::new(self.evidence, &leaf.sum, &self.limits);
        let rows = &self.rows[leaf.range.clone()];
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
            splits.push(node.best_split(feature, &self.data.bins[feature], &histogram));
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
    fn children(&self, parent: Leaf, split: Split, middle: usize, left_node: usize) -> (Leaf, Leaf) {
        let mut right_sum = parent.sum;
        subtract(&mut right_sum, &split.sum);
        let child = |node, range, sum| Leaf { node, range, depth: parent.depth + 1, sum, histogram: None };
        let mut left = child(left_node, parent.range.start..middle, split.sum);
        let mut right = child(left_node + 1, middle..parent.range.end, right_sum);
        if let (Some(mut histogram), Some(lines)) = (parent.histogram, &self.data.lines) {
            let (smaller, larger) = if left.range.len() <= right.range.len() {
                (&mut left, &mut right)
            } else {
                (&mut right, &mut left)
            };
            if self.may_split(larger) {
                let small = self.histogram(lines, &smaller.range);
                subtract(&mut histogram, &small);
                larger.histogram = Some(histogram);
                smaller.histogram = Some(small);
            } else {
                self.data.pool.give(histogram);
            }
        }
        (left, right)
    }
}

/// The split with the greatest gain, of equal ones the first.
fn best(splits: Vec<Option<Split>>) -> Option<Split> {
    splits.into_iter().flatten().reduce(|best, next| if next.gain > best.gain { next } else { best })
}
