//! A model on the columns that a selection kept.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, Importances, Model, Persist, RegressorModel, Result,
    Samples, Schema, TransformerModel, decode, encode, unknown_version,
};
use ndarray::{Array1, Array2, Array3, s};
use serde::{Deserialize, Serialize};

use crate::Selection;

/// How good models with some number of columns were on rows they had not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ValidationPoint {
    /// Columns left.
    pub n_features: usize,
    /// Mean of the metric over the folds.
    pub mean: f64,
    /// Standard error of that mean; 0 for a single fold.
    pub standard_error: f64,
}

impl ValidationPoint {
    /// Of one value a fold.
    pub(crate) fn new(n_features: usize, values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let standard_error = if count > 1.0 { (squares / (count - 1.0) / count).sqrt() } else { 0.0 };
        Self { n_features, mean, standard_error }
    }
}

/// A selection, and an estimator's model on the columns kept: what [`Rfe`](crate::Rfe), [`Rfecv`](crate::Rfecv),
/// [`SequentialSelector`](crate::SequentialSelector) and [`SelectThen`](crate::SelectThen) fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelectedModel<M> {
    pub(crate) selection: Selection,
    pub(crate) estimator: M,
    pub(crate) validation: Vec<ValidationPoint>,
}

impl<M> SelectedModel<M> {
    /// Which columns are kept.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The model fitted on the columns kept.
    pub fn estimator(&self) -> &M {
        &self.estimator
    }

    /// By number of columns, how good models were, in the order of the rounds (eliminations: from the most columns down); empty
    /// where nothing was chosen by cross-validation.
    pub fn validation(&self) -> &[ValidationPoint] {
        &self.validation
    }
}

impl<M: Model> Model for SelectedModel<M> {
    fn schema(&self) -> &Schema {
        self.selection.schema()
    }
}

impl<M: ClassifierModel> ClassifierModel for SelectedModel<M> {
    fn classes(&self) -> &Classes {
        self.estimator.classes()
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.estimator.predict_proba(&self.selection.transform(samples)?)
    }
}

impl<M: RegressorModel> RegressorModel for SelectedModel<M> {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.estimator.predict(&self.selection.transform(samples)?)
    }
}

impl<M: Model> TransformerModel for SelectedModel<M> {
    fn output_schema(&self) -> &Schema {
        self.selection.output_schema()
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.selection.transform(samples)
    }
}

impl<M: Model + Persist> Persist for SelectedModel<M> {
    const KIND: &'static str = "selected";

    fn validate(&self) -> Result<()> {
        self.selection.validate()?;
        self.estimator.validate()?;
        if self.estimator.schema() != self.selection.output_schema() {
            return Err(Error::model_file("an estimator fitted on other columns than those kept"));
        }
        Ok(())
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.selection.to_bytes()?, self.estimator.to_bytes()?, &self.validation))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (selection, estimator, validation): (Vec<u8>, Vec<u8>, Vec<ValidationPoint>) = decode(payload)?;
        Ok(Self {
            selection: Selection::from_bytes(&selection)?,
            estimator: M::from_bytes(&estimator)?,
            validation,
        })
    }
}

impl<M: Importances> Importances for SelectedModel<M> {
    /// 0 for the columns that went.
    fn feature_importances(&self) -> Array1<f64> {
        let mut all = Array1::zeros(self.selection.ranking().len());
        let kept = self.estimator.feature_importances();
        for (column, importance) in self.selection.selected().into_iter().zip(kept) {
            all[column] = importance;
        }
        all
    }
}

impl<M: Model + Attributions> Attributions for SelectedModel<M> {
    /// 0 for the columns that went.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        let kept = self.estimator.contributions(&self.selection.transform(samples)?)?;
        let (rows, last, outputs) = (kept.dim().0, kept.dim().1.saturating_sub(1), kept.dim().2);
        let width = self.selection.ranking().len();
        let mut all = Array3::zeros((rows, width + 1, outputs));
        for (i, column) in self.selection.selected().into_iter().enumerate() {
            all.slice_mut(s![.., column, ..]).assign(&kept.slice(s![.., i, ..]));
        }
        all.slice_mut(s![.., width, ..]).assign(&kept.slice(s![.., last, ..]));
        Ok(all)
    }
}
