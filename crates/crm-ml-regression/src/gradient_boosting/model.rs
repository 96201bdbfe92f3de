//! Fitted gradient boosting.

use crm_ml_core::{
    Attributions, Error, FitReport, Importances, Model, Persist, RegressorModel, Result, Samples, Schema,
};
use crm_ml_trees::{Ensemble, Importance};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use crate::trees::Trees;

/// A fitted [`GradientBoostingRegressor`](crate::GradientBoostingRegressor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientBoostingRegressorModel {
    pub(super) trees: Trees,
    pub(super) report: FitReport,
}

impl GradientBoostingRegressorModel {
    /// The trees, with other importances.
    pub fn ensemble(&self) -> &Ensemble {
        &self.trees.ensemble
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }
}

impl Model for GradientBoostingRegressorModel {
    fn schema(&self) -> &Schema {
        &self.trees.schema
    }
}

impl RegressorModel for GradientBoostingRegressorModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.trees.predict(samples)
    }
}

impl Importances for GradientBoostingRegressorModel {
    /// Gain of the splits of each column, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.trees.ensemble.importances(Importance::Gain)
    }
}

impl Attributions for GradientBoostingRegressorModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the prediction.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.trees.contributions(samples)
    }
}

impl Persist for GradientBoostingRegressorModel {
    const KIND: &'static str = "gradient-boosting-regressor";

    fn validate(&self) -> Result<()> {
        if !self.report.objective.is_finite() {
            return Err(Error::model_file("an objective that is not finite"));
        }
        self.trees.validate(false)
    }
}
