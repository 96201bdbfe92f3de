#![doc = include_str!("../README.md")]

mod calibration;
mod cross_validation;
mod pipeline;
mod search;

pub use calibration::{
    CalibratedClassifier, CalibratedModel, Calibration, Calibrator, Isotonic, IsotonicModel, Platt,
    PlattModel,
};
pub use crm_ml_metrics::{ClassificationMetric, RegressionMetric};
pub use cross_validation::{
    CrossValidation, RegressionCrossValidation, cross_validate, cross_validate_regressor, out_of_fold,
};
pub use pipeline::{Pipeline, PipelineModel};
pub use search::{GridSearch, RandomSearch, SearchResult, Space, Trial};

pub use crm_ml_core::{Fold, Split, holdout};
