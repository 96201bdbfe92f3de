//! Fitted gradient boosting.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, FitReport, Importances, Model, Persist, Result, Samples,
    Schema,
};
use crm_ml_trees::{Ensemble, Importance};
use ndarray::{Array1, Array2, Array3, s};
use serde::{Deserialize, Serialize};

use crate::row_scorer::{Link, RowScorer};

/// A fitted [`GradientBoostingClassifier`](crate::GradientBoostingClassifier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientBoostingClassifierModel {
    pub(super) schema: Schema,
    pub(super) classes: Classes,
    pub(super) ensemble: Ensemble,
    pub(super) report: FitReport,
}

impl GradientBoostingClassifierModel {
    /// Margins, rows x outputs: for two classes the log-odds of the second, else one a class (log-probability up to a constant).
    ///
    /// Errors: columns that are not the model's.
    pub fn decision_function(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        self.ensemble.predict(samples)
    }

    /// The model compiled for scoring one row at a time.
    pub fn row_scorer(&self) -> RowScorer {
        RowScorer::new(&self.ensemble, self.link())
    }

    fn link(&self) -> Link {
        if self.classes.len() == 2 { Link::Logistic } else { Link::Softmax }
    }

    /// The trees, with other importances.
    pub fn ensemble(&self) -> &Ensemble {
        &self.ensemble
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }
}

impl Model for GradientBoostingClassifierModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClassifierModel for GradientBoostingClassifierModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        let margins = self.decision_function(samples)?;
        let mut proba = Array2::zeros((samples.n_rows(), self.classes.len()));
        for (mut proba, margins) in proba.rows_mut().into_iter().zip(margins.rows()) {
            let first = proba.len() - margins.len();
            proba.slice_mut(s![first..]).assign(&margins);
            proba.as_slice_mut().into_iter().for_each(|proba| self.link().apply(proba));
        }
        Ok(proba)
    }
}

impl Importances for GradientBoostingClassifierModel {
    /// Gain of the splits of each column, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.ensemble.importances(Importance::Gain)
    }
}

impl Attributions for GradientBoostingClassifierModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the margins: for two classes the log-odds of the second.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.ensemble.contributions(samples)
    }
}

impl Persist for GradientBoostingClassifierModel {
    const KIND: &'static str = "gradient-boosting-classifier";

    fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        self.ensemble.validate()?;
        let outputs = if self.classes.len() == 2 { 1 } else { self.classes.len() };
        if self.ensemble.n_columns() != self.schema.width() || self.ensemble.n_outputs() != outputs {
            return Err(Error::model_file("trees that fit neither schema nor classes"));
        }
        if self.ensemble.is_mean() || !self.report.objective.is_finite() {
            return Err(Error::model_file("trees that are not those of boosting"));
        }
        Ok(())
    }
}
