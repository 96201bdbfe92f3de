//! Cholesky factorisation of a symmetric positive definite matrix.

use crm_ml_core::{Error, Result};
use ndarray::{Array2, ArrayView2};

use crate::backend;
use crate::scale::{finite_result, require_finite, require_square, row_major};

/// `A = L L'` for symmetric positive definite A, of which the lower triangle is read.
///
/// O(p^3 / 3) time, O(p^2) space.
///
/// ```
/// use crm_ml_linalg::Cholesky;
/// use ndarray::array;
///
/// let factor = Cholesky::new(array![[4.0, 2.0], [2.0, 3.0]].view())?;
/// assert!((factor.log_determinant() - 8f64.ln()).abs() < 1e-14);
/// let solution = factor.solve_vector(&[8.0, 7.0])?;
/// assert!((solution[0] - 1.25).abs() < 1e-14 && (solution[1] - 1.5).abs() < 1e-14);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    factor: Array2<f64>,
}

impl Cholesky {
    /// Factorises. Errors: not square, NaN or infinity, a pivot that is not positive (its position is named).
    pub fn new(matrix: ArrayView2<'_, f64>) -> Result<Self> {
        require_square("Cholesky", &matrix)?;
        require_finite("Cholesky", &matrix)?;
        let width = matrix.nrows();
        let mut cells = row_major(&matrix).into_owned();
        backend::cholesky(&mut cells, width).map_err(|pivot| {
            Error::numerical(format!(
                "Cholesky: pivot {pivot} is not positive, the matrix is not positive definite"
            ))
        })?;
        finite_result("Cholesky", &cells)?;
        let factor =
            Array2::from_shape_vec((width, width), cells).map_err(|e| Error::numerical(e.to_string()))?;
        Ok(Self { factor })
    }

    /// The lower triangular factor L.
    pub fn factor(&self) -> ArrayView2<'_, f64> {
        self.factor.view()
    }

    /// Natural logarithm of the determinant of A.
    pub fn log_determinant(&self) -> f64 {
        2.0 * self.factor.diag().iter().map(|d| d.ln()).sum::<f64>()
    }

    /// The solution of `A X = B`. Errors: another number of rows, a solution that overflows.
    pub fn solve(&self, rhs: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let (rows, columns) = rhs.dim();
        if rows != self.factor.nrows() {
            return Err(Error::length("rows of the right-hand side", self.factor.nrows(), rows));
        }
        let mut cells = row_major(&rhs).into_owned();
        backend::cholesky_solve(&row_major(&self.factor.view()), &mut cells, rows, columns);
        finite_result("Cholesky solve", &cells)?;
        Array2::from_shape_vec((rows, columns), cells).map_err(|e| Error::numerical(e.to_string()))
    }

    /// The solution of `A x = b`. Errors: as [`Cholesky::solve`].
    pub fn solve_vector(&self, rhs: &[f64]) -> Result<Vec<f64>> {
        if rhs.len() != self.factor.nrows() {
            return Err(Error::length("entries of the right-hand side", self.factor.nrows(), rhs.len()));
        }
        let mut solution = rhs.to_vec();
        backend::cholesky_solve(&row_major(&self.factor.view()), &mut solution, rhs.len(), 1);
        finite_result("Cholesky solve", &solution)?;
        Ok(solution)
    }
}
