//! Exchange with XGBoost.

use crm_ml_core::{Error, FitReport, Result, Schema};
use crm_ml_trees::{History, XgboostModel, XgboostObjective};

use super::{GradientBoostingRegressorModel, RegressionLoss};

impl GradientBoostingRegressorModel {
    /// The model as a JSON file that XGBoost loads, of the objective that is its loss there. XGBoost has no Huber loss; the
    /// nearest, `reg:pseudohubererror` of the same slope, predicts the same.
    ///
    /// Margins there are those here up to single precision, on cells that single precision holds. Errors: what XGBoost cannot
    /// express, by name (see [`XgboostModel`]); an objective of the caller's own.
    ///
    /// ```
    /// use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
    /// use crm_ml_regression::{GradientBoostingRegressor, GradientBoostingRegressorModel};
    /// use ndarray::array;
    ///
    /// let x = array![[1.0], [2.0], [3.0], [10.0], [11.0], [f64::NAN]];
    /// let data = Targeted::new(Samples::new(&x)?, &array![5.0, 5.0, 5.0, 9.0, 9.0, 9.0])?;
    /// let model = GradientBoostingRegressor::new().min_samples_leaf(1).fit(&data)?;
    ///
    /// let json = model.to_xgboost_json()?;
    /// let read = GradientBoostingRegressorModel::from_xgboost_json(json.as_bytes(), None)?;
    /// let (ours, theirs) = (model.predict(data.samples())?, read.predict(data.samples())?);
    /// assert!((ours - theirs).iter().all(|difference| difference.abs() < 1e-5));
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn to_xgboost_json(&self) -> Result<String> {
        let objective = match self.loss {
            None => {
                return Err(Error::unsupported("XGBoost has no name for an objective of the caller's own"));
            }
            Some(RegressionLoss::SquaredError) => XgboostObjective::Squared,
            Some(RegressionLoss::AbsoluteError) => XgboostObjective::Absolute,
            Some(RegressionLoss::Huber { delta }) => XgboostObjective::PseudoHuber { slope: delta },
            Some(RegressionLoss::Quantile { quantile }) => XgboostObjective::Quantile { alpha: quantile },
            Some(RegressionLoss::Poisson) => XgboostObjective::Poisson,
            Some(RegressionLoss::Gamma) => XgboostObjective::Gamma,
        };
        if self.booster.encoder().is_some() {
            return Err(Error::unsupported("XGBoost has no ordered statistics of categories"));
        }
        XgboostModel::write(self.booster.ensemble(), &self.schema, objective)
    }

    /// The model in a JSON file of XGBoost (`save_model("model.json")`) of objective `reg:squarederror`, `reg:absoluteerror`,
    /// `reg:pseudohubererror` (told as Huber loss of the same slope), `reg:quantileerror`, `count:poisson` or `reg:gamma`.
    ///
    /// `schema` names the columns and levels, which the file may know or not. The report tells nothing of the fit.
    ///
    /// Errors: what is no such file, is damaged, or cannot be expressed (then named; see [`XgboostModel`]).
    pub fn from_xgboost_json(json: &[u8], schema: Option<&Schema>) -> Result<Self> {
        let XgboostModel { ensemble, schema, objective } = XgboostModel::read(json, schema)?;
        let loss = match objective {
            XgboostObjective::Squared => RegressionLoss::SquaredError,
            XgboostObjective::Absolute => RegressionLoss::AbsoluteError,
            XgboostObjective::PseudoHuber { slope } => RegressionLoss::Huber { delta: slope },
            XgboostObjective::Quantile { alpha } => RegressionLoss::Quantile { quantile: alpha },
            XgboostObjective::Poisson => RegressionLoss::Poisson,
            XgboostObjective::Gamma => RegressionLoss::Gamma,
            other => {
                return Err(Error::unsupported(format!(
                    "XGBoost: no regression here is fitted to {other:?}"
                )));
            }
        };
        let report = FitReport {
            converged: true,
            iterations: ensemble.trees().len(),
            objective: 0.0,
            notes: vec!["read from XGBoost, whose files do not tell how the fit ended".to_owned()],
        };
        let (booster, history) = (ensemble.into(), History::default());
        Ok(Self { schema, booster, loss: Some(loss), report, history })
    }
}
