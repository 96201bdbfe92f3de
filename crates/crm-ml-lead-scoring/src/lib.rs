#![doc = include_str!("../README.md")]

mod comparison;
mod leakage;
mod model;
mod outcome;
mod report;
mod scale;
mod scorer;
mod stages;
mod sufficiency;

pub use comparison::Comparison;
pub use model::{LeadScore, LeadScorerModel, NamedReason};
pub use report::{Band, CalibrationPoint, FieldStrength, GainsPoint, LeadScoringReport};
pub use scale::Tier;
pub use scorer::LeadScorer;
pub use stages::SelectionMethod;
pub use sufficiency::Sufficiency;
