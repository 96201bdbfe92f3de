//! What the splits of trees and forests reduce.
//!
//! Sums are integers, so that they do not depend on the order of rows, and weights of whole numbers are exact.

use crate::integers::{count_bits, scale};

/// A way to judge how well a cut parts the rows of a node.
pub(crate) trait Criterion: Sync {
    /// What a row adds to a sum.
    type Item: Copy + Send + Sync;

    /// What is known of some rows.
    type Sum: Clone + Send + Sync;

    /// Whether [`Criterion::bound`] is cheap enough to search coarse cuts first.
    const BOUNDED: bool;

    /// The sum of no rows.
    fn zero(&self) -> Self::Sum;

    /// Adds a row.
    fn add(&self, sum: &mut Self::Sum, item: Self::Item);

    /// Adds the rows of another sum.
    fn merge(&self, sum: &mut Self::Sum, other: &Self::Sum);

    /// Number of rows.
    fn rows(&self, sum: &Self::Sum) -> usize;

    /// Weight of the rows.
    fn weight(&self, sum: &Self::Sum) -> f64;

    /// Whether the rows are alike, so that no cut can gain.
    fn is_pure(&self, items: &[Self::Item], total: &Self::Sum) -> bool;

    /// By how much the cut of `total` into `left` and the rest decreases the impurity times the weight; 0 where rounding could be
    /// all of it, NaN where the cut is not allowed.
    fn gain(&self, total: &Self::Sum, left: &Self::Sum) -> f64;

    /// No less than the gain of any cut between `left` and `left` with the whole of `bucket`; NaN where there is no bound.
    ///
    /// The gain is a convex function of the sum to the left, and every sum inside the bucket lies in a box, so it is
    /// greatest at a corner.
    fn bound(&self, total: &Self::Sum, left: &Self::Sum, bucket: &Self::Sum) -> f64;

    /// Number of orders in which the levels of a category are tried.
    fn orders(&self) -> usize;

    /// Place of a level in an order, shrunk towards the node by `smoothing` rows of average weight.
    fn key(&self, order: usize, level: &Self::Sum, total: &Self::Sum, smoothing: f64) -> f64;

    /// The gain of every cut of the rows, given in order: entry `i` is that of the cut behind row `i`. `None` where gains follow from
    /// sums.
    fn gains(&self, _rows: &mut dyn ExactSizeIterator<Item = Self::Item>) -> Option<Vec<f64>> {
        None
    }
}

/// Whole numbers in place of weights.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    scale: f64,
    count_bits: u32,
}

impl Weights {
    /// For `rows` rows with these weights; `spare` bits of the word of a row stay free.
    pub(crate) fn new(weights: &[f64], spare: u32) -> Self {
        let count_bits = count_bits(weights.len());
        let bits = 63u32.saturating_sub((2 * count_bits).max(count_bits + spare)).clamp(1, 50);
        Self { scale: scale(weights.iter().fold(0.0, |most, w| w.max(most)), bits), count_bits }
    }

    /// The word of a row: its weight above a count of one.
    pub(crate) fn pack(&self, weight: f64) -> u64 {
        // A row of weight above 0 never counts for nothing.
        (((weight * self.scale).round() as u64).max(1) << self.count_bits) | 1
    }

    /// Rows in a sum of words.
    pub(crate) fn rows(&self, sum: u64) -> usize {
        (sum & ((1 << self.count_bits) - 1)) as usize
    }

    /// Weight in a sum of words, in whole numbers.
    #[inline(always)]
    pub(crate) fn whole(&self, sum: u64) -> f64 {
        // The highest bit is free: signed numbers convert in one instruction.
        (sum >> self.count_bits) as i64 as f64
    }

    /// What one is worth.
    pub(crate) fn unit(&self) -> f64 {
        1.0 / self.scale
    }
}

/// The greater, NaN above all.
#[inline(always)]
pub(crate) fn most(a: f64, b: f64) -> f64 {
    if a.is_nan() || a >= b { a } else { b }
}

/// `d^2 / (w (W - w) W)` for `d = s W - S w`: how far the mean of the rows to the left lies from that of the others, squared and weighted.
/// It is what a cut decreases the squared error by; the Gini impurity is that of the classes' indicators.
#[inline(always)]
pub(crate) fn between(total_weight: f64, total: f64, weight: f64, left: f64) -> f64 {
    let (a, b) = (left * total_weight, total * weight);
    let d = a - b;
    // Not more than rounding.
    if d.abs() <= 1e-14 * (a.abs() + b.abs()) { 0.0 } else { d * d }
}
