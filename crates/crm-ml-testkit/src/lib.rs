#![doc = include_str!("../README.md")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "the assertions of tests")]

pub mod checks;
pub mod fixture;
pub mod forecasts;
mod halves;
mod laws;
mod majority;
mod merge;
mod subject;
pub mod toy;

pub use forecasts::ForecastLaws;
pub use halves::{Halves, HalvesModel};
pub use laws::{Laws, Missing, Repeats};
pub use majority::{Majority, MajorityModel};
pub use merge::merge_laws;
pub use subject::{
    AsClassifier, AsClusterPredict, AsClusterer, AsOutlierDetector, AsRegressor, AsTransformer, Classified,
    Clusters, Outliers, Spelling, Subject,
};
