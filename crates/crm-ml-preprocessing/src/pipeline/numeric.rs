//! One number: outliers treated, gaps filled, scaled.

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Scaling, TablePipeline};
use crate::stats::Observed;
use crate::{OutlierAction, OutputDistribution, PowerMethod, PowerTransformer, QuantileTransformer, scale};

/// What was learnt of one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Numeric {
    /// Beyond these a value is extreme.
    pub(super) bounds: Option<(f64, f64)>,
    pub(super) action: OutlierAction,
    /// `None` leaves gaps NaN.
    pub(super) fill: Option<f64>,
    pub(super) scale: Scale,
}

/// How the number is scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Scale {
    Linear { center: f64, scale: f64 },
    Power { lambda: f64, mean: f64, scale: f64 },
    Ranks { quantiles: Vec<f64>, output: OutputDistribution },
}

impl Scale {
    const NONE: Self = Self::Linear { center: 0.0, scale: 1.0 };

    fn learn(scaling: Scaling, values: &[f64], weights: Option<&[f64]>) -> Self {
        let seen = Observed::new(values, weights);
        if seen.is_empty() {
            return Self::NONE;
        }
        let ranks = |output| {
            let transformer = QuantileTransformer::new().subsample(None);
            Self::Ranks { quantiles: transformer.learn(values, weights), output }
        };
        let (center, scale) = match scaling {
            Scaling::None => (0.0, 1.0),
            Scaling::Standard => scale::mean_and_deviation(&seen.moments()),
            Scaling::MinMax => scale::least_and_range(&seen.extent()),
            Scaling::Robust => scale::median_and_distance(seen.quantiles([0.5, 0.25, 0.75])),
            Scaling::Power => {
                let (lambda, mean, scale) = PowerTransformer::new().learn(values, weights);
                return Self::Power { lambda, mean, scale };
            }
            Scaling::Uniform => return ranks(OutputDistribution::Uniform),
            Scaling::Normal => return ranks(OutputDistribution::Normal),
        };
        Self::Linear { center, scale }
    }

    fn apply(&self, value: f64) -> f64 {
        match self {
            Self::Linear { center, scale } => (value - center) / scale,
            Self::Power { lambda, mean, scale } => {
                PowerMethod::YeoJohnson.standardized(value, *lambda, *mean, *scale)
            }
            Self::Ranks { quantiles, output } => output.forward(value, quantiles),
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            Self::Linear { center, scale } => center.is_finite() && scale.is_finite() && *scale != 0.0,
            Self::Power { lambda, mean, scale } => {
                [lambda, mean, scale].iter().all(|v| v.is_finite()) && *scale > 0.0
            }
            Self::Ranks { quantiles, .. } => crate::quantile::are_ascending(quantiles),
        }
    }
}

impl Numeric {
    /// Learns from values, NaN where missing; `action` is what extreme values become.
    pub(super) fn learn(
        params: &TablePipeline,
        action: OutlierAction,
        name: &str,
        values: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let seen = Observed::new(values, weights);
        let bounds = params.outliers.map(|outliers| outliers.rule.bounds(&seen));
        let bounds = bounds.filter(|bounds| *bounds != (f64::MIN, f64::MAX) && !seen.is_empty());
        let mut numeric = Self { bounds, action, fill: None, scale: Scale::NONE };
        let treated: Vec<f64> = values.iter().map(|v| numeric.clean(*v)).collect();
        let seen = Observed::new(&treated, weights);
        numeric.fill = params.impute.map(|strategy| strategy.learn(&seen).unwrap_or(0.0));
        let filled: Vec<f64> = treated.iter().map(|v| numeric.clean(*v)).collect();
        numeric.scale = Scale::learn(params.scaling, &filled, weights);
        match numeric.is_sound() {
            true => Ok(numeric),
            false => Err(Error::numerical(format!(
                "column '{name}': its values are too large to take statistics of"
            ))),
        }
    }

    /// Only filled: for truth values.
    pub(super) fn plain(fill: Option<f64>) -> Self {
        Self { bounds: None, action: OutlierAction::Clip, fill, scale: Scale::NONE }
    }

    /// Treated and filled, in the units of the field.
    pub(super) fn clean(&self, value: f64) -> f64 {
        let value = self.bounds.map_or(value, |bounds| self.action.treat(value, bounds));
        if value.is_nan() { self.fill.unwrap_or(value) } else { value }
    }

    pub(super) fn apply(&self, value: f64) -> f64 {
        self.scale.apply(self.clean(value))
    }

    pub(super) fn all(&self, values: Vec<f64>) -> Vec<f64> {
        values.into_iter().map(|v| self.apply(v)).collect()
    }

    /// Whether the value is extreme.
    pub(super) fn is_extreme(&self, value: f64) -> bool {
        self.bounds.is_some_and(|(lower, upper)| value < lower || value > upper)
    }

    /// What an extreme value becomes before gaps are filled; `None` for missing.
    pub(super) fn treated(&self, value: f64) -> Option<f64> {
        let treated = self.bounds.map_or(value, |bounds| self.action.treat(value, bounds));
        Some(treated).filter(|v| !v.is_nan())
    }

    /// Whether extreme values get a column of their own.
    pub(super) fn flags(&self) -> bool {
        self.action == OutlierAction::Flag && self.bounds.is_some()
    }

    pub(super) fn is_sound(&self) -> bool {
        let bounds_sound =
            self.bounds.is_none_or(|(lower, upper)| lower.is_finite() && upper.is_finite() && lower <= upper);
        bounds_sound && self.fill.is_none_or(f64::is_finite) && self.scale.is_sound()
    }
}
