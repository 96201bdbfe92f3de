//! One column of 0 and 1 a level.

use crm_ml_core::{Check, Column, Error, Model, Persist, Result, Samples, Schema, TransformerModel, UNSEEN};
use serde::{Deserialize, Serialize};

use super::levels::{self, Numbering, Unseen, refuse_unseen};
use crate::columns::check_schema;
use crate::names::Names;
use crate::seen::{LevelCounts, mergeable};

/// Replaces every category column by one 0/1 column a level, named `<name>=<level>`; real columns pass unchanged.
///
/// Levels come in the order of the schema; those without a row in training are left out. Rare levels share the column
/// `<name>=(other)`: with `min_frequency` those lighter than a weight (or, below 1, than a share of the total), with
/// `max_categories` all but the heaviest, so that there are at most that many columns. Missing values get a column
/// `<name>=(missing)` if training had some, else they count as unseen. Weights are honoured (scikit-learn's
/// `OneHotEncoder`, equal without weights, knows none). Time O(rows x columns out).
///
/// Errors: `min_frequency` not above 0, `max_categories` of 0; in transforming under [`Unseen::Error`], an unseen level.
///
/// ```
/// use crm_ml_core::{Column, Samples, Schema, Transformer, TransformerModel, UNSEEN};
/// use crm_ml_preprocessing::OneHotEncoder;
/// use ndarray::array;
///
/// let schema = Schema::new(vec![Column::category("source", vec!["ads".into(), "fair".into()])])?;
/// let x = array![[0.0], [1.0], [UNSEEN]];
/// let samples = Samples::new(&x)?.with_schema(&schema)?;
/// let model = OneHotEncoder::new().fit(&samples)?;
/// assert_eq!(model.output_schema().name(1), "source=fair");
/// assert_eq!(model.transform(&samples)?.cells(), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OneHotEncoder {
    min_frequency: Option<f64>,
    max_categories: Option<usize>,
    handle_unknown: Unseen,
}

/// The fitted [`OneHotEncoder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneHotEncoderModel {
    schema: Schema,
    output: Schema,
    codings: Vec<Coding>,
    handle_unknown: Unseen,
}

/// What becomes of one column: the numbers of its levels, and that of missing, are places among the columns it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Coding {
    Keep,
    OneHot { places: Numbering, missing: Option<u32>, width: u32 },
}

impl OneHotEncoder {
    /// A column a level, unseen levels with the rare ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Least weight (or share, below 1) of a level with a column of its own.
    pub fn min_frequency(mut self, min_frequency: f64) -> Self {
        self.min_frequency = Some(min_frequency);
        self
    }

    /// Most columns of a field, the one of the rare levels included.
    pub fn max_categories(mut self, max_categories: usize) -> Self {
        self.max_categories = Some(max_categories);
        self
    }

    /// What becomes of levels that were not there in training.
    pub fn handle_unknown(mut self, handle_unknown: Unseen) -> Self {
        self.handle_unknown = handle_unknown;
        self
    }
}

impl OneHotEncoder {
    fn check(&self) -> Result<()> {
        levels::check(Check::of("OneHotEncoder"), self.min_frequency, self.max_categories).finish()
    }

    fn statistic(&self, column: &Column) -> Result<Option<LevelCounts>> {
        Ok(LevelCounts::of(column))
    }

    fn model(&self, schema: &Schema, columns: &[Option<LevelCounts>]) -> Result<OneHotEncoderModel> {
        let codings: Vec<Coding> = columns.iter().map(|counts| self.coding(counts.as_ref())).collect();
        let output = output_schema(schema, &codings)?;
        let handle_unknown = self.handle_unknown;
        Ok(OneHotEncoderModel { schema: schema.clone(), output, codings, handle_unknown })
    }

    fn coding(&self, counts: Option<&LevelCounts>) -> Coding {
        let Some(counts) = counts else { return Coding::Keep };
        let places = Numbering::of(counts, self.min_frequency, self.max_categories);
        let own = places.count();
        let missing = (counts.missing() > 0.0).then_some(own);
        Coding::OneHot { places, missing, width: own + u32::from(missing.is_some()) }
    }
}

mergeable!(
    OneHotEncoder,
    OneHotEncoderState,
    OneHotEncoderModel,
    LevelCounts,
    "preprocessing/one-hot-encoder",
    "one-hot encoder"
);

fn output_schema(schema: &Schema, codings: &[Coding]) -> Result<Schema> {
    let kept = schema.columns().iter().zip(codings).filter(|(_, coding)| **coding == Coding::Keep);
    let mut names = Names::taken(kept.map(|(column, _)| column.name.as_str()));
    let mut columns = Vec::new();
    for (column, coding) in schema.columns().iter().zip(codings) {
        let Coding::OneHot { places, missing, .. } = coding else {
            columns.push(column.clone());
            continue;
        };
        let levels = column.levels().unwrap_or_default();
        let missing = missing.map(|_| "(missing)");
        for label in places.names(levels, "(other)").chain(missing) {
            columns
                .push(Column::real(names.free(format!("{}={label}", column.name))).from_field(&column.field));
        }
    }
    if columns.is_empty() {
        return Err(Error::unsupported("no category column has a level: nothing is left to encode"));
    }
    Schema::new(columns)
}

impl OneHotEncoderModel {
    fn place(&self, column: usize, cell: f64) -> Option<u32> {
        let Some(Coding::OneHot { places, missing, .. }) = self.codings.get(column) else {
            return None;
        };
        match cell.is_nan() {
            true => missing.or(places.joined(self.handle_unknown)),
            false => places.number(cell, self.handle_unknown),
        }
    }
}

impl OneHotEncoderModel {
    /// Back to levels, by the largest of a field's columns: that of the rare levels, and zeros throughout, become [`UNSEEN`].
    ///
    /// Errors: other columns than this model gives.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.output.accepts(samples)?;
        samples.map_rows(&self.schema, |_, input, output| {
            let mut rest = input;
            for (cell, coding) in output.iter_mut().zip(&self.codings) {
                let width = if let Coding::OneHot { width, .. } = coding { *width as usize } else { 1 };
                let (own, after) = rest.split_at(width);
                rest = after;
                *cell = match coding {
                    Coding::Keep => own[0],
                    Coding::OneHot { places, missing, .. } => decode(own, places, *missing),
                };
            }
        })
    }
}

/// The level whose column is largest.
fn decode(cells: &[f64], places: &Numbering, missing: Option<u32>) -> f64 {
    let mut largest = (0.0, None);
    for (place, &cell) in cells.iter().enumerate() {
        if cell > largest.0 {
            largest = (cell, Some(place as u32));
        }
    }
    match largest.1 {
        None => UNSEEN,
        place if place == missing => f64::NAN,
        place if place == places.other => UNSEEN,
        place => places.numbers.iter().position(|p| *p == place).map_or(UNSEEN, |level| level as f64),
    }
}

impl Model for OneHotEncoderModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for OneHotEncoderModel {
    fn output_schema(&self) -> &Schema {
        &self.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        if self.handle_unknown == Unseen::Error {
            refuse_unseen(samples, &self.schema, |column, cell| self.place(column, cell).is_some())?;
        }
        samples.map_rows(&self.output, |_, input, output| {
            let mut start = 0;
            for (column, (cell, coding)) in input.iter().zip(&self.codings).enumerate() {
                match coding {
                    Coding::Keep => {
                        output[start] = *cell;
                        start += 1;
                    }
                    Coding::OneHot { width, .. } => {
                        if let Some(place) = self.place(column, *cell) {
                            output[start + place as usize] = 1.0;
                        }
                        start += *width as usize;
                    }
                }
            }
        })
    }
}

impl Persist for OneHotEncoderModel {
    const KIND: &'static str = "preprocessing/one-hot-encoder";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.codings.len() != self.schema.width() {
            return Err(Error::length("codings", self.schema.width(), self.codings.len()));
        }
        for (column, coding) in self.schema.columns().iter().zip(&self.codings) {
            let sound = match (column.levels(), coding) {
                (None, Coding::Keep) => true,
                (Some(levels), Coding::OneHot { places, missing, width }) => {
                    let own = places.count();
                    places.is_sound(levels.len())
                        && missing.is_none_or(|place| place == own)
                        && *width == own + u32::from(missing.is_some())
                }
                _ => false,
            };
            if !sound {
                return Err(Error::model_file(format!(
                    "the coding of column '{}' does not fit it",
                    column.name
                )));
            }
        }
        match output_schema(&self.schema, &self.codings)? == self.output {
            true => Ok(()),
            false => {
                Err(Error::model_file("the columns given are not those that follow from what was learnt"))
            }
        }
    }
}
