//! The one place that knows who computes.
//!
//! The rest of the crate calls these functions and never names a linear-algebra library. A second backend (LAPACK) is a
//! sibling of `with_faer` with the same functions, chosen here.
//!
//! What a backend promises: row-major slices in and out, one thread, the same bits for the same input, and that the
//! caller has refused NaN and infinity where a decomposition is asked for.

mod with_faer;

pub(crate) use with_faer::{
    Accumulate, cholesky, cholesky_solve, gemm, gemm_tn, gram_lower, lu_solve, svd, symmetric_eigen,
    triangular_factor,
};
