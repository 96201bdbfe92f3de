//! The fitted forest.

use std::fmt;
use std::sync::OnceLock;

use crm_ml_core::{Error, ErrorKind, Model, OutlierModel, Persist, Result, Samples, Schema, parallel};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::path_length::average_path_length;
use super::tree::Tree;
use super::walk::{BLOCK, Walk};

/// A fitted [`IsolationForest`](super::IsolationForest).
#[derive(Clone, Serialize, Deserialize)]
pub struct IsolationForestModel {
    schema: Schema,
    trees: Vec<Tree>,
    max_samples: usize,
    pub(super) offset: f64,
    /// What scoring looks things up in, made when first needed.
    #[serde(skip)]
    walk: OnceLock<Walk>,
}

impl PartialEq for IsolationForestModel {
    fn eq(&self, other: &Self) -> bool {
        self.schema == other.schema
            && self.trees == other.trees
            && self.max_samples == other.max_samples
            && self.offset == other.offset
    }
}

impl fmt::Debug for IsolationForestModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IsolationForestModel")
            .field("schema", &self.schema)
            .field("trees", &self.trees)
            .field("max_samples", &self.max_samples)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl IsolationForestModel {
    pub(super) fn new(schema: Schema, trees: Vec<Tree>, max_samples: usize) -> Self {
        Self { schema, trees, max_samples, offset: -0.5, walk: OnceLock::new() }
    }

    /// Number of trees.
    pub fn n_estimators(&self) -> usize {
        self.trees.len()
    }

    /// Rows of the fit of every tree.
    pub fn max_samples(&self) -> usize {
        self.max_samples
    }

    /// The mean over the trees of the length of every row's path: what is short is odd.
    pub fn path_lengths(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(Array1::from(self.lengths(samples)))
    }

    /// The score of one row as it comes, as [`score_samples`](OutlierModel::score_samples) would give it.
    ///
    /// Allocates nothing once the model has scored its first row, unless values are missing. NaN is missing; in a category column what is
    /// no code is unseen.
    /// Errors: another number of cells, an infinite cell.
    pub fn score_row(&self, row: &[f64]) -> Result<f64> {
        if row.len() != self.schema.width() {
            return Err(ErrorKind::WidthMismatch { expected: self.schema.width(), found: row.len() }.into());
        }
        if let Some(column) = row.iter().position(|cell| cell.is_infinite()) {
            let (name, value) = (self.schema.name(column).to_owned(), row[column]);
            return Err(ErrorKind::NotFinite { row: 0, column: name, value }.into());
        }
        Ok(self.score(self.walk().length(&self.trees, row)))
    }

    /// `-2^(-length / c)`, `c` the average path length of a tree's rows; -0.5 where they are so few that there is no path.
    pub(super) fn score(&self, length: f64) -> f64 {
        let average = average_path_length(self.max_samples);
        let relative = if average > 0.0 { length / average } else { 1.0 };
        -(-relative).exp2()
    }

    pub(super) fn scores(&self, samples: &Samples<'_>) -> Vec<f64> {
        self.lengths(samples).into_iter().map(|length| self.score(length)).collect()
    }

    fn lengths(&self, samples: &Samples<'_>) -> Vec<f64> {
        let (walk, width) = (self.walk(), samples.n_columns());
        let mut lengths = vec![0.0; samples.n_rows()];
        parallel::fill_rows(&mut lengths, 1, BLOCK, |first, lengths| {
            walk.lengths(&self.trees, &samples.cells()[first * width..][..lengths.len() * width], lengths);
        });
        lengths
    }

    pub(super) fn trees(&self) -> &[Tree] {
        &self.trees
    }

    pub(super) fn walk(&self) -> &Walk {
        self.walk.get_or_init(|| Walk::new(&self.trees, self.schema.width()))
    }
}

impl Model for IsolationForestModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for IsolationForestModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(Array1::from(self.scores(samples)))
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

impl Persist for IsolationForestModel {
    const KIND: &'static str = "isolation-forest";

    fn validate(&self) -> Result<()> {
        if self.schema.width() == 0 || self.trees.is_empty() || self.max_samples == 0 {
            return Err(Error::model_file("an isolation forest of no columns, trees or rows"));
        }
        if !self.offset.is_finite() {
            return Err(Error::model_file("an offset that is no number"));
        }
        self.trees.iter().try_for_each(|tree| tree.validate(&self.schema))
    }
}
