//! Sums of money that are exact in any order.

use serde::{Deserialize, Serialize};

const UNITS: f64 = 1e6;
/// Beyond this a line's amount is surely an error (and would not fit 64 bits of millionths).
pub(crate) const MOST: f64 = 1e12;

/// An amount in whole millionths; `None` beyond [`MOST`] or for NaN.
pub(crate) fn units(amount: f64) -> Option<i64> {
    (amount.abs() <= MOST).then(|| (amount * UNITS).round() as i64)
}

/// The amount of whole millionths.
pub(crate) fn amount(units: i128) -> f64 {
    units as f64 / UNITS
}

/// A number of lines and the sum of their amounts, which is exact: integer millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    pub(crate) lines: usize,
    pub(crate) units: i128,
}

impl Tally {
    /// Number of lines.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Sum of their amounts.
    pub fn amount(&self) -> f64 {
        amount(self.units)
    }

    pub(crate) fn add(&mut self, units: i64) {
        self.lines += 1;
        self.units += i128::from(units);
    }

    pub(crate) fn merge(self, other: Self) -> Self {
        Self { lines: self.lines.saturating_add(other.lines), units: self.units.saturating_add(other.units) }
    }
}
