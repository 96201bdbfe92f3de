//! Draws from the posterior of a value.

use crm_ml_core::Stream;
use crm_ml_linalg::dot;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::ridge::Posterior;
use super::start::Kept;

/// How far a prediction may be off: `noise (1 + |F x - shift|^2)` is its variance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    noise: f64,
    /// The lower triangle of F, row after row.
    factor: Vec<f64>,
    shift: Vec<f64>,
}

impl Spread {
    /// Of a regression on predictors with these means.
    pub(super) fn new(posterior: &Posterior, means: &[f64]) -> Self {
        let size = means.len();
        let rows = posterior.inverse.chunks_exact(size.max(1)).enumerate();
        let (mut factor, mut shift) = (Vec::with_capacity(size * (size + 1) / 2), Vec::with_capacity(size));
        for (i, row) in rows {
            factor.extend_from_slice(&row[..=i]);
            shift.push(dot(&row[..=i], means));
        }
        Self { noise: posterior.noise, factor, shift }
    }

    fn variance(&self, predictors: &[f64]) -> f64 {
        let mut rest = self.factor.as_slice();
        let mut sum = 0.0;
        for (i, shift) in self.shift.iter().enumerate() {
            let (row, after) = rest.split_at((i + 1).min(rest.len()));
            rest = after;
            let off = dot(row, predictors) - shift;
            sum += off * off;
        }
        self.noise * (1.0 + sum)
    }

    /// A draw around a mean (both deviations), between the bounds of the column.
    pub(super) fn draw(&self, mean: f64, predictors: &[f64], kept: &Kept, stream: &mut Stream) -> f64 {
        let deviation = self.variance(predictors).sqrt();
        let known = deviation.is_finite() && deviation > 0.0 && kept.bounded(mean) == mean;
        if !known {
            return mean;
        }
        if kept.lower.is_none() && kept.upper.is_none() {
            return mean + deviation * stream.normal();
        }
        let normal = Normal::standard();
        let below = |bound: Option<f64>, none: f64| {
            bound.map_or(none, |bound| normal.cdf((bound - kept.centre - mean) / deviation))
        };
        let (low, high) = (below(kept.lower, 0.0), below(kept.upper, 1.0));
        let drawn = mean + deviation * normal.inverse_cdf(low + stream.uniform() * (high - low));
        if drawn.is_finite() { drawn } else { mean }
    }

    pub(super) fn is_sound(&self, predictors: usize) -> bool {
        let numbers = || self.factor.iter().chain(&self.shift);
        self.shift.len() == predictors
            && self.factor.len() == predictors * (predictors + 1) / 2
            && numbers().all(|v| v.is_finite())
            && self.noise.is_finite()
            && self.noise >= 0.0
    }
}

/// The stream of one value of a row: the same row has the same draws wherever it stands.
pub(super) fn stream(seed: u64, step: usize, key: u64) -> Stream {
    Stream::new(seed, "imputer/posterior", mixed(key ^ mixed(step as u64)))
}

/// A number that stands for the cells of a row.
pub(super) fn row_key(cells: &[f64]) -> u64 {
    cells.iter().fold(0, |key, cell| {
        // Missing is one value whatever its bits, and so is zero whatever its sign.
        let bits = if cell.is_nan() { u64::MAX } else { (cell + 0.0).to_bits() };
        mixed(key ^ bits)
    })
}

/// Steele, Lea and Flood's SplitMix64.
fn mixed(value: u64) -> u64 {
    let mut v = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    v = (v ^ (v >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    v = (v ^ (v >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    v ^ (v >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_mean_and_spread_and_keep_bounds() {
        let posterior = Posterior { coef: vec![1.0], inverse: vec![0.5], noise: 4.0 };
        let spread = Spread::new(&posterior, &[2.0]);
        // The predictor is 4 from its mean: 4 (1 + (0.5 * 4)^2) = 20.
        assert!((spread.variance(&[6.0]) - 20.0).abs() < 1e-12);
        let mut kept =
            Kept { column: 0, fill: 0.0, centre: 10.0, unit: 0.0, regressed: true, lower: None, upper: None };
        let draws = |kept: &Kept| -> Vec<f64> {
            (0..4000).map(|key| spread.draw(1.0, &[6.0], kept, &mut stream(3, 0, key))).collect()
        };
        let free = draws(&kept);
        let mean = free.iter().sum::<f64>() / 4000.0;
        let variance = free.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 4000.0;
        assert!((mean - 1.0).abs() < 0.3 && (variance - 20.0).abs() < 2.0, "{mean} {variance}");
        (kept.lower, kept.upper) = (Some(10.0), Some(13.0));
        let bounded = draws(&kept);
        assert!(bounded.iter().all(|v| (0.0..=3.0).contains(v)));
        let mean = bounded.iter().sum::<f64>() / 4000.0;
        // Nearly uniform between the bounds.
        assert!((mean - 1.49).abs() < 0.05, "{mean}");
        assert_eq!(
            spread.draw(-5.0, &[6.0], &kept, &mut stream(3, 0, 0)),
            -5.0,
            "beyond the bounds: no draw"
        );
    }

    #[test]
    fn keys_tell_rows_apart() {
        assert_eq!(row_key(&[0.0, f64::NAN]), row_key(&[-0.0, -f64::NAN]));
        assert_ne!(row_key(&[1.0, 2.0]), row_key(&[2.0, 1.0]));
        assert_ne!(row_key(&[f64::NAN, 2.0]), row_key(&[2.0, f64::NAN]));
    }
}
