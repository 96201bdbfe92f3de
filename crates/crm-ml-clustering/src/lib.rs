#![doc = include_str!("../README.md")]

mod dbscan;

pub use dbscan::{Dbscan, DbscanModel, KDistances, k_distances};
