//! Selection by the importances of one fitted model.

use crm_ml_core::{Check, Classifier, Error, Importances, Labeled, Regressor, Result, Schema, Targeted};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use crate::selection::by_score;
use crate::{ClassSelector, ColumnScore, Selection, TargetSelector};

/// The least importance that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Threshold {
    Value(f64),
    MeanTimes(f64),
    MedianTimes(f64),
}

/// Keeps the columns that one fitted model finds important: coefficients that an L1 penalty left, or importances of trees.
///
/// Equal to scikit-learn's `SelectFromModel`. As an estimator together with what follows:
/// [`SelectThen`](crate::SelectThen).
///
/// ```
/// use crm_ml_classifiers::RandomForestClassifier;
/// use crm_ml_core::{Labeled, Samples};
/// use crm_ml_feature_selection::{ClassSelector, SelectFromModel};
/// use ndarray::Array2;
///
/// let x = Array2::from_shape_fn((60, 3), |(i, j)| ((i * (3 * j + 7)) % 11) as f64);
/// let won: Vec<bool> = x.rows().into_iter().map(|row| row[1] > 4.5).collect();
/// let data = Labeled::new(Samples::new(&x)?, &won)?;
/// let selection = SelectFromModel::new(RandomForestClassifier::new()).select(&data)?;
/// assert_eq!(selection.selected(), [1]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelectFromModel<E> {
    estimator: E,
    threshold: Threshold,
    max_features: Option<usize>,
}

impl<E> SelectFromModel<E> {
    /// Keeps the columns of at least mean importance.
    pub fn new(estimator: E) -> Self {
        Self { estimator, threshold: Threshold::MeanTimes(1.0), max_features: None }
    }

    /// Keeps importances of at least this; a value just above 0, such as 1e-5, keeps what an L1 penalty left.
    pub fn threshold(mut self, importance: f64) -> Self {
        self.threshold = Threshold::Value(importance);
        self
    }

    /// Keeps importances of at least this many times their mean.
    pub fn mean_times(mut self, factor: f64) -> Self {
        self.threshold = Threshold::MeanTimes(factor);
        self
    }

    /// Keeps importances of at least this many times their median.
    pub fn median_times(mut self, factor: f64) -> Self {
        self.threshold = Threshold::MedianTimes(factor);
        self
    }

    /// Keeps this many columns at most, those of the largest importances.
    pub fn max_features(mut self, count: usize) -> Self {
        self.max_features = Some(count);
        self
    }

    fn check(&self) -> Result<()> {
        let (Threshold::Value(value) | Threshold::MeanTimes(value) | Threshold::MedianTimes(value)) =
            self.threshold;
        Check::of("SelectFromModel")
            .range("threshold", value, 0.0..)
            .optional_at_least("max_features", self.max_features, 1)
            .finish()
    }

    fn keep(&self, schema: &Schema, importances: &Array1<f64>) -> Result<Selection> {
        if importances.len() != schema.width() || importances.iter().any(|v| !v.is_finite()) {
            return Err(Error::numerical("the estimator gives no valid importances"));
        }
        let least = match self.threshold {
            Threshold::Value(value) => value,
            Threshold::MeanTimes(factor) => factor * importances.mean().unwrap_or(0.0),
            Threshold::MedianTimes(factor) => factor * median(importances),
        };
        let scores: Vec<ColumnScore> =
            importances.iter().map(|score| ColumnScore { score: *score, p_value: None }).collect();
        let mut keep = vec![false; scores.len()];
        let most = self.max_features.unwrap_or(scores.len());
        let good = by_score(&scores).into_iter().take(most).filter(|column| scores[*column].score >= least);
        good.for_each(|column| keep[column] = true);
        Selection::of_scores(schema, &keep, scores)
    }
}

fn median(values: &Array1<f64>) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { 0.5 * (sorted[half - 1] + sorted[half]) }
}

impl<E> ClassSelector for SelectFromModel<E>
where
    E: Classifier,
    E::Model: Importances,
{
    fn select(&self, data: &Labeled<'_>) -> Result<Selection> {
        self.check()?;
        self.keep(data.samples().schema(), &self.estimator.fit(data)?.feature_importances())
    }
}

impl<E> TargetSelector for SelectFromModel<E>
where
    E: Regressor,
    E::Model: Importances,
{
    fn select(&self, data: &Targeted<'_>) -> Result<Selection> {
        self.check()?;
        self.keep(data.samples().schema(), &self.estimator.fit(data)?.feature_importances())
    }
}
