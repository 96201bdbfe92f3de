#![doc = include_str!("../README.md")]

mod backend;
mod cholesky;
mod eigen;
mod least_squares;
mod product;
mod scale;
mod svd;
#[cfg(test)]
mod tests;

pub use cholesky::Cholesky;
pub use eigen::SymmetricEigen;
pub use least_squares::{LeastSquares, solve};
pub use product::{add_gram_lower, dot, matmul, matmul_tn, matvec, matvec_t, weighted_gram};
pub use svd::{RightSvd, ThinSvd};
