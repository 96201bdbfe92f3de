//! Encoders under the laws: every column of the toy data becomes a category first.

use std::fmt::Debug;

use crm_ml_core::{
    Column, Labeled, Model, Persist, Result, Samples, Schema, Targeted, Transformer, TransformerModel,
};
use crm_ml_preprocessing::*;
use crm_ml_testkit::Subject;
use ndarray::Array2;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// An encoder that sees categories where the data has numbers.
#[derive(Debug, Clone)]
pub(crate) struct Coded<E>(pub(crate) E);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CodedModel<M> {
    schema: Schema,
    inner: M,
}

pub(crate) trait Encode {
    type Model: TransformerModel + Persist + Clone + PartialEq + Debug;
    const SUPERVISED: bool = false;
    fn learn(&self, samples: Samples<'_>, y: &[f64]) -> Result<Self::Model>;
}

macro_rules! encode {
    ($($encoder:ty => $model:ty),*) => {
        $(impl Encode for $encoder {
            type Model = $model;
            fn learn(&self, samples: Samples<'_>, _y: &[f64]) -> Result<$model> {
                self.fit(&samples)
            }
        })*
    };
}
encode!(
    OneHotEncoder => OneHotEncoderModel, OrdinalEncoder => OrdinalEncoderModel, FrequencyEncoder => FrequencyEncoderModel,
    RareLevelGrouper => RareLevelGrouperModel, FeatureHasher => FeatureHasherModel
);

impl Encode for TargetEncoder {
    type Model = TargetEncoderModel;
    const SUPERVISED: bool = true;

    fn learn(&self, samples: Samples<'_>, y: &[f64]) -> Result<TargetEncoderModel> {
        // Both ways in: the classes' for two classes, the real target's else.
        if y.iter().all(|v| *v == 0.0 || *v == 1.0) {
            self.fit(&Labeled::from_values(samples, y)?)
        } else {
            self.fit_targeted(&Targeted::new(samples, y)?)
        }
    }
}

impl Encode for WeightOfEvidence {
    type Model = WeightOfEvidenceModel;
    const SUPERVISED: bool = true;

    fn learn(&self, samples: Samples<'_>, y: &[f64]) -> Result<WeightOfEvidenceModel> {
        let high = y.iter().map(|v| *v > 0.5).collect::<Vec<_>>();
        self.fit(&Labeled::new(samples, &high)?)
    }
}

impl Encode for SupervisedBinner {
    type Model = SupervisedBinnerModel;
    const SUPERVISED: bool = true;

    fn learn(&self, samples: Samples<'_>, y: &[f64]) -> Result<SupervisedBinnerModel> {
        // Both ways in: the classes' for few values, the real target's else.
        if y.iter().all(|v| [0.0, 1.0, 2.0].contains(v)) {
            self.fit(&Labeled::from_values(samples, y)?)
        } else {
            self.fit_targeted(&Targeted::new(samples, y)?)
        }
    }
}

/// What learns from a target and takes columns as they are.
#[derive(Debug, Clone)]
pub(crate) struct Supervised<E>(pub(crate) E);

impl<E> Subject for Supervised<E>
where
    E: Encode + Clone + Send + Sync + Serialize + DeserializeOwned + PartialEq + Debug,
{
    type Model = E::Model;
    type Params = E;
    const SUPERVISED: bool = E::SUPERVISED;

    fn params(&self) -> &E {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<E::Model> {
        self.0.learn(samples, y)
    }

    fn output(model: &E::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(model.transform(samples)?.dense().to_owned())
    }

    fn output_schema(model: &E::Model) -> Option<Schema> {
        Some(model.output_schema().clone())
    }

    fn target(toy: &crm_ml_testkit::toy::Toy) -> &[f64] {
        &toy.reals
    }
}

/// Five levels by the rounded value; missing stays missing.
pub(crate) fn coded(samples: &Samples<'_>) -> Result<Samples<'static>> {
    let levels: Vec<String> = (0..5).map(|i| format!("level {i}")).collect();
    let columns = samples.schema().columns().iter().map(|c| Column::category(&c.name, levels.clone()));
    let codes = samples.dense().mapv(|v| (v * 2.0).round().abs() % 5.0);
    samples.with_features(codes, &Schema::new(columns.collect())?)
}

impl<M: Model> Model for CodedModel<M> {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl<M: Persist> Persist for CodedModel<M> {
    const KIND: &'static str = "test/coded";

    fn validate(&self) -> Result<()> {
        self.inner.validate()
    }
}

impl<E> Subject for Coded<E>
where
    E: Encode + Clone + Send + Sync + Serialize + DeserializeOwned + PartialEq + Debug,
{
    type Model = CodedModel<E::Model>;
    type Params = E;
    const SUPERVISED: bool = E::SUPERVISED;

    fn params(&self) -> &E {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<Self::Model> {
        Ok(CodedModel { schema: samples.schema().clone(), inner: self.0.learn(coded(&samples)?, y)? })
    }

    fn output(model: &Self::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        model.schema.accepts(samples)?;
        Ok(model.inner.transform(&coded(samples)?)?.dense().to_owned())
    }

    fn output_schema(model: &Self::Model) -> Option<Schema> {
        Some(model.inner.output_schema().clone())
    }

    fn target(toy: &crm_ml_testkit::toy::Toy) -> &[f64] {
        &toy.reals
    }
}
