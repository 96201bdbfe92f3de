//! How common a level is.

use crm_ml_core::{Progress, Result, Samples, Transformer, advance};
use serde::{Deserialize, Serialize};

use super::levels::{Unseen, count};
use super::lookup::{Lookup, Lookups, lookup_model};

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

impl Transformer for FrequencyEncoder {
    type Model = FrequencyEncoderModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<FrequencyEncoderModel> {
        let total = samples.total_weight();
        let lookup = |column| {
            let counts = count(samples, column)?;
            Some(Lookup {
                values: counts.levels.iter().map(|count| count / total).collect(),
                unseen: vec![0.0],
                missing: Some(vec![counts.missing / total]),
                known: counts.levels.iter().map(|&count| count > 0.0).collect(),
            })
        };
        let columns = (0..samples.n_columns()).map(lookup).collect();
        advance(progress, "frequency encoder", 1, 1)?;
        let lookups = Lookups::new(samples.schema(), Vec::new(), columns, self.handle_unknown)?;
        Ok(FrequencyEncoderModel { lookups })
    }
}

lookup_model!(FrequencyEncoderModel, "preprocessing/frequency-encoder");
