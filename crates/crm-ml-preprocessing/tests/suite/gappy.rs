//! Imputers under the laws: a fifth of the cells of the toy data is missing, chosen by the cells themselves.

use std::fmt::Debug;

use crm_ml_core::{Persist, Result, Samples, Schema, Transformer, TransformerModel};
use crm_ml_testkit::Subject;
use ndarray::Array2;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An imputer that sees gaps where the data has none.
#[derive(Debug, Clone)]
pub(crate) struct Gappy<I>(pub(crate) I);

fn with_gaps(samples: &Samples<'_>) -> Result<Samples<'static>> {
    let hole = |v: f64| v.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 < (1 << 32) / 5;
    let cells = samples.dense().mapv(|v| if hole(v) { f64::NAN } else { v });
    samples.with_features(cells, samples.schema())
}

impl<I> Subject for Gappy<I>
where
    I: Transformer + Clone + Send + Serialize + DeserializeOwned + PartialEq + Debug,
    I::Model: Persist + Clone + PartialEq + Debug,
{
    type Model = I::Model;
    type Params = I;
    const SUPERVISED: bool = false;

    fn params(&self) -> &I {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, _y: &[f64]) -> Result<I::Model> {
        self.0.fit(&with_gaps(&samples)?)
    }

    fn output(model: &I::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(model.transform(&with_gaps(samples)?)?.dense().to_owned())
    }

    fn output_schema(model: &I::Model) -> Option<Schema> {
        Some(model.output_schema().clone())
    }

    fn target(toy: &crm_ml_testkit::toy::Toy) -> &[f64] {
        &toy.reals
    }
}
