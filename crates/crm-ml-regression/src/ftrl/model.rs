//! A regressor that goes on learning.

use crm_ml_core::{
    Attributions, Importances, Model, Persist, RegressorModel, Result, Samples, Schema, Targeted,
};
use crm_ml_linear::{FtrlState, FtrlTarget, ProgressiveLoss};
use ndarray::{Array1, Array3, ArrayView1};
use serde::{Deserialize, Serialize};

const NAME: &str = "FtrlRegressorModel";

/// What [`FtrlRegressor`](crate::FtrlRegressor) has learned, and can go on learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FtrlRegressorModel {
    schema: Schema,
    state: FtrlState,
}

impl FtrlRegressorModel {
    pub(super) fn new(schema: &Schema, state: FtrlState) -> Self {
        Self { schema: schema.clone(), state }
    }

    /// Learns rows in their order, once each: in pieces of any size to the same bits.
    ///
    /// Errors, with nothing learned: other columns, missing real values, cells and targets beyond 1e40.
    pub fn partial_fit(&mut self, data: &Targeted<'_>) -> Result<()> {
        let samples = data.samples();
        self.schema.accepts(samples)?;
        self.state.partial_fit(NAME, samples, FtrlTarget::Values(data.target()), samples.weights())
    }

    /// Half the squared error of rows just before they were first learned (weighted mean), and how it went on.
    pub fn progressive_loss(&self) -> &ProgressiveLoss {
        self.state.progressive_loss()
    }

    /// The coefficients: one a real column, and one a level of a category and for its missing cells;
    /// [`coefficient_names`](Self::coefficient_names) tells which is whose.
    pub fn coefficients(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(self.state.predictor().line(0))
    }

    /// A name a coefficient: the column's, for a level `column=level`.
    pub fn coefficient_names(&self) -> Vec<String> {
        self.state.predictor().terms().names(&self.schema)
    }

    /// 0 without intercept.
    pub fn intercept(&self) -> f64 {
        self.state.predictor().intercepts().first().copied().unwrap_or(0.0)
    }
}

impl Model for FtrlRegressorModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl RegressorModel for FtrlRegressorModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(self.state.predictor().margins(NAME, samples)?.column(0).to_owned())
    }
}

impl Importances for FtrlRegressorModel {
    /// The coefficients' magnitudes (for a category, the norm over its levels). They depend on the columns' units.
    fn feature_importances(&self) -> Array1<f64> {
        self.state.predictor().importances()
    }
}

impl Attributions for FtrlRegressorModel {
    /// `coefficient * (x - mean)` for every column (for a category, its level's coefficient minus their mean over the rows learned), the
    /// prediction at the mean as base: exact Shapley values for independent columns.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.state.predictor().contributions(NAME, samples)
    }
}

impl Persist for FtrlRegressorModel {
    const KIND: &'static str = "ftrl-regressor";

    fn validate(&self) -> Result<()> {
        self.state.validate(&self.schema, 1)
    }
}
