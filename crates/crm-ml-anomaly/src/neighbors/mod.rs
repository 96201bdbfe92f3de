//! Detectors that look at a row's nearest neighbours.

mod crowd;
mod kth_distance;
mod local_outlier_factor;

pub use kth_distance::{KthNeighborDistance, KthNeighborDistanceModel, NeighborDistance};
pub use local_outlier_factor::{LocalOutlierFactor, LocalOutlierFactorModel};
