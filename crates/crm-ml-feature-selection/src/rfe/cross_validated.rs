//! Recursive feature elimination that finds by cross-validation how many columns to keep.

use crm_ml_core::{
    Check, Classifier, ClassifierModel, Error, Fold, Importances, Labeled, Progress, Regressor,
    RegressorModel, Result, Split, Targeted, parallel,
};
use crm_ml_metrics::{ClassificationMetric, RegressionMetric};
use serde::{Deserialize, Serialize};

use super::eliminate::eliminate;
use super::{Amount, SelectedModel};
use crate::ValidationPoint;
use crate::selection::keep;

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

    /// Folds, judged by `judge`, and the number of columns to keep.
    fn choose<'f>(
        &self,
        folds: &'f [Fold],
        greater_is_better: bool,
        judge: impl Fn(&'f Fold) -> Result<Vec<(usize, f64)>> + Sync + Send,
    ) -> Result<(usize, Vec<ValidationPoint>)> {
        let found = parallel::try_map(folds.len(), |i| judge(&folds[i]))?;
        let rounds = found.first().map_or(0, Vec::len);
        let count = found.len() as f64;
        let point = |round: usize| {
            let values = || found.iter().map(|fold| fold[round].1);
            let mean = values().sum::<f64>() / count;
            let squares: f64 = values().map(|v| (v - mean) * (v - mean)).sum();
            let standard_error = if count > 1.0 { (squares / (count - 1.0) / count).sqrt() } else { 0.0 };
            ValidationPoint { n_features: found[0][round].0, mean, standard_error }
        };
        let points: Vec<ValidationPoint> = (0..rounds).map(point).collect();
        let sign = if greater_is_better { 1.0 } else { -1.0 };
        // Points come from the most columns down: of equals the last has the fewest.
        let better =
            |a: ValidationPoint, b: &ValidationPoint| if sign * b.mean >= sign * a.mean { *b } else { a };
        let Some((first, rest)) = points.split_first() else { return Err(Error::empty("folds")) };
        let best = rest.iter().fold(*first, better);
        if !best.mean.is_finite() {
            return Err(Error::numerical("the metric of the rows held out is not finite"));
        }
        let bar = sign * best.mean - best.standard_error;
        let within = points.iter().rfind(|point| sign * point.mean >= bar);
        let chosen = if self.one_standard_error { within.copied().unwrap_or(best) } else { best };
        Ok((chosen.n_features, points))
    }
}

impl<E> Classifier for Rfecv<E, ClassificationMetric>
where
    E: Classifier,
    E::Model: Importances,
{
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check()?;
        let split = self.split.clone().unwrap_or_else(|| Split::stratified(5, 0));
        let folds = split.folds(data.n_rows(), Some(data.codes()))?;
        let fit_on = |data: &Labeled<'_>, columns: &[usize]| {
            self.estimator.fit(&data.with_samples(keep(data.samples(), columns)?)?)
        };
        let schema = data.samples().schema();
        if data.samples().first_missing().is_some() {
            // Who takes no gaps shall name the row as it was given, not its place in a fold.
            let all: Vec<usize> = (0..schema.width()).collect();
            fit_on(data, &all)?;
        }
        let least = Amount::Count(self.min_features_to_select);
        let judge = |fold: &Fold| {
            let (train, test) = (data.select_rows(&fold.train), data.select_rows(&fold.test));
            let mut scores = Vec::new();
            let visit = |columns: &[usize], model: &E::Model| {
                let proba = model.predict_proba(&keep(test.samples(), columns)?)?;
                let score = self.metric.evaluate(test.codes(), &proba, test.samples().weights())?;
                scores.push((columns.len(), score));
                Ok(())
            };
            eliminate(schema, (least, self.step), |columns| fit_on(&train, columns), visit, &())?;
            Ok(scores)
        };
        let (chosen, validation) = self.choose(&folds, self.metric.greater_is_better(), judge)?;
        let target = (Amount::Count(chosen), self.step);
        let model = eliminate(schema, target, |columns| fit_on(data, columns), |_, _| Ok(()), progress)?;
        Ok(SelectedModel { validation, ..model })
    }
}

impl<E> Regressor for Rfecv<E, RegressionMetric>
where
    E: Regressor,
    E::Model: Importances,
{
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check()?;
        let split = self.split.clone().unwrap_or(Split::KFold { folds: 5, seed: Some(0) });
        let folds = split.folds(data.n_rows(), None)?;
        let fit_on = |data: &Targeted<'_>, columns: &[usize]| {
            self.estimator.fit(&data.with_samples(keep(data.samples(), columns)?)?)
        };
        let schema = data.samples().schema();
        if data.samples().first_missing().is_some() {
            // Who takes no gaps shall name the row as it was given, not its place in a fold.
            let all: Vec<usize> = (0..schema.width()).collect();
            fit_on(data, &all)?;
        }
        let least = Amount::Count(self.min_features_to_select);
        let judge = |fold: &Fold| {
            let (train, test) = (data.select_rows(&fold.train), data.select_rows(&fold.test));
            let mut scores = Vec::new();
            let visit = |columns: &[usize], model: &E::Model| {
                let predicted = model.predict(&keep(test.samples(), columns)?)?.to_vec();
                let score = self.metric.evaluate(test.target(), &predicted, test.samples().weights())?;
                scores.push((columns.len(), score));
                Ok(())
            };
            eliminate(schema, (least, self.step), |columns| fit_on(&train, columns), visit, &())?;
            Ok(scores)
        };
        let (chosen, validation) = self.choose(&folds, self.metric.greater_is_better(), judge)?;
        let target = (Amount::Count(chosen), self.step);
        let model = eliminate(schema, target, |columns| fit_on(data, columns), |_, _| Ok(()), progress)?;
        Ok(SelectedModel { validation, ..model })
    }
}
