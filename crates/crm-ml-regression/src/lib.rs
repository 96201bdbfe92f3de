#![doc = include_str!("../README.md")]

mod decision_tree;
mod gradient_boosting;
mod random_forest;
mod trees;

pub use crm_ml_trees::{
    CategoricalEncoding, GrowPolicy, History, Importance, InteractionCst, MaxFeatures, MonotonicCst,
};
pub use decision_tree::{DecisionTreeRegressor, DecisionTreeRegressorModel};
pub use gradient_boosting::{GradientBoostingRegressor, GradientBoostingRegressorModel, RegressionLoss};
pub use random_forest::{RandomForestRegressor, RandomForestRegressorModel};
