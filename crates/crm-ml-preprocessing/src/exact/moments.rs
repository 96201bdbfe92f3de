//! Weight, mean and variance.

use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use super::round::ratio;
use super::{POINT, Tally, parts};

/// Exact sums of `w`, `w x` and `w x^2` over the values that are there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Moments {
    weight: Tally,
    /// In units of 2^-2148.
    first: BigInt,
    /// In units of 2^-3222.
    second: BigInt,
}

/// The sums of one piece of the rows, of at most [`Sums::MOST`] values.
pub(crate) struct Sums {
    weight: Tally,
    first: Bins<2>,
    second: Bins<3>,
    with_second: bool,
}

/// A bin for each power of two that products of `FACTORS` floats can have.
struct Bins<const FACTORS: usize> {
    bins: Vec<i128>,
}

impl<const FACTORS: usize> Bins<FACTORS> {
    fn new(used: bool) -> Self {
        Self { bins: if used { vec![0; FACTORS * 2046 + 64] } else { Vec::new() } }
    }

    /// Bins hold 2^20 numbers below 2^107.
    #[inline]
    fn add(&mut self, power: usize, value: i128) {
        if let Some(bin) = self.bins.get_mut(power) {
            *bin += value;
        }
    }

    /// The sum in units of the product of as many smallest floats.
    fn total(&self) -> BigInt {
        let filled = self.bins.iter().enumerate().filter(|(_, bin)| **bin != 0);
        filled.map(|(power, bin)| BigInt::from(*bin) << power).sum()
    }
}

impl Sums {
    /// No bin overflows with this many values.
    pub(crate) const MOST: usize = 1 << 18;

    pub(crate) fn new(with_second: bool) -> Self {
        Self { weight: Tally::default(), first: Bins::new(true), second: Bins::new(with_second), with_second }
    }

    /// Takes in values; NaN is missing.
    pub(crate) fn add(&mut self, values: &[f64], weights: Option<&[f64]>) {
        match weights {
            None => self.add_plain(values),
            Some(weights) => values.iter().zip(weights).for_each(|(v, w)| self.add_weighted(*v, *w)),
        }
    }

    /// Weight 1 is 2^1074 units, so that powers start there.
    fn add_plain(&mut self, values: &[f64]) {
        let mut count = 0;
        for &value in values {
            if value.is_nan() {
                continue;
            }
            count += 1;
            let (mantissa, exponent) = parts(value);
            let signed = if value < 0.0 { -(mantissa as i64) } else { mantissa as i64 };
            self.first.add(exponent + POINT as usize, i128::from(signed));
            if self.with_second {
                let square = u128::from(mantissa) * u128::from(mantissa);
                self.second.add(2 * exponent + POINT as usize, square as i128);
            }
        }
        self.weight.merge(&Tally::rows(count));
    }

    fn add_weighted(&mut self, value: f64, weight: f64) {
        if value.is_nan() {
            return;
        }
        self.weight.add(weight);
        let (weight, power) = parts(weight);
        let (mantissa, exponent) = parts(value);
        let product = u128::from(weight) * u128::from(mantissa);
        let signed = if value < 0.0 { -(product as i128) } else { product as i128 };
        self.first.add(power + exponent, signed);
        if self.with_second {
            // A product of three has 159 bits: two halves of 53 bits each times the third.
            let (high, low) = (product >> 53, product & ((1 << 53) - 1));
            let place = power + 2 * exponent;
            self.second.add(place, (low * u128::from(mantissa)) as i128);
            self.second.add(place + 53, (high * u128::from(mantissa)) as i128);
        }
    }
}

impl Moments {
    pub(crate) fn absorb(&mut self, sums: &Sums) {
        self.weight.merge(&sums.weight);
        self.first += sums.first.total();
        self.second += sums.second.total();
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.weight.merge(&other.weight);
        self.first += &other.first;
        self.second += &other.second;
    }

    pub(crate) fn of(values: &[f64], weights: Option<&[f64]>) -> Self {
        let mut moments = Self::default();
        for (number, piece) in values.chunks(Sums::MOST).enumerate() {
            let start = number * Sums::MOST;
            let mut sums = Sums::new(true);
            sums.add(piece, weights.and_then(|w| w.get(start..start + piece.len())));
            moments.absorb(&sums);
        }
        moments
    }

    /// Sum of the weights of the values that are there.
    pub(crate) fn weight(&self) -> f64 {
        self.weight.value()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.weight.is_zero()
    }

    /// The mean, rounded once; NaN without values.
    pub(crate) fn mean(&self) -> f64 {
        ratio(&self.first, &self.weight.units(), -(POINT as i64))
    }

    /// The mean squared distance from the mean, rounded once; NaN without values.
    pub(crate) fn variance(&self) -> f64 {
        let weight = self.weight.units();
        ratio(&self.variance_numerator(), &(&weight * &weight), -2 * POINT as i64)
    }

    /// For states read from a file: sums no longer than data makes them.
    pub(crate) fn is_sound(&self) -> bool {
        self.weight.is_sound()
            && self.first.bits() <= 4 * POINT + 192
            && self.second.bits() <= 6 * POINT + 192
    }

    fn variance_numerator(&self) -> BigInt {
        let weight: BigInt = BigInt::from(self.weight.units());
        &self.second * weight - &self.first * &self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_order_and_split_gives_the_same_sums() {
        let mut stream = crm_ml_core::Stream::new(5, "exact/moments", 0);
        let mut rows: Vec<(f64, f64)> =
            (0..500).map(|i| (stream.normal() * 10f64.powi(i % 60 - 30), stream.uniform() + 1e-9)).collect();
        rows.extend([(1e200, 1e-3), (-1e200, 1e-3), (f64::NAN, 2.0), (0.0, 1.0), (f64::from_bits(3), 5.0)]);
        let moments = |rows: &[(f64, f64)], weighted: bool| {
            let (values, weights): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
            Moments::of(&values, weighted.then_some(&weights))
        };
        for weighted in [false, true] {
            let whole = moments(&rows, weighted);
            let mut reversed = rows.clone();
            reversed.reverse();
            assert_eq!(moments(&reversed, weighted), whole);
            let mut merged = Moments::default();
            for piece in rows.chunks(37).rev() {
                merged.merge(&moments(piece, weighted));
            }
            assert_eq!(merged, whole);
            assert!(whole.is_sound());
        }
    }

    #[test]
    fn means_and_variances_are_rounded_once() {
        let moments = Moments::of(&[1e17, 1.0, -1e17, 1.0], None);
        assert_eq!((moments.mean(), moments.weight()), (0.5, 4.0));
        let shifted = Moments::of(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0, f64::NAN], None);
        assert_eq!(shifted.variance(), 2.0 / 3.0);
        let weighted = Moments::of(&[1.0, 2.0, 4.0], Some(&[2.0, 1.0, 1.0]));
        assert_eq!((weighted.mean(), weighted.variance()), (2.0, 1.5));
        assert_eq!(weighted.mean(), Moments::of(&[1.0, 1.0, 2.0, 4.0], None).mean());
        assert_eq!(Moments::of(&[0.1; 1000], None).variance(), 0.0);
        assert_eq!(Moments::of(&[0.1; 1000], Some(&[0.3; 1000])).mean(), 0.1);
        assert_eq!(Moments::of(&[f64::MAX, f64::MAX], None).mean(), f64::MAX);
        assert_eq!(Moments::of(&[f64::MAX, f64::MIN], None).variance(), f64::INFINITY);
        assert!(Moments::of(&[f64::NAN], None).mean().is_nan());
    }
}
