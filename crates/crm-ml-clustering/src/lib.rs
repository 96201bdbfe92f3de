#![doc = include_str!("../README.md")]

mod bisecting_kmeans;
mod input;
mod kmeans;
mod minibatch_kmeans;

pub use bisecting_kmeans::{BisectingKMeans, BisectingKMeansModel, BisectingStrategy};
pub use kmeans::{Algorithm, KMeans, KMeansInit, KMeansModel};
pub use minibatch_kmeans::{MiniBatchKMeans, MiniBatchKMeansState};
