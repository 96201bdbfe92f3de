//! What selections by cross-validation ask of an estimator and its data, whatever the task.

use crm_ml_core::{
    Classifier, ClassifierModel, Fold, Labeled, Regressor, RegressorModel, Result, Samples, Split, Targeted,
    parallel,
};
use crm_ml_metrics::{ClassificationMetric, RegressionMetric};

use crate::ValidationPoint;

/// An estimator, the rows it is fitted on and the metric it is judged by.
pub(crate) trait Task: Sync {
    /// Rows with what is to be predicted.
    type Data: Send + Sync;
    /// What is fitted.
    type Model;

    /// All rows.
    fn data(&self) -> &Self::Data;
    /// The features of some rows.
    fn samples<'s>(data: &'s Self::Data) -> &'s Samples<'s>;
    /// Some of the rows.
    fn rows(data: &Self::Data, rows: &[usize]) -> Self::Data;
    /// The same rows with some of the columns.
    fn columns(data: &Self::Data, columns: &[usize]) -> Result<Self::Data>;
    /// The folds of all rows; five drawn from seed 0 where no split is given.
    fn folds(&self, split: Option<&Split>) -> Result<Vec<Fold>>;
    /// Fits.
    fn fit(&self, data: &Self::Data) -> Result<Self::Model>;
    /// The metric of a model's predictions.
    fn score(&self, model: &Self::Model, data: &Self::Data) -> Result<f64>;
    /// Whether more of the metric is better.
    fn greater_is_better(&self) -> bool;

    /// An estimator that takes no missing values shall name the row as it was given, not its place in a fold.
    fn refuse_gaps(&self) -> Result<()> {
        match Self::samples(self.data()).first_missing() {
            Some(_) => self.fit(self.data()).map(|_| ()),
            None => Ok(()),
        }
    }

    /// How good models on these columns are on the rows held out; folds in parallel.
    fn validate(&self, columns: &[usize], folds: &[Fold]) -> Result<ValidationPoint> {
        let data = Self::columns(self.data(), columns)?;
        let values = parallel::try_map(folds.len(), |i| {
            let model = self.fit(&Self::rows(&data, &folds[i].train))?;
            self.score(&model, &Self::rows(&data, &folds[i].test))
        })?;
        Ok(ValidationPoint::new(columns.len(), &values))
    }
}

/// Classes to be predicted.
pub(crate) struct ClassTask<'a, E> {
    pub(crate) estimator: &'a E,
    pub(crate) metric: ClassificationMetric,
    pub(crate) data: &'a Labeled<'a>,
}

impl<'a, E: Classifier> Task for ClassTask<'a, E> {
    type Data = Labeled<'a>;
    type Model = E::Model;

    fn data(&self) -> &Labeled<'a> {
        self.data
    }

    fn samples<'s>(data: &'s Labeled<'a>) -> &'s Samples<'s> {
        data.samples()
    }

    fn rows(data: &Labeled<'a>, rows: &[usize]) -> Labeled<'a> {
        data.select_rows(rows)
    }

    fn columns(data: &Labeled<'a>, columns: &[usize]) -> Result<Labeled<'a>> {
        data.with_samples(data.samples().select_columns(columns))
    }

    fn folds(&self, split: Option<&Split>) -> Result<Vec<Fold>> {
        let usual = Split::stratified(5, 0);
        split.unwrap_or(&usual).folds(self.data.n_rows(), Some(self.data.codes()))
    }

    fn fit(&self, data: &Labeled<'a>) -> Result<E::Model> {
        self.estimator.fit(data)
    }

    fn score(&self, model: &E::Model, data: &Labeled<'a>) -> Result<f64> {
        let proba = model.predict_proba(data.samples())?;
        self.metric.evaluate(data.codes(), &proba, data.samples().weights())
    }

    fn greater_is_better(&self) -> bool {
        self.metric.greater_is_better()
    }
}

/// Numbers to be predicted.
pub(crate) struct TargetTask<'a, E> {
    pub(crate) estimator: &'a E,
    pub(crate) metric: RegressionMetric,
    pub(crate) data: &'a Targeted<'a>,
}

impl<'a, E: Regressor> Task for TargetTask<'a, E> {
    type Data = Targeted<'a>;
    type Model = E::Model;

    fn data(&self) -> &Targeted<'a> {
        self.data
    }

    fn samples<'s>(data: &'s Targeted<'a>) -> &'s Samples<'s> {
        data.samples()
    }

    fn rows(data: &Targeted<'a>, rows: &[usize]) -> Targeted<'a> {
        data.select_rows(rows)
    }

    fn columns(data: &Targeted<'a>, columns: &[usize]) -> Result<Targeted<'a>> {
        data.with_samples(data.samples().select_columns(columns))
    }

    fn folds(&self, split: Option<&Split>) -> Result<Vec<Fold>> {
        let usual = Split::KFold { folds: 5, seed: Some(0) };
        split.unwrap_or(&usual).folds(self.data.n_rows(), None)
    }

    fn fit(&self, data: &Targeted<'a>) -> Result<E::Model> {
        self.estimator.fit(data)
    }

    fn score(&self, model: &E::Model, data: &Targeted<'a>) -> Result<f64> {
        let predicted = model.predict(data.samples())?.to_vec();
        self.metric.evaluate(data.target(), &predicted, data.samples().weights())
    }

    fn greater_is_better(&self) -> bool {
        self.metric.greater_is_better()
    }
}
