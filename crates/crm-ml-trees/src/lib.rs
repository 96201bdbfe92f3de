#![doc = include_str!("../README.md")]

mod bins;
mod boosting;
mod constraints;
mod ensemble;
mod evidence;
mod exchange;
mod features;
mod forest;
mod groups;
mod grow;
mod row_scorer;
mod setters;
mod shap;
mod split;
mod tree;
mod walk;
mod weights;

pub use boosting::{
    Absolute, At, Boosted, Booster, Boosting, CategoricalEncoding, Derivatives, Encoder, Gamma, History,
    Huber, Leaf, Logistic, Objective, Part, Poisson, Quantile, Softmax, Squared, Staged, Stopping,
    mean_of_log, sigmoid,
};
pub use constraints::{InteractionCst, MonotonicCst};
pub use ensemble::{Ensemble, Importance};
pub use evidence::Impurity;
pub use exchange::{XgboostModel, XgboostObjective};
pub use features::MaxFeatures;
pub use forest::{Forest, Target};
pub use grow::{GrowPolicy, Growth};
pub use row_scorer::RowScorer;
pub use tree::Tree;
pub use weights::moderate;

use features::{MOST_BINS, MOST_TREES, check_rows};
