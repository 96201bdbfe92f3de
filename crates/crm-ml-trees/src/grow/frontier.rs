//! The leaves of a growing tree.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use crate::split::Split;

/// A leaf of the tree so far.
pub(super) struct Leaf {
    pub(super) node: usize,
    pub(super) range: Range<usize>,
    pub(super) depth: usize,
    pub(super) sum: Vec<u64>,
    pub(super) histogram: Option<Vec<u64>>,
}

/// A leaf that can be split.
pub(super) struct Candidate {
    pub(super) leaf: Leaf,
    pub(super) split: Split,
}

/// The frontier: by gain where the number of leaves is bounded, else the last first, which needs the least memory.
pub(super) enum Frontier {
    BestFirst(BinaryHeap<Candidate>),
    LastFirst(Vec<Candidate>),
}

impl Frontier {
    pub(super) fn new(best_first: bool) -> Self {
        if best_first { Self::BestFirst(BinaryHeap::new()) } else { Self::LastFirst(Vec::new()) }
    }

    pub(super) fn push(&mut self, candidate: Candidate) {
        match self {
            Self::BestFirst(heap) => heap.push(candidate),
            Self::LastFirst(stack) => stack.push(candidate),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Candidate> {
        match self {
            Self::BestFirst(heap) => heap.pop(),
            Self::LastFirst(stack) => stack.pop(),
        }
    }

    pub(super) fn into_leaves(self) -> Vec<Candidate> {
        match self {
            Self::BestFirst(heap) => heap.into_vec(),
            Self::LastFirst(stack) => stack,
        }
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.split.gain.total_cmp(&other.split.gain).then(other.leaf.node.cmp(&self.leaf.node))
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
