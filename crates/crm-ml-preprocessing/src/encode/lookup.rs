//! Encoders that look a level up: each level has one number (or one a class).

use crm_ml_core::{Column, Error, Result, Samples, Schema};
use serde::{Deserialize, Serialize};

use super::levels::{Unseen, level, refuse_unseen};
use crate::columns::check_schema;
use crate::names::Names;

/// The numbers of one category column, `outputs` for each level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lookup {
    pub(crate) values: Vec<f64>,
    pub(crate) unseen: Vec<f64>,
    /// `None` where missing stays missing.
    pub(crate) missing: Option<Vec<f64>>,
    /// Which levels were there in training.
    pub(crate) known: Vec<bool>,
}

/// A lookup for each category column, `None` for real ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lookups {
    pub(crate) schema: Schema,
    pub(crate) output: Schema,
    /// One name an output, where there are several.
    suffixes: Vec<String>,
    pub(crate) columns: Vec<Option<Lookup>>,
    handle_unknown: Unseen,
}

impl Lookups {
    pub(crate) fn new(
        schema: &Schema,
        suffixes: Vec<String>,
        columns: Vec<Option<Lookup>>,
        handle_unknown: Unseen,
    ) -> Result<Self> {
        let output = output_schema(schema, &suffixes, &columns)?;
        Ok(Self { schema: schema.clone(), output, suffixes, columns, handle_unknown })
    }

    fn outputs(&self) -> usize {
        self.suffixes.len().max(1)
    }

    pub(crate) fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        if self.handle_unknown == Unseen::Error {
            refuse_unseen(samples, &self.schema, |column, cell| match self.columns.get(column) {
                Some(Some(lookup)) if !cell.is_nan() => {
                    level(cell, lookup.known.len()).is_some_and(|level| lookup.known[level])
                }
                _ => true,
            })?;
        }
        samples.map_rows(&self.output, |_, input, output| self.write_row(input, output))
    }

    pub(crate) fn write_row(&self, input: &[f64], output: &mut [f64]) {
        let outputs = self.outputs();
        let mut start = 0;
        for (cell, lookup) in input.iter().zip(&self.columns) {
            match lookup {
                None => {
                    output[start] = *cell;
                    start += 1;
                }
                Some(lookup) => {
                    let cells = &mut output[start..start + outputs];
                    match lookup.at(*cell, outputs) {
                        Some(values) => cells.copy_from_slice(values),
                        None => cells.fill(f64::NAN),
                    }
                    start += outputs;
                }
            }
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.columns.len() != self.schema.width() {
            return Err(Error::length("lookups", self.schema.width(), self.columns.len()));
        }
        let outputs = self.outputs();
        for (column, lookup) in self.schema.columns().iter().zip(&self.columns) {
            let sound = match (column.levels(), lookup) {
                (None, None) => true,
                (Some(levels), Some(lookup)) => {
                    lookup.values.len() == levels.len() * outputs
                        && lookup.known.len() == levels.len()
                        && lookup.unseen.len() == outputs
                        && lookup.missing.as_ref().is_none_or(|missing| missing.len() == outputs)
                        && lookup.numbers().all(|v| v.is_finite())
                }
                _ => false,
            };
            if !sound {
                return Err(Error::model_file(format!(
                    "the numbers of column '{}' do not fit it",
                    column.name
                )));
            }
        }
        match output_schema(&self.schema, &self.suffixes, &self.columns)? == self.output {
            true => Ok(()),
            false => {
                Err(Error::model_file("the columns given are not those that follow from what was learnt"))
            }
        }
    }
}

impl Lookup {
    /// `None` for NaN.
    fn at(&self, cell: f64, outputs: usize) -> Option<&[f64]> {
        match level(cell, self.known.len()) {
            Some(level) if self.known[level] => Some(&self.values[level * outputs..(level + 1) * outputs]),
            None if cell.is_nan() => self.missing.as_deref(),
            _ => Some(&self.unseen),
        }
    }

    fn numbers(&self) -> impl Iterator<Item = &f64> {
        self.values.iter().chain(&self.unseen).chain(self.missing.iter().flatten())
    }
}

fn output_schema(schema: &Schema, suffixes: &[String], columns: &[Option<Lookup>]) -> Result<Schema> {
    let kept =
        schema.columns().iter().zip(columns).filter(|(_, lookup)| lookup.is_none() || suffixes.is_empty());
    let mut names = Names::taken(kept.map(|(column, _)| column.name.as_str()));
    let mut output = Vec::new();
    for (column, lookup) in schema.columns().iter().zip(columns) {
        match lookup {
            None => output.push(column.clone()),
            Some(_) if suffixes.is_empty() => {
                output.push(Column::real(&column.name).from_field(&column.field))
            }
            Some(_) => output.extend(suffixes.iter().map(|suffix| {
                Column::real(names.free(format!("{}_{suffix}", column.name))).from_field(&column.field)
            })),
        }
    }
    Schema::new(output)
}

/// The traits of a model that is nothing but [`Lookups`].
macro_rules! lookup_model {
    ($model:ty, $kind:literal) => {
        impl crm_ml_core::Model for $model {
            fn schema(&self) -> &crm_ml_core::Schema {
                &self.lookups.schema
            }
        }

        impl crm_ml_core::TransformerModel for $model {
            fn output_schema(&self) -> &crm_ml_core::Schema {
                &self.lookups.output
            }

            fn transform(
                &self,
                samples: &crm_ml_core::Samples<'_>,
            ) -> crm_ml_core::Result<crm_ml_core::Samples<'static>> {
                self.lookups.transform(samples)
            }
        }

        impl crm_ml_core::Persist for $model {
            const KIND: &'static str = $kind;

            fn validate(&self) -> crm_ml_core::Result<()> {
                self.lookups.validate()
            }
        }

        impl $model {
            /// The numbers of a category column: one a level of its schema (levels x outputs, row after row); `None` for a
            /// real column.
            pub fn encodings(&self, column: usize) -> Option<&[f64]> {
                Some(&self.lookups.columns.get(column)?.as_ref()?.values)
            }
        }
    };
}
pub(crate) use lookup_model;
