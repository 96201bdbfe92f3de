//! The fitted distance.

use crm_ml_core::{Attributions, Error, Model, OutlierModel, Persist, Result, Samples, Schema};
use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};

use super::chi_squared;
use super::gaussian::Gaussian;
use crate::{Contamination, shares};

/// The share of normal rows that are no outliers where no contamination is told.
const ORDINARY: f64 = 0.975;

/// What [`Mahalanobis`](crate::Mahalanobis) or [`EllipticEnvelope`](crate::EllipticEnvelope) learned: a location and a covariance.
///
/// The anomaly score is the squared Mahalanobis distance `(x - location)' precision (x - location)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MahalanobisModel {
    schema: Schema,
    gaussian: Gaussian,
    offset: f64,
}

impl MahalanobisModel {
    /// `rank` directions in which the rows spread.
    pub(super) fn new(
        samples: &Samples<'_>,
        gaussian: Gaussian,
        rank: usize,
        contamination: Contamination,
    ) -> Result<Self> {
        let auto = if rank == 0 { 0.0 } else { -chi_squared::quantile(ORDINARY, rank) };
        let mut model = Self { schema: samples.schema().clone(), gaussian, offset: auto };
        if contamination != Contamination::Auto {
            let scores = model.score_samples(samples)?.to_vec();
            model.offset = contamination.offset(auto, || scores, samples.weights());
        }
        Ok(model)
    }

    /// The centre, one value a column.
    pub fn location(&self) -> Array1<f64> {
        self.gaussian.location()
    }

    /// The covariance of the columns.
    pub fn covariance(&self) -> Array2<f64> {
        self.gaussian.covariance()
    }

    /// The inverse of the covariance; its pseudo-inverse where it has none.
    pub fn precision(&self) -> Array2<f64> {
        self.gaussian.precision()
    }
}

impl Model for MahalanobisModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for MahalanobisModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        samples.require_complete("MahalanobisModel")?;
        Ok(self.gaussian.squared_distances(samples)?.into_iter().map(|distance| -distance).collect())
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// With d the row minus the location, column j has `d_j (precision d)_j`, which may be below 0 where columns are correlated; the
/// base is 0.
impl Attributions for MahalanobisModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        samples.require_complete("MahalanobisModel")?;
        Ok(shares::contributions(samples.n_rows(), self.schema.width(), |row, columns, _| {
            self.gaussian.shares(samples.row(row), columns);
        }))
    }
}

impl Persist for MahalanobisModel {
    const KIND: &'static str = "mahalanobis";

    fn validate(&self) -> Result<()> {
        self.gaussian.validate(self.schema.width())?;
        if self.offset.is_finite() { Ok(()) } else { Err(Error::model_file("an offset that is no number")) }
    }
}
