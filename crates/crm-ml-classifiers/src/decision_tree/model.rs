//! Fitted decision trees, and what forests share with them.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, Importances, Labeled, Model, Persist, Result, Samples,
    Schema,
};
use crm_ml_trees::{Ensemble, Importance};
use ndarray::{Array1, Array2, Array3, Axis};
use serde::{Deserialize, Serialize};

use crate::row_scorer::{Link, RowScorer};

/// Trees whose leaves hold class shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shares {
    pub(crate) schema: Schema,
    pub(crate) classes: Classes,
    pub(crate) ensemble: Ensemble,
}

impl Shares {
    pub(crate) fn new(data: &Labeled<'_>, ensemble: Ensemble) -> Self {
        Self { schema: data.samples().schema().clone(), classes: data.classes().clone(), ensemble }
    }

    pub(crate) fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        self.ensemble.predict(samples)
    }

    pub(crate) fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        let of_all = self.ensemble.contributions(samples)?;
        // The shares of two classes say the same with opposite signs.
        Ok(if self.classes.len() == 2 { of_all.select(Axis(2), &[1]) } else { of_all })
    }

    pub(crate) fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        self.ensemble.validate()?;
        self.ensemble.validate_shares()?;
        if self.ensemble.n_columns() != self.schema.width() || self.ensemble.n_outputs() != self.classes.len()
        {
            return Err(Error::model_file("trees that fit neither schema nor classes"));
        }
        Ok(())
    }
}

/// A fitted [`DecisionTreeClassifier`](crate::DecisionTreeClassifier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeClassifierModel {
    pub(super) shares: Shares,
}

impl DecisionTreeClassifierModel {
    /// The model compiled for scoring one row at a time.
    pub fn row_scorer(&self) -> RowScorer {
        RowScorer::new(&self.shares.ensemble, Link::Identity)
    }

    /// The tree, with its numbers of nodes and leaves, its depth and other importances.
    pub fn ensemble(&self) -> &Ensemble {
        &self.shares.ensemble
    }
}

impl Model for DecisionTreeClassifierModel {
    fn schema(&self) -> &Schema {
        &self.shares.schema
    }
}

impl ClassifierModel for DecisionTreeClassifierModel {
    fn classes(&self) -> &Classes {
        &self.shares.classes
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.shares.predict_proba(samples)
    }
}

impl Importances for DecisionTreeClassifierModel {
    /// Decrease of the impurity by the splits of each column, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.shares.ensemble.importances(Importance::Gain)
    }
}

impl Attributions for DecisionTreeClassifierModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the probability of each class; of two classes, of the second.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.shares.contributions(samples)
    }
}

impl Persist for DecisionTreeClassifierModel {
    const KIND: &'static str = "decision-tree-classifier";

    fn validate(&self) -> Result<()> {
        self.shares.validate()
    }
}
