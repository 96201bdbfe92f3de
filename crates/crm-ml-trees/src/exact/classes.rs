//! Weights of classes, judged by their impurity.

use super::criterion::{Criterion, Weights, between, most};
use crate::Impurity;

/// Up to so many classes have sums of fixed length.
pub(crate) const FEW: usize = 4;
/// Bits of a row's word that name one of [`FEW`] classes.
const CLASS_BITS: u32 = 2;

/// Weights of `K` classes, at most [`FEW`].
#[derive(Debug)]
pub(crate) struct Few<const K: usize> {
    weights: Weights,
    impurity: Impurity,
}

impl<const K: usize> Few<K> {
    /// The criterion and the items of `rows`: the class in the highest bits of the word of the weight.
    pub(crate) fn new(rows: &[u32], weights: &[f64], codes: &[u32], impurity: Impurity) -> (Self, Vec<u64>) {
        let packing = Weights::new(weights, CLASS_BITS + 1);
        let item = |(&row, &weight): (&u32, &f64)| {
            packing.pack(weight) | u64::from(codes[row as usize]) << (64 - CLASS_BITS)
        };
        let items = rows.iter().zip(weights).map(item).collect();
        (Self { weights: packing, impurity }, items)
    }

    #[inline(always)]
    fn total(sum: &[u64; K]) -> u64 {
        sum.iter().sum()
    }

    #[inline(always)]
    fn gain_of(&self, total: &[u64; K], left: &[u64; K]) -> f64 {
        let whole = |sum: u64| self.weights.whole(sum);
        let (all, some) = (whole(Self::total(total)), whole(Self::total(left)));
        match self.impurity {
            Impurity::Gini => {
                let squares = if K == 2 {
                    // What one class gains the other does.
                    2.0 * between(all, whole(total[1]), some, whole(left[1]))
                } else {
                    total.iter().zip(left).map(|(t, l)| between(all, whole(*t), some, whole(*l))).sum()
                };
                squares / (some * (all - some) * all) * self.weights.unit()
            }
            Impurity::Entropy => {
                entropy_gain(total.iter().zip(left).map(|(t, l)| (whole(*t), whole(*l))), all, some)
                    * self.weights.unit()
            }
        }
    }
}

/// The decrease of the entropy in bits times the weight. Classes with their weight in all and to the left.
fn entropy_gain(classes: impl Iterator<Item = (f64, f64)>, all: f64, left: f64) -> f64 {
    let term = |weight: f64, of: f64| if weight > 0.0 { weight * (weight / of).log2() } else { 0.0 };
    let (mut children, mut parent) = (0.0, 0.0);
    for (total, part) in classes {
        children += term(part, left) + term(total - part, all - left);
        parent += term(total, all);
    }
    let gain: f64 = children - parent;
    if gain <= 1e-12 * children.abs() { 0.0 } else { gain }
}

impl<const K: usize> Criterion for Few<K> {
    type Item = u64;
    type Sum = [u64; K];
    const BOUNDED: bool = true;

    fn zero(&self) -> [u64; K] {
        [0; K]
    }

    #[inline(always)]
    fn add(&self, sum: &mut [u64; K], item: u64) {
        if let Some(of_class) = sum.get_mut((item >> (64 - CLASS_BITS)) as usize) {
            *of_class += item & (u64::MAX >> CLASS_BITS);
        }
    }

    #[inline(always)]
    fn merge(&self, sum: &mut [u64; K], other: &[u64; K]) {
        sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
    }

    #[inline(always)]
    fn rows(&self, sum: &[u64; K]) -> usize {
        self.weights.rows(Self::total(sum))
    }

    fn weight(&self, sum: &[u64; K]) -> f64 {
        self.weights.whole(Self::total(sum)) * self.weights.unit()
    }

    fn is_pure(&self, _: &[u64], total: &[u64; K]) -> bool {
        total.iter().filter(|word| **word != 0).count() < 2
    }

    #[inline(always)]
    fn gain(&self, total: &[u64; K], left: &[u64; K]) -> f64 {
        self.gain_of(total, left)
    }

    #[inline(always)]
    fn bound(&self, total: &[u64; K], left: &[u64; K], bucket: &[u64; K]) -> f64 {
        // Both ends of the way through the bucket are cuts of their own, and between them gains are less where it is straight.
        if bucket.iter().filter(|word| **word > 0).count() < 2 {
            return 0.0;
        }
        let corner = |which: usize| {
            let corner = std::array::from_fn(|class| {
                if which >> class & 1 == 1 { left[class] + bucket[class] } else { left[class] }
            });
            self.gain_of(total, &corner)
        };
        let mut bound = 0.0;
        for which in 1..(1 << K) - 1 {
            bound = most(bound, corner(which));
        }
        bound
    }

    fn orders(&self) -> usize {
        orders(K)
    }

    fn key(&self, order: usize, level: &[u64; K], total: &[u64; K], smoothing: f64) -> f64 {
        let whole = |sum: u64| self.weights.whole(sum);
        let share = smoothing / self.rows(total) as f64;
        let weight = whole(Self::total(level)) + share * whole(Self::total(total));
        let class = whole(level[order]) + share * whole(total[order]);
        if weight > 0.0 { class / weight } else { 0.0 }
    }
}

/// For two classes one order of the levels finds the best grouping (Breiman et al. 1984, theorem 4.5); for more there is none.
fn orders(classes: usize) -> usize {
    if classes == 2 { 1 } else { classes }
}

/// Weights of any number of classes.
#[derive(Debug)]
pub(crate) struct Many {
    weights: Weights,
    classes: usize,
    impurity: Impurity,
}

impl Many {
    /// The criterion and the items of `rows`: word of the weight, class.
    pub(crate) fn new(
        rows: &[u32],
        weights: &[f64],
        codes: &[u32],
        classes: usize,
        impurity: Impurity,
    ) -> (Self, Vec<(u64, u32)>) {
        let packing = Weights::new(weights, 1);
        let item = |(&row, &weight): (&u32, &f64)| (packing.pack(weight), codes[row as usize]);
        let items = rows.iter().zip(weights).map(item).collect();
        (Self { weights: packing, classes, impurity }, items)
    }

    fn total(sum: &[u64]) -> u64 {
        sum.iter().sum()
    }
}

impl Criterion for Many {
    type Item = (u64, u32);
    type Sum = Vec<u64>;
    const BOUNDED: bool = false;

    fn zero(&self) -> Vec<u64> {
        vec![0; self.classes]
    }

    fn add(&self, sum: &mut Vec<u64>, (word, class): (u64, u32)) {
        if let Some(of_class) = sum.get_mut(class as usize) {
            *of_class += word;
        }
    }

    fn merge(&self, sum: &mut Vec<u64>, other: &Vec<u64>) {
        sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
    }

    fn rows(&self, sum: &Vec<u64>) -> usize {
        self.weights.rows(Self::total(sum))
    }

    fn weight(&self, sum: &Vec<u64>) -> f64 {
        self.weights.whole(Self::total(sum)) * self.weights.unit()
    }

    fn is_pure(&self, _: &[(u64, u32)], total: &Vec<u64>) -> bool {
        total.iter().filter(|word| **word != 0).count() < 2
    }

    fn gain(&self, total: &Vec<u64>, left: &Vec<u64>) -> f64 {
        let whole = |sum: u64| self.weights.whole(sum);
        let (all, some) = (whole(Self::total(total)), whole(Self::total(left)));
        let classes = total.iter().zip(left).map(|(t, l)| (whole(*t), whole(*l)));
        let gain = match self.impurity {
            Impurity::Gini => {
                classes.map(|(t, l)| between(all, t, some, l)).sum::<f64>() / (some * (all - some) * all)
            }
            Impurity::Entropy => entropy_gain(classes, all, some),
        };
        gain * self.weights.unit()
    }

    fn bound(&self, _: &Vec<u64>, _: &Vec<u64>, _: &Vec<u64>) -> f64 {
        f64::NAN
    }

    fn orders(&self) -> usize {
        orders(self.classes)
    }

    fn key(&self, order: usize, level: &Vec<u64>, total: &Vec<u64>, smoothing: f64) -> f64 {
        let whole = |sum: u64| self.weights.whole(sum);
        let share = smoothing / self.rows(total) as f64;
        let weight = whole(Self::total(level)) + share * whole(Self::total(total));
        let class = whole(level[order]) + share * whole(total[order]);
        if weight > 0.0 { class / weight } else { 0.0 }
    }
}
