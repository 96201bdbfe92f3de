#![doc = include_str!("../README.md")]

mod auc;
mod bootstrap;
mod by_name;
mod calibration;
mod clustering;
mod confusion;
mod curves;
mod decision;
mod delong;
mod deviance;
mod forecasting;
mod input;
mod lists;
mod logarithm;
mod probability;
mod ranking;
mod regression;
mod sum;
mod targeting;

pub use auc::{MulticlassAuc, average_precision, kolmogorov_smirnov, roc_auc, roc_auc_multiclass};
pub use bootstrap::{Bootstrap, BootstrapInterval, BootstrapMethod};
pub use by_name::{ClassificationMetric, RegressionMetric};
pub use calibration::{Bins, CalibrationBin, calibration_curve, expected_calibration_error};
pub use clustering::{
    VMeasure, adjusted_mutual_info_score, adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score,
    fowlkes_mallows_score, mutual_info_score, normalized_mutual_info_score, rand_score, silhouette_samples,
    silhouette_score, silhouette_score_sampled, v_measure,
};
pub use confusion::{Average, ConfusionMatrix, accuracy};
pub use curves::{PrecisionRecallCurve, RocCurve, precision_recall_curve, roc_curve};
pub use decision::{Criterion, OperatingPoint, Payoff, choose_threshold, profit_curve};
pub use delong::{AucComparison, AucInterval, compare_roc_auc, roc_auc_interval};
pub use deviance::{d2_tweedie_score, mean_gamma_deviance, mean_poisson_deviance, mean_tweedie_deviance};
pub use forecasting::{
    interval_coverage, interval_score, mean_absolute_scaled_error, mean_scaled_interval_score,
    overall_weighted_average, root_mean_squared_scaled_error, seasonal_naive_error,
    seasonal_naive_squared_error, symmetric_mean_absolute_percentage_error, symmetric_percentage_error,
    winkler_score,
};
pub use lists::{average_precision_at_k, dcg_score, mean_over_lists, ndcg_score, reciprocal_rank};
pub use probability::{brier_score, brier_score_multiclass, log_loss, log_loss_multiclass};
pub use ranking::Ranking;
pub use regression::{
    max_error, mean_absolute_error, mean_absolute_percentage_error, mean_pinball_loss, mean_squared_error,
    mean_squared_log_error, median_absolute_error, r2_score, root_mean_squared_error,
};
pub use targeting::{Gains, gains_curve, lift, precision_at_k};
