//! Metrics by name, for cross-validation and search.

use crm_ml_core::{Classes, Result, most_probable};
use crm_ml_metrics as metrics;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// A metric of predicted probabilities. With two classes the second is the positive one; with more, precision, recall
/// and F1 are averaged over the classes and the area under the ROC curve is one-vs-rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ClassificationMetric {
    /// Share of right labels.
    Accuracy,
    /// Mean recall over the classes.
    BalancedAccuracy,
    /// Share of right ones among the predicted positives.
    Precision,
    /// Share of the positives that are found.
    Recall,
    /// Harmonic mean of precision and recall.
    F1,
    /// Area under the ROC curve.
    RocAuc,
    /// Average precision (two classes).
    AveragePrecision,
    /// Mean negative log-likelihood.
    LogLoss,
    /// Mean squared error of the probability (two classes).
    Brier,
}

impl ClassificationMetric {
    /// What a comparison of models usually shows.
    pub const USUAL: [Self; 6] =
        [Self::Accuracy, Self::Precision, Self::Recall, Self::F1, Self::RocAuc, Self::LogLoss];

    /// Name as in scikit-learn.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::RocAuc => "roc_auc",
            Self::AveragePrecision => "average_precision",
            Self::LogLoss => "log_loss",
            Self::Brier => "brier_score",
        }
    }

    /// Whether more is better.
    pub fn greater_is_better(self) -> bool {
        !matches!(self, Self::LogLoss | Self::Brier)
    }

    /// The metric of `proba` (rows x classes).
    ///
    /// Errors: lengths that do not agree; a class that has no row where the metric needs one.
    pub fn evaluate(
        self,
        codes: &[u32],
        proba: &Array2<f64>,
        classes: &Classes,
        weights: Option<&[f64]>,
    ) -> Result<f64> {
        let _ = classes;
        let _ = (codes, proba, weights, metrics_placeholder(), most_probable(proba));
        todo!()
    }
}
fn metrics_placeholder() {}
