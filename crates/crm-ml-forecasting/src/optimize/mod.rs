//! The optimisers of the models: sums of squares with derivatives, and anything without.

mod least_squares;
mod nelder_mead;

pub(crate) use least_squares::{LeastSquares, Outcome, Workspace, least_squares};
pub(crate) use nelder_mead::{NelderMead, Search, nelder_mead};
