//! The fitted pipeline.

use crm_ml_core::{Error, Persist, Result, Samples, Schema};
use crm_ml_table::{CsvOptions, Table, TableSchema};
use serde::{Deserialize, Serialize};

use super::encoder::Encoder;
use super::gaps::Filler;
use super::recipe::FieldRecipe;
use super::{CleaningReport, assemble};
use crate::Unseen;

/// The fitted [`TablePipeline`](super::TablePipeline): one value that takes tables and gives features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TablePipelineModel {
    raw: TableSchema,
    recipes: Vec<FieldRecipe>,
    handle_unknown: Unseen,
    encoder: Encoder,
    filler: Option<Filler>,
    report: CleaningReport,
}

impl TablePipelineModel {
    pub(super) fn new(
        raw: TableSchema,
        recipes: Vec<FieldRecipe>,
        handle_unknown: Unseen,
        encoder: Encoder,
        filler: Option<Filler>,
        report: CleaningReport,
    ) -> Self {
        Self { raw, recipes, handle_unknown, encoder, filler, report }
    }

    /// The raw columns a table must have, with the types they are read under.
    pub fn schema(&self) -> &TableSchema {
        &self.raw
    }

    /// The columns it gives.
    pub fn output_schema(&self) -> &Schema {
        match &self.filler {
            Some(model) => model.output_schema(),
            None => self.encoder.output_schema(),
        }
    }

    /// How to read a CSV file to be scored: the columns of training under their types, all others inferred.
    pub fn read_options(&self) -> CsvOptions {
        CsvOptions::new().schema(self.raw.clone())
    }

    /// What was found and done in training.
    pub fn report(&self) -> &CleaningReport {
        &self.report
    }

    /// Counts touched rows as those of a larger table, of which `rows` were given.
    pub(super) fn rows_were(&mut self, rows: &[usize]) {
        for touched in &mut self.report.touched {
            touched.row = rows.get(touched.row).copied().unwrap_or(touched.row);
        }
    }

    /// Adds to the report rows that were dropped before fitting.
    pub fn note_dropped_rows(&mut self, reason: &str, count: usize) {
        self.report.rows_in += count;
        self.report.drop_rows(reason, count);
    }

    /// The features of a table, one row a row (a weight column plays no part).
    ///
    /// Columns are found by name and read under the types of training; others are not looked at. Under one-hot encoding an
    /// unseen category is all zeros, and so is a missing one where training had none.
    ///
    /// Errors: a column that is not there ([`ErrorKind::MissingColumn`](crm_ml_core::ErrorKind)), a value that does not parse
    /// under the type of training (with file and line), an unseen category where the policy is to refuse it.
    pub fn transform(&self, table: &Table) -> Result<Samples<'static>> {
        let typed = table.with_schema(&self.raw)?;
        let encoded =
            self.encoder.transform(assemble::native(&self.recipes, &typed, self.handle_unknown)?)?;
        match &self.filler {
            Some(model) => model.transform(&encoded),
            None => Ok(encoded),
        }
    }
}

impl Persist for TablePipelineModel {
    const KIND: &'static str = "preprocessing/table-pipeline";

    fn validate(&self) -> Result<()> {
        self.raw.validate()?;
        if self.recipes.is_empty() || self.recipes.len() != self.raw.fields.len() {
            return Err(Error::length("recipes", self.raw.fields.len(), self.recipes.len()));
        }
        for (recipe, field) in self.recipes.iter().zip(&self.raw.fields) {
            recipe.validate()?;
            if recipe.field != field.name || field.field_type.is_none() {
                return Err(Error::model_file(format!(
                    "the recipe of field '{}' belongs to no column",
                    recipe.field
                )));
            }
        }
        self.encoder.validate()?;
        if assemble::schema(&self.recipes)? != *self.encoder.input_schema() {
            return Err(Error::model_file("the encoder does not fit the recipes"));
        }
        let Some(filler) = &self.filler else { return Ok(()) };
        filler.validate()?;
        match filler.schema() == self.encoder.output_schema() {
            true => Ok(()),
            false => Err(Error::model_file("the imputer does not fit the encoder")),
        }
    }
}
