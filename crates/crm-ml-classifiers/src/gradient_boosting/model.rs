//! Fitted gradient boosting.

use crm_ml_core::{
    Attributions, Classes, ClassifierModel, Error, FitReport, Importances, Model, Persist, Result, Samples,
    Schema,
};
use crm_ml_trees::{Booster, Ensemble, History, Importance};
use ndarray::{Array1, Array2, Array3, s};
use serde::{Deserialize, Serialize};

use crate::row_scorer::{Link, RowScorer};

/// A fitted [`GradientBoostingClassifier`](crate::GradientBoostingClassifier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientBoostingClassifierModel {
    pub(super) schema: Schema,
    pub(super) classes: Classes,
    pub(super) booster: Booster,
    pub(super) report: FitReport,
    pub(super) history: History,
}

impl GradientBoostingClassifierModel {
    /// Margins, rows x outputs: for two classes the log-odds of the second, else one a class (log-probability up to a constant).
    ///
    /// Errors: columns that are not the model's.
    pub fn decision_function(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        self.booster.predict(samples)
    }

    /// The model compiled for scoring one row at a time.
    pub fn row_scorer(&self) -> RowScorer {
        RowScorer::of(self.booster.row_scorer(), self.link())
    }

    fn link(&self) -> Link {
        if self.classes.len() == 2 { Link::Logistic } else { Link::Softmax }
    }

    /// The trees, which look at encoded columns where the [`booster`](Self::booster) has an encoder.
    pub fn ensemble(&self) -> &Ensemble {
        self.booster.ensemble()
    }

    /// The trees and what turns categories into numbers, with other importances.
    pub fn booster(&self) -> &Booster {
        &self.booster
    }

    /// Importance of every column by gain, cover or number of splits, summing to 1 (0 without splits).
    pub fn importances(&self, importance: Importance) -> Array1<f64> {
        self.booster.importances(importance)
    }

    /// The leaf of every row in every tree (node numbers), rows x trees. Errors: columns that are not the model's.
    pub fn apply(&self, samples: &Samples<'_>) -> Result<Array2<u32>> {
        self.schema.accepts(samples)?;
        self.booster.apply(samples)
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The losses round by round, from before the first; empty without early stopping or validation.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The probabilities after the first round, the second, and so on; the last are those of `predict_proba`. A round costs the
    /// walk of its own trees.
    ///
    /// Errors: columns that are not the model's.
    pub fn staged_predict_proba<'a>(
        &'a self,
        samples: &'a Samples<'a>,
    ) -> Result<impl Iterator<Item = Array2<f64>> + 'a> {
        self.schema.accepts(samples)?;
        Ok(self.booster.staged(samples)?.map(|margins| self.probabilities(margins)))
    }

    /// The model of the first rounds (all, if there are fewer). Report and history stay those of the whole fit.
    #[must_use]
    pub fn first_rounds(&self, rounds: usize) -> Self {
        Self { booster: self.booster.first_rounds(rounds), ..self.clone() }
    }

    fn probabilities(&self, margins: Array2<f64>) -> Array2<f64> {
        let mut proba = Array2::zeros((margins.nrows(), self.classes.len()));
        for (mut proba, margins) in proba.rows_mut().into_iter().zip(margins.rows()) {
            let first = proba.len() - margins.len();
            proba.slice_mut(s![first..]).assign(&margins);
            proba.as_slice_mut().into_iter().for_each(|proba| self.link().apply(proba));
        }
        proba
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
        Ok(self.probabilities(self.decision_function(samples)?))
    }
}

impl Importances for GradientBoostingClassifierModel {
    /// Gain of the splits of each column, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.booster.importances(Importance::Gain)
    }
}

impl Attributions for GradientBoostingClassifierModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the margins: for two classes the log-odds of the second.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.booster.contributions(samples)
    }
}

impl Persist for GradientBoostingClassifierModel {
    const KIND: &'static str = "gradient-boosting-classifier";

    fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        self.booster.validate()?;
        self.history.validate()?;
        let outputs = super::n_outputs(&self.classes);
        if self.booster.n_columns() != self.schema.width() || self.booster.n_outputs() != outputs {
            return Err(Error::model_file("trees that fit neither schema nor classes"));
        }
        if !self.report.objective.is_finite() {
            return Err(Error::model_file("an objective that is not finite"));
        }
        Ok(())
    }
}
