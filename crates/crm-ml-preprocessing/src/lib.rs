#![doc = include_str!("../README.md")]

mod clip;
mod columns;
mod encode;
mod impute;
mod names;
#[cfg(feature = "table")]
mod pipeline;
mod scale;
mod stats;

pub use clip::{QuantileClipper, QuantileClipperModel};
pub use encode::{
    FrequencyEncoder, FrequencyEncoderModel, OneHotEncoder, OneHotEncoderModel, OrdinalEncoder,
    OrdinalEncoderModel, Smooth, TargetEncoder, TargetEncoderModel, Unseen,
};
pub use impute::{SimpleImputer, SimpleImputerModel, Strategy};
#[cfg(feature = "table")]
pub use pipeline::{
    CleaningReport, DroppedRows, Encoding, FieldReport, Labels, Scaling, Summary, TablePipeline,
    TablePipelineModel, Targets, labels, row_weights, targets,
};
pub use scale::{
    MinMaxScaler, MinMaxScalerModel, RobustScaler, RobustScalerModel, StandardScaler, StandardScalerModel,
};
