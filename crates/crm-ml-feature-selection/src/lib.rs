#![doc = include_str!("../README.md")]

mod pca;
mod rfe;

pub use pca::{Components, Pca, PcaModel};
pub use rfe::{Amount, Rfe, RfeModel, Selection};
