#![doc = include_str!("../README.md")]

mod auc;
mod calibration;
mod clustering;
mod confusion;
mod curves;
mod forecasting;
mod input;
mod logarithm;
mod probability;
mod ranking;
mod regression;
mod sum;
mod targeting;

pub use auc::{MulticlassAuc, average_precision, kolmogorov_smirnov, roc_auc, roc_auc_multiclass};
pub use calibration::{Bins, CalibrationBin, calibration_curve, expected_calibration_error};
pub use clustering::{
    VMeasure, adjusted_mutual_info_score, adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score,
    fowlkes_mallows_score, mutual_info_score, normalized_mutual_info_score, rand_score, silhouette_samples,
    silhouette_score, silhouette_score_sampled, v_measure,
};
pub use confusion::{Average, ConfusionMatrix, accuracy};
pub use curves::{PrecisionRecallCurve, RocCurve, precision_recall_curve, roc_curve};
pub use forecasting::{
    interval_coverage, interval_score, mean_absolute_scaled_error, mean_scaled_interval_score,
    overall_weighted_average, root_mean_squared_scaled_error, seasonal_naive_error,
    seasonal_naive_squared_error, symmetric_mean_absolute_percentage_error, symmetric_percentage_error,
    winkler_score,
};
pub use probability::{brier_score, brier_score_multiclass, log_loss, log_loss_multiclass};
pub use ranking::Ranking;
pub use regression::{
    mean_absolute_error, mean_absolute_percentage_error, mean_squared_error, median_absolute_error, r2_score,
    root_mean_squared_error,
};
pub use targeting::{Gains, gains_curve, lift, precision_at_k};
