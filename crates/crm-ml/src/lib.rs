#![doc = include_str!("../README.md")]

pub use ndarray;

pub use crm_ml_classifiers as classifiers;
pub use crm_ml_core as core;
pub use crm_ml_datasets as datasets;
pub use crm_ml_explain as explain;
pub use crm_ml_feature_selection as feature_selection;
pub use crm_ml_lead_scoring as lead_scoring;
pub use crm_ml_linalg as linalg;
pub use crm_ml_linear as linear;
pub use crm_ml_metrics as metrics;
pub use crm_ml_model_selection as model_selection;
pub use crm_ml_preprocessing as preprocessing;
pub use crm_ml_regression as regression;
pub use crm_ml_table as table;
pub use crm_ml_trees as trees;
