#![doc = include_str!("../README.md")]

mod dbscan;
mod hdbscan;
mod input;
mod kmeans;

pub use dbscan::{Dbscan, DbscanModel, KDistances, k_distances};
pub use hdbscan::{
    ClusterSelectionMethod, CondensedCluster, CondensedPoint, CondensedTree, Hdbscan, HdbscanModel,
};
pub use kmeans::{Algorithm, KMeans, KMeansInit, KMeansModel};
