//! Metrics by name, for cross-validation and search.

use crm_ml_core::{Error, Result, most_probable};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate as metrics;
use crate::{Average, ConfusionMatrix, MulticlassAuc};

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
    /// Mean squared error of the probabilities.
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

    /// The metric of `proba` (rows x classes) against the classes that came true.
    ///
    /// Errors: lengths that do not agree; a class without a row where the metric needs one; average precision of more
    /// than two classes.
    pub fn evaluate(self, codes: &[u32], proba: &Array2<f64>, weights: Option<&[f64]>) -> Result<f64> {
        let binary = proba.ncols() == 2;
        let average = if binary { Average::Class(1) } else { Average::Macro };
        let confusion = || ConfusionMatrix::new(codes, &most_probable(proba), proba.ncols(), weights);
        let truth = || codes.iter().map(|code| *code == 1).collect::<Vec<bool>>();
        let positive = || proba.column(1).to_vec();
        match self {
            Self::Accuracy => Ok(confusion()?.accuracy()),
            Self::BalancedAccuracy => Ok(confusion()?.balanced_accuracy()),
            Self::Precision => confusion()?.precision(average),
            Self::Recall => confusion()?.recall(average),
            Self::F1 => confusion()?.f1(average),
            Self::RocAuc if binary => metrics::roc_auc(&truth(), &positive(), weights),
            Self::RocAuc => metrics::roc_auc_multiclass(
                codes,
                proba.view(),
                MulticlassAuc::OneVsRest,
                Average::Macro,
                weights,
            ),
            Self::AveragePrecision if binary => metrics::average_precision(&truth(), &positive(), weights),
            Self::AveragePrecision => Err(Error::unsupported("average precision is for two classes")),
            Self::LogLoss => metrics::log_loss_multiclass(codes, proba.view(), weights),
            Self::Brier if binary => metrics::brier_score(&truth(), &positive(), weights),
            Self::Brier => metrics::brier_score_multiclass(codes, proba.view(), weights),
        }
    }
}

/// A metric of predicted numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RegressionMetric {
    /// Mean absolute error.
    MeanAbsoluteError,
    /// Mean squared error.
    MeanSquaredError,
    /// Root of the mean squared error.
    RootMeanSquaredError,
    /// Share of the variance explained.
    R2,
    /// Mean absolute percentage error, as a share.
    MeanAbsolutePercentageError,
}

impl RegressionMetric {
    /// Name as in scikit-learn.
    pub fn name(self) -> &'static str {
        match self {
            Self::MeanAbsoluteError => "mean_absolute_error",
            Self::MeanSquaredError => "mean_squared_error",
            Self::RootMeanSquaredError => "root_mean_squared_error",
            Self::R2 => "r2",
            Self::MeanAbsolutePercentageError => "mean_absolute_percentage_error",
        }
    }

    /// Whether more is better.
    pub fn greater_is_better(self) -> bool {
        self == Self::R2
    }

    /// The metric of `predicted` against `target`. Errors: lengths that do not agree, no rows.
    pub fn evaluate(self, target: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Result<f64> {
        match self {
            Self::MeanAbsoluteError => metrics::mean_absolute_error(target, predicted, weights),
            Self::MeanSquaredError => metrics::mean_squared_error(target, predicted, weights),
            Self::RootMeanSquaredError => metrics::root_mean_squared_error(target, predicted, weights),
            Self::R2 => metrics::r2_score(target, predicted, weights),
            Self::MeanAbsolutePercentageError => {
                metrics::mean_absolute_percentage_error(target, predicted, weights)
            }
        }
    }
}
