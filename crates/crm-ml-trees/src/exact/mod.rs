//! Trees with exact cuts: between any two neighbouring values of a node.
//!
//! Every cell is its rank among the values of its column. Big nodes look through the whole data; once a node's rows are few, their
//! columns are copied, so that all that is grown below it reads from cache.

mod absolute;
mod category;
mod classes;
mod criterion;
mod moments;
mod part;
mod random;
mod ranks;
mod search;

use std::collections::BinaryHeap;
use std::ops::Range;

use rayon::prelude::*;

use crate::grow::{Grown, Growth};
use crate::tree::Tree;
pub(crate) use absolute::Absolute;
pub(crate) use classes::{FEW, Few, Many};
pub(crate) use criterion::Criterion;
pub(crate) use moments::Deviance;
use part::{Candidate, Open, Part};
pub(crate) use ranks::Ranked;
use search::Limits;

/// Cells of a part of a tree whose columns are copied: so many fit into second-level cache.
const PART_CELLS: usize = 1 << 17;

/// How a tree is grown.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) data: &'a Ranked,
    /// Bounds; `min_gain` in units of the weights.
    pub(crate) growth: &'a Growth,
    /// Columns drawn for a split.
    pub(crate) amount: usize,
    /// Whether cuts are drawn too.
    pub(crate) random: bool,
    pub(crate) seed: u64,
    pub(crate) tree: usize,
    /// Whether threads share the tree.
    pub(crate) shared: bool,
}

impl Plan<'_> {
    fn limits(&self) -> Limits {
        Limits {
            min_samples_leaf: self.growth.min_samples_leaf.max(1),
            min_weight: self.growth.min_sum_hessian,
            min_gain: self.growth.min_gain,
            smoothing: self.growth.categorical_smoothing,
            min_samples_level: self.growth.min_samples_level,
        }
    }

    /// Most rows of a part.
    fn part_rows(&self) -> usize {
        (PART_CELLS / self.data.width().max(1)).clamp(64, 4096)
    }
}

/// Grows a tree on `rows`, which are ascending and have one item each.
pub(crate) fn grow<C: Criterion>(
    plan: &Plan<'_>,
    criterion: &C,
    mut rows: Vec<u32>,
    mut items: Vec<C::Item>,
) -> Grown {
    let limits = plan.limits();
    let mut grown = Grown { tree: Tree::leaf(), rows: Vec::new(), leaves: Vec::new() };
    let mut top = Part::new(plan, criterion, &limits);
    let root = Open { node: 0, range: 0..rows.len(), depth: 0 };
    match plan.growth.max_leaf_nodes {
        Some(most) => best_first(&mut top, root, most, &mut grown, &mut rows, &mut items),
        None => {
            let parts = top.depth_first(root, plan.part_rows(), &mut grown, &mut rows, &mut items);
            finish(plan, criterion, &limits, parts, &mut grown, &mut rows, &mut items);
        }
    }
    grown.leaves.sort_unstable_by_key(|(node, _)| *node);
    Grown { rows, ..grown }
}

/// Splits the leaf with the greatest gain until there are `most`.
fn best_first<C: Criterion>(
    part: &mut Part<'_, C>,
    root: Open,
    most: usize,
    grown: &mut Grown,
    rows: &mut [u32],
    items: &mut [C::Item],
) {
    let mut frontier = BinaryHeap::new();
    let mut count = 1;
    let mut children = vec![root];
    loop {
        for open in children {
            match part.find(open.depth, &rows[open.range.clone()], &items[open.range.clone()]) {
                Some(found) => frontier.push(Candidate { open, found }),
                None => grown.leaves.push((open.node, open.range)),
            }
        }
        if count == most {
            break;
        }
        let Some(Candidate { open, found }) = frontier.pop() else { break };
        children = part.split(&open, &found, &mut grown.tree, rows, items).into();
        count += 1;
    }
    grown.leaves.extend(frontier.into_iter().map(|candidate| (candidate.open.node, candidate.open.range)));
}

/// Grows what is left open, each part by itself.
fn finish<C: Criterion>(
    plan: &Plan<'_>,
    criterion: &C,
    limits: &Limits,
    mut parts: Vec<Open>,
    grown: &mut Grown,
    rows: &mut [u32],
    items: &mut [C::Item],
) {
    parts.sort_unstable_by_key(|open| open.range.start);
    let (mut rows, mut items, mut first) = (rows, items, 0);
    let mut tasks = Vec::with_capacity(parts.len());
    for (number, open) in parts.into_iter().enumerate() {
        // Rows between are those of leaves.
        let (skipped, length) = (open.range.start - first, open.range.len());
        let (own_rows, other_rows) = rows.split_at_mut(skipped).1.split_at_mut(length);
        let (own_items, other_items) = items.split_at_mut(skipped).1.split_at_mut(length);
        first = open.range.end;
        (rows, items) = (other_rows, other_items);
        tasks.push((number as u64 + 1, open, own_rows, own_items));
    }
    let new = || Part::new(plan, criterion, limits);
    let grow = |part: &mut Part<'_, C>,
                (number, open, rows, items): (u64, Open, &mut [u32], &mut [C::Item])| {
        let below = part.below(number, open.depth, rows, items);
        (open, below)
    };
    let done: Vec<_> = if plan.shared {
        tasks.into_par_iter().map_init(new, grow).collect()
    } else {
        let mut part = new();
        tasks.into_iter().map(|task| grow(&mut part, task)).collect()
    };
    for (open, below) in done {
        let first = grown.tree.graft(open.node, below.tree);
        let moved = |(node, range): (usize, Range<usize>)| {
            let node = if node == 0 { open.node } else { first + node - 1 };
            (node, range.start + open.range.start..range.end + open.range.start)
        };
        grown.leaves.extend(below.leaves.into_iter().map(moved));
    }
}
