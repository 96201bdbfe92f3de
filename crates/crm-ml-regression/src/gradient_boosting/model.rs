//! Fitted gradient boosting.

use crm_ml_core::{
    Attributions, Check, Error, FitReport, Importances, Model, Persist, RegressorModel, Result, Samples,
    Schema,
};
use crm_ml_trees::{Boosted, Booster, Ensemble, History, Importance};
use ndarray::{Array1, Array2, Array3, Axis};
use serde::{Deserialize, Serialize};

use super::RegressionLoss;
use crate::RowScorer;

/// A fitted [`GradientBoostingRegressor`](crate::GradientBoostingRegressor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientBoostingRegressorModel {
    pub(super) schema: Schema,
    pub(super) booster: Booster,
    /// `None` for an objective of the caller's own.
    pub(super) loss: Option<RegressionLoss>,
    pub(super) report: FitReport,
    pub(super) history: History,
}

impl GradientBoostingRegressorModel {
    pub(super) fn new(samples: &Samples<'_>, loss: Option<RegressionLoss>, boosted: Boosted) -> Self {
        let Boosted { booster, report, history } = boosted;
        Self { schema: samples.schema().clone(), booster, loss, report, history }
    }

    /// The raw outputs, one a row: the prediction, or its logarithm for Poisson and gamma.
    ///
    /// Errors: columns that are not the model's.
    pub fn margins(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(self.booster.predict(samples)?.index_axis_move(Axis(1), 0))
    }

    /// The predictions after the first round, the second, and so on; the last are those of `predict`. A round costs the walk of
    /// its own tree.
    ///
    /// Errors: columns that are not the model's.
    pub fn staged_predict<'a>(
        &'a self,
        samples: &'a Samples<'a>,
    ) -> Result<impl Iterator<Item = Array1<f64>> + 'a> {
        self.schema().accepts(samples)?;
        let stages = self.booster.staged(samples)?;
        Ok(stages.map(|margins| self.predictions(margins.index_axis_move(Axis(1), 0))))
    }

    /// The model of the first rounds (all, if there are fewer). Report and history stay those of the whole fit.
    #[must_use]
    pub fn first_rounds(&self, rounds: usize) -> Self {
        Self { booster: self.booster.first_rounds(rounds), ..self.clone() }
    }

    /// A scorer of single rows that allocates nothing a call.
    pub fn row_scorer(&self) -> RowScorer {
        RowScorer::new(self.booster.row_scorer(), self.loss)
    }

    /// The loss it was fitted to; `None` for an objective of the caller's own, whose margins are the predictions.
    pub fn loss(&self) -> Option<RegressionLoss> {
        self.loss
    }

    /// The losses round by round, from before the first; empty without early stopping or validation.
    pub fn history(&self) -> &History {
        &self.history
    }

    fn predictions(&self, margins: Array1<f64>) -> Array1<f64> {
        match self.loss {
            Some(loss) => margins.mapv_into(|margin| loss.prediction(margin)),
            None => margins,
        }
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
}

impl Model for GradientBoostingRegressorModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl RegressorModel for GradientBoostingRegressorModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        Ok(self.predictions(self.margins(samples)?))
    }
}

impl Importances for GradientBoostingRegressorModel {
    /// Gain of the splits of each column, summing to 1 (0 without splits).
    fn feature_importances(&self) -> Array1<f64> {
        self.booster.importances(Importance::Gain)
    }
}

impl Attributions for GradientBoostingRegressorModel {
    /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the margins: the prediction, or its logarithm for Poisson and gamma.
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.booster.contributions(samples)
    }
}

impl Persist for GradientBoostingRegressorModel {
    const KIND: &'static str = "gradient-boosting-regressor";

    fn validate(&self) -> Result<()> {
        if !self.report.objective.is_finite() {
            return Err(Error::model_file("an objective that is not finite"));
        }
        let check = Check::of("loss");
        self.loss.map_or(Ok(()), |loss| loss.check(check).finish())?;
        self.history.validate()?;
        self.booster.validate()?;
        if self.booster.n_columns() == self.schema.width() && self.booster.n_outputs() == 1 {
            Ok(())
        } else {
            Err(Error::model_file("trees that do not fit the model"))
        }
    }
}
