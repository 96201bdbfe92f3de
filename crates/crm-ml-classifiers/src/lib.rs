#![doc = include_str!("../README.md")]

mod decision_tree;
mod gradient_boosting;
mod logistic_regression;
mod random_forest;
