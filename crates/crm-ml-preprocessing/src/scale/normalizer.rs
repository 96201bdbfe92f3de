//! Every row to length 1.

use crm_ml_core::{
    Model, Persist, Progress, Result, Samples, Schema, Transformer, TransformerModel, advance,
};
use serde::{Deserialize, Serialize};

use crate::columns::check_schema;

/// How long a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Norm {
    /// The sum of the absolute values.
    L1,
    /// The root of the sum of squares.
    #[default]
    L2,
    /// The largest absolute value.
    Max,
}

/// Divides every row by its length, so that only its direction is left: for profiles whose total does not matter, such as
/// shares of a budget. Rows of zeros stay.
///
/// Nothing is learnt, so weights play no part. Missing values and category columns are refused. Equal to scikit-learn's
/// `Normalizer`. Time O(rows x columns).
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::{Norm, Normalizer};
/// use ndarray::array;
///
/// let x = array![[3.0, 4.0], [0.0, 0.0]];
/// let model = Normalizer::new().fit(&Samples::new(&x)?)?;
/// assert_eq!(model.transform(&Samples::new(&x)?)?.cells(), [0.6, 0.8, 0.0, 0.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Normalizer {
    norm: Norm,
}

/// The fitted [`Normalizer`]: it knows its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NormalizerModel {
    schema: Schema,
    norm: Norm,
}

impl Normalizer {
    /// By the root of the sum of squares.
    pub fn new() -> Self {
        Self::default()
    }

    /// How length is measured.
    pub fn norm(mut self, norm: Norm) -> Self {
        self.norm = norm;
        self
    }
}

impl Transformer for Normalizer {
    type Model = NormalizerModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<NormalizerModel> {
        samples.require_real("Normalizer")?;
        advance(progress, "normalizer", 1, 1)?;
        Ok(NormalizerModel { schema: samples.schema().clone(), norm: self.norm })
    }
}

impl Model for NormalizerModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for NormalizerModel {
    fn output_schema(&self) -> &Schema {
        &self.schema
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        samples.require_real("Normalizer")?;
        samples.map_rows(&self.schema, |_, input, output| {
            // Divided by the largest value first: neither squares nor sums overflow.
            let largest = input.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            if largest == 0.0 {
                return;
            }
            let length = match self.norm {
                Norm::Max => 1.0,
                Norm::L1 => input.iter().map(|v| (v / largest).abs()).sum(),
                Norm::L2 => input.iter().map(|v| (v / largest) * (v / largest)).sum::<f64>().sqrt(),
            };
            output.iter_mut().zip(input).for_each(|(cell, v)| *cell = v / largest / length);
        })
    }
}

impl Persist for NormalizerModel {
    const KIND: &'static str = "preprocessing/normalizer";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        match self.schema.columns().iter().all(|c| c.levels().is_none()) {
            true => Ok(()),
            false => Err(crm_ml_core::Error::model_file("a category column cannot be normalised")),
        }
    }
}
