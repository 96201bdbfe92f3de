//! The leaves of a growing tree.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::GrowPolicy;
use crate::evidence::Bounds;
use crate::split::Split;

/// A leaf of the tree so far.
pub(super) struct Leaf {
    pub(super) node: usize,
    pub(super) range: Range<usize>,
    pub(super) depth: usize,
    pub(super) sum: Vec<u64>,
    pub(super) histogram: Option<Vec<u64>>,
    pub(super) bounds: Bounds,
    /// Interaction groups that hold all columns used so far; `None` where all columns may interact.
    pub(super) groups: Option<Vec<usize>>,
}

/// A leaf that can be split.
pub(super) struct Candidate {
    pub(super) leaf: Leaf,
    pub(super) split: Split,
    /// The children and their best splits, where they were looked for already. Then the rows are parted.
    pub(super) below: Option<[(Leaf, Option<Split>); 2]>,
    /// What comes before the gain: higher levels where trees grow level by level.
    rank: usize,
}

/// The frontier: by policy where the number of leaves is bounded, else the last first, which grows the same tree and needs the least
/// memory.
pub(super) enum Frontier {
    InOrder(GrowPolicy, BinaryHeap<Candidate>),
    LastFirst(Vec<Candidate>),
}

impl Frontier {
    pub(super) fn new(policy: GrowPolicy, bounded: bool) -> Self {
        if bounded { Self::InOrder(policy, BinaryHeap::new()) } else { Self::LastFirst(Vec::new()) }
    }

    pub(super) fn push(&mut self, leaf: Leaf, split: Split) {
        let rank = match self {
            Self::InOrder(GrowPolicy::DepthWise, _) => leaf.depth,
            _ => 0,
        };
        self.put_back(Candidate { leaf, split, below: None, rank });
    }

    /// Puts a candidate where it was taken from.
    pub(super) fn put_back(&mut self, candidate: Candidate) {
        match self {
            Self::InOrder(_, heap) => heap.push(candidate),
            Self::LastFirst(stack) => stack.push(candidate),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Candidate> {
        match self {
            Self::InOrder(_, heap) => heap.pop(),
            Self::LastFirst(stack) => stack.pop(),
        }
    }

    pub(super) fn into_leaves(self) -> Vec<Candidate> {
        match self {
            Self::InOrder(_, heap) => heap.into_vec(),
            Self::LastFirst(stack) => stack,
        }
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_gain = self.split.gain.total_cmp(&other.split.gain);
        other.rank.cmp(&self.rank).then(by_gain).then(other.leaf.node.cmp(&self.leaf.node))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}
