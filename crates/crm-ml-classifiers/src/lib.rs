#![doc = include_str!("../README.md")]

mod decision_tree;
mod extra_trees;
mod ftrl;
mod gradient_boosting;
mod logistic_regression;
mod random_forest;
mod row_scorer;
mod shares;

pub use crm_ml_linear::{GlmSummary, Penalty, ProgressiveLoss, ProgressivePoint, Solver};
pub use crm_ml_trees::{
    CategoricalEncoding, Drawing, GrowPolicy, History, Importance, Impurity, InteractionCst, MaxFeatures,
    MaxSamples, MonotonicCst, PruningPath, Splitter,
};
pub use decision_tree::{DecisionTreeClassifier, DecisionTreeClassifierModel};
pub use extra_trees::{ExtraTreesClassifier, ExtraTreesClassifierModel};
pub use ftrl::{FtrlClassifier, FtrlClassifierModel};
pub use gradient_boosting::{GradientBoostingClassifier, GradientBoostingClassifierModel};
pub use logistic_regression::{LogisticRegression, LogisticRegressionModel};
pub use random_forest::{RandomForestClassifier, RandomForestClassifierModel};
pub use row_scorer::RowScorer;
