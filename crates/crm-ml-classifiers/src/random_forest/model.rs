//! Fitted random forests.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, Importances, Model, Persist, Result, Samples, Schema,
};
use crm_ml_trees::{Ensemble, Importance};
use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};

use crate::decision_tree::Shares;
use crate::row_scorer::{Link, RowScorer};

/// A fitted [`RandomForestClassifier`](crate::RandomForestClassifier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomForestClassifierModel {
    pub(super) shares: Shares,
    pub(super) oob_score: Option<f64>,
}

impl RandomForestClassifierModel {
    /// The model compiled for scoring one row at a time.
    pub fn row_scorer(&self) -> RowScorer {
        RowScorer::new(&self.shares.ensemble, Link::Identity)
    }

    /// The trees, with other importances.
    pub fn ensemble(&self) -> &Ensemble {
        &self.shares.ensemble
    }

    /// Accuracy on rows that trees have not drawn, if it was asked for.
    pub fn oob_score(&self) -> Option<f64> {
        self.oob_score
    }
}

impl Model for RandomForestClassifierModel {
    fn schema(&self) -> &Schema {
        &self.shares.schema
    }
}

impl ClassifierModel for RandomForestClassifierModel {
    fn classes(&self) -> &Classes {
        &self.shares.classes
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.shares.predict_proba(samples)
    }
}

impl Importances for RandomForestClassifierModel {
    /// Decrease of the impurity by the splits of each column, averaged over the trees, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.shares.ensemble.importances(Importance::Gain)
    }
}

impl Attributions for RandomForestClassifierModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the probability of each class; of two classes, of the second.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.shares.contributions(samples)
    }
}

impl Persist for RandomForestClassifierModel {
    const KIND: &'static str = "random-forest-classifier";

    fn validate(&self) -> Result<()> {
        if self.oob_score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
            return Err(Error::model_file("an out-of-bag score outside 0 to 1"));
        }
        self.shares.validate()
    }
}
