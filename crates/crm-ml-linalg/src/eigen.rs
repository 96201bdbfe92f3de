//! Eigendecomposition of a symmetric matrix.

use crm_ml_core::Result;
use ndarray::{Array1, Array2, ArrayView2};

use crate::backend;
use crate::scale::{balanced, finite_result, points_down, require_finite, require_square, row_major};

/// `A = V diag(values) V'` for symmetric A, of which the lower triangle is read.
///
/// Values descend; the entry of largest magnitude of every eigenvector (the first of equals) is positive. O(p^3) time,
/// O(p^2) space.
///
/// ```
/// use crm_ml_linalg::SymmetricEigen;
/// use ndarray::array;
///
/// let eigen = SymmetricEigen::new(array![[2.0, 1.0], [1.0, 2.0]].view())?;
/// assert!((eigen.values()[0] - 3.0).abs() < 1e-14 && (eigen.values()[1] - 1.0).abs() < 1e-14);
/// assert!(eigen.vectors()[[0, 0]] > 0.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricEigen {
    values: Array1<f64>,
    vectors: Array2<f64>,
}

impl SymmetricEigen {
    /// Decomposes. Errors: not square, NaN or infinity, values beyond the range of `f64`, no convergence.
    pub fn new(matrix: ArrayView2<'_, f64>) -> Result<Self> {
        require_square("symmetric eigendecomposition", &matrix)?;
        require_finite("symmetric eigendecomposition", &matrix)?;
        let width = matrix.nrows();
        let (scaled, up) = balanced(&matrix);
        let (ascending, columns) = backend::symmetric_eigen(&row_major(&scaled.view()), width)?;
        let values: Array1<f64> = ascending.iter().rev().map(|v| v * up).collect();
        let mut vectors = Array2::zeros((width, width));
        for (mut to, from) in vectors.columns_mut().into_iter().zip(columns.columns().into_iter().rev()) {
            let sign = if points_down(&from) { -1.0 } else { 1.0 };
            to.assign(&from.mapv(|v| v * sign));
        }
        finite_result("symmetric eigendecomposition", values.iter().chain(&vectors))?;
        Ok(Self { values, vectors })
    }

    /// The eigenvalues, descending.
    pub fn values(&self) -> &Array1<f64> {
        &self.values
    }

    /// The eigenvectors, one a column, in the order of the values.
    pub fn vectors(&self) -> &Array2<f64> {
        &self.vectors
    }
}
