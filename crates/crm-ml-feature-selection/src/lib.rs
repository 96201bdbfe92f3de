#![doc = include_str!("../README.md")]

mod by_score;
mod from_model;
mod incremental_pca;
mod pca;
mod rfe;
mod select_then;
mod selected;
mod selection;
mod truncated_svd;
mod variance_threshold;

pub use by_score::{
    ClassScore, SelectByScore, TargetScore, anova_f, chi_squared, correlation_f, mutual_information,
    mutual_information_of_target,
};
pub use from_model::SelectFromModel;
pub use incremental_pca::IncrementalPca;
pub use pca::{Components, Pca, PcaModel};
pub use rfe::{Amount, Rfe, Rfecv};
pub use select_then::SelectThen;
pub use selected::{SelectedModel, ValidationPoint};
pub use selection::{ClassSelector, ColumnScore, Selection, TargetSelector};
pub use truncated_svd::{TruncatedSvd, TruncatedSvdModel};
pub use variance_threshold::VarianceThreshold;
