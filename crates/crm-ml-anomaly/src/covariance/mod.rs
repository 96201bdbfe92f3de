//! Mahalanobis distances from plain and robust covariances.

mod chi_squared;
mod elliptic_envelope;
mod gaussian;
mod mahalanobis;
mod min_cov_det;
mod model;
mod search;

pub use elliptic_envelope::EllipticEnvelope;
pub use mahalanobis::Mahalanobis;
pub use min_cov_det::{MinCovDet, RobustCovariance};
pub use model::MahalanobisModel;
