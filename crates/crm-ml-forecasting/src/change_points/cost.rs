//! What a segment costs, by running sums.

use super::Change;
use crate::median::median;
use crate::scale::scaled;

/// Sums of the values and their squares up to every step.
pub(super) struct Sums {
    change: Change,
    sums: Vec<f64>,
    squares: Vec<f64>,
    /// Variance of the noise, in the square of the unit.
    noise: f64,
    /// What the values were divided by; the product may leave the range of numbers.
    units: [f64; 2],
}

/// The least variance of a segment, in the square of the unit: a logarithm needs one.
const LEAST_VARIANCE: f64 = 1e-12;
/// Median of the absolute value of a standard normal.
const NORMAL_MEDIAN: f64 = 0.674_489_750_196_081_7;

impl Sums {
    pub(super) fn new(values: &[f64], change: Change) -> Self {
        let n = values.len() as f64;
        let (values, scale) = scaled(values);
        // Around the mean and of size 1, so that sums of squares keep their digits.
        let mean = values.iter().map(|v| v / n).sum::<f64>();
        let unit = values.iter().fold(0.0f64, |a, v| a.max((v - mean).abs()));
        let unit = if unit > 0.0 && unit.is_finite() { unit } else { 1.0 };
        let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
        let (mut sum, mut square) = (0.0, 0.0);
        for value in &values {
            let value = (value - mean) / unit;
            sum += value;
            square += value * value;
            sums.push(sum);
            squares.push(square);
        }
        let steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] / unit - pair[0] / unit).abs()).collect();
        let deviation = median(steps) / (NORMAL_MEDIAN * std::f64::consts::SQRT_2);
        Self { change, sums, squares, noise: deviation * deviation, units: [scale, unit] }
    }

    pub(super) fn cost(&self, from: usize, end: usize) -> f64 {
        let count = (end - from) as f64;
        let sum = self.sums[end] - self.sums[from];
        let errors = (self.squares[end] - self.squares[from] - sum * sum / count).max(0.0);
        match self.change {
            Change::Mean => errors,
            Change::MeanAndVariance => count * (errors / count).max(LEAST_VARIANCE).ln(),
        }
    }

    /// A price in the unit of the values' cost.
    pub(super) fn scaled(&self, penalty: f64) -> f64 {
        match self.change {
            Change::Mean => self.units.iter().fold(penalty, |penalty, unit| penalty / unit / unit),
            Change::MeanAndVariance => penalty,
        }
    }

    pub(super) fn usual_penalty(&self) -> f64 {
        let logarithm = ((self.sums.len() - 1) as f64).ln();
        match self.change {
            Change::Mean => 3.0 * logarithm * self.noise.max(LEAST_VARIANCE),
            Change::MeanAndVariance => 4.0 * logarithm,
        }
    }
}
