#![doc = include_str!("../README.md")]

mod contamination;
mod isolation_forest;

pub use contamination::Contamination;
pub use isolation_forest::{
    ColumnChoice, IsolationForest, IsolationForestModel, MaxDepth, MaxFeatures, MaxSamples, NewCategAction,
    RollingIsolationForest, RollingIsolationForestModel, average_path_length,
};
