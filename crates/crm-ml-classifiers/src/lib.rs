#![doc = include_str!("../README.md")]

mod decision_tree;
mod gradient_boosting;
mod logistic_regression;
mod random_forest;
mod row_scorer;

pub use crm_ml_linear::Penalty;
pub use crm_ml_trees::{Importance, Impurity, MaxFeatures};
pub use decision_tree::{DecisionTreeClassifier, DecisionTreeClassifierModel};
pub use gradient_boosting::{GradientBoostingClassifier, GradientBoostingClassifierModel};
pub use logistic_regression::{LogisticRegression, LogisticRegressionModel};
pub use random_forest::{RandomForestClassifier, RandomForestClassifierModel};
pub use row_scorer::RowScorer;
