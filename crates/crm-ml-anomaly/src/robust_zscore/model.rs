//! The fitted medians and scales.

use crm_ml_core::{Attributions, Error, Model, OutlierModel, Persist, Result, Samples, Schema};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use crate::shares;

/// What [`RobustZScore`](crate::RobustZScore) learned: centre and scale of every column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustZScoreModel {
    schema: Schema,
    centres: Vec<f64>,
    scales: Vec<f64>,
    pub(super) offset: f64,
}

impl RobustZScoreModel {
    pub(super) fn new(schema: Schema, centres: Vec<f64>, scales: Vec<f64>, offset: f64) -> Self {
        Self { schema, centres, scales, offset }
    }

    /// The median of every column; 0 where no cell was known.
    pub fn centres(&self) -> &[f64] {
        &self.centres
    }

    /// The robust standard deviation of every column; 0 where all cells were equal or none was known.
    pub fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// The column that lies farthest out, the first of equals, and how far.
    fn oddest(&self, cells: &[f64]) -> (usize, f64) {
        let mut oddest = (0, 0.0);
        for (column, ((cell, centre), scale)) in cells.iter().zip(&self.centres).zip(&self.scales).enumerate()
        {
            let z = ((cell - centre).abs() / scale).min(f64::MAX);
            if *scale > 0.0 && !cell.is_nan() && z > oddest.1 {
                oddest = (column, z);
            }
        }
        oddest
    }
}

impl Model for RobustZScoreModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for RobustZScoreModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(shares::scores(samples.n_rows(), |row| -self.oddest(samples.row(row)).1).into())
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// The score belongs to the column that lies farthest out; the base is 0.
impl Attributions for RobustZScoreModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        Ok(shares::contributions(samples.n_rows(), self.schema.width(), |row, columns, _| {
            let (column, z) = self.oddest(samples.row(row));
            columns[column] = z;
        }))
    }
}

impl Persist for RobustZScoreModel {
    const KIND: &'static str = "robust-z-score";

    fn validate(&self) -> Result<()> {
        let width = self.schema.width();
        let lengths = self.centres.len() == width && self.scales.len() == width;
        let scales = self.scales.iter().all(|scale| scale.is_finite() && *scale >= 0.0);
        if width > 0
            && lengths
            && scales
            && self.offset.is_finite()
            && self.centres.iter().all(|c| c.is_finite())
        {
            Ok(())
        } else {
            Err(Error::model_file("medians that do not fit their columns"))
        }
    }
}
