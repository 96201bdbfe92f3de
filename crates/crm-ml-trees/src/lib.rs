#![doc = include_str!("../README.md")]

mod bins;
mod boosting;
mod constraints;
mod drawing;
mod ensemble;
mod evidence;
mod exact;
mod exchange;
mod features;
mod forest;
mod groups;
mod grow;
mod pruning;
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
pub use drawing::Drawing;
pub use ensemble::{Ensemble, Importance};
pub use exchange::{XgboostModel, XgboostObjective};
pub use features::MaxFeatures;
pub use forest::{Forest, Impurity, MaxSamples, OutOfBag, RegressionCriterion, Splitter, Target};
pub use grow::{GrowPolicy, Growth};
pub use pruning::PruningPath;
pub use row_scorer::RowScorer;
pub use tree::Tree;
pub use weights::moderate;

use features::{MOST_BINS, MOST_TREES, check_rows};
