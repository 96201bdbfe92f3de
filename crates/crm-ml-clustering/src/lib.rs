#![doc = include_str!("../README.md")]

mod input;
mod kmeans;

pub use kmeans::{Algorithm, KMeans, KMeansInit, KMeansModel};
