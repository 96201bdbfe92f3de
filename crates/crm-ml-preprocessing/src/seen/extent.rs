//! Least and largest value.

use crm_ml_core::Column;
use serde::{Deserialize, Serialize};

use super::Statistic;

/// The least and the largest value; the first above the second where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Default for Extent {
    fn default() -> Self {
        Self { min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Extent {
    pub(crate) fn is_empty(&self) -> bool {
        self.min > self.max
    }

    /// The largest distance from 0.
    pub(crate) fn max_abs(&self) -> f64 {
        self.max.max(-self.min)
    }
}

/// 0.0 and -0.0 are equal: the sum has one bit pattern.
fn least(a: f64, b: f64) -> f64 {
    if b + 0.0 < a { b + 0.0 } else { a }
}

fn largest(a: f64, b: f64) -> f64 {
    if b + 0.0 > a { b + 0.0 } else { a }
}

impl Statistic for Extent {
    type Work = Self;

    fn begin(&self) -> Self {
        Self::default()
    }

    fn see(work: &mut Self, cells: &[f64], _: Option<&[f64]>) {
        // Comparisons with NaN are false.
        for &cell in cells {
            work.min = least(work.min, cell);
            work.max = largest(work.max, cell);
        }
    }

    fn absorb(&mut self, work: Self) {
        self.merge(&work);
    }

    fn merge(&mut self, other: &Self) {
        self.min = least(self.min, other.min);
        self.max = largest(self.max, other.max);
    }

    fn is_sound(&self, _: &Column) -> bool {
        *self == Self::default() || (self.min.is_finite() && self.max.is_finite() && self.min <= self.max)
    }
}
