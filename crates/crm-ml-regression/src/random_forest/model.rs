//! Fitted random forests.

use crm_ml_core::{
    Attributions, Error, Importances, Model, Persist, RegressorModel, Result, Samples, Schema,
};
use crm_ml_trees::{Ensemble, Importance};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use crate::trees::Trees;

/// A fitted [`RandomForestRegressor`](crate::RandomForestRegressor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomForestRegressorModel {
    pub(super) trees: Trees,
    pub(super) oob_score: Option<f64>,
}

impl RandomForestRegressorModel {
    /// The trees, with other importances.
    pub fn ensemble(&self) -> &Ensemble {
        &self.trees.ensemble
    }

    /// R2 on rows that trees have not drawn, if it was asked for.
    pub fn oob_score(&self) -> Option<f64> {
        self.oob_score
    }
}

impl Model for RandomForestRegressorModel {
    fn schema(&self) -> &Schema {
        &self.trees.schema
    }
}

impl RegressorModel for RandomForestRegressorModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.trees.predict(samples)
    }
}

impl Importances for RandomForestRegressorModel {
    /// Decrease of the squared error by the splits of each column, averaged over the trees, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.trees.ensemble.importances(Importance::Gain)
    }
}

impl Attributions for RandomForestRegressorModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the prediction.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.trees.contributions(samples)
    }
}

impl Persist for RandomForestRegressorModel {
    const KIND: &'static str = "random-forest-regressor";

    fn validate(&self) -> Result<()> {
        if self.oob_score.is_some_and(|score| !score.is_finite()) {
            return Err(Error::model_file("an out-of-bag score that is not finite"));
        }
        self.trees.validate(true)
    }
}
