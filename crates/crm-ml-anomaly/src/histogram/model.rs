//! The fitted histograms.

use crm_ml_core::{Attributions, Error, Model, OutlierModel, Persist, Result, Samples, Schema};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use super::bins::{Guess, Histogram};
use crate::shares;

/// What [`Hbos`](crate::Hbos) learned: what a cell of every bin adds to the anomaly score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HbosModel {
    schema: Schema,
    columns: Vec<Column>,
    pub(super) offset: f64,
}

/// What the cells of a column add to the anomaly score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Column {
    /// A number a bin; cells further out than `reach` times the width of the last bin add `most`.
    Real { edges: Vec<f64>, adds: Vec<f64>, most: f64, reach: f64 },
    /// A number a level, and one for others.
    Levels { adds: Vec<f64>, unseen: f64 },
    /// No cell was known: nothing.
    Missing,
}

impl HbosModel {
    pub(super) fn new(schema: Schema, histograms: &[Histogram], alpha: f64, tol: f64) -> Self {
        let adds = |density: f64| -(density + alpha).log2();
        let column = |histogram: &Histogram| {
            let total: f64 = histogram.weights().iter().sum();
            if total <= 0.0 {
                return Column::Missing;
            }
            match histogram {
                Histogram::Real { edges, weights } => {
                    let widths = edges.windows(2).map(|pair| pair[1] - pair[0]);
                    let adds: Vec<f64> =
                        weights.iter().zip(widths).map(|(w, d)| adds(w / total / d)).collect();
                    let most = adds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    Column::Real { edges: edges.clone(), adds, most, reach: tol }
                }
                Histogram::Levels { weights } => Column::Levels {
                    adds: weights.iter().map(|w| adds(w / total)).collect(),
                    unseen: adds(0.0),
                },
                Histogram::Missing => Column::Missing,
            }
        };
        Self { schema, columns: histograms.iter().map(column).collect(), offset: 0.0 }
    }

    fn scorers(&self) -> Vec<Scorer<'_>> {
        self.columns.iter().map(Scorer::new).collect()
    }
}

/// A column, ready to be looked up.
enum Scorer<'a> {
    Real { guess: Guess, edges: &'a [f64], adds: &'a [f64], most: f64, reach: f64 },
    Levels { adds: &'a [f64], unseen: f64 },
    Missing,
}

impl<'a> Scorer<'a> {
    fn new(column: &'a Column) -> Self {
        match column {
            Column::Real { edges, adds, most, reach } => {
                Self::Real { guess: Guess::new(edges), edges, adds, most: *most, reach: *reach }
            }
            Column::Levels { adds, unseen } => Self::Levels { adds, unseen: *unseen },
            Column::Missing => Self::Missing,
        }
    }

    /// What a cell adds.
    #[inline(always)]
    fn of(&self, value: f64) -> f64 {
        match self {
            Self::Real { guess, edges, adds, most, reach } => {
                if let Some(bin) = guess.sure(value) {
                    return adds[bin];
                }
                if value.is_nan() {
                    return 0.0;
                }
                // Here a bin holds its upper edge, and the first one its lower edge, too.
                let mut bin = guess.bin(value);
                while bin > 0 && value <= edges[bin] {
                    bin -= 1;
                }
                while bin + 1 < adds.len() && value > edges[bin + 1] {
                    bin += 1;
                }
                let (low, high) = (edges[bin], edges[bin + 1]);
                let beyond = if value < low { low - value } else { value - high };
                if beyond > (high - low) * reach { *most } else { adds[bin] }
            }
            Self::Levels { adds, unseen } => {
                if value.is_nan() {
                    0.0
                } else if value < 0.0 {
                    *unseen
                } else {
                    adds.get(value as usize).copied().unwrap_or(*unseen)
                }
            }
            Self::Missing => 0.0,
        }
    }
}

impl Model for HbosModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for HbosModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        let (scorers, width) = (self.scorers(), self.schema.width());
        let score = |row: usize| {
            let cells = &samples.cells()[row * width..(row + 1) * width];
            -scorers.iter().zip(cells).map(|(scorer, cell)| scorer.of(*cell)).sum::<f64>()
        };
        Ok(shares::scores(samples.n_rows(), score).into())
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// What every column adds; the base is 0.
impl Attributions for HbosModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        let scorers = self.scorers();
        Ok(shares::contributions(samples.n_rows(), self.schema.width(), |row, columns, _| {
            for ((to, scorer), cell) in columns.iter_mut().zip(&scorers).zip(samples.row(row)) {
                *to = scorer.of(*cell);
            }
        }))
    }
}

impl Persist for HbosModel {
    const KIND: &'static str = "hbos";

    fn validate(&self) -> Result<()> {
        let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
        let fits = |(column, of): (&Column, &crm_ml_core::Column)| match (column, of.levels()) {
            (Column::Real { edges, adds, most, reach }, None) => {
                let ascending = edges.windows(2).all(|pair| pair[0] < pair[1]);
                let span = edges.last().zip(edges.first()).map(|(high, low)| high - low);
                let spanned = span.is_some_and(f64::is_finite);
                let counted = !adds.is_empty() && edges.len() == adds.len() + 1;
                counted && ascending && spanned && finite(edges) && finite(adds) && finite(&[*most, *reach])
            }
            (Column::Levels { adds, unseen }, Some(levels)) => {
                adds.len() == levels.len() && finite(adds) && unseen.is_finite()
            }
            (Column::Missing, _) => true,
            _ => false,
        };
        let columns = self.columns.len() == self.schema.width();
        if columns && self.offset.is_finite() && self.columns.iter().zip(self.schema.columns()).all(fits) {
            Ok(())
        } else {
            Err(Error::model_file("histograms that do not fit their columns"))
        }
    }
}
