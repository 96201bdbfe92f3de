#![doc = include_str!("../README.md")]

mod check;
mod classes;
mod data;
mod error;
mod estimator;
pub mod parallel;
mod persist;
mod progress;
mod random;
mod schema;
mod series;
pub mod sort;
mod splits;

pub use ndarray;

pub use check::Check;
pub use classes::{ClassWeight, Classes};
pub use data::{Labeled, Samples, Targeted};
pub use error::{Error, ErrorKind, Result, Violation};
pub use estimator::{
    Attributions, Classifier, ClassifierModel, ClusterModel, ClusterPredict, Clusterer, FitReport,
    Importances, MergeableState, Model, NOISE, OutlierDetector, OutlierModel, Regressor, RegressorModel,
    StreamingTransformer, Transformer, TransformerModel, most_probable,
};
pub use parallel::ROW_CHUNK;
pub use persist::{Persist, decode, encode, reseal, unknown_version};
pub use progress::{Progress, Step, advance};
pub use random::Stream;
pub use schema::{Column, ColumnKind, Schema, UNSEEN};
pub use series::{
    Calendar, Forecast, ForecastModel, Forecaster, Frequency, Horizon, Interval, MonthDay, Series, Timestamp,
};
pub use splits::{Fold, Split, holdout};
