#![doc = include_str!("../README.md")]

mod decision_tree;
mod gradient_boosting;
mod random_forest;
