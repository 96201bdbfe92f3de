//! Recursive feature elimination that finds by cross-validation how many columns to keep.

use crm_ml_core::{
    Check, Classifier, Error, Importances, Labeled, Progress, Regressor, Result, Split, Targeted, parallel,
};
use crm_ml_metrics::{ClassificationMetric, RegressionMetric};
use serde::{Deserialize, Serialize};

use super::eliminate::eliminate;
use crate::validation::{ClassTask, TargetTask, Task};
use crate::{Amount, SelectedModel, ValidationPoint};

/// Recursive feature elimination down to the number of columns that cross-validation finds best.
///
/// In every fold columns are eliminated by the training rows alone, and each model on the way is judged on the rows held
/// out. The number of columns with the best mean wins (the smallest of equals, as in scikit-learn's `RFECV`); with
/// [`one_standard_error`](Rfecv::one_standard_error) the smallest number that is no worse than the best by more than the
/// standard error of its mean. Then columns are eliminated on all rows. Fits the estimator `(folds + 1) * rounds` times,
/// folds in parallel. `metric` is a [`ClassificationMetric`] for classifiers, a [`RegressionMetric`] for regressors.
///
/// ```
/// use crm_ml_classifiers::LogisticRegression;
/// use crm_ml_core::{Classifier, Labeled, Samples};
/// use crm_ml_feature_selection::Rfecv;
/// use crm_ml_metrics::ClassificationMetric;
/// use ndarray::Array2;
///
/// let x = Array2::from_shape_fn((60, 3), |(i, j)| ((i * (3 * j + 7)) % 11) as f64);
/// let won: Vec<bool> = x.rows().into_iter().map(|row| row[0] > 4.5).collect();
/// let data = Labeled::new(Samples::new(&x)?, &won)?;
/// let model = Rfecv::new(LogisticRegression::new(), ClassificationMetric::Accuracy).fit(&data)?;
/// assert_eq!(model.selection().selected(), [0]);
/// assert_eq!(model.validation().len(), 3);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rfecv<E, S> {
    estimator: E,
    metric: S,
    min_features_to_select: usize,
    step: Amount,
    split: Option<Split>,
    one_standard_error: bool,
}

impl<E, S> Rfecv<E, S> {
    /// One column at a time, down to one, by five folds (stratified for classifiers) in an order drawn from seed 0.
    pub fn new(estimator: E, metric: S) -> Self {
        let step = Amount::Count(1);
        Self { estimator, metric, min_features_to_select: 1, step, split: None, one_standard_error: false }
    }

    /// Least number of columns, at least 1.
    pub fn min_features_to_select(mut self, count: usize) -> Self {
        self.min_features_to_select = count;
        self
    }

    /// Drops this many columns a round.
    pub fn step(mut self, count: usize) -> Self {
        self.step = Amount::Count(count);
        self
    }

    /// Drops this share of all columns a round.
    pub fn step_share(mut self, share: f64) -> Self {
        self.step = Amount::Share(share);
        self
    }

    /// How rows are held out.
    pub fn split(mut self, split: Split) -> Self {
        self.split = Some(split);
        self
    }

    /// Whether to take the fewest columns within one standard error of the best mean.
    pub fn one_standard_error(mut self, one_standard_error: bool) -> Self {
        self.one_standard_error = one_standard_error;
        self
    }

    fn check(&self) -> Result<()> {
        let check = Check::of("Rfecv").at_least("min_features_to_select", self.min_features_to_select, 1);
        self.step.check(check, "step").finish()
    }

    fn fit_task<T: Task>(&self, task: &T, progress: &dyn Progress) -> Result<SelectedModel<T::Model>>
    where
        T::Model: Importances,
    {
        self.check()?;
        let folds = task.folds(self.split.as_ref())?;
        task.refuse_gaps()?;
        let schema = T::samples(task.data()).schema();
        let fit_on = |data: &T::Data, columns: &[usize]| task.fit(&T::columns(data, columns)?);
        let least = (Amount::Count(self.min_features_to_select), self.step);
        let scores = parallel::try_map(folds.len(), |i| {
            let (train, test) = (T::rows(task.data(), &folds[i].train), T::rows(task.data(), &folds[i].test));
            let mut scores = Vec::new();
            let visit = |columns: &[usize], model: &T::Model| {
                scores.push((columns.len(), task.score(model, &T::columns(&test, columns)?)?));
                Ok(())
            };
            eliminate(schema, least, |columns| fit_on(&train, columns), visit, &())?;
            Ok(scores)
        })?;
        let validation = points(&scores);
        let chosen = self.choose(&validation, task.greater_is_better())?;
        let target = (Amount::Count(chosen), self.step);
        let model =
            eliminate(schema, target, |columns| fit_on(task.data(), columns), |_, _| Ok(()), progress)?;
        Ok(SelectedModel { validation, ..model })
    }

    /// The number of columns to keep; points come from the most columns down.
    fn choose(&self, points: &[ValidationPoint], greater_is_better: bool) -> Result<usize> {
        let sign = if greater_is_better { 1.0 } else { -1.0 };
        // Of equals the last has the fewest.
        let better =
            |a: ValidationPoint, b: &ValidationPoint| if sign * b.mean >= sign * a.mean { *b } else { a };
        let Some((first, rest)) = points.split_first() else { return Err(Error::empty("folds")) };
        let best = rest.iter().fold(*first, better);
        if !best.mean.is_finite() {
            return Err(Error::numerical("the metric of the rows held out is not finite"));
        }
        let bar = sign * best.mean - best.standard_error;
        let within = points.iter().rfind(|point| sign * point.mean >= bar);
        Ok(if self.one_standard_error { within.copied().unwrap_or(best) } else { best }.n_features)
    }
}

/// Round by round what the folds reached: every fold has the same rounds.
fn points(folds: &[Vec<(usize, f64)>]) -> Vec<ValidationPoint> {
    let rounds = folds.first().map_or(0, Vec::len);
    let point = |round: usize| {
        let values: Vec<f64> = folds.iter().map(|fold| fold[round].1).collect();
        ValidationPoint::new(folds[0][round].0, &values)
    };
    (0..rounds).map(point).collect()
}

impl<E> Classifier for Rfecv<E, ClassificationMetric>
where
    E: Classifier,
    E::Model: Importances,
{
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.fit_task(&ClassTask { estimator: &self.estimator, metric: self.metric, data }, progress)
    }
}

impl<E> Regressor for Rfecv<E, RegressionMetric>
where
    E: Regressor,
    E::Model: Importances,
{
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.fit_task(&TargetTask { estimator: &self.estimator, metric: self.metric, data }, progress)
    }
}
