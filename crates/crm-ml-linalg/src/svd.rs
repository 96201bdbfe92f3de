//! Thin singular value decomposition.

use crm_ml_core::{Error, Result, parallel};
use ndarray::{Array1, Array2, ArrayView2};

use crate::backend;
use crate::scale::{balanced, finite_result, points_down, powers, require_finite, row_major};

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

/// Singular values and right singular vectors of a tall matrix whose rows may have weights, without the left ones.
///
/// The triangular factors of fixed pieces of rows are stacked and factorised again, in order (TSQR; Demmel et al. 2012),
/// then the last one is decomposed: parallel, one pass, and as accurate as the whole matrix's decomposition, where the
/// product `A' A` would square the condition. Order and signs as in [`ThinSvd`]. O(n p^2) time, O(p^2) a piece in space.
///
/// ```
/// use crm_ml_linalg::RightSvd;
/// use ndarray::array;
///
/// let svd = RightSvd::new(array![[3.0, 0.0], [0.0, 2.0], [0.0, 2.0]].view(), Some(&[1.0, 2.0, 2.0]))?;
/// assert!((svd.singular_values()[0] - 4.0).abs() < 1e-14);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RightSvd {
    singular_values: Array1<f64>,
    vt: Array2<f64>,
}

impl RightSvd {
    /// Decomposes `diag(weights)^(1/2) A`. Errors: as [`ThinSvd::new`]; another number of weights than rows, a weight that
    /// is negative or not finite.
    pub fn new(matrix: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<Self> {
        require_finite("singular value decomposition", &matrix)?;
        let (rows, columns) = matrix.dim();
        if let Some(weights) = weights {
            if weights.len() != rows {
                return Err(Error::length("weights", rows, weights.len()));
            }
            if weights.iter().any(|w| !(w.is_finite() && *w >= 0.0)) {
                return Err(Error::numerical(
                    "singular value decomposition: a weight is not finite and at least 0",
                ));
            }
        }
        let (down, up) = powers(matrix.iter().fold(0.0f64, |m, v| m.max(v.abs())));
        let cells = row_major(&matrix);
        let chunk = 4096.max(columns.saturating_mul(8));
        let factor = parallel::reduce_rows(
            rows,
            chunk,
            |piece| {
                let mut scaled = Vec::with_capacity(piece.len() * columns);
                for row in piece {
                    let factor = weights.map_or(1.0, |w| w[row].sqrt());
                    scaled
                        .extend(cells[row * columns..(row + 1) * columns].iter().map(|v| v * down * factor));
                }
                backend::triangular_factor(&scaled, columns)
            },
            |mut above, below| {
                above.extend(below);
                backend::triangular_factor(&above, columns)
            },
        )
        .unwrap_or_default();
        let factor = Array2::from_shape_vec((factor.len() / columns, columns), factor)
            .map_err(|e| Error::numerical(e.to_string()))?;
        let svd = ThinSvd::new(factor.view())?;
        let singular_values = svd.singular_values.mapv(|s| s * up);
        finite_result("singular value decomposition", &singular_values)?;
        Ok(Self { singular_values, vt: svd.vt })
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
