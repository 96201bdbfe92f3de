//! The fitted distributions.

use crm_ml_core::{Attributions, Error, Model, OutlierModel, Persist, Result, Samples, Schema};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use super::TailRule;
use super::tails::{Tails, add};
use crate::{columns, shares};

/// What [`Ecod`](crate::Ecod) or [`Copod`](crate::Copod) learned: the distribution of every column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EcdfModel {
    schema: Schema,
    rule: TailRule,
    columns: Vec<Tails>,
    offset: f64,
}

impl EcdfModel {
    pub(super) fn new(schema: Schema, rule: TailRule, columns: Vec<Tails>, offset: f64) -> Self {
        Self { schema, rule, columns, offset }
    }

    /// How tails become a score.
    pub fn rule(&self) -> TailRule {
        self.rule
    }
}

impl Model for EcdfModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for EcdfModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        let mut scores = vec![0.0; samples.n_rows()];
        let of = |column: usize, cells: &[f64]| self.columns[column].of_column(cells, self.rule);
        columns::each(samples, of, |_, adds| add(&mut scores, &adds));
        Ok(scores.into_iter().map(|score| -score).collect())
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// What every column adds; the base is 0.
impl Attributions for EcdfModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        Ok(shares::contributions(samples.n_rows(), self.schema.width(), |row, shares, _| {
            for ((to, column), cell) in shares.iter_mut().zip(&self.columns).zip(samples.row(row)) {
                *to = column.of(*cell, self.rule);
            }
        }))
    }
}

impl Persist for EcdfModel {
    const KIND: &'static str = "ecdf-outliers";

    fn validate(&self) -> Result<()> {
        if self.columns.len() != self.schema.width() || !self.offset.is_finite() {
            return Err(Error::model_file("distributions that do not fit their columns"));
        }
        self.columns.iter().try_for_each(Tails::validate)
    }
}
