//! The one place that knows who computes.
//!
//! The rest of the crate calls these functions and never names a linear-algebra library. Products are `faer`'s always;
//! decompositions are `faer`'s unless a feature names a provider of LAPACK.
//!
//! What a backend promises: row-major slices in and out, one thread, the same bits for the same input, and that the
//! caller has refused NaN and infinity where a decomposition is asked for.

mod products;
#[cfg(not(feature = "lapack"))]
mod with_faer;
#[cfg(feature = "lapack")]
mod with_lapack;

pub(crate) use products::{Accumulate, gemm, gemm_tn, gram_lower};
#[cfg(not(feature = "lapack"))]
pub(crate) use with_faer::{cholesky, cholesky_solve, lu_solve, svd, symmetric_eigen, triangular_factor};
#[cfg(feature = "lapack")]
pub(crate) use with_lapack::{cholesky, cholesky_solve, lu_solve, svd, symmetric_eigen, triangular_factor};
