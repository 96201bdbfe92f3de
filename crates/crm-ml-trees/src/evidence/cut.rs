//! The best cut of a real column's bins.

use super::{Evidence, Gradients, add, subtract};
use crate::bins::BINS;
use crate::split::Limits;

/// Where a column is cut: its bins up to this one go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    pub(crate) bin: usize,
    /// Scores of both sides together.
    pub(crate) score: f64,
}

/// The bins of a column in a node.
pub(crate) struct Bins<'a, S> {
    /// Sums of the value bins, in order.
    pub(crate) cells: &'a [u64],
    /// What goes left with any of them: nothing, or the missing ones.
    pub(crate) first: &'a S,
    /// All of the node.
    pub(crate) whole: &'a S,
}

/// Tries every cut; of equal ones the first is best.
pub(super) fn try_all<E: Evidence>(evidence: &E, bins: &Bins<'_, E::Sum>, limits: &Limits) -> Option<Cut> {
    let mut left = bins.first.clone();
    let mut best: Option<Cut> = None;
    for (bin, cell) in bins.cells.chunks_exact(evidence.words()).enumerate() {
        add(left.as_mut(), cell);
        let mut right = bins.whole.clone();
        subtract(right.as_mut(), left.as_ref());
        let (left, right) = (left.as_ref(), right.as_ref());
        if !(limits.allow(evidence, left) && limits.allow(evidence, right)) {
            continue;
        }
        let score = evidence.score(left, 0.0) + evidence.score(right, 0.0);
        if best.is_none_or(|best| score > best.score) {
            best = Some(Cut { bin, score });
        }
    }
    best
}

impl Gradients {
    /// Tries every cut, in passes that the compiler turns into vectors.
    pub(super) fn cut(&self, bins: &Bins<'_, [u64; 2]>, limits: &Limits) -> Option<Cut> {
        let mut sides = [[[0.0; 2]; BINS]; 2];
        let [gradients, weights] = &mut sides;
        let mut left = *bins.first;
        let mut allowed = 0..0;
        for (bin, cell) in bins.cells.chunks_exact(2).enumerate().take(BINS) {
            add(&mut left, cell);
            let mut right = *bins.whole;
            subtract(&mut right, &left);
            gradients[bin] = [self.gradient(&left), self.gradient(&right)];
            weights[bin] = [self.weight(&left), self.weight(&right)];
            // The left side only grows, the right one only shrinks: what is allowed lies side by side.
            if !limits.allow_of(self.rows(&left), weights[bin][0]) {
                allowed = bin + 1..bin + 1;
            } else if limits.allow_of(self.rows(&right), weights[bin][1]) {
                allowed.end = bin + 1;
            }
        }
        let mut scores = [0.0; BINS];
        let count = allowed.end;
        for ((score, gradients), weights) in scores[..count].iter_mut().zip(gradients).zip(weights) {
            let side = |i: usize| gradients[i] * gradients[i] / (weights[i] + self.l2);
            *score = side(0) + side(1);
        }
        let scores = scores.get(allowed.clone())?;
        let mut best: Option<Cut> = None;
        for (place, &score) in scores.iter().enumerate() {
            if best.is_none_or(|best| score > best.score) {
                best = Some(Cut { bin: allowed.start + place, score });
            }
        }
        best
    }
}
