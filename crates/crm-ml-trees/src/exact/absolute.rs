//! Absolute error around the weighted median.

use super::criterion::{Criterion, Weights};
use crate::integers::scale;

/// What a row adds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    weight: u64,
    /// The target in whole numbers.
    value: i64,
    /// Rank of the target: equal ones are equal targets.
    rank: u32,
}

/// A sum of [`Point`]s. It does not tell the error, but puts levels in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    weight: u64,
    value: i128,
}

/// Absolute error around the weighted median.
#[derive(Debug)]
pub(crate) struct Absolute {
    weights: Weights,
    value_unit: f64,
}

impl Absolute {
    /// The criterion and the items of `rows` with their weights; `target` and the `ranks` of it are those of all rows.
    pub(crate) fn new(rows: &[u32], weights: &[f64], target: &[f64], ranks: &[u32]) -> (Self, Vec<Point>) {
        let packing = Weights::new(weights, 1);
        let of_rows = || rows.iter().map(|&row| target[row as usize]);
        let (low, high) =
            of_rows().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (y.min(low), y.max(high)));
        let centre = low / 2.0 + high / 2.0;
        let value_scale = scale(high - centre, 50);
        let item = |((&row, &weight), y): ((&u32, &f64), f64)| Point {
            weight: packing.pack(weight),
            value: ((y - centre) * value_scale).round() as i64,
            rank: ranks[row as usize],
        };
        let items = rows.iter().zip(weights).zip(of_rows()).map(item).collect();
        (Self { weights: packing, value_unit: 1.0 / value_scale }, items)
    }

    fn whole(&self, point: &Point) -> i128 {
        self.weights.whole(point.weight) as i128
    }

    /// The error of the first row, of the first two, and so on.
    fn errors(&self, points: impl Iterator<Item = (usize, i128, i128)>, places: usize) -> Vec<i128> {
        let mut tree = Fenwick { nodes: vec![(0, 0); places + 1] };
        let (mut weight, mut value) = (0, 0);
        points
            .map(|(place, of_row, y)| {
                tree.add(place, of_row, of_row * y);
                weight += of_row;
                value += of_row * y;
                // Below the median, and the median itself on either side: it adds nothing.
                let (place, below, value_below) = tree.below_half(weight);
                let median = tree.value_at(place);
                (value - value_below - median * (weight - below)) + (median * below - value_below)
            })
            .collect()
    }
}

/// Sums over the first so many places, in logarithmic time.
struct Fenwick {
    /// Weight, weight times value.
    nodes: Vec<(i128, i128)>,
}

impl Fenwick {
    fn add(&mut self, place: usize, weight: i128, value: i128) {
        let mut node = place + 1;
        while node < self.nodes.len() {
            self.nodes[node].0 += weight;
            self.nodes[node].1 += value;
            node += node & node.wrapping_neg();
        }
    }

    /// The place of the lower median of rows of total `weight`, and the sums before it.
    fn below_half(&self, weight: i128) -> (usize, i128, i128) {
        let (mut node, mut sums) = (0, (0, 0));
        let mut step = self.nodes.len().next_power_of_two();
        while step > 0 {
            if let Some((of_weight, of_value)) = self.nodes.get(node + step) {
                if 2 * (sums.0 + of_weight) < weight {
                    node += step;
                    sums = (sums.0 + of_weight, sums.1 + of_value);
                }
            }
            step /= 2;
        }
        (node, sums.0, sums.1)
    }

    fn prefix(&self, places: usize) -> (i128, i128) {
        let (mut node, mut sums) = (places.min(self.nodes.len() - 1), (0, 0));
        while node > 0 {
            sums = (sums.0 + self.nodes[node].0, sums.1 + self.nodes[node].1);
            node &= node - 1;
        }
        sums
    }

    /// The value of the rows at a place, which all have the same.
    fn value_at(&self, place: usize) -> i128 {
        let (before, behind) = (self.prefix(place), self.prefix(place + 1));
        let weight = behind.0 - before.0;
        if weight > 0 { (behind.1 - before.1) / weight } else { 0 }
    }
}

impl Criterion for Absolute {
    type Item = Point;
    type Sum = Sums;
    const BOUNDED: bool = false;

    fn zero(&self) -> Sums {
        Sums { weight: 0, value: 0 }
    }

    fn add(&self, sum: &mut Sums, item: Point) {
        sum.weight += item.weight;
        sum.value += self.whole(&item) * i128::from(item.value);
    }

    fn merge(&self, sum: &mut Sums, other: &Sums) {
        sum.weight += other.weight;
        sum.value += other.value;
    }

    fn rows(&self, sum: &Sums) -> usize {
        self.weights.rows(sum.weight)
    }

    fn weight(&self, sum: &Sums) -> f64 {
        self.weights.whole(sum.weight) * self.weights.unit()
    }

    fn is_pure(&self, items: &[Point], _: &Sums) -> bool {
        items.iter().all(|item| item.rank == items[0].rank)
    }

    fn gain(&self, _: &Sums, _: &Sums) -> f64 {
        f64::NAN
    }

    fn bound(&self, _: &Sums, _: &Sums, _: &Sums) -> f64 {
        f64::NAN
    }

    fn orders(&self) -> usize {
        1
    }

    fn key(&self, _: usize, level: &Sums, total: &Sums, smoothing: f64) -> f64 {
        let share = smoothing / self.rows(total) as f64;
        let weight = self.weights.whole(level.weight) + share * self.weights.whole(total.weight);
        let value = level.value as f64 + share * total.value as f64;
        if weight > 0.0 { value / weight } else { 0.0 }
    }

    /// One pass from either end. Time: rows times the logarithm of their number.
    fn gains(&self, rows: &mut dyn ExactSizeIterator<Item = Point>) -> Option<Vec<f64>> {
        let points: Vec<Point> = rows.collect();
        let mut ranks: Vec<u32> = points.iter().map(|point| point.rank).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let entry = |point: &Point| {
            let place = ranks.binary_search(&point.rank).unwrap_or(0);
            (place, self.whole(point), i128::from(point.value))
        };
        let left = self.errors(points.iter().map(entry), ranks.len());
        let right = self.errors(points.iter().rev().map(entry), ranks.len());
        let all = left.last().copied().unwrap_or(0);
        let unit = self.weights.unit() * self.value_unit;
        // What is behind row `i` is the error of the last `rows - 1 - i`.
        let behind = right.iter().rev().skip(1).copied().chain([0]);
        Some(left.iter().zip(behind).map(|(left, right)| (all - left - right) as f64 * unit).collect())
    }
}
