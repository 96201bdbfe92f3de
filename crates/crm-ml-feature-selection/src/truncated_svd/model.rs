//! Fitted singular directions.

use crm_ml_core::{Column, Error, Model, Persist, Result, Samples, Schema, TransformerModel};
use crm_ml_linalg::{CentredGram, matmul};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// A fitted [`TruncatedSvd`](crate::TruncatedSvd); it gives columns `svd0`, `svd1`, ...
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruncatedSvdModel {
    schema: Schema,
    output: Schema,
    /// Component after component.
    components: Vec<f64>,
    singular_values: Vec<f64>,
    explained_variance: Vec<f64>,
    explained_variance_ratio: Vec<f64>,
}

impl TruncatedSvdModel {
    pub(super) fn new(samples: &Samples<'_>, values: Vec<f64>, components: Array2<f64>) -> Result<Self> {
        let output = Schema::new((0..values.len()).map(|i| Column::real(format!("svd{i}"))).collect())?;
        let mut model = Self {
            schema: samples.schema().clone(),
            output,
            components: components.iter().copied().collect(),
            singular_values: values,
            explained_variance: Vec::new(),
            explained_variance_ratio: Vec::new(),
        };
        let scores = matmul(samples.dense(), model.components().t())?;
        let total = samples.total_weight();
        let variances = |matrix: ArrayView2<'_, f64>| -> Result<Vec<f64>> {
            let centred = CentredGram::new(matrix, samples.weights())?;
            Ok(centred.gram().diag().iter().map(|v| v / total).collect())
        };
        // Variances of the columns one by one: their products with each other are of no use here.
        let mut whole = 0.0;
        for column in samples.dense().columns() {
            whole += variances(column.insert_axis(ndarray::Axis(1)))?[0];
        }
        model.explained_variance = variances(scores.view())?;
        model.explained_variance_ratio =
            model.explained_variance.iter().map(|v| if whole > 0.0 { v / whole } else { 0.0 }).collect();
        let found = model.singular_values.iter().chain(&model.components).chain(&model.explained_variance);
        if !found.chain(&model.explained_variance_ratio).all(|v| v.is_finite()) {
            return Err(Error::numerical(
                "TruncatedSvd: values beyond the range of f64, scale the columns first",
            ));
        }
        Ok(model)
    }

    /// The components, one a row, of unit length.
    #[expect(clippy::expect_used, reason = "fit and validate make components * columns cells")]
    pub fn components(&self) -> ArrayView2<'_, f64> {
        let shape = (self.singular_values.len(), self.schema.width());
        ArrayView2::from_shape(shape, &self.components).expect("components * columns cells")
    }

    /// The singular values, descending.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular_values
    }

    /// Variance of the rows along each component (divisor: total weight).
    pub fn explained_variance(&self) -> &[f64] {
        &self.explained_variance
    }

    /// Its share of the variance of all columns.
    pub fn explained_variance_ratio(&self) -> &[f64] {
        &self.explained_variance_ratio
    }

    /// Rows in the coordinates of the components back in those of the columns, without what the other components held.
    ///
    /// Errors: another number of columns than components, overflow.
    pub fn inverse_transform(&self, transformed: &Samples<'_>) -> Result<Samples<'static>> {
        self.output.accepts(transformed)?;
        transformed.require_complete("TruncatedSvdModel")?;
        transformed.with_features(matmul(transformed.dense(), self.components())?, &self.schema)
    }
}

impl Model for TruncatedSvdModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for TruncatedSvdModel {
    fn output_schema(&self) -> &Schema {
        &self.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        samples.require_complete("TruncatedSvdModel")?;
        let scores = matmul(samples.dense(), self.components().t())?;
        if scores.iter().any(|v| !v.is_finite()) {
            return Err(Error::numerical(
                "TruncatedSvdModel: a transformed value is beyond the range of f64",
            ));
        }
        samples.with_features(scores, &self.output)
    }
}

impl Persist for TruncatedSvdModel {
    const KIND: &'static str = "truncated_svd";

    fn validate(&self) -> Result<()> {
        let (width, count) = (self.schema.width(), self.singular_values.len());
        let fits = width > 0
            && count > 0
            && self.output.width() == count
            && self.explained_variance.len() == count
            && self.explained_variance_ratio.len() == count
            && count.checked_mul(width) == Some(self.components.len());
        if !fits || self.output.columns().iter().any(|column| column.levels().is_some()) {
            return Err(Error::model_file("components that fit neither schema nor each other"));
        }
        let numbers = self.components.iter().chain(&self.singular_values).chain(&self.explained_variance);
        if !numbers.chain(&self.explained_variance_ratio).all(|v| v.is_finite()) {
            return Err(Error::model_file("a component that is not finite"));
        }
        Ok(())
    }
}
