#![doc = include_str!("../README.md")]

mod backend;
mod centred;
mod cholesky;
mod eigen;
mod least_squares;
mod product;
mod randomized;
mod scale;
mod svd;
#[cfg(test)]
mod tests;

pub use centred::CentredGram;
pub use cholesky::Cholesky;
pub use eigen::SymmetricEigen;
pub use least_squares::{LeastSquares, solve};
pub use product::{
    add_gram_lower, dot, matmul, matmul_shifted, matmul_tn, matvec, matvec_t, neutral, weighted_gram,
};
pub use randomized::RandomizedSvd;
pub use svd::{RightSvd, ThinSvd};
