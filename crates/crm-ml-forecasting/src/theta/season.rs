//! Taking the seasons out before, and putting them in after.

use serde::{Deserialize, Serialize};

use crate::decompose::seasonal_pattern;

/// How seasons are taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DecompositionType {
    /// As factors where values are positive, else as differences.
    #[default]
    Multiplicative,
    /// As differences.
    Additive,
}

/// A pattern of one season, from the first value on; empty where there is none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Pattern {
    pub(super) factors: bool,
    pub(super) values: Vec<f64>,
}

/// The quantile of a normal distribution that holds 90 % between it and its mirror image.
const CRITICAL: f64 = 1.644_853_626_951_472_7;
/// Factors below this are not divided by.
const LEAST_FACTOR: f64 = 0.01;

impl Pattern {
    /// The pattern of a series whose autocorrelation at one season is beyond chance (at 90 %); none else.
    pub(super) fn of(y: &[f64], m: usize, kind: DecompositionType) -> Self {
        if m < 4 || y.len() / 2 < m || !seasonal(y, m) {
            return Self::default();
        }
        let positive = y.iter().all(|v| *v > 0.0);
        if kind == DecompositionType::Multiplicative && positive {
            let found = seasonal_pattern(y, m, true).filter(|p| p.iter().all(|v| *v >= LEAST_FACTOR));
            if let Some(values) = found {
                return Self { factors: true, values };
            }
        }
        Self { factors: false, values: seasonal_pattern(y, m, false).unwrap_or_default() }
    }

    fn at(&self, step: usize) -> f64 {
        let empty = if self.factors { 1.0 } else { 0.0 };
        self.values.get(step % self.values.len().max(1)).copied().unwrap_or(empty)
    }

    pub(super) fn take_out(&self, step: usize, value: f64) -> f64 {
        if self.factors { value / self.at(step) } else { value - self.at(step) }
    }

    pub(super) fn put_in(&self, step: usize, value: f64) -> f64 {
        if self.factors { value * self.at(step) } else { value + self.at(step) }
    }

    /// What a deviation becomes.
    pub(super) fn widen(&self, step: usize, deviation: f64) -> f64 {
        if self.factors { deviation * self.at(step) } else { deviation }
    }
}

fn seasonal(y: &[f64], m: usize) -> bool {
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let square: f64 = y.iter().map(|v| (v - mean) * (v - mean)).sum();
    let correlation = |lag: usize| -> f64 {
        y.iter().zip(&y[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / square
    };
    let before: f64 = (1..m).map(|lag| correlation(lag).powi(2)).sum();
    correlation(m).abs() / ((1.0 + 2.0 * before) / n).sqrt() > CRITICAL
}
