//! Any detector of the crate, and its model.

use crm_ml_core::{
    Attributions, Error, Model, OutlierDetector, OutlierModel, Persist, Progress, Result, Samples, Schema,
    decode, encode, unknown_version,
};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use crate::{
    Copod, EcdfModel, Ecod, EllipticEnvelope, Hbos, HbosModel, IsolationForest, IsolationForestModel,
    KthNeighborDistance, KthNeighborDistanceModel, LocalOutlierFactor, LocalOutlierFactorModel, Mahalanobis,
    MahalanobisModel, PcaReconstruction, PcaReconstructionModel, RobustZScore, RobustZScoreModel,
};

/// Writes the enums and hands calls through.
macro_rules! any {
    ($($name:ident: $detector:ty => $variant:ident),* $(,)?) => {
        /// A detector of this crate, as a value.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyDetector {
            $(#[doc = concat!("[`", stringify!($name), "`](crate::", stringify!($name), ").")]
            $name($detector),)*
        }

        $(impl From<$detector> for AnyDetector {
            fn from(detector: $detector) -> Self {
                Self::$name(detector)
            }
        })*

        impl OutlierDetector for AnyDetector {
            type Model = AnyOutlierModel;

            fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<AnyOutlierModel> {
                Ok(match self {
                    $(Self::$name(detector) => AnyOutlierModel::$variant(detector.fit_with(samples, progress)?),)*
                })
            }
        }
    };
}

macro_rules! any_model {
    ($($variant:ident: $model:ty),* $(,)?) => {
        /// The model of a detector of this crate, as a value.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyOutlierModel {
            $(#[doc = concat!("Of ", stringify!($variant), ".")]
            $variant($model),)*
        }

        impl Model for AnyOutlierModel {
            fn schema(&self) -> &Schema {
                match self { $(Self::$variant(model) => model.schema(),)* }
            }
        }

        impl OutlierModel for AnyOutlierModel {
            fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
                match self { $(Self::$variant(model) => model.score_samples(samples),)* }
            }

            fn offset(&self) -> f64 {
                match self { $(Self::$variant(model) => model.offset(),)* }
            }
        }

        impl Attributions for AnyOutlierModel {
            fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
                match self { $(Self::$variant(model) => model.contributions(samples),)* }
            }
        }

        impl Persist for AnyOutlierModel {
            const KIND: &'static str = "any-outlier-model";

            fn write_payload(&self) -> Result<Vec<u8>> {
                match self {
                    $(Self::$variant(model) => encode(&(stringify!($variant), model.to_bytes()?)),)*
                }
            }

            fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
                if version != Self::VERSION {
                    return Err(unknown_version(Self::KIND, version, Self::VERSION));
                }
                let (name, bytes): (String, Vec<u8>) = decode(payload)?;
                match name.as_str() {
                    $(stringify!($variant) => Ok(Self::$variant(<$model>::from_bytes(&bytes)?)),)*
                    _ => Err(Error::model_file("an unknown kind of outlier detector")),
                }
            }

            fn validate(&self) -> Result<()> {
                match self { $(Self::$variant(model) => model.validate(),)* }
            }
        }
    };
}

any! {
    IsolationForest: IsolationForest => IsolationForest,
    RobustZScore: RobustZScore => RobustZScore,
    Hbos: Hbos => Hbos,
    Ecod: Ecod => Ecdf,
    Copod: Copod => Ecdf,
    LocalOutlierFactor: LocalOutlierFactor => LocalOutlierFactor,
    KthNeighborDistance: KthNeighborDistance => KthNeighborDistance,
    PcaReconstruction: PcaReconstruction => PcaReconstruction,
    Mahalanobis: Mahalanobis => Mahalanobis,
    EllipticEnvelope: EllipticEnvelope => Mahalanobis,
}

any_model! {
    IsolationForest: IsolationForestModel,
    RobustZScore: RobustZScoreModel,
    Hbos: HbosModel,
    Ecdf: EcdfModel,
    LocalOutlierFactor: LocalOutlierFactorModel,
    KthNeighborDistance: KthNeighborDistanceModel,
    PcaReconstruction: PcaReconstructionModel,
    Mahalanobis: MahalanobisModel,
}

impl AnyOutlierModel {
    /// The scores of the rows of the fit, which are given again: no row is its own neighbour.
    ///
    /// Errors: other rows than those of the fit, where that can be told.
    pub fn scores_of_fit(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        let stored = match self {
            Self::LocalOutlierFactor(model) => model.negative_outlier_factor(),
            Self::KthNeighborDistance(model) => model.fitted_scores(),
            _ => return self.score_samples(samples),
        };
        if stored.len() != samples.n_rows() {
            return Err(Error::length("rows of the fit", stored.len(), samples.n_rows()));
        }
        Ok(stored.iter().copied().collect())
    }
}
