#![doc = include_str!("../README.md")]

mod pca;
mod rfe;
