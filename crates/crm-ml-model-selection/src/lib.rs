#![doc = include_str!("../README.md")]

mod calibration;
mod cross_validation;
mod pipeline;
mod scoring;
mod search;

pub use calibration::{
    CalibratedClassifier, CalibratedModel, Calibration, Calibrator, Isotonic, IsotonicModel, Platt,
    PlattModel,
};
pub use cross_validation::{
    CrossValidation, RegressionCrossValidation, cross_validate, cross_validate_regressor, out_of_fold,
};
pub use pipeline::{Pipeline, PipelineModel};
pub use scoring::{ClassificationMetric, RegressionMetric};
pub use search::{GridSearch, RandomSearch, SearchResult, Space, Trial};

pub use crm_ml_core::{Fold, Split, holdout};
