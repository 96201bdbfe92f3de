//! Cross-validation with out-of-fold predictions.

use std::fmt;

use crm_ml_core::{
    Classes, Classifier, ClassifierModel, Error, Fold, Labeled, Progress, Regressor, RegressorModel, Result,
    Split, Targeted, advance, parallel,
};
use ndarray::{Array1, Array2};

use crate::{ClassificationMetric, RegressionMetric};

/// Predictions of every row by a model that has not seen it.
///
/// `fit_predict(fold)` fits on `fold.train` and predicts `fold.test`, one row of `width` values a test row: any pipeline
/// fits behind it. As many folds as there are threads are computed at a time, and `progress` hears of them in between. Rows that no
/// fold tests (time-ordered splits) stay NaN.
///
/// Errors: a fold that tests a row beyond `rows`, those of `fit_predict` and predictions of another shape, the first fold's first;
/// cancelled.
pub fn out_of_fold(
    rows: usize,
    width: usize,
    folds: &[Fold],
    fit_predict: impl Fn(&Fold) -> Result<Array2<f64>> + Sync + Send,
    progress: &dyn Progress,
) -> Result<Array2<f64>> {
    if let Some(row) = folds.iter().flat_map(|fold| &fold.test).find(|row| **row >= rows) {
        return Err(Error::unsupported(format!("a fold tests row {row} of {rows} rows, which count from 0")));
    }
    let fit_predict = |fold: &Fold| {
        let part = fit_predict(fold)?;
        if part.nrows() != fold.test.len() {
            return Err(Error::length("rows predicted of a fold", fold.test.len(), part.nrows()));
        }
        if part.ncols() != width {
            return Err(Error::length("a row predicted of a fold", width, part.ncols()));
        }
        Ok(part)
    };
    let mut all = Array2::from_elem((rows, width), f64::NAN);
    let mut done = 0;
    for wave in folds.chunks(rayon::current_num_threads().max(1)) {
        let parts = parallel::try_map(wave.len(), |i| fit_predict(&wave[i]))?;
        for (fold, part) in wave.iter().zip(&parts) {
            for (&row, predicted) in fold.test.iter().zip(part.rows()) {
                all.row_mut(row).assign(&predicted);
            }
        }
        done += wave.len();
        advance(progress, "cross-validation", done, folds.len())?;
    }
    Ok(all)
}

/// What [`cross_validate`] finds.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// The metrics asked for.
    pub metrics: Vec<ClassificationMetric>,
    /// Folds x metrics.
    pub scores: Array2<f64>,
    /// Rows x classes: each row predicted by the model that has not seen it; NaN for rows no fold tests.
    pub out_of_fold: Array2<f64>,
    /// The folds.
    pub folds: Vec<Fold>,
    /// The classes, in the order of the columns of `out_of_fold`.
    pub classes: Classes,
}

impl CrossValidation {
    /// Mean of a metric over the folds; `None` if it was not asked for.
    pub fn mean(&self, metric: ClassificationMetric) -> Option<f64> {
        let column = self.metrics.iter().position(|m| *m == metric)?;
        self.scores.column(column).mean()
    }

    /// Standard deviation of a metric over the folds (n - 1).
    pub fn deviation(&self, metric: ClassificationMetric) -> Option<f64> {
        let column = self.metrics.iter().position(|m| *m == metric)?;
        Some(self.scores.column(column).std(1.0))
    }
}

impl fmt::Display for CrossValidation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for metric in &self.metrics {
            let (mean, deviation) =
                (self.mean(*metric).unwrap_or(f64::NAN), self.deviation(*metric).unwrap_or(f64::NAN));
            writeln!(formatter, "{:<20} {mean:>8.4} +- {deviation:.4}", metric.name())?;
        }
        Ok(())
    }
}

/// Cross-validates a classifier (or a pipeline that ends in one) with many metrics at once.
///
/// Complexity: one fit a fold, in parallel. Weights count in fitting and in the metrics.
///
/// Errors: those of the split, the fits and the metrics.
///
/// ```
/// # use crm_ml_classifiers::LogisticRegression;
/// # use crm_ml_core::{Labeled, Samples};
/// # use crm_ml_model_selection::{ClassificationMetric, Split, cross_validate};
/// # use ndarray::Array2;
/// let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64);
/// let y: Vec<bool> = x.rows().into_iter().map(|r| r[0] > r[1]).collect();
/// let data = Labeled::new(Samples::new(&x)?, &y)?;
/// let metric = ClassificationMetric::RocAuc;
/// let result = cross_validate(&LogisticRegression::new(), &data, &Split::stratified(5, 7), &[metric], &())?;
/// assert!(result.mean(metric).unwrap() > 0.95);
/// assert_eq!(result.out_of_fold.dim(), (60, 2));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn cross_validate<C: Classifier>(
    estimator: &C,
    data: &Labeled<'_>,
    split: &Split,
    metrics: &[ClassificationMetric],
    progress: &dyn Progress,
) -> Result<CrossValidation> {
    let folds = split.folds(data.n_rows(), Some(data.codes()))?;
    let classes = data.classes().clone();
    let fit_predict = |fold: &Fold| {
        let model = estimator.fit(&data.select_rows(&fold.train))?;
        model.predict_proba(&data.samples().select_rows(&fold.test))
    };
    let out_of_fold = out_of_fold(data.n_rows(), classes.len(), &folds, fit_predict, progress)?;
    let mut scores = Array2::zeros((folds.len(), metrics.len()));
    for (i, fold) in folds.iter().enumerate() {
        let codes: Vec<u32> = fold.test.iter().map(|&row| data.codes()[row]).collect();
        let weights = weights_of(data.samples().weights(), &fold.test);
        let proba = out_of_fold.select(ndarray::Axis(0), &fold.test);
        for (j, metric) in metrics.iter().enumerate() {
            scores[[i, j]] = metric.evaluate(&codes, &proba, weights.as_deref())?;
        }
    }
    Ok(CrossValidation { metrics: metrics.to_vec(), scores, out_of_fold, folds, classes })
}

/// What [`cross_validate_regressor`] finds.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionCrossValidation {
    /// The metrics asked for.
    pub metrics: Vec<RegressionMetric>,
    /// Folds x metrics.
    pub scores: Array2<f64>,
    /// Each row predicted by the model that has not seen it; NaN for rows no fold tests.
    pub out_of_fold: Array1<f64>,
    /// The folds.
    pub folds: Vec<Fold>,
}

/// Cross-validates a regressor: see [`cross_validate`].
pub fn cross_validate_regressor<R: Regressor>(
    estimator: &R,
    data: &Targeted<'_>,
    split: &Split,
    metrics: &[RegressionMetric],
    progress: &dyn Progress,
) -> Result<RegressionCrossValidation> {
    let folds = split.folds(data.n_rows(), None)?;
    let fit_predict = |fold: &Fold| {
        let model = estimator.fit(&data.select_rows(&fold.train))?;
        Ok(model.predict(&data.samples().select_rows(&fold.test))?.insert_axis(ndarray::Axis(1)))
    };
    let predicted = out_of_fold(data.n_rows(), 1, &folds, fit_predict, progress)?;
    let out_of_fold = predicted.column(0).to_owned();
    let mut scores = Array2::zeros((folds.len(), metrics.len()));
    for (i, fold) in folds.iter().enumerate() {
        let target: Vec<f64> = fold.test.iter().map(|&row| data.target()[row]).collect();
        let predicted: Vec<f64> = fold.test.iter().map(|&row| out_of_fold[row]).collect();
        let weights = weights_of(data.samples().weights(), &fold.test);
        for (j, metric) in metrics.iter().enumerate() {
            scores[[i, j]] = metric.evaluate(&target, &predicted, weights.as_deref())?;
        }
    }
    Ok(RegressionCrossValidation { metrics: metrics.to_vec(), scores, out_of_fold, folds })
}

fn weights_of(weights: Option<&[f64]>, rows: &[usize]) -> Option<Vec<f64>> {
    weights.map(|w| rows.iter().map(|&row| w[row]).collect())
}
