//! To mean 0 and variance 1.

use crm_ml_core::{Column, Model, Persist, Result, Samples, Schema, TransformerModel};
use serde::{Deserialize, Serialize};

use crate::columns::{check_schema, check_values, each_statistic, finite, map_columns};
use crate::exact::Moments;
use crate::seen::mergeable;

/// Shifts every real column to mean 0 and stretches it to variance 1: `(x - mean) / sqrt(variance)`, the variance with
/// the total weight as divisor.
///
/// Missing values are left out in fitting and stay missing; category columns pass unchanged; weights are honoured; a
/// constant column is only shifted. Equal to scikit-learn's `StandardScaler`. Time O(rows x columns).
///
/// Errors: a mean or variance that overflows.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::StandardScaler;
/// use ndarray::array;
///
/// let x = array![[1.0, 5.0], [3.0, 5.0]];
/// let model = StandardScaler::new().fit(&Samples::new(&x)?)?;
/// let scaled = model.transform(&Samples::new(&x)?)?;
/// assert_eq!(scaled.cells(), [-1.0, 0.0, 1.0, 0.0]);
/// assert_eq!(model.inverse_transform(&scaled)?.cells(), [1.0, 5.0, 3.0, 5.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandardScaler {
    with_mean: bool,
    with_std: bool,
}

/// The fitted [`StandardScaler`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandardScalerModel {
    schema: Schema,
    mean: Vec<f64>,
    scale: Vec<f64>,
}

impl Default for StandardScaler {
    fn default() -> Self {
        Self { with_mean: true, with_std: true }
    }
}

impl StandardScaler {
    /// Shifts and stretches.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to shift.
    pub fn with_mean(mut self, with_mean: bool) -> Self {
        self.with_mean = with_mean;
        self
    }

    /// Whether to stretch.
    pub fn with_std(mut self, with_std: bool) -> Self {
        self.with_std = with_std;
        self
    }
}

impl StandardScaler {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn statistic(&self, column: &Column) -> Result<Option<Moments>> {
        Ok(column.levels().is_none().then(Moments::default))
    }

    fn model(&self, schema: &Schema, columns: &[Option<Moments>]) -> Result<StandardScalerModel> {
        let learnt = each_statistic(columns, |column, seen| match seen.filter(|seen| !seen.is_empty()) {
            None => Ok((0.0, 1.0)),
            Some(seen) => {
                let (mean, scale) = super::mean_and_deviation(seen);
                Ok((finite(mean, "mean", schema, column)?, finite(scale, "variance", schema, column)?))
            }
        })?;
        Ok(StandardScalerModel {
            schema: schema.clone(),
            mean: learnt.iter().map(|l| if self.with_mean { l.0 } else { 0.0 }).collect(),
            scale: learnt.iter().map(|l| if self.with_std { l.1 } else { 1.0 }).collect(),
        })
    }
}

mergeable!(
    StandardScaler,
    StandardScalerState,
    StandardScalerModel,
    Moments,
    "preprocessing/standard-scaler",
    "standard scaler"
);

impl StandardScalerModel {
    /// Subtracted from each column.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// What each column is divided by.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    fn pairs(&self) -> Vec<(f64, f64)> {
        self.mean.iter().copied().zip(self.scale.iter().copied()).collect()
    }

    /// Back to the units of training.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.pairs(), |v, (mean, scale)| v * scale + mean)
    }
}

impl Model for StandardScalerModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for StandardScalerModel {
    fn output_schema(&self) -> &Schema {
        &self.schema
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.pairs(), |v, (mean, scale)| (v - mean) / scale)
    }
}

impl Persist for StandardScalerModel {
    const KIND: &'static str = "preprocessing/standard-scaler";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        check_values("means", &self.mean, &self.schema)?;
        check_values("scales", &self.scale, &self.schema)?;
        super::check_scales(&self.scale)
    }
}
