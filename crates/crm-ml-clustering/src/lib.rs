#![doc = include_str!("../README.md")]

mod agglomerative;
mod bisecting_kmeans;
mod choosing;
mod dbscan;
mod forest;
mod gaussian_mixture;
mod hdbscan;
mod input;
mod kmeans;
mod minibatch_kmeans;

pub use agglomerative::{AgglomerativeClustering, AgglomerativeClusteringModel, Dendrogram, Linkage, Merge};
pub use bisecting_kmeans::{BisectingKMeans, BisectingKMeansModel, BisectingStrategy};
pub use choosing::{
    ClusterCount, ClusterCounts, GapStatistic, SILHOUETTE_ROWS, Stability, choose_n_clusters, gap_statistic,
    stability,
};
pub use dbscan::{Dbscan, DbscanModel, KDistances, k_distances};
pub use gaussian_mixture::{
    Candidate, CovarianceType, Criterion, GaussianMixture, GaussianMixtureModel, Matrices, MixtureChoice,
    MixtureInit,
};
pub use hdbscan::{
    ClusterSelectionMethod, CondensedCluster, CondensedPoint, CondensedTree, Hdbscan, HdbscanModel,
};
pub use kmeans::{Algorithm, KMeans, KMeansInit, KMeansModel};
pub use minibatch_kmeans::{MiniBatchKMeans, MiniBatchKMeansState};
