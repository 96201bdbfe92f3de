//! Sums that lose nothing worth mentioning and do not depend on the number of threads.

use crm_ml_core::{ROW_CHUNK, parallel};

/// A compensated sum (Neumaier 1974): the error does not grow with the number of terms.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, value: f64) {
        let total = self.high + value;
        self.low += if self.high.abs() >= value.abs() {
            (self.high - total) + value
        } else {
            (value - total) + self.high
        };
        self.high = total;
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.add(other.high);
        self.low += other.low;
        self
    }

    pub(crate) fn value(self) -> f64 {
        // After an overflow the compensation is NaN and the plain sum is the honest answer.
        if self.high.is_finite() { self.high + self.low } else { self.high }
    }
}

impl From<f64> for Sum {
    fn from(value: f64) -> Self {
        Self { high: value, low: 0.0 }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        values.into_iter().for_each(|v| sum.add(v));
        sum
    }
}

/// The power of two that brings a total to at least one half and below 1: what is multiplied by it neither overflows nor loses a bit.
pub(crate) fn unit(total: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    0.5 / f64::from_bits(total.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

/// `f(0) + ... + f(count - 1)`, in parallel pieces combined in order.
pub(crate) fn sum(count: usize, f: impl Fn(usize) -> f64 + Sync + Send) -> f64 {
    parallel::reduce_rows(count, ROW_CHUNK, |rows| rows.map(&f).collect::<Sum>(), Sum::merge)
        .unwrap_or_default()
        .value()
}

/// The weighted mean of `f`; the plain one without weights.
pub(crate) fn mean(count: usize, weights: Option<&[f64]>, f: impl Fn(usize) -> f64 + Sync + Send) -> f64 {
    match weights {
        None => sum(count, f) / count as f64,
        Some(w) => {
            let weight = sum(count, |i| w[i]);
            let unit = unit(weight);
            // A row of weight 0 is absent even where its value is infinite.
            let part = |i: usize| match unit * w[i] {
                0.0 => 0.0,
                weight => weight * f(i),
            };
            sum(count, part) / (unit * weight)
        }
    }
}
