//! Fitted regression trees.

use crm_ml_core::{Attributions, Importances, Model, Persist, RegressorModel, Result, Samples, Schema};
use crm_ml_trees::{Ensemble, Importance};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use crate::trees::Trees;

/// A fitted [`DecisionTreeRegressor`](crate::DecisionTreeRegressor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeRegressorModel {
    pub(super) trees: Trees,
}

impl DecisionTreeRegressorModel {
    /// The tree, with its numbers of nodes and leaves, its depth and other importances.
    pub fn ensemble(&self) -> &Ensemble {
        &self.trees.ensemble
    }
}

impl Model for DecisionTreeRegressorModel {
    fn schema(&self) -> &Schema {
        &self.trees.schema
    }
}

impl RegressorModel for DecisionTreeRegressorModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.trees.predict(samples)
    }
}

impl Importances for DecisionTreeRegressorModel {
    /// Decrease of the squared error by the splits of each column, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.trees.ensemble.importances(Importance::Gain)
    }
}

impl Attributions for DecisionTreeRegressorModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the prediction.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.trees.contributions(samples)
    }
}

impl Persist for DecisionTreeRegressorModel {
    const KIND: &'static str = "decision-tree-regressor";

    fn validate(&self) -> Result<()> {
        self.trees.validate(true)
    }
}
