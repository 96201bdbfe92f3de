//! Encoders: category columns become numbers; real columns pass unchanged.

mod frequency;
mod levels;
mod lookup;
mod one_hot;
mod ordinal;
mod rare;
mod target;
mod woe;

pub use frequency::{FrequencyEncoder, FrequencyEncoderModel, FrequencyEncoderState};
pub use levels::Unseen;
#[cfg(feature = "table")]
pub(crate) use levels::{check as check_rare, rare};
pub use one_hot::{OneHotEncoder, OneHotEncoderModel, OneHotEncoderState};
pub use ordinal::{OrdinalEncoder, OrdinalEncoderModel, OrdinalEncoderState};
pub use rare::{RareLevelGrouper, RareLevelGrouperModel, RareLevelGrouperState};
pub use target::{Smooth, TargetEncoder, TargetEncoderModel};
pub use woe::{EvidenceLevel, WeightOfEvidence, WeightOfEvidenceModel};
