//! Fitted principal components.

use crm_ml_core::{
    Column, Error, Model, Persist, ROW_CHUNK, Result, Samples, Schema, TransformerModel, parallel,
};
use crm_ml_linalg::{matmul, matmul_shifted};
use ndarray::{Array2, ArrayView1, ArrayView2, s};
use serde::{Deserialize, Serialize};

use super::decompose::Spectrum;

/// A fitted [`Pca`](crate::Pca); it gives columns `pca0`, `pca1`, ...
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PcaModel {
    schema: Schema,
    output: Schema,
    mean: Vec<f64>,
    /// Component after component.
    components: Vec<f64>,
    explained_variance: Vec<f64>,
    explained_variance_ratio: Vec<f64>,
    noise_variance: f64,
    whiten: bool,
}

impl PcaModel {
    pub(super) fn new(
        schema: &Schema,
        spectrum: Spectrum,
        shares: &[f64],
        count: usize,
        whiten: bool,
    ) -> Result<Self> {
        let left_out = spectrum.variances.slice(s![count..]);
        Ok(Self {
            schema: schema.clone(),
            output: Schema::new((0..count).map(|i| Column::real(format!("pca{i}"))).collect())?,
            mean: spectrum.mean,
            components: spectrum.directions.slice(s![..count, ..]).iter().copied().collect(),
            explained_variance: spectrum.variances.slice(s![..count]).to_vec(),
            explained_variance_ratio: shares[..count].to_vec(),
            noise_variance: left_out.mean().unwrap_or(0.0),
            whiten,
        })
    }

    /// The components, one a row, of unit length.
    #[expect(clippy::expect_used, reason = "fit and validate make components * columns cells")]
    pub fn components(&self) -> ArrayView2<'_, f64> {
        let shape = (self.explained_variance.len(), self.mean.len());
        ArrayView2::from_shape(shape, &self.components).expect("components * columns cells")
    }

    /// Variance along each component (divisor: total weight - 1), descending.
    pub fn explained_variance(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.explained_variance)
    }

    /// Share of the variance of all columns along each component.
    pub fn explained_variance_ratio(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.explained_variance_ratio)
    }

    /// Weighted mean of every column.
    pub fn mean(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.mean)
    }

    /// Mean variance of the components left out (Tipping and Bishop 1999); 0 where none was.
    pub fn noise_variance(&self) -> f64 {
        self.noise_variance
    }

    /// Rows in the coordinates of the components back in those of the columns.
    ///
    /// Exact where all components were kept. Errors: another number of columns than components, overflow.
    pub fn inverse_transform(&self, transformed: &Samples<'_>) -> Result<Samples<'static>> {
        self.output.accepts(transformed)?;
        transformed.require_complete("PcaModel")?;
        let mut scores = transformed.dense().to_owned();
        if self.whiten {
            for mut row in scores.rows_mut() {
                row.iter_mut().enumerate().for_each(|(i, v)| *v *= self.deviation(i));
            }
        }
        let mut x = matmul(scores.view(), self.components())?;
        for mut row in x.rows_mut() {
            row.iter_mut().zip(&self.mean).for_each(|(v, mean)| *v += mean);
        }
        transformed.with_features(x, &self.schema)
    }

    /// Standard deviation along a component, kept off zero as scikit-learn does.
    fn deviation(&self, component: usize) -> f64 {
        self.explained_variance[component].sqrt().max(f64::EPSILON)
    }
}

impl Model for PcaModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for PcaModel {
    fn output_schema(&self) -> &Schema {
        &self.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        samples.require_complete("PcaModel")?;
        let mut scores: Array2<f64> = matmul_shifted(samples.dense(), &self.mean, self.components().t())?;
        if self.whiten {
            let width = scores.ncols();
            if let Some(cells) = scores.as_slice_mut() {
                parallel::fill_rows(cells, width, ROW_CHUNK, |_, piece| {
                    for row in piece.chunks_exact_mut(width) {
                        row.iter_mut().enumerate().for_each(|(i, v)| *v /= self.deviation(i));
                    }
                });
            }
        }
        if scores.iter().any(|v| !v.is_finite()) {
            return Err(Error::numerical("PcaModel: a transformed value is beyond the range of f64"));
        }
        samples.with_features(scores, &self.output)
    }
}

impl Persist for PcaModel {
    const KIND: &'static str = "pca";

    fn validate(&self) -> Result<()> {
        let (width, count) = (self.schema.width(), self.explained_variance.len());
        let fits = width > 0
            && count > 0
            && self.mean.len() == width
            && self.output.width() == count
            && self.explained_variance_ratio.len() == count
            && count.checked_mul(width) == Some(self.components.len());
        if !fits {
            return Err(Error::model_file("components that fit neither schema nor each other"));
        }
        if self.output.columns().iter().any(|column| column.levels().is_some()) {
            return Err(Error::model_file("a component that is a category"));
        }
        let variances = || self.explained_variance.iter().chain([&self.noise_variance]);
        let numbers = self.mean.iter().chain(&self.components).chain(&self.explained_variance_ratio);
        if !numbers.chain(variances()).all(|v| v.is_finite()) || variances().any(|v| *v < 0.0) {
            return Err(Error::model_file("a component that is not finite or a variance below 0"));
        }
        Ok(())
    }
}
