//! The scorer beside its baselines, on the same folds.

use std::fmt;

use crm_ml_classifiers::{DecisionTreeClassifier, LogisticRegression, RandomForestClassifier};
use crm_ml_core::{Classes, Classifier, ClassifierModel, Labeled, Result, Samples};
use crm_ml_model_selection::ClassificationMetric;
use crm_ml_table::Table;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::stages::{native_columns, real_columns};

/// Out-of-fold figures of one model. Labels are those of the more probable outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of the model.
    pub model: String,
    /// Share of right labels; for `majority` this is the majority rate.
    pub accuracy: f64,
    /// Share of converted ones among those predicted to convert (0 where none is).
    pub precision: f64,
    /// Share of the converted that are predicted to convert.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Mean negative log-likelihood.
    pub log_loss: f64,
}

impl Comparison {
    pub(crate) fn of(model: &str, codes: &[u32], positive: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        let proba = Array2::from_shape_fn((positive.len(), 2), |(row, class)| match class {
            1 => positive[row],
            _ => 1.0 - positive[row],
        });
        let value = |metric: ClassificationMetric| metric.evaluate(codes, &proba, weights);
        Ok(Self {
            model: model.to_owned(),
            accuracy: value(ClassificationMetric::Accuracy)?,
            precision: value(ClassificationMetric::Precision)?,
            recall: value(ClassificationMetric::Recall)?,
            f1: value(ClassificationMetric::F1)?,
            roc_auc: value(ClassificationMetric::RocAuc)?,
            log_loss: value(ClassificationMetric::LogLoss)?,
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:<20} {:>8.4} {:>9.4} {:>8.4} {:>8.4} {:>8.4} {:>8.4}",
            self.model, self.accuracy, self.precision, self.recall, self.f1, self.roc_auc, self.log_loss
        )
    }
}

/// The models the scorer is compared with.
pub(crate) const BASELINES: [&str; 4] = ["majority", "logistic regression", "decision tree", "random forest"];

/// Probabilities of the rows in `test` by each baseline fitted on `train`: rows x baselines.
pub(crate) fn baselines(
    train: &Table,
    codes: &[u32],
    classes: &Classes,
    test: &Table,
    seed: u64,
) -> Result<Array2<f64>> {
    let (real, real_data) = real_columns().fit_transform_labeled(train, codes, classes)?;
    let (native, native_data) = native_columns().fit_transform_labeled(train, codes, classes)?;
    let (real_test, native_test) = (real.transform(test)?, native.transform(test)?);
    let share =
        (0..codes.len()).filter(|&r| codes[r] == 1).map(|r| real_data.samples().weight(r)).sum::<f64>()
            / real_data.samples().total_weight();
    let tree = DecisionTreeClassifier::new().max_depth(10).min_samples_leaf(20).seed(seed);
    let forest = RandomForestClassifier::new().n_estimators(100).min_samples_leaf(5).seed(seed);
    let columns = [
        vec![share; test.n_rows()],
        positive(&LogisticRegression::new(), &real_data, &real_test)?,
        positive(&tree, &native_data, &native_test)?,
        positive(&forest, &native_data, &native_test)?,
    ];
    Ok(Array2::from_shape_fn((test.n_rows(), columns.len()), |(row, model)| columns[model][row]))
}

fn positive<C: Classifier>(estimator: &C, data: &Labeled<'_>, test: &Samples<'_>) -> Result<Vec<f64>> {
    Ok(estimator.fit(data)?.predict_proba(test)?.column(1).to_vec())
}
