//! The best cut of a real column's bins.

use std::ops::Range;

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
    /// What goes right with any of them.
    pub(crate) last: &'a S,
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
        let Some(score) = limits.score(evidence, left.as_ref(), right.as_ref(), 0.0) else { continue };
        if best.is_none_or(|best| score > best.score) {
            best = Some(Cut { bin, score });
        }
    }
    best
}

/// Adds what every cut gains to `gains`, cut by cut; nothing for those that are not allowed or gain nothing.
pub(super) fn add_all_gains<E: Evidence>(
    evidence: &E,
    bins: &Bins<'_, E::Sum>,
    limits: &Limits,
    gains: &mut [f64],
) {
    let of_node = evidence.score(bins.whole.as_ref(), 0.0);
    let mut left = bins.first.clone();
    for (cell, gain) in bins.cells.chunks_exact(evidence.words()).zip(gains) {
        add(left.as_mut(), cell);
        let mut right = bins.whole.clone();
        subtract(right.as_mut(), left.as_ref());
        let score = limits.score(evidence, left.as_ref(), right.as_ref(), 0.0);
        *gain += score.and_then(|score| limits.worth(score, of_node)).unwrap_or(0.0);
    }
}

impl Gradients {
    /// Tries every cut, in passes that the compiler turns into vectors.
    pub(super) fn cut(&self, bins: &Bins<'_, [u64; 2]>, limits: &Limits) -> Option<Cut> {
        let allowed = self.allowed(bins, limits);
        // Clearing room for all bins would cost more than searching a few.
        match allowed.len() {
            0 => None,
            1..=8 => self.cut_among::<8>(bins, allowed),
            9..=64 => self.cut_among::<64>(bins, allowed),
            _ => self.cut_among::<BINS>(bins, allowed),
        }
    }

    /// Adds what every cut gains, in the same passes.
    pub(super) fn gains(&self, bins: &Bins<'_, [u64; 2]>, limits: &Limits, gains: &mut [f64]) {
        let allowed = self.allowed(bins, limits);
        let of_node = self.score(bins.whole, 0.0);
        let scores = self.scores::<BINS>(bins, &allowed);
        let Some(gains) = gains.get_mut(allowed) else { return };
        for (gain, score) in gains.iter_mut().zip(scores) {
            *gain += limits.worth(score, of_node).unwrap_or(0.0);
        }
    }

    /// The best of up to `ROOM` cuts.
    fn cut_among<const ROOM: usize>(&self, bins: &Bins<'_, [u64; 2]>, allowed: Range<usize>) -> Option<Cut> {
        let scores = self.scores::<ROOM>(bins, &allowed);
        let count = allowed.len().min(ROOM);
        let score = largest(&scores[..count.next_multiple_of(4)]);
        let place = scores[..count].iter().position(|other| *other == score)?;
        Some(Cut { bin: allowed.start + place, score })
    }

    /// The scores of up to `ROOM` cuts, and behind them nothing that is greater.
    #[inline(always)]
    fn scores<const ROOM: usize>(&self, bins: &Bins<'_, [u64; 2]>, allowed: &Range<usize>) -> [f64; ROOM] {
        let mut scores = [f64::NEG_INFINITY; ROOM];
        let mut left = *bins.first;
        let Some((before, inside)) = bins.cells.split_at_checked(2 * allowed.start) else { return scores };
        before.chunks_exact(2).for_each(|cell| add(&mut left, cell));

        let (whole, count_bits) = (*bins.whole, self.count_bits);
        let (mut gradients, mut weights) = ([[0.0; 2]; ROOM], [[0.0; 2]; ROOM]);
        let count = allowed.len().min(ROOM);
        for ((cell, gradients), weights) in
            inside.chunks_exact(2).zip(&mut gradients[..count]).zip(&mut weights[..count])
        {
            add(&mut left, cell);
            let mut right = whole;
            subtract(&mut right, &left);
            *gradients = [left[0], right[0]].map(|sum| sum as i64 as f64 * self.gradient_unit);
            *weights = [left[1], right[1]].map(|sum| (sum >> count_bits) as i64 as f64 * self.hessian_unit);
        }
        for ((score, gradients), weights) in scores[..count].iter_mut().zip(&gradients).zip(&weights) {
            let side = |i: usize| gradients[i] * gradients[i] / (weights[i] + self.l2);
            *score = side(0) + side(1);
        }
        scores
    }

    /// The bins after which the limits allow a cut: the left side only grows and the right one only shrinks, so they lie
    /// side by side.
    fn allowed(&self, bins: &Bins<'_, [u64; 2]>, limits: &Limits) -> Range<usize> {
        let count = bins.cells.len() / 2;
        let forbidden = |side: &mut [u64; 2], cell: &[u64]| {
            add(side, cell);
            !limits.allow(self, side)
        };
        let (mut left, mut right) = (*bins.first, *bins.last);
        let start = bins.cells.chunks_exact(2).take_while(|cell| forbidden(&mut left, cell)).count();
        if limits.allow(self, &right) {
            return start..count;
        }
        let behind = bins.cells.chunks_exact(2).rev().take_while(|cell| forbidden(&mut right, cell)).count();
        start..count.saturating_sub(behind + 1).max(start)
    }
}

/// The largest of the scores, four side by side.
fn largest(scores: &[f64]) -> f64 {
    let larger = |a: f64, b: f64| if b > a { b } else { a };
    let mut lanes = [f64::NEG_INFINITY; 4];
    for scores in scores.chunks_exact(4) {
        lanes.iter_mut().zip(scores).for_each(|(most, score)| *most = larger(*most, *score));
    }
    lanes.into_iter().fold(f64::NEG_INFINITY, larger)
}
