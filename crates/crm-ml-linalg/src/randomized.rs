//! The leading part of a singular value decomposition, by random projections.

use crm_ml_core::{Check, Result, Stream};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

use crate::scale::{points_down, require_finite};
use crate::{SymmetricEigen, ThinSvd, matmul, matmul_tn, weighted_gram};

/// The `k` largest singular values of A with their vectors, approximately (Halko, Martinsson and Tropp 2011).
///
/// A is multiplied with a random matrix of `k + oversamples` columns and, `iterations` times, with `A A'`; what comes out
/// spans nearly the leading left vectors, in which A is small and decomposed exactly. The more the values after the
/// `k`-th fall, the better; ten columns more and four iterations leave errors that a model of data does not see, and more
/// iterations less of them. Order and signs as in [`ThinSvd`]. O(n p (k + oversamples) iterations) time.
///
/// ```
/// use crm_ml_linalg::RandomizedSvd;
/// use ndarray::array;
///
/// let svd = RandomizedSvd::new(array![[3.0, 0.0, 0.0], [0.0, -5.0, 0.0], [0.0, 0.0, 0.1]].view(), 2, 10, 4, 0)?;
/// assert!((svd.singular_values()[0] - 5.0).abs() < 1e-12 && svd.singular_values().len() == 2);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomizedSvd {
    u: Array2<f64>,
    singular_values: Array1<f64>,
    vt: Array2<f64>,
}

impl RandomizedSvd {
    /// Decomposes; as many values as the smaller side where `k` is larger. Errors: `k` of 0, an empty matrix, NaN or
    /// infinity, values beyond the range of `f64`.
    pub fn new(
        matrix: ArrayView2<'_, f64>,
        k: usize,
        oversamples: usize,
        iterations: usize,
        seed: u64,
    ) -> Result<Self> {
        Check::of("RandomizedSvd").at_least("k", k, 1).finish()?;
        require_finite("singular value decomposition", &matrix)?;
        let (rows, columns) = matrix.dim();
        let size = rows.min(columns);
        let k = k.min(size);
        let width = k.saturating_add(oversamples).min(size);
        let mut stream = Stream::new(seed, "randomized svd", 0);
        let mut right = Array2::from_shape_simple_fn((columns, width), || stream.normal());
        for _ in 0..iterations {
            let left = orthonormal(matmul(matrix, right.view())?)?;
            right = orthonormal(matmul_tn(matrix, left.view())?)?;
        }
        let left = orthonormal(matmul(matrix, right.view())?)?;
        let svd = ThinSvd::new(matmul_tn(left.view(), matrix)?.view())?;
        let mut u = matmul(left.view(), svd.u().slice(s![.., ..k.min(svd.u().ncols())]))?;
        let mut vt = svd.vt().slice(s![..u.ncols(), ..]).to_owned();
        for (mut left, mut right) in u.axis_iter_mut(Axis(1)).zip(vt.rows_mut()) {
            if points_down(&right.view()) {
                left.mapv_inplace(|v| -v);
                right.mapv_inplace(|v| -v);
            }
        }
        let singular_values = svd.singular_values().slice(s![..u.ncols()]).to_owned();
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

/// Share of the largest squared length below which a direction is noise.
const NOISE: f64 = 1e-28;

/// An orthonormal basis of what the columns span, by the eigenvectors of their products; twice, since once leaves the
/// square root of the precision.
fn orthonormal(mut basis: Array2<f64>) -> Result<Array2<f64>> {
    for _ in 0..2 {
        let largest = basis.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        if largest == 0.0 || !largest.is_finite() {
            return Ok(basis);
        }
        basis /= largest;
        let eigen = SymmetricEigen::new(weighted_gram(basis.view(), None)?.view())?;
        let first = eigen.values()[0];
        let kept = eigen.values().iter().take_while(|v| **v > NOISE * first).count().max(1);
        let mut turn = eigen.vectors().slice(s![.., ..kept]).to_owned();
        for (mut column, value) in turn.axis_iter_mut(Axis(1)).zip(eigen.values()) {
            column /= value.sqrt();
        }
        basis = matmul(basis.view(), turn.view())?;
    }
    Ok(basis)
}
