//! Rare levels as one.

use crm_ml_core::{Check, Column, Error, Persist, Result, Samples, Schema, UNSEEN};
use serde::{Deserialize, Serialize};

use super::levels::{self, Numbering, Unseen, refuse_unseen};
use crate::columns::{check_output, check_schema, map_indexed, transformer_model};
use crate::seen::{LevelCounts, mergeable};

/// Groups the rare levels of every category column into one level `(other)`; the columns stay categories, for any encoder
/// after.
///
/// Rare is what is lighter than `min_frequency` (a weight or, below 1, a share of the total), and with `max_categories` all
/// but the heaviest. Levels without a row in training count as unseen: they join the rare ones where there are any, under
/// [`Unseen::Other`], else they become [`UNSEEN`]. Missing stays missing; real columns pass unchanged; weights are
/// honoured. The rule of [`OneHotEncoder`](crate::OneHotEncoder). Time O(rows x columns).
///
/// Errors: `min_frequency` not above 0, `max_categories` of 0; in transforming under [`Unseen::Error`], an unseen level.
///
/// ```
/// use crm_ml_core::{Column, Samples, Schema, Transformer, TransformerModel};
/// use crm_ml_preprocessing::RareLevelGrouper;
/// use ndarray::array;
///
/// let levels = ["ads", "fair", "web"].map(String::from).to_vec();
/// let schema = Schema::new(vec![Column::category("source", levels)])?;
/// let x = array![[0.0], [0.0], [1.0], [2.0]];
/// let samples = Samples::new(&x)?.with_schema(&schema)?;
/// let model = RareLevelGrouper::new().min_frequency(2.0).fit(&samples)?;
/// assert_eq!(model.output_schema().columns()[0].levels().unwrap(), ["ads", "(other)"]);
/// assert_eq!(model.transform(&samples)?.cells(), [0.0, 0.0, 1.0, 1.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RareLevelGrouper {
    min_frequency: Option<f64>,
    max_categories: Option<usize>,
    handle_unknown: Unseen,
}

/// The fitted [`RareLevelGrouper`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RareLevelGrouperModel {
    schema: Schema,
    output: Schema,
    /// The new codes of the levels of each column; `None` for a real one.
    groups: Vec<Option<Numbering>>,
    handle_unknown: Unseen,
}

impl RareLevelGrouper {
    /// Groups nothing yet: say what is rare.
    pub fn new() -> Self {
        Self::default()
    }

    /// Least weight (or share, below 1) of a level of its own.
    pub fn min_frequency(mut self, min_frequency: f64) -> Self {
        self.min_frequency = Some(min_frequency);
        self
    }

    /// Most levels of a column, `(other)` included.
    pub fn max_categories(mut self, max_categories: usize) -> Self {
        self.max_categories = Some(max_categories);
        self
    }

    /// What becomes of levels that were not there in training.
    pub fn handle_unknown(mut self, handle_unknown: Unseen) -> Self {
        self.handle_unknown = handle_unknown;
        self
    }

    fn check(&self) -> Result<()> {
        levels::check(Check::of("RareLevelGrouper"), self.min_frequency, self.max_categories).finish()
    }

    fn statistic(&self, column: &Column) -> Result<Option<LevelCounts>> {
        Ok(LevelCounts::of(column))
    }

    fn model(&self, schema: &Schema, columns: &[Option<LevelCounts>]) -> Result<RareLevelGrouperModel> {
        let numbered = |counts: &LevelCounts| Numbering::of(counts, self.min_frequency, self.max_categories);
        let groups: Vec<Option<Numbering>> =
            columns.iter().map(|counts| counts.as_ref().map(numbered)).collect();
        let output = output_schema(schema, &groups)?;
        let handle_unknown = self.handle_unknown;
        Ok(RareLevelGrouperModel { schema: schema.clone(), output, groups, handle_unknown })
    }
}

mergeable!(
    RareLevelGrouper,
    RareLevelGrouperState,
    RareLevelGrouperModel,
    LevelCounts,
    "preprocessing/rare-level-grouper",
    "rare-level grouper"
);

fn output_schema(schema: &Schema, groups: &[Option<Numbering>]) -> Result<Schema> {
    let grouped = |(column, groups): (&Column, &Option<Numbering>)| {
        let (Some(levels), Some(groups)) = (column.levels(), groups) else { return column.clone() };
        let mut other = "(other)".to_owned();
        while groups.names(levels, "").any(|name| name == other) {
            other.push('*');
        }
        let names = groups.names(levels, &other).map(str::to_owned).collect();
        Column::category(&column.name, names).from_field(&column.field)
    };
    Schema::new(schema.columns().iter().zip(groups).map(grouped).collect())
}

impl RareLevelGrouperModel {
    fn code(&self, column: usize, cell: f64) -> Option<f64> {
        let Some(groups) = &self.groups[column] else { return Some(cell) };
        if cell.is_nan() { Some(cell) } else { groups.number(cell, self.handle_unknown).map(f64::from) }
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        if self.handle_unknown == Unseen::Error {
            refuse_unseen(samples, &self.schema, |column, cell| self.code(column, cell).is_some())?;
        }
        map_indexed(samples, &self.output, |column, cell| self.code(column, cell).unwrap_or(UNSEEN))
    }
}

transformer_model!(RareLevelGrouperModel);

impl Persist for RareLevelGrouperModel {
    const KIND: &'static str = "preprocessing/rare-level-grouper";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.groups.len() != self.schema.width() {
            return Err(Error::length("groups", self.schema.width(), self.groups.len()));
        }
        for (column, groups) in self.schema.columns().iter().zip(&self.groups) {
            let sound = match (column.levels(), groups) {
                (None, None) => true,
                (Some(levels), Some(groups)) => groups.is_sound(levels.len()),
                _ => false,
            };
            if !sound {
                return Err(Error::model_file(format!("the groups of '{}' do not fit it", column.name)));
            }
        }
        check_output(&self.output, &output_schema(&self.schema, &self.groups)?)
    }
}
