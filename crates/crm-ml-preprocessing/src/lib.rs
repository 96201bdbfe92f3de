#![doc = include_str!("../README.md")]

mod bins;
mod clip;
mod columns;
mod encode;
mod exact;
mod hashing;
mod impute;
mod names;
mod outlier;
#[cfg(feature = "table")]
mod pipeline;
mod polynomial;
mod power;
mod quantile;
#[cfg(feature = "table")]
mod sanity;
mod scale;
mod seen;
mod select;
mod stats;

pub use bins::{
    BinEncode, BinStrategy, KBinsDiscretizer, KBinsDiscretizerModel, Monotone, QuantileMethod,
    SupervisedBinner, SupervisedBinnerModel,
};
pub use clip::{QuantileClipper, QuantileClipperModel, QuantileClipperState};
pub use encode::{
    EvidenceLevel, FrequencyEncoder, FrequencyEncoderModel, FrequencyEncoderState, OneHotEncoder,
    OneHotEncoderModel, OneHotEncoderState, OrdinalEncoder, OrdinalEncoderModel, OrdinalEncoderState,
    RareLevelGrouper, RareLevelGrouperModel, RareLevelGrouperState, Smooth, TargetEncoder,
    TargetEncoderModel, Unseen, WeightOfEvidence, WeightOfEvidenceModel,
};
pub use hashing::{FeatureHasher, FeatureHasherModel};
pub use impute::{
    ImputationOrder, ImputerEstimator, IndicatorFeatures, IterativeImputer, IterativeImputerModel,
    KnnImputer, KnnImputerModel, Limits, MissingIndicator, MissingIndicatorModel, NeighborWeights,
    SimpleImputer, SimpleImputerModel, SimpleImputerState, Strategy,
};
pub use outlier::{OutlierAction, OutlierClipper, OutlierClipperModel, OutlierReport, OutlierRule, Touched};
#[cfg(feature = "table")]
pub use pipeline::{
    Binning, CleaningReport, DatePart, DroppedRows, EmailKinds, EmailPart, Encoding, FieldReport, Labels,
    PhonePart, Scaling, Summary, TablePipeline, TablePipelineModel, Targets, TextMeasure, labels,
    row_weights, targets,
};
pub use polynomial::{PolynomialFeatures, PolynomialFeaturesModel};
pub use power::{PowerMethod, PowerTransformer, PowerTransformerModel};
pub use quantile::{OutputDistribution, QuantileTransformer, QuantileTransformerModel};
#[cfg(feature = "table")]
pub use sanity::{
    FieldEvidence, SanityAction, SanityCheck, SanityChecker, SanityReport, TrainingSummary, Verdict,
};
pub use scale::{
    MaxAbsScaler, MaxAbsScalerModel, MaxAbsScalerState, MinMaxScaler, MinMaxScalerModel, MinMaxScalerState,
    Norm, Normalizer, NormalizerModel, RobustScaler, RobustScalerModel, RobustScalerState, StandardScaler,
    StandardScalerModel, StandardScalerState,
};
