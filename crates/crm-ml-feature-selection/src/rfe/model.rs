//! The columns an elimination left, and the model fitted on them.

use crm_ml_core::{
    Classes, ClassifierModel, Error, Model, Persist, RegressorModel, Result, Samples, Schema,
    TransformerModel, decode, encode, unknown_version,
};
use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

/// Which columns are kept, as a transformer that keeps them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    schema: Schema,
    output: Schema,
    ranking: Vec<usize>,
}

impl Selection {
    pub(super) fn new(schema: &Schema, ranking: Vec<usize>) -> Self {
        let mut selection = Self { schema: schema.clone(), output: schema.clone(), ranking };
        selection.output = schema.select(&selection.selected());
        selection
    }

    /// Rank of every column: 1 for those kept, then by the round in which they went, the last first.
    pub fn ranking(&self) -> &[usize] {
        &self.ranking
    }

    /// Whether each column is kept.
    pub fn support(&self) -> Vec<bool> {
        self.ranking.iter().map(|rank| *rank == 1).collect()
    }

    /// Positions of the columns that are kept.
    pub fn selected(&self) -> Vec<usize> {
        (0..self.ranking.len()).filter(|&column| self.ranking[column] == 1).collect()
    }
}

impl Model for Selection {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for Selection {
    fn output_schema(&self) -> &Schema {
        &self.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        samples.with_features(samples.dense().select(Axis(1), &self.selected()), &self.output)
    }
}

impl Persist for Selection {
    const KIND: &'static str = "selection";

    fn validate(&self) -> Result<()> {
        if self.ranking.len() != self.schema.width() || self.ranking.contains(&0) {
            return Err(Error::model_file("a ranking that does not fit the schema"));
        }
        let selected = self.selected();
        if selected.is_empty() || self.output != self.schema.select(&selected) {
            return Err(Error::model_file("columns that do not fit the ranking"));
        }
        Ok(())
    }
}

/// A fitted [`Rfe`](crate::Rfe): the selection, and the estimator's model on the columns kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RfeModel<M> {
    pub(super) selection: Selection,
    pub(super) estimator: M,
}

impl<M> RfeModel<M> {
    /// Which columns are kept.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The model fitted on the columns kept.
    pub fn estimator(&self) -> &M {
        &self.estimator
    }
}

impl<M: Model> Model for RfeModel<M> {
    fn schema(&self) -> &Schema {
        &self.selection.schema
    }
}

impl<M: ClassifierModel> ClassifierModel for RfeModel<M> {
    fn classes(&self) -> &Classes {
        self.estimator.classes()
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.estimator.predict_proba(&self.selection.transform(samples)?)
    }
}

impl<M: RegressorModel> RegressorModel for RfeModel<M> {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.estimator.predict(&self.selection.transform(samples)?)
    }
}

impl<M: Model> TransformerModel for RfeModel<M> {
    fn output_schema(&self) -> &Schema {
        &self.selection.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.selection.transform(samples)
    }
}

impl<M: Model + Persist> Persist for RfeModel<M> {
    const KIND: &'static str = "rfe";

    fn validate(&self) -> Result<()> {
        self.selection.validate()?;
        self.estimator.validate()?;
        if self.estimator.schema() != &self.selection.output {
            return Err(Error::model_file("an estimator fitted on other columns than those kept"));
        }
        Ok(())
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.selection.to_bytes()?, self.estimator.to_bytes()?))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (selection, estimator): (Vec<u8>, Vec<u8>) = decode(payload)?;
        Ok(Self { selection: Selection::from_bytes(&selection)?, estimator: M::from_bytes(&estimator)? })
    }
}
