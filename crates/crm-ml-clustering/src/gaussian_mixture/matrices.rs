//! Covariances and precisions in the form of their type.

use crm_ml_core::{Error, Result};
use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};

use super::gaussians::{CovarianceType, inverse};

/// Covariances, or their inverses, in the form of the [`CovarianceType`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Matrices {
    /// Components x columns x columns.
    Full(Array3<f64>),
    /// Columns x columns.
    Tied(Array2<f64>),
    /// Components x columns.
    Diag(Array2<f64>),
    /// One value a component.
    Spherical(Array1<f64>),
}

impl Matrices {
    /// The covariance type.
    pub fn kind(&self) -> CovarianceType {
        match self {
            Self::Full(_) => CovarianceType::Full,
            Self::Tied(_) => CovarianceType::Tied,
            Self::Diag(_) => CovarianceType::Diag,
            Self::Spherical(_) => CovarianceType::Spherical,
        }
    }

    /// All values, row by row.
    pub fn values(&self) -> Vec<f64> {
        match self {
            Self::Full(values) => values.iter().copied().collect(),
            Self::Tied(values) | Self::Diag(values) => values.iter().copied().collect(),
            Self::Spherical(values) => values.to_vec(),
        }
    }

    /// Whether this may be for so many components: finite, and square where matrices are.
    pub(super) fn suits(&self, components: usize) -> bool {
        let shape = match self {
            Self::Full(values) => values.dim().0 == components && values.dim().1 == values.dim().2,
            Self::Tied(values) => values.is_square(),
            Self::Diag(values) => values.nrows() == components,
            Self::Spherical(values) => values.len() == components,
        };
        shape && self.values().iter().all(|v| v.is_finite())
    }

    /// The number of columns, where the form tells.
    pub(super) fn width(&self) -> Option<usize> {
        match self {
            Self::Full(values) => Some(values.dim().2),
            Self::Tied(values) | Self::Diag(values) => Some(values.ncols()),
            Self::Spherical(_) => None,
        }
    }

    pub(super) fn from_values(
        kind: CovarianceType,
        components: usize,
        width: usize,
        values: Vec<f64>,
    ) -> Result<Self> {
        let wrong = |e: ndarray::ShapeError| Error::numerical(e.to_string());
        Ok(match kind {
            CovarianceType::Full => {
                Self::Full(Array3::from_shape_vec((components, width, width), values).map_err(wrong)?)
            }
            CovarianceType::Tied => {
                Self::Tied(Array2::from_shape_vec((width, width), values).map_err(wrong)?)
            }
            CovarianceType::Diag => {
                Self::Diag(Array2::from_shape_vec((components, width), values).map_err(wrong)?)
            }
            CovarianceType::Spherical => Self::Spherical(Array1::from(values)),
        })
    }
}

/// The inverses of matrices in this form. Errors: one that is not positive definite.
pub(super) fn inverses(kind: CovarianceType, values: &[f64], width: usize) -> Result<Vec<f64>> {
    match kind {
        CovarianceType::Full | CovarianceType::Tied => {
            let matrices = values.chunks_exact((width * width).max(1));
            Ok(matrices.map(|matrix| inverse(matrix, width)).collect::<Result<Vec<_>>>()?.concat())
        }
        CovarianceType::Diag | CovarianceType::Spherical => Ok(values.iter().map(|v| 1.0 / v).collect()),
    }
}
