//! The optimiser of sums of squares whose derivatives are known.

mod least_squares;

pub(crate) use least_squares::{LeastSquares, Outcome, Workspace, least_squares};
