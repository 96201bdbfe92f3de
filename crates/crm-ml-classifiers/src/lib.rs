#![doc = include_str!("../README.md")]

mod decision_tree;
mod gradient_boosting;
mod logistic_regression;
mod random_forest;

pub use crm_ml_linear::Penalty;
pub use logistic_regression::{LogisticRegression, LogisticRegressionModel};
