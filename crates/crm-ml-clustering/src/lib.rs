#![doc = include_str!("../README.md")]

mod dbscan;
mod input;
mod kmeans;

pub use dbscan::{Dbscan, DbscanModel, KDistances, k_distances};
pub use kmeans::{Algorithm, KMeans, KMeansInit, KMeansModel};
