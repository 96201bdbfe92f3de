//! A sum of weights.

use num_bigint::{BigInt, BigUint};
use serde::{Deserialize, Serialize};

use super::round::ratio;
use super::{POINT, parts};

/// Exact sum of weights: whole ones counted, the rest added as a long integer of the smallest float.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    whole: u128,
    rest: BigUint,
}

impl Tally {
    pub(crate) fn rows(rows: usize) -> Self {
        Self { whole: rows as u128, rest: BigUint::ZERO }
    }

    /// Adds a finite weight of at least 0.
    pub(crate) fn add(&mut self, weight: f64) {
        if weight < 1e18 && weight.fract() == 0.0 {
            self.whole = self.whole.saturating_add(weight as u128);
        } else {
            let (mantissa, exponent) = parts(weight);
            self.rest += BigUint::from(mantissa) << exponent;
        }
    }

    pub(crate) fn of(weights: Option<&[f64]>, rows: usize) -> Self {
        let Some(weights) = weights else { return Self::rows(rows) };
        let mut tally = Self::default();
        weights.iter().for_each(|w| tally.add(*w));
        tally
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.whole = self.whole.saturating_add(other.whole);
        self.rest += &other.rest;
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.whole == 0 && self.rest.bits() == 0
    }

    /// The nearest float.
    pub(crate) fn value(&self) -> f64 {
        if self.rest.bits() == 0 {
            return self.whole as f64;
        }
        ratio(&BigInt::from(self.units()), &BigUint::from(1u8), -(POINT as i64))
    }

    /// In units of the smallest float.
    pub(super) fn units(&self) -> BigUint {
        (BigUint::from(self.whole) << POINT) + &self.rest
    }

    /// For states read from a file: no longer than sums of weights get.
    pub(crate) fn is_sound(&self) -> bool {
        self.rest.bits() <= 2 * POINT + 192
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_without_rounding() {
        let mut tally = Tally::default();
        for weight in [1e300, 0.1, 3.0, f64::from_bits(1)] {
            tally.add(weight);
        }
        assert_eq!(tally.value(), 1e300);
        let tenth = Tally::of(Some(&[0.1; 10]), 10);
        // Ten times the float next to a tenth is 1 + 5.6e-17.
        assert_eq!(tenth.value(), 1.0);
        assert_eq!(Tally::rows(7).value(), 7.0);
        assert!(Tally::default().is_zero() && Tally::default().is_sound());
    }
}
