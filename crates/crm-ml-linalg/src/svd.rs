//! Thin singular value decomposition.

use crm_ml_core::Result;
use ndarray::{Array1, Array2, ArrayView2};

use crate::backend;
use crate::scale::{balanced, finite_result, points_down, require_finite, row_major};

/// `A = U diag(s) V'` with U (n x k), V' (k x p) and k the smaller of n and p.
///
/// Singular values descend; the entry of largest magnitude of every right singular vector (the first of equals) is
/// positive, as scikit-learn's PCA fixes it. O(n p k) time.
///
/// ```
/// use crm_ml_linalg::ThinSvd;
/// use ndarray::array;
///
/// let svd = ThinSvd::new(array![[3.0, 0.0], [0.0, -5.0], [0.0, 0.0]].view())?;
/// assert!((svd.singular_values()[0] - 5.0).abs() < 1e-14);
/// assert!(svd.vt()[[0, 1]] > 0.0 && svd.u()[[1, 0]] < 0.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ThinSvd {
    u: Array2<f64>,
    singular_values: Array1<f64>,
    vt: Array2<f64>,
}

impl ThinSvd {
    /// Decomposes. Errors: an empty matrix, NaN or infinity, values beyond the range of `f64`, no convergence.
    pub fn new(matrix: ArrayView2<'_, f64>) -> Result<Self> {
        require_finite("singular value decomposition", &matrix)?;
        let (rows, columns) = matrix.dim();
        let (scaled, up) = balanced(&matrix);
        let (mut u, values, v) = backend::svd(&row_major(&scaled.view()), rows, columns)?;
        let mut vt = v.t().as_standard_layout().into_owned();
        for (mut left, mut right) in u.columns_mut().into_iter().zip(vt.rows_mut()) {
            if points_down(&right) {
                left.mapv_inplace(|v| -v);
                right.mapv_inplace(|v| -v);
            }
        }
        let singular_values: Array1<f64> = values.iter().map(|v| v * up).collect();
        finite_result("singular value decomposition", singular_values.iter().chain(&u).chain(&vt))?;
        Ok(Self { u, singular_values, vt })
    }

    /// The left singular vectors, one a column.
    pub fn u(&self) -> &Array2<f64> {
        &self.u
    }

    /// The singular values, descending.
    pub fn singular_values(&self) -> &Array1<f64> {
        &self.singular_values
    }

    /// The right singular vectors, one a row.
    pub fn vt(&self) -> &Array2<f64> {
        &self.vt
    }
}
