#![doc = include_str!("../README.md")]

pub mod prelude;

pub use ndarray;

pub use crm_ml_core as core;

#[cfg(feature = "alerts")]
pub use crm_ml_alerts as alerts;
#[cfg(feature = "anomaly")]
pub use crm_ml_anomaly as anomaly;
#[cfg(feature = "classifiers")]
pub use crm_ml_classifiers as classifiers;
#[cfg(feature = "clustering")]
pub use crm_ml_clustering as clustering;
#[cfg(feature = "customers")]
pub use crm_ml_customers as customers;
#[cfg(feature = "datasets")]
pub use crm_ml_datasets as datasets;
#[cfg(feature = "explain")]
pub use crm_ml_explain as explain;
#[cfg(feature = "feature-selection")]
pub use crm_ml_feature_selection as feature_selection;
#[cfg(feature = "forecasting")]
pub use crm_ml_forecasting as forecasting;
#[cfg(feature = "lead-scoring")]
pub use crm_ml_lead_scoring as lead_scoring;
#[cfg(feature = "linalg")]
pub use crm_ml_linalg as linalg;
#[cfg(any(feature = "classifiers", feature = "regression"))]
pub use crm_ml_linear as linear;
#[cfg(feature = "metrics")]
pub use crm_ml_metrics as metrics;
#[cfg(feature = "model-selection")]
pub use crm_ml_model_selection as model_selection;
#[cfg(any(feature = "anomaly", feature = "clustering"))]
pub use crm_ml_neighbors as neighbors;
#[cfg(feature = "preprocessing")]
pub use crm_ml_preprocessing as preprocessing;
#[cfg(feature = "regression")]
pub use crm_ml_regression as regression;
#[cfg(feature = "sales-pipeline")]
pub use crm_ml_sales_pipeline as sales_pipeline;
#[cfg(feature = "table")]
pub use crm_ml_table as table;
#[cfg(any(feature = "classifiers", feature = "regression"))]
pub use crm_ml_trees as trees;
