#![doc = include_str!("../README.md")]

mod decision_tree;
mod extra_trees;
mod gradient_boosting;
mod random_forest;
mod row_scorer;
mod trees;

pub use crm_ml_trees::{
    CategoricalEncoding, Drawing, GrowPolicy, History, Importance, InteractionCst, MaxFeatures, MaxSamples,
    MonotonicCst, PruningPath, RegressionCriterion, Splitter,
};
pub use decision_tree::{DecisionTreeRegressor, DecisionTreeRegressorModel};
pub use extra_trees::{ExtraTreesRegressor, ExtraTreesRegressorModel};
pub use gradient_boosting::{GradientBoostingRegressor, GradientBoostingRegressorModel, RegressionLoss};
pub use random_forest::{RandomForestRegressor, RandomForestRegressorModel};
pub use row_scorer::RowScorer;
