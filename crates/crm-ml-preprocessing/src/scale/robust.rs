//! To median 0 and interquartile range 1.

use crm_ml_core::{Check, Column, Model, Persist, Result, Samples, Schema, TransformerModel};
use serde::{Deserialize, Serialize};

use crate::columns::{check_schema, check_values, each_statistic, finite, map_columns};
use crate::seen::{Values, mergeable};

/// Shifts every real column to median 0 and divides it by the distance of two quantiles, so that a few extreme values
/// change little.
///
/// Missing values are left out in fitting and stay missing; category columns pass unchanged; a column whose quantiles are
/// equal is only shifted. Quantiles interpolate linearly; a whole weight counts its row that often, other weights are first
/// scaled to a mean of 1 (scikit-learn's `RobustScaler`, equal without weights, knows none). Time O(rows x columns), with
/// weights O(rows log rows x columns); a [state](RobustScalerState) of a stream holds every value, 8 bytes each.
///
/// Errors: a quantile range outside 0 to 100 or not ascending, a distance that overflows.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::RobustScaler;
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [4.0], [1000.0]];
/// let model = RobustScaler::new().fit(&Samples::new(&x)?)?;
/// assert_eq!(model.transform(&Samples::new(&x)?)?.cells(), [-1.0, -0.5, 0.0, 0.5, 498.5]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustScaler {
    with_centering: bool,
    with_scaling: bool,
    quantile_range: (f64, f64),
}

/// The fitted [`RobustScaler`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustScalerModel {
    schema: Schema,
    center: Vec<f64>,
    scale: Vec<f64>,
}

impl Default for RobustScaler {
    fn default() -> Self {
        Self { with_centering: true, with_scaling: true, quantile_range: (25.0, 75.0) }
    }
}

impl RobustScaler {
    /// By median and quartiles.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to shift.
    pub fn with_centering(mut self, with_centering: bool) -> Self {
        self.with_centering = with_centering;
        self
    }

    /// Whether to stretch.
    pub fn with_scaling(mut self, with_scaling: bool) -> Self {
        self.with_scaling = with_scaling;
        self
    }

    /// The two quantiles, in percent.
    pub fn quantile_range(mut self, low: f64, high: f64) -> Self {
        self.quantile_range = (low, high);
        self
    }
}

impl RobustScaler {
    fn check(&self) -> Result<()> {
        let (low, high) = self.quantile_range;
        Check::of("RobustScaler")
            .range("quantile_range.low", low, 0.0..=100.0)
            .range("quantile_range.high", high, 0.0..=100.0)
            .rule(
                "quantile_range",
                format!("{low} to {high}"),
                low < high,
                "from a lower to a higher percentage",
            )
            .finish()
    }

    fn statistic(&self, column: &Column) -> Result<Option<Values>> {
        Ok(column.levels().is_none().then(Values::default))
    }

    fn model(&self, schema: &Schema, columns: &[Option<Values>]) -> Result<RobustScalerModel> {
        let (low, high) = (self.quantile_range.0 / 100.0, self.quantile_range.1 / 100.0);
        let learnt = each_statistic(columns, |column, seen| {
            let Some(seen) = seen.filter(|seen| !seen.is_empty()) else { return Ok((0.0, 1.0)) };
            let (median, distance) = super::median_and_distance(seen.quantiles([0.5, low, high]));
            let distance = finite(distance, "distance of the quantiles", schema, column)?;
            Ok((finite(median, "median", schema, column)?, distance))
        })?;
        Ok(RobustScalerModel {
            schema: schema.clone(),
            center: learnt.iter().map(|l| if self.with_centering { l.0 } else { 0.0 }).collect(),
            scale: learnt.iter().map(|l| if self.with_scaling { l.1 } else { 1.0 }).collect(),
        })
    }
}

mergeable!(
    RobustScaler,
    RobustScalerState,
    RobustScalerModel,
    Values,
    "preprocessing/robust-scaler",
    "robust scaler"
);

impl RobustScalerModel {
    /// Subtracted from each column.
    pub fn center(&self) -> &[f64] {
        &self.center
    }

    /// What each column is divided by.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    fn pairs(&self) -> Vec<(f64, f64)> {
        self.center.iter().copied().zip(self.scale.iter().copied()).collect()
    }

    /// Back to the units of training.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.pairs(), |v, (center, scale)| v * scale + center)
    }
}

impl Model for RobustScalerModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for RobustScalerModel {
    fn output_schema(&self) -> &Schema {
        &self.schema
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.pairs(), |v, (center, scale)| (v - center) / scale)
    }
}

impl Persist for RobustScalerModel {
    const KIND: &'static str = "preprocessing/robust-scaler";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        check_values("centers", &self.center, &self.schema)?;
        check_values("scales", &self.scale, &self.schema)?;
        super::check_scales(&self.scale)
    }
}
