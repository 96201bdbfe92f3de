#![doc = include_str!("../README.md")]

mod fields;
mod permutation;
mod shapley;

pub use fields::{FieldAttributions, Reason, by_field};
pub use permutation::{PermutationImportance, permutation_importance};
pub use shapley::SampledShapley;
