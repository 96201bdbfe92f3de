//! The fitted power transformer.

use crm_ml_core::{Error, Persist, Result, Samples, Schema};
use serde::{Deserialize, Serialize};

use super::curve::bounded;
use super::{PowerMethod, check_domain};
use crate::columns::{check_schema, column, is_real, map_columns, transformer_model};

/// The fitted [`PowerTransformer`](super::PowerTransformer).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerTransformerModel {
    schema: Schema,
    method: PowerMethod,
    /// Power, mean and scale; `None` for a category column.
    learnt: Vec<Option<(f64, f64, f64)>>,
}

impl PowerTransformerModel {
    pub(super) fn new(schema: &Schema, method: PowerMethod, learnt: Vec<Option<(f64, f64, f64)>>) -> Self {
        Self { schema: schema.clone(), method, learnt }
    }

    /// The power of each column; `None` for a category column.
    pub fn lambdas(&self) -> Vec<Option<f64>> {
        self.learnt.iter().map(|learnt| learnt.map(|(lambda, _, _)| lambda)).collect()
    }

    /// Back to the units of training, exactly but for rounding. What no value is mapped to becomes missing.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        map_columns(samples, &self.schema, &self.learnt, |v, learnt| match learnt {
            Some((lambda, mean, scale)) => self.method.inverse(bounded(v * scale + mean), lambda),
            None => v,
        })
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        if self.method == PowerMethod::BoxCox {
            for position in (0..samples.n_columns()).filter(|&c| is_real(&self.schema, c)) {
                let kept = samples.kept_rows();
                check_domain(self.method, &self.schema, position, &column(samples, position), kept)?;
            }
        }
        map_columns(samples, &self.schema, &self.learnt, |v, learnt| match learnt {
            Some((lambda, mean, scale)) => self.method.standardized(v, lambda, mean, scale),
            None => v,
        })
    }
}

transformer_model!(PowerTransformerModel, schema);

impl Persist for PowerTransformerModel {
    const KIND: &'static str = "preprocessing/power-transformer";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.learnt.len() != self.schema.width() {
            return Err(Error::length("powers", self.schema.width(), self.learnt.len()));
        }
        let sound = |(column, learnt): (usize, &Option<(f64, f64, f64)>)| match learnt {
            None => !is_real(&self.schema, column),
            Some((lambda, mean, scale)) => {
                is_real(&self.schema, column)
                    && [lambda, mean, scale].iter().all(|v| v.is_finite())
                    && *scale > 0.0
            }
        };
        match self.learnt.iter().enumerate().all(sound) {
            true => Ok(()),
            false => Err(Error::model_file("a power does not fit its column")),
        }
    }
}
