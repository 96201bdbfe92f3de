//! Weights and weighted targets: squared error and Poisson deviance.

use super::criterion::{Criterion, Weights, between, most};
use crate::integers::{count_bits, scale};

/// What a row adds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value {
    /// Word of the weight.
    weight: u64,
    /// Weight times target, in whole numbers.
    value: i64,
    /// Rank of the target: equal ones are equal targets.
    rank: u32,
}

/// A sum of [`Value`]s.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    weight: u64,
    value: i64,
    /// The part of `value` above 0.
    above: i64,
}

/// Squared error, or half the Poisson deviance.
#[derive(Debug)]
pub(crate) struct Deviance<const POISSON: bool> {
    weights: Weights,
    value_unit: f64,
}

impl<const POISSON: bool> Deviance<POISSON> {
    /// The criterion and the items of `rows` with their weights; `target` and the `ranks` of it are those of all rows.
    pub(crate) fn new(rows: &[u32], weights: &[f64], target: &[f64], ranks: &[u32]) -> (Self, Vec<Value>) {
        let packing = Weights::new(weights, 1);
        // Around the mean, so that a large common offset costs no digits; the Poisson deviance needs the targets as they are.
        let total: f64 = weights.iter().sum();
        let mean = rows.iter().zip(weights).map(|(&row, w)| target[row as usize] * (w / total)).sum::<f64>();
        let centre = if POISSON { 0.0 } else { mean };
        let weighted = |row: u32, weight: f64| (target[row as usize] - centre) * weight;
        let largest =
            rows.iter().zip(weights).fold(0.0, |most: f64, (&r, &w)| most.max(weighted(r, w).abs()));
        let value_scale = scale(largest, 62u32.saturating_sub(count_bits(rows.len())).min(50));
        let item = |(&row, &weight): (&u32, &f64)| Value {
            weight: packing.pack(weight),
            value: (weighted(row, weight) * value_scale).round() as i64,
            rank: ranks[row as usize],
        };
        let items = rows.iter().zip(weights).map(item).collect();
        (Self { weights: packing, value_unit: 1.0 / value_scale }, items)
    }

    #[inline(always)]
    fn gain_of(&self, total: &Moments, weight: u64, value: i64) -> f64 {
        let (all, some) = (self.weights.whole(total.weight), self.weights.whole(weight));
        if POISSON {
            let (sum, left, right) = (total.value as f64, value as f64, (total.value - value) as f64);
            if !(left > 0.0 && right > 0.0) {
                return f64::NAN;
            }
            // The means of the sides against that of both.
            let term = |value: f64, weight: f64| value * (value / weight * (all / sum)).ln();
            let gain = term(left, some) + term(right, all - some);
            if gain <= 1e-14 * sum { 0.0 } else { gain * self.value_unit }
        } else {
            let squares = between(all, total.value as f64, some, value as f64);
            squares / (some * (all - some) * all) * (self.value_unit / self.weights.unit()) * self.value_unit
        }
    }
}

impl<const POISSON: bool> Criterion for Deviance<POISSON> {
    type Item = Value;
    type Sum = Moments;
    const BOUNDED: bool = true;

    fn zero(&self) -> Moments {
        Moments { weight: 0, value: 0, above: 0 }
    }

    #[inline(always)]
    fn add(&self, sum: &mut Moments, item: Value) {
        sum.weight += item.weight;
        sum.value += item.value;
        sum.above += item.value.max(0);
    }

    #[inline(always)]
    fn merge(&self, sum: &mut Moments, other: &Moments) {
        sum.weight += other.weight;
        sum.value += other.value;
        sum.above += other.above;
    }

    #[inline(always)]
    fn rows(&self, sum: &Moments) -> usize {
        self.weights.rows(sum.weight)
    }

    fn weight(&self, sum: &Moments) -> f64 {
        self.weights.whole(sum.weight) * self.weights.unit()
    }

    fn is_pure(&self, items: &[Value], _: &Moments) -> bool {
        items.iter().all(|item| item.rank == items[0].rank)
    }

    #[inline(always)]
    fn gain(&self, total: &Moments, left: &Moments) -> f64 {
        self.gain_of(total, left.weight, left.value)
    }

    #[inline(always)]
    fn bound(&self, total: &Moments, left: &Moments, bucket: &Moments) -> f64 {
        let (low, high) = (left.value + bucket.value - bucket.above, left.value + bucket.above);
        let mut bound = 0.0;
        for weight in [left.weight, left.weight + bucket.weight] {
            for value in [low, high] {
                bound = most(bound, self.gain_of(total, weight, value));
            }
        }
        bound
    }

    fn orders(&self) -> usize {
        1
    }

    fn key(&self, _: usize, level: &Moments, total: &Moments, smoothing: f64) -> f64 {
        let share = smoothing / self.rows(total) as f64;
        let weight = self.weights.whole(level.weight) + share * self.weights.whole(total.weight);
        let value = level.value as f64 + share * total.value as f64;
        if weight > 0.0 { value / weight } else { 0.0 }
    }
}
