//! One number: cut, filled, scaled.

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Scaling, TablePipeline};
use crate::clip::cut;
use crate::scale;
use crate::stats::Observed;

/// What was learnt of one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Numeric {
    pub(super) clip: Option<(f64, f64)>,
    /// `None` leaves gaps NaN.
    pub(super) fill: Option<f64>,
    center: f64,
    scale: f64,
}

impl Numeric {
    /// Learns from values, NaN where missing.
    pub(super) fn learn(
        params: &TablePipeline,
        name: &str,
        values: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let seen = Observed::new(values, weights);
        let clip =
            params.clip.filter(|_| !seen.is_empty()).map(|(lower, upper)| seen.quantiles([lower, upper]));
        let clip = clip.map(|[lower, upper]| (lower, upper));
        let cut_values: Vec<f64> =
            values.iter().map(|v| clip.map_or(*v, |(lower, upper)| cut(*v, lower, upper))).collect();
        let seen = Observed::new(&cut_values, weights);
        let fill = params.impute.map(|strategy| strategy.learn(&seen).unwrap_or(0.0));
        let filled: Vec<f64> =
            cut_values.iter().map(|v| if v.is_nan() { fill.unwrap_or(*v) } else { *v }).collect();
        let (center, scale) = scaling(params.scaling, &Observed::new(&filled, weights));
        let numeric = Self { clip, fill, center, scale };
        match numeric.is_sound() {
            true => Ok(numeric),
            false => Err(Error::numerical(format!(
                "column '{name}': its values are too large to take statistics of"
            ))),
        }
    }

    /// Only filled: for truth values.
    pub(super) fn plain(fill: Option<f64>) -> Self {
        Self { clip: None, fill, center: 0.0, scale: 1.0 }
    }

    /// Cut and filled, in the units of the field.
    pub(super) fn clean(&self, value: f64) -> f64 {
        let value = self.clip.map_or(value, |(lower, upper)| cut(value, lower, upper));
        if value.is_nan() { self.fill.unwrap_or(value) } else { value }
    }

    pub(super) fn apply(&self, value: f64) -> f64 {
        (self.clean(value) - self.center) / self.scale
    }

    /// Whether cutting changes the value.
    pub(super) fn cuts(&self, value: f64) -> bool {
        self.clip.is_some_and(|(lower, upper)| value < lower || value > upper)
    }

    pub(super) fn is_sound(&self) -> bool {
        let clip_sound =
            self.clip.is_none_or(|(lower, upper)| lower.is_finite() && upper.is_finite() && lower <= upper);
        let fill_sound = self.fill.is_none_or(f64::is_finite);
        clip_sound && fill_sound && self.center.is_finite() && self.scale.is_finite() && self.scale != 0.0
    }
}

fn scaling(scaling: Scaling, seen: &Observed) -> (f64, f64) {
    if seen.is_empty() {
        return (0.0, 1.0);
    }
    match scaling {
        Scaling::None => (0.0, 1.0),
        Scaling::Standard => scale::mean_and_deviation(&seen.moments()),
        Scaling::MinMax => scale::least_and_range(&seen.extent()),
        Scaling::Robust => scale::median_and_distance(seen, 0.25, 0.75),
    }
}
