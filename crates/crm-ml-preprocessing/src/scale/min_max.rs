//! To a range.

use crm_ml_core::{Check, Column, Model, Persist, Result, Samples, Schema, TransformerModel};
use serde::{Deserialize, Serialize};

use crate::clip::cut;
use crate::columns::{check_schema, check_values, each_statistic, finite, is_real, map_columns};
use crate::seen::{Extent, mergeable};

/// Maps every real column linearly onto a range: its smallest value to `low`, its largest to `high`.
///
/// Missing values are left out in fitting and stay missing; category columns pass unchanged; weights say only which rows
/// are there; a constant column goes to `low`. Equal to scikit-learn's `MinMaxScaler`. Time O(rows x columns).
///
/// Errors: `low` not below `high`, a range that overflows.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::MinMaxScaler;
/// use ndarray::array;
///
/// let x = array![[2.0], [4.0], [6.0]];
/// let model = MinMaxScaler::new().fit(&Samples::new(&x)?)?;
/// assert_eq!(model.transform(&Samples::new(&x)?)?.cells(), [0.0, 0.5, 1.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MinMaxScaler {
    low: f64,
    high: f64,
    clip: bool,
}

/// The fitted [`MinMaxScaler`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MinMaxScalerModel {
    schema: Schema,
    min: Vec<f64>,
    scale: Vec<f64>,
    clip: Option<(f64, f64)>,
}

impl Default for MinMaxScaler {
    fn default() -> Self {
        Self { low: 0.0, high: 1.0, clip: false }
    }
}

impl MinMaxScaler {
    /// Onto 0 to 1, values outside the range of training left outside.
    pub fn new() -> Self {
        Self::default()
    }

    /// The range to map onto.
    pub fn feature_range(mut self, low: f64, high: f64) -> Self {
        (self.low, self.high) = (low, high);
        self
    }

    /// Whether values beyond the range of training are cut to it.
    pub fn clip(mut self, clip: bool) -> Self {
        self.clip = clip;
        self
    }
}

impl MinMaxScaler {
    fn check(&self) -> Result<()> {
        let ordered = self.low < self.high;
        Check::of("MinMaxScaler")
            .range("feature_range.low", self.low, ..)
            .range("feature_range.high", self.high, ..)
            .rule(
                "feature_range",
                format!("{} to {}", self.low, self.high),
                ordered,
                "from a lower to a higher number",
            )
            .finish()
    }

    fn statistic(&self, column: &Column) -> Result<Option<Extent>> {
        Ok(column.levels().is_none().then(Extent::default))
    }

    fn model(&self, schema: &Schema, columns: &[Option<Extent>]) -> Result<MinMaxScalerModel> {
        let learnt = each_statistic(columns, |column, seen| match seen.filter(|seen| !seen.is_empty()) {
            None => Ok((0.0, 1.0)),
            Some(seen) => {
                let (least, range) = super::least_and_range(seen);
                let range = finite(range, "range", schema, column)?;
                let scale = finite((self.high - self.low) / range, "scale", schema, column)?;
                Ok((finite(self.low - least * scale, "shift", schema, column)?, scale))
            }
        })?;
        Ok(MinMaxScalerModel {
            schema: schema.clone(),
            min: learnt.iter().map(|l| l.0).collect(),
            scale: learnt.iter().map(|l| l.1).collect(),
            clip: self.clip.then_some((self.low, self.high)),
        })
    }
}

mergeable!(
    MinMaxScaler,
    MinMaxScalerState,
    MinMaxScalerModel,
    Extent,
    "preprocessing/min-max-scaler",
    "min-max scaler"
);

impl MinMaxScalerModel {
    /// Added to each column after stretching.
    pub fn min(&self) -> &[f64] {
        &self.min
    }

    /// What each column is multiplied by.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    fn pairs(&self) -> Vec<(f64, f64)> {
        self.min.iter().copied().zip(self.scale.iter().copied()).collect()
    }

    /// Back to the units of training (not beyond what `clip` cut).
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.pairs(), |v, (min, scale)| (v - min) / scale)
    }
}

impl Model for MinMaxScalerModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for MinMaxScalerModel {
    fn output_schema(&self) -> &Schema {
        &self.schema
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        let Some((low, high)) = self.clip else {
            return map_columns(samples, &self.schema, &self.pairs(), |v, (min, scale)| v * scale + min);
        };
        let bounds = |column| if is_real(&self.schema, column) { (low, high) } else { (f64::MIN, f64::MAX) };
        let steps: Vec<_> = self.pairs().into_iter().enumerate().map(|(i, pair)| (pair, bounds(i))).collect();
        map_columns(samples, &self.schema, &steps, |v, ((min, scale), (low, high))| {
            cut(v * scale + min, low, high)
        })
    }
}

impl Persist for MinMaxScalerModel {
    const KIND: &'static str = "preprocessing/min-max-scaler";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        check_values("shifts", &self.min, &self.schema)?;
        check_values("scales", &self.scale, &self.schema)?;
        super::check_scales(&self.scale)?;
        match self.clip {
            Some((low, high)) if !(low.is_finite() && high.is_finite() && low < high) => {
                Err(crm_ml_core::Error::model_file("the range to clip to is none"))
            }
            _ => Ok(()),
        }
    }
}
