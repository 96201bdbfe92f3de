//! How common a level is.

use crm_ml_core::{Column, Result, Schema};
use serde::{Deserialize, Serialize};

use super::levels::Unseen;
use super::lookup::{Lookup, Lookups, lookup_model};
use crate::seen::{LevelCounts, mergeable};

/// Replaces every category column by the share of the rows (by weight) that have the cell's level.
///
/// Missing values count as a level of their own; unseen levels have share 0. Real columns pass unchanged. Levels of equal
/// share cannot be told apart afterwards.
///
/// Errors: in transforming under [`Unseen::Error`], an unseen level.
///
/// ```
/// use crm_ml_core::{Column, Samples, Schema, Transformer, TransformerModel};
/// use crm_ml_preprocessing::FrequencyEncoder;
/// use ndarray::array;
///
/// let schema = Schema::new(vec![Column::category("source", vec!["ads".into(), "fair".into()])])?;
/// let x = array![[0.0], [0.0], [1.0], [f64::NAN]];
/// let samples = Samples::new(&x)?.with_schema(&schema)?;
/// let model = FrequencyEncoder::new().fit(&samples)?;
/// assert_eq!(model.transform(&samples)?.cells(), [0.5, 0.5, 0.25, 0.25]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FrequencyEncoder {
    handle_unknown: Unseen,
}

/// The fitted [`FrequencyEncoder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrequencyEncoderModel {
    lookups: Lookups,
}

impl FrequencyEncoder {
    /// Unseen levels have share 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of levels that were not there in training.
    pub fn handle_unknown(mut self, handle_unknown: Unseen) -> Self {
        self.handle_unknown = handle_unknown;
        self
    }
}

impl FrequencyEncoder {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn statistic(&self, column: &Column) -> Result<Option<LevelCounts>> {
        Ok(LevelCounts::of(column))
    }

    fn model(&self, schema: &Schema, columns: &[Option<LevelCounts>]) -> Result<FrequencyEncoderModel> {
        let lookup = |counts: &LevelCounts| {
            let (weights, total) = (counts.levels(), counts.total());
            Lookup {
                values: weights.iter().map(|weight| weight / total).collect(),
                unseen: vec![0.0],
                missing: Some(vec![counts.missing() / total]),
                known: weights.iter().map(|&weight| weight > 0.0).collect(),
            }
        };
        let lookups = columns.iter().map(|counts| counts.as_ref().map(lookup)).collect();
        Ok(FrequencyEncoderModel { lookups: Lookups::new(schema, Vec::new(), lookups, self.handle_unknown)? })
    }
}

mergeable!(
    FrequencyEncoder,
    FrequencyEncoderState,
    FrequencyEncoderModel,
    LevelCounts,
    "preprocessing/frequency-encoder",
    "frequency encoder"
);

lookup_model!(FrequencyEncoderModel, "preprocessing/frequency-encoder");
