#![doc = include_str!("../README.md")]

mod amount;
mod by_score;
mod from_model;
mod incremental_pca;
mod information;
mod mrmr;
mod pca;
mod rfe;
mod select_then;
mod selected;
mod selection;
mod sequential;
mod sums;
mod truncated_svd;
mod validation;
mod variance_threshold;

pub use amount::Amount;
pub use by_score::{
    ClassScore, SelectByScore, TargetScore, anova_f, chi_squared, correlation_f, mutual_information,
    mutual_information_of_target,
};
pub use from_model::SelectFromModel;
pub use incremental_pca::IncrementalPca;
pub use mrmr::{Mrmr, MrmrScheme, MrmrStep};
pub use pca::{Components, Pca, PcaModel};
pub use rfe::{Rfe, Rfecv};
pub use select_then::SelectThen;
pub use selected::{SelectedModel, ValidationPoint};
pub use selection::{ClassSelector, ColumnScore, Selection, TargetSelector};
pub use sequential::{Direction, SequentialSelector};
pub use truncated_svd::{TruncatedSvd, TruncatedSvdModel};
pub use variance_threshold::VarianceThreshold;
