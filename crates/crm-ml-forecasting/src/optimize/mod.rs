//! The optimiser of sums of squares: of smoothing with exact derivatives, of ARIMA with differences.

mod least_squares;

pub(crate) use least_squares::{LeastSquares, Outcome, Workspace, least_squares};
