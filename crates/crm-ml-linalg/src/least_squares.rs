//! Linear systems: square ones by LU, all others in the sense of least squares.

use crm_ml_core::{Error, Result};
use ndarray::{Array2, ArrayView2};

use crate::scale::{balanced, finite_result, require_finite, require_square, row_major};
use crate::{ThinSvd, backend, matmul, matmul_tn};

/// The `X` of least norm among those that minimise `||A X - B||`, column by column.
///
/// By the thin SVD of A: singular values at most `epsilon * max(n, p) * largest` count as zero (NumPy's rule), so that
/// collinear columns and wide matrices are served. O(n p min(n, p)) time.
///
/// ```
/// use crm_ml_linalg::LeastSquares;
/// use ndarray::array;
///
/// // Two equal columns: the weight is shared.
/// let fit = LeastSquares::new(array![[1.0, 1.0], [2.0, 2.0]].view(), array![[2.0], [4.0]].view())?;
/// assert_eq!(fit.rank(), 1);
/// assert!((fit.solution()[[0, 0]] - 1.0).abs() < 1e-14 && (fit.solution()[[1, 0]] - 1.0).abs() < 1e-14);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    solution: Array2<f64>,
    rank: usize,
}

impl LeastSquares {
    /// Solves for A (n x p) and B (n x q). Errors: rows that differ, NaN or infinity, a solution that overflows.
    pub fn new(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Self> {
        if a.nrows() != b.nrows() {
            return Err(Error::length("rows of the right-hand side", a.nrows(), b.nrows()));
        }
        require_finite("least squares", &b)?;
        let svd = ThinSvd::new(a)?;
        let (b, b_up) = balanced(&b);
        let largest = svd.singular_values().first().copied().unwrap_or(0.0);
        // The product is formed in this order so that it does not overflow on its way.
        let threshold = f64::EPSILON * a.nrows().max(a.ncols()) as f64 * largest;
        let rank = svd.singular_values().iter().filter(|s| **s > threshold).count();
        let mut coordinates = matmul_tn(svd.u().view(), b.view())?;
        for (i, mut row) in coordinates.rows_mut().into_iter().enumerate() {
            let value = svd.singular_values()[i];
            row.mapv_inplace(|v| if i < rank { v / value * b_up } else { 0.0 });
        }
        let solution = matmul(svd.vt().t(), coordinates.view())?;
        finite_result("least squares", &solution)?;
        Ok(Self { solution, rank })
    }

    /// The solution, p x q.
    pub fn solution(&self) -> &Array2<f64> {
        &self.solution
    }

    /// Numerical rank of A.
    pub fn rank(&self) -> usize {
        self.rank
    }
}

/// The solution of the square system `A X = B` by LU with partial pivoting.
///
/// Errors: shapes that do not fit, NaN or infinity, a matrix that is singular to working precision, overflow.
///
/// ```
/// use crm_ml_linalg::solve;
/// use ndarray::array;
///
/// let x = solve(array![[0.0, 2.0], [1.0, 1.0]].view(), array![[4.0], [5.0]].view())?;
/// assert!((&x - &array![[3.0], [2.0]]).iter().all(|gap| gap.abs() < 1e-14));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    require_square("solve", &a)?;
    if a.nrows() != b.nrows() {
        return Err(Error::length("rows of the right-hand side", a.nrows(), b.nrows()));
    }
    require_finite("solve", &a)?;
    require_finite("solve", &b)?;
    let (scaled, up) = balanced(&a);
    let mut cells = row_major(&b).into_owned();
    backend::lu_solve(&row_major(&scaled.view()), &mut cells, a.nrows(), b.ncols())
        .map_err(|pivot| Error::numerical(format!("solve: the matrix is singular (pivot {pivot})")))?;
    cells.iter_mut().for_each(|v| *v /= up);
    finite_result("solve", &cells)?;
    Array2::from_shape_vec(b.dim(), cells).map_err(|e| Error::numerical(e.to_string()))
}
