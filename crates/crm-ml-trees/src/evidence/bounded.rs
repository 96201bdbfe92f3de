//! Gradients under an L1 penalty, of nodes whose value has bounds.
//!
//! Apart from [`Gradients`], so that trees without either pay nothing for them.

use super::{Evidence, Gradients};
use crate::groups::GroupBins;

/// Where the value of a node must lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    least: f64,
    most: f64,
}

impl Bounds {
    /// No bounds.
    pub(crate) const FREE: Self = Self { least: f64::NEG_INFINITY, most: f64::INFINITY };

    /// The value within the bounds nearest to this one; 0 counts for what is not finite.
    pub(crate) fn clip(self, value: f64) -> f64 {
        if value.is_finite() { value.max(self.least).min(self.most) } else { self.clip(0.0) }
    }

    /// The bounds of the children, of which the right one lies in `direction` of the left one: the middle of their values
    /// parts them.
    pub(crate) fn part(self, direction: i8, left: f64, right: f64) -> [Self; 2] {
        let middle = self.clip(left / 2.0 + right / 2.0);
        let (below, above) = (Self { most: middle, ..self }, Self { least: middle, ..self });
        match direction {
            0 => [self; 2],
            1.. => [below, above],
            _ => [above, below],
        }
    }
}

/// The value of a node that minimises `G w + (H + l2) w^2 / 2 + l1 |w|`, given `H + l2`.
pub(crate) fn newton(gradient: f64, hessian: f64, l1: f64) -> f64 {
    let beyond = (gradient.abs() - l1).max(0.0);
    -beyond.copysign(gradient) / hessian
}

/// What bounds a split beyond its evidence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) l1: f64,
    pub(crate) bounds: Bounds,
    /// In which direction of the left child's value the right one's must lie; 0 for any.
    pub(crate) direction: i8,
}

/// The gradients of a node, judged under such terms: `score = -(2 G w + (H + l2) w^2 + 2 l1 |w|)` at the best allowed `w`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounded<'a> {
    pub(super) gradients: &'a Gradients,
    pub(super) terms: Terms,
}

impl Bounded<'_> {
    /// The best allowed value of rows with this sum.
    pub(crate) fn value(&self, sum: &[u64], l2: f64) -> f64 {
        let hessian = self.gradients.weight(sum) + self.gradients.l2 + l2;
        self.terms.bounds.clip(newton(self.gradients.gradient(sum), hessian, self.terms.l1))
    }
}

impl Evidence for Bounded<'_> {
    type Sum = <Gradients as Evidence>::Sum;

    type Item = <Gradients as Evidence>::Item;

    fn score(&self, sum: &[u64], l2: f64) -> f64 {
        let hessian = self.gradients.weight(sum) + self.gradients.l2 + l2;
        let value = self.value(sum, l2);
        -(2.0 * self.gradients.gradient(sum) * value
            + hessian * value * value
            + 2.0 * self.terms.l1 * value.abs())
    }

    fn allows(&self, left: &[u64], right: &[u64], l2: f64) -> bool {
        match self.terms.direction {
            0 => true,
            1.. => self.value(left, l2) <= self.value(right, l2),
            _ => self.value(left, l2) >= self.value(right, l2),
        }
    }

    fn words(&self) -> usize {
        self.gradients.words()
    }

    fn zero(&self) -> Self::Sum {
        self.gradients.zero()
    }

    fn item(&self, row: u32) -> Self::Item {
        self.gradients.item(row)
    }

    fn sum(&self, rows: &[u32]) -> Self::Sum {
        self.gradients.sum(rows)
    }

    fn add_column(&self, bins: &[u8], rows: &[u32], items: &[Self::Item], histogram: &mut [u64]) {
        self.gradients.add_column(bins, rows, items, histogram);
    }

    fn add_group(
        &self,
        shape: (usize, &[usize]),
        bins: GroupBins<'_>,
        rows: &[u32],
        items: &[Self::Item],
        histograms: &mut [u64],
    ) {
        self.gradients.add_group(shape, bins, rows, items, histograms);
    }

    fn rows(&self, sum: &[u64]) -> usize {
        self.gradients.rows(sum)
    }

    fn weight(&self, sum: &[u64]) -> f64 {
        self.gradients.weight(sum)
    }

    fn key(&self, sum: &[u64], node: &[u64], smoothing: f64) -> f64 {
        self.gradients.key(sum, node, smoothing)
    }
}
