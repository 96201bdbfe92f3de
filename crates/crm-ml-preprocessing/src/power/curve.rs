//! The two families of curves and their inverses.

use serde::{Deserialize, Serialize};

/// Which family of curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PowerMethod {
    /// For any real values: `((x + 1)^l - 1) / l` from 0 on, `-((1 - x)^(2 - l) - 1) / (2 - l)` below (I.-K. Yeo and R. A.
    /// Johnson, "A new family of power transformations to improve normality or symmetry", Biometrika 87(4), 2000).
    #[default]
    YeoJohnson,
    /// For values above 0: `(x^l - 1) / l` (G. E. P. Box and D. R. Cox, "An analysis of transformations", Journal of the
    /// Royal Statistical Society B 26(2), 1964).
    BoxCox,
}

/// `(e^(power * log) - 1) / power`, continued at 0.
fn grow(log: f64, power: f64) -> f64 {
    if power.abs() < f64::EPSILON { log } else { (power * log).exp_m1() / power }
}

/// What `grow` made `value` of; NaN where nothing grows to it.
fn shrink(value: f64, power: f64) -> f64 {
    if power.abs() < f64::EPSILON { value } else { (value * power).ln_1p() / power }
}

impl PowerMethod {
    /// Whether the value is in the domain. Missing values are.
    pub(super) fn takes(self, value: f64) -> bool {
        value.is_nan() || self == Self::YeoJohnson || value > 0.0
    }

    /// Finite for finite values; NaN stays NaN.
    pub(super) fn forward(self, value: f64, lambda: f64) -> f64 {
        let curved = match self {
            Self::BoxCox => grow(value.ln(), lambda),
            Self::YeoJohnson if value < 0.0 => -grow((-value).ln_1p(), 2.0 - lambda),
            Self::YeoJohnson => grow(value.ln_1p(), lambda),
        };
        bounded(curved)
    }

    /// Transformed and standardised; finite for finite values.
    pub(crate) fn standardized(self, value: f64, lambda: f64, mean: f64, scale: f64) -> f64 {
        bounded((self.forward(value, lambda) - mean) / scale)
    }

    /// NaN for what no value is mapped to.
    pub(super) fn inverse(self, value: f64, lambda: f64) -> f64 {
        let straight = match self {
            Self::BoxCox => shrink(value, lambda).exp(),
            Self::YeoJohnson if value < 0.0 => -shrink(-value, 2.0 - lambda).exp_m1(),
            Self::YeoJohnson => shrink(value, lambda).exp_m1(),
        };
        bounded(straight)
    }
}

/// NaN stays NaN.
pub(super) fn bounded(value: f64) -> f64 {
    if value.is_nan() { value } else { value.clamp(f64::MIN, f64::MAX) }
}
