//! Scalers: every real column is shifted and stretched by what was learnt of it; category columns pass unchanged.

mod max_abs;
mod min_max;
mod normalizer;
mod robust;
mod standard;

pub use max_abs::{MaxAbsScaler, MaxAbsScalerModel, MaxAbsScalerState};
pub use min_max::{MinMaxScaler, MinMaxScalerModel, MinMaxScalerState};
pub use normalizer::{Norm, Normalizer, NormalizerModel};
pub use robust::{RobustScaler, RobustScalerModel, RobustScalerState};
pub use standard::{StandardScaler, StandardScalerModel, StandardScalerState};

use crm_ml_core::{Error, Result};

use crate::exact::Moments;
use crate::seen::Extent;

/// Mean and standard deviation; 1 for a constant column, infinite where it overflows.
pub(crate) fn mean_and_deviation(seen: &Moments) -> (f64, f64) {
    let (mean, variance, weight) = (seen.mean(), seen.variance(), seen.weight());
    // What rounding alone may give a constant column elsewhere: scikit-learn's rule, so that both scale the same columns.
    let rounding = weight * mean * f64::EPSILON;
    let least = weight * f64::EPSILON * variance + rounding * rounding;
    let constant = variance.is_finite() && variance <= least;
    (mean, if constant { 1.0 } else { variance.sqrt() })
}

/// Least value and range.
pub(crate) fn least_and_range(seen: &Extent) -> (f64, f64) {
    (seen.min, or_one(seen.max - seen.min))
}

/// Median and distance of two quantiles.
pub(crate) fn median_and_distance([median, low, high]: [f64; 3]) -> (f64, f64) {
    (median, or_one(high - low))
}

/// A spread of (nearly) 0 would divide by 0: such a column is only shifted.
fn or_one(spread: f64) -> f64 {
    if spread < 10.0 * f64::EPSILON { 1.0 } else { spread }
}

fn check_scales(scales: &[f64]) -> Result<()> {
    match scales.iter().all(|s| *s != 0.0) {
        true => Ok(()),
        false => Err(Error::model_file("a scale is 0")),
    }
}
