//! The fitted components.

use crm_ml_core::{
    Attributions, Error, Model, OutlierModel, Persist, ROW_CHUNK, Result, Samples, Schema, parallel,
};
use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};

use super::NAME;
use crate::shares;

/// What [`PcaReconstruction`](crate::PcaReconstruction) learned: the components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PcaReconstructionModel {
    schema: Schema,
    centre: Vec<f64>,
    scale: Vec<f64>,
    /// Components x columns.
    components: Array2<f64>,
    pub(super) offset: f64,
}

impl PcaReconstructionModel {
    pub(super) fn new(schema: Schema, centre: Vec<f64>, scale: Vec<f64>, components: Array2<f64>) -> Self {
        Self { schema, centre, scale, components, offset: 0.0 }
    }

    /// The components a row is rebuilt from, one a row.
    pub fn components(&self) -> &Array2<f64> {
        &self.components
    }

    /// What is left of a row.
    fn residual(&self, cells: &[f64], residual: &mut [f64]) {
        for (((to, cell), centre), scale) in residual.iter_mut().zip(cells).zip(&self.centre).zip(&self.scale)
        {
            *to = (cell - centre) * scale;
        }
        // Components are orthogonal: what one takes away does not change what the next one finds.
        for component in self.components.rows() {
            let along: f64 = residual.iter().zip(component).map(|(v, c)| v * c).sum();
            residual.iter_mut().zip(component).for_each(|(v, c)| *v -= along * c);
        }
    }
}

impl Model for PcaReconstructionModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for PcaReconstructionModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        samples.require_complete(NAME)?;
        let mut scores = vec![0.0; samples.n_rows()];
        parallel::fill_rows(&mut scores, 1, ROW_CHUNK, |first, piece| {
            let mut residual = vec![0.0; self.schema.width()];
            for (row, score) in (first..).zip(piece) {
                self.residual(samples.row(row), &mut residual);
                *score = -residual.iter().map(|v| v * v).sum::<f64>();
            }
        });
        match scores.iter().position(|score| !score.is_finite()) {
            None => Ok(scores.into()),
            Some(row) => Err(Error::numerical(format!("{NAME}: row {row} is too far out for f64"))),
        }
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// The squared error of every column; the base is 0.
impl Attributions for PcaReconstructionModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        samples.require_complete(NAME)?;
        Ok(shares::contributions(samples.n_rows(), self.schema.width(), |row, columns, _| {
            self.residual(samples.row(row), columns);
            columns.iter_mut().for_each(|v| *v *= *v);
        }))
    }
}

impl Persist for PcaReconstructionModel {
    const KIND: &'static str = "pca-reconstruction";

    fn validate(&self) -> Result<()> {
        let width = self.schema.width();
        let lengths =
            self.centre.len() == width && self.scale.len() == width && self.components.ncols() == width;
        let numbers = self.centre.iter().chain(&self.scale).chain(&self.components).all(|v| v.is_finite());
        if width > 0 && lengths && numbers && self.offset.is_finite() {
            Ok(())
        } else {
            Err(Error::model_file("components that do not fit their columns"))
        }
    }
}
