//! Exchange with XGBoost.

use crm_ml_core::{Classes, Error, FitReport, Result, Schema};
use crm_ml_trees::{History, XgboostModel, XgboostObjective};

use super::GradientBoostingClassifierModel;

impl GradientBoostingClassifierModel {
    /// The model as a JSON file that XGBoost loads, of objective `binary:logistic` or `multi:softprob`.
    ///
    /// Margins there are those here up to single precision, on cells that single precision holds. Errors: what XGBoost cannot
    /// express, by name (see [`XgboostModel`]); a model of one class.
    ///
    /// ```
    /// use crm_ml_core::{Classifier, Labeled, Samples};
    /// use crm_ml_classifiers::{GradientBoostingClassifier, GradientBoostingClassifierModel};
    /// use ndarray::array;
    ///
    /// let x = array![[0.0, f64::NAN], [1.0, 40.0], [2.0, 30.0], [4.0, 3.0], [5.0, 2.0], [6.0, 9.0]];
    /// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "lost", "won", "won", "won"])?;
    /// let model = GradientBoostingClassifier::new().min_samples_leaf(1).n_estimators(20).fit(&data)?;
    ///
    /// let json = model.to_xgboost_json()?;
    /// let read = GradientBoostingClassifierModel::from_xgboost_json(json.as_bytes(), None, Some(data.classes()))?;
    /// let (ours, theirs) = (model.decision_function(data.samples())?, read.decision_function(data.samples())?);
    /// assert!((ours - theirs).iter().all(|difference| difference.abs() < 1e-5));
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn to_xgboost_json(&self) -> Result<String> {
        let objective = match self.classes.len() {
            1 => return Err(Error::unsupported("XGBoost has no model of one class")),
            2 => XgboostObjective::Logistic,
            _ => XgboostObjective::Softmax,
        };
        if self.booster.encoder().is_some() {
            return Err(Error::unsupported("XGBoost has no ordered statistics of categories"));
        }
        XgboostModel::write(self.booster.ensemble(), &self.schema, objective)
    }

    /// The model in a JSON file of XGBoost (`save_model("model.json")`) of objective `binary:logistic`, `binary:logitraw`,
    /// `multi:softprob` or `multi:softmax`.
    ///
    /// `schema` names the columns and levels, which the file may know or not; `classes` the classes, which it never knows (`None`: `0`,
    /// `1` and so on). The report tells nothing of the fit.
    ///
    /// Errors: what is no such file, is damaged, or cannot be expressed (then named; see [`XgboostModel`]); another number of classes, a softmax
    /// of two classes.
    pub fn from_xgboost_json(
        json: &[u8],
        schema: Option<&Schema>,
        classes: Option<&Classes>,
    ) -> Result<Self> {
        let XgboostModel { ensemble, schema, objective } = XgboostModel::read(json, schema)?;
        let outputs = ensemble.n_outputs();
        let count = match objective {
            XgboostObjective::Logistic => 2,
            XgboostObjective::Softmax if outputs > 2 => outputs,
            XgboostObjective::Softmax => {
                return Err(Error::unsupported(format!("XGBoost: a softmax of {outputs} classes")));
            }
            other => return Err(Error::unsupported(format!("XGBoost: {other:?} tells no classes apart"))),
        };
        let classes = match classes {
            Some(classes) if classes.len() != count => {
                return Err(Error::length("classes of the XGBoost model", count, classes.len()));
            }
            Some(classes) => classes.clone(),
            None => Classes::new((0..count).map(|class| class.to_string()))?,
        };
        let report = FitReport {
            converged: true,
            iterations: ensemble.trees().len() / outputs,
            objective: 0.0,
            notes: vec!["read from XGBoost, whose files do not tell how the fit ended".to_owned()],
        };
        Ok(Self { schema, classes, booster: ensemble.into(), report, history: History::default() })
    }
}
