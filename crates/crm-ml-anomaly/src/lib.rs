#![doc = include_str!("../README.md")]

mod columns;
mod contamination;
mod covariance;
mod ecdf;
mod ensemble;
mod histogram;
mod isolation_forest;
mod moments;
mod neighbors;
mod pca_reconstruction;
mod robust_zscore;
mod shares;

pub use contamination::Contamination;
pub use covariance::{EllipticEnvelope, Mahalanobis, MahalanobisModel, MinCovDet, RobustCovariance};
pub use ecdf::{Copod, EcdfModel, Ecod, TailRule};
pub use ensemble::{AnyDetector, AnyOutlierModel, Combination, OutlierEnsemble, OutlierEnsembleModel};
pub use histogram::{Hbos, HbosModel, HistogramBins};
pub use isolation_forest::{
    ColumnChoice, IsolationForest, IsolationForestModel, MaxDepth, MaxFeatures, MaxSamples, NewCategAction,
    RollingIsolationForest, RollingIsolationForestModel, average_path_length,
};
pub use neighbors::{
    KthNeighborDistance, KthNeighborDistanceModel, LocalOutlierFactor, LocalOutlierFactorModel,
    NeighborDistance,
};
pub use pca_reconstruction::{PcaComponents, PcaReconstruction, PcaReconstructionModel};
pub use robust_zscore::{RobustZScore, RobustZScoreModel};
