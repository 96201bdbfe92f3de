//! One number a level.

use crm_ml_core::{Check, Column, Result, Samples, Schema, UNSEEN};
use serde::{Deserialize, Serialize};

use super::levels::{self, Numbering, Unseen};
use super::lookup::{Lookup, Lookups, lookup_model};
use crate::columns::map_indexed;
use crate::seen::{LevelCounts, mergeable};

/// Replaces every category column by a real column of its levels' numbers from 0, in the order of the schema.
///
/// Levels without a row in training are unseen; rare ones (see [`OneHotEncoder`](crate::OneHotEncoder)) share the last
/// number. Unseen levels become -1, or the number of the rare ones under [`Unseen::Other`]; missing values become
/// `encoded_missing_value`, or stay missing. Real columns pass unchanged. Weights are honoured in what is rare. As
/// scikit-learn's `OrdinalEncoder`.
///
/// Errors: `min_frequency` not above 0, `max_categories` of 0, an `encoded_missing_value` that is a level's number; in transforming
/// under [`Unseen::Error`], an unseen level.
///
/// ```
/// use crm_ml_core::{Column, Samples, Schema, Transformer, TransformerModel, UNSEEN};
/// use crm_ml_preprocessing::OrdinalEncoder;
/// use ndarray::array;
///
/// let schema = Schema::new(vec![Column::category("size", vec!["L".into(), "M".into(), "S".into()])])?;
/// let x = array![[0.0], [2.0], [f64::NAN], [UNSEEN]];
/// let samples = Samples::new(&x)?.with_schema(&schema)?;
/// let model = OrdinalEncoder::new().encoded_missing_value(-2.0).fit(&samples)?;
/// assert_eq!(model.transform(&samples)?.cells(), [0.0, 1.0, -2.0, -1.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OrdinalEncoder {
    min_frequency: Option<f64>,
    max_categories: Option<usize>,
    handle_unknown: Unseen,
    encoded_missing_value: Option<f64>,
}

/// The fitted [`OrdinalEncoder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrdinalEncoderModel {
    lookups: Lookups,
}

impl OrdinalEncoder {
    /// A number a level, unseen levels with the rare ones, missing stays missing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Least weight (or share, below 1) of a level with a number of its own.
    pub fn min_frequency(mut self, min_frequency: f64) -> Self {
        self.min_frequency = Some(min_frequency);
        self
    }

    /// Most numbers of a field, the one of the rare levels included.
    pub fn max_categories(mut self, max_categories: usize) -> Self {
        self.max_categories = Some(max_categories);
        self
    }

    /// What becomes of levels that were not there in training.
    pub fn handle_unknown(mut self, handle_unknown: Unseen) -> Self {
        self.handle_unknown = handle_unknown;
        self
    }

    /// What missing values become; `None` leaves them missing.
    pub fn encoded_missing_value(mut self, encoded_missing_value: impl Into<Option<f64>>) -> Self {
        self.encoded_missing_value = encoded_missing_value.into();
        self
    }
}

impl OrdinalEncoder {
    fn check(&self) -> Result<()> {
        let mut check = levels::check(Check::of("OrdinalEncoder"), self.min_frequency, self.max_categories);
        if let Some(value) = self.encoded_missing_value {
            check = check.range("encoded_missing_value", value, ..);
        }
        check.finish()
    }

    fn statistic(&self, column: &Column) -> Result<Option<LevelCounts>> {
        Ok(LevelCounts::of(column))
    }

    fn model(&self, schema: &Schema, columns: &[Option<LevelCounts>]) -> Result<OrdinalEncoderModel> {
        let lookups: Vec<Option<Lookup>> =
            columns.iter().map(|counts| Some(self.lookup(counts.as_ref()?))).collect();
        for (column, lookup) in schema.columns().iter().zip(&lookups) {
            self.refuse_taken(&column.name, lookup.as_ref())?;
        }
        Ok(OrdinalEncoderModel { lookups: Lookups::new(schema, Vec::new(), lookups, self.handle_unknown)? })
    }

    /// An error where missing values would become what a level becomes.
    fn refuse_taken(&self, column: &str, lookup: Option<&Lookup>) -> Result<()> {
        let (Some(value), Some(lookup)) = (self.encoded_missing_value, lookup) else { return Ok(()) };
        let taken = lookup.values.iter().zip(&lookup.known).any(|(number, known)| *known && *number == value);
        let requirement = format!("none of the numbers of the levels of '{column}'");
        Check::of("OrdinalEncoder").rule("encoded_missing_value", value, !taken, &requirement).finish()
    }

    fn lookup(&self, counts: &LevelCounts) -> Lookup {
        let numbering = Numbering::of(counts, self.min_frequency, self.max_categories);
        let value = |number: &Option<u32>| f64::from(number.unwrap_or_default());
        Lookup {
            values: numbering.numbers.iter().map(value).collect(),
            unseen: vec![numbering.joined(self.handle_unknown).map_or(-1.0, f64::from)],
            missing: self.encoded_missing_value.map(|value| vec![value]),
            known: numbering.numbers.iter().map(Option::is_some).collect(),
        }
    }
}

mergeable!(
    OrdinalEncoder,
    OrdinalEncoderState,
    OrdinalEncoderModel,
    LevelCounts,
    "preprocessing/ordinal-encoder",
    "ordinal encoder"
);

impl OrdinalEncoderModel {
    /// Back to levels: a number of one level becomes it, one that levels share (rare ones) or that none has becomes
    /// [`UNSEEN`], the number of missing values becomes missing.
    ///
    /// Errors: other columns than this model gives.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.lookups.output.accepts(samples)?;
        map_indexed(samples, &self.lookups.schema, |column, cell| match &self.lookups.columns[column] {
            Some(lookup) => level_of(lookup, cell),
            None => cell,
        })
    }
}

fn level_of(lookup: &Lookup, number: f64) -> f64 {
    if number.is_nan() || lookup.missing.as_ref().is_some_and(|missing| missing.contains(&number)) {
        return f64::NAN;
    }
    let known = lookup.values.iter().zip(&lookup.known).enumerate();
    let mut levels = known.filter(|(_, (value, known))| **known && **value == number).map(|(level, _)| level);
    match (levels.next(), levels.next()) {
        (Some(level), None) => level as f64,
        _ => UNSEEN,
    }
}

lookup_model!(OrdinalEncoderModel, "preprocessing/ordinal-encoder");
