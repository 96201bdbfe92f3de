#![doc = include_str!("../README.md")]

mod bisecting_kmeans;
mod gaussian_mixture;
mod input;
mod kmeans;
mod minibatch_kmeans;

pub use bisecting_kmeans::{BisectingKMeans, BisectingKMeansModel, BisectingStrategy};
pub use gaussian_mixture::{
    Candidate, CovarianceType, Criterion, GaussianMixture, GaussianMixtureModel, Matrices, MixtureChoice,
    MixtureInit,
};
pub use kmeans::{Algorithm, KMeans, KMeansInit, KMeansModel};
pub use minibatch_kmeans::{MiniBatchKMeans, MiniBatchKMeansState};
