//! To a largest absolute value of 1.

use crm_ml_core::{Column, Model, Persist, Result, Samples, Schema, TransformerModel};
use serde::{Deserialize, Serialize};

use crate::columns::{check_schema, check_values, each_statistic, map_columns};
use crate::seen::{Extent, mergeable};

/// Divides every real column by its largest absolute value; zeros stay zeros.
///
/// Missing values are left out in fitting and stay missing; category columns pass unchanged; weights say only which rows
/// are there; a column of zeros stays. Equal to scikit-learn's `MaxAbsScaler`. Time O(rows x columns).
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::MaxAbsScaler;
/// use ndarray::array;
///
/// let x = array![[2.0], [-4.0], [1.0]];
/// let model = MaxAbsScaler::new().fit(&Samples::new(&x)?)?;
/// assert_eq!(model.transform(&Samples::new(&x)?)?.cells(), [0.5, -1.0, 0.25]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MaxAbsScaler {}

/// The fitted [`MaxAbsScaler`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MaxAbsScalerModel {
    schema: Schema,
    scale: Vec<f64>,
}

impl MaxAbsScaler {
    /// There is nothing to set.
    pub fn new() -> Self {
        Self::default()
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn statistic(&self, column: &Column) -> Result<Option<Extent>> {
        Ok(column.levels().is_none().then(Extent::default))
    }

    fn model(&self, schema: &Schema, columns: &[Option<Extent>]) -> Result<MaxAbsScalerModel> {
        let scale = each_statistic(columns, |_, seen| {
            let largest = seen.filter(|seen| !seen.is_empty()).map_or(1.0, Extent::max_abs);
            Ok(super::or_one(largest))
        })?;
        Ok(MaxAbsScalerModel { schema: schema.clone(), scale })
    }
}

mergeable!(
    MaxAbsScaler,
    MaxAbsScalerState,
    MaxAbsScalerModel,
    Extent,
    "preprocessing/max-abs-scaler",
    "max-abs scaler"
);

impl MaxAbsScalerModel {
    /// What each column is divided by.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    /// Back to the units of training.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.scale, |v, scale| v * scale)
    }
}

impl Model for MaxAbsScalerModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for MaxAbsScalerModel {
    fn output_schema(&self) -> &Schema {
        &self.schema
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.scale, |v, scale| v / scale)
    }
}

impl Persist for MaxAbsScalerModel {
    const KIND: &'static str = "preprocessing/max-abs-scaler";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        check_values("scales", &self.scale, &self.schema)?;
        super::check_scales(&self.scale)
    }
}
