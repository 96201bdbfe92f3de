//! Decompositions by LAPACK through `ndarray-linalg`.
//!
//! Bits are the same at any number of our threads where the provider itself runs on one: `OPENBLAS_NUM_THREADS=1`.

use crm_ml_core::{Error, Result};
use ndarray::{Array1, Array2, ArrayView2};
use ndarray_linalg::error::LinalgError;
use ndarray_linalg::{
    Cholesky, Diag, Eigh, Factorize, JobSvd, QR, SVDDC, Solve, SolveTriangularInplace, UPLO,
};

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor; the position of the first pivot that is
/// not positive otherwise.
pub(crate) fn cholesky(matrix: &mut [f64], width: usize) -> std::result::Result<(), usize> {
    let found = view(matrix, width, width).and_then(|a| a.cholesky(UPLO::Lower).map_err(position));
    let factor = found.map_err(|position| position.unwrap_or(0))?;
    matrix.iter_mut().zip(&factor).for_each(|(cell, value)| *cell = *value);
    Ok(())
}

/// Solves `L L' x = b` in place for `columns` right-hand sides.
///
/// A factor with a zero on its diagonal, which `cholesky` never gives, leaves NaN for the caller to find.
pub(crate) fn cholesky_solve(factor: &[f64], rhs: &mut [f64], width: usize, columns: usize) {
    let solve = || {
        let lower = view(factor, width, width).ok()?;
        let mut found = view(rhs, width, columns).ok()?.to_owned();
        lower.solve_triangular_inplace(UPLO::Lower, Diag::NonUnit, &mut found).ok()?;
        lower.t().solve_triangular_inplace(UPLO::Upper, Diag::NonUnit, &mut found).ok()?;
        Some(found)
    };
    match solve() {
        Some(found) => rhs.iter_mut().zip(&found).for_each(|(cell, value)| *cell = *value),
        None => rhs.fill(f64::NAN),
    }
}

/// Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix, of which the lower triangle is read.
pub(crate) fn symmetric_eigen(matrix: &[f64], width: usize) -> Result<(Vec<f64>, Array2<f64>)> {
    // Which triangle is "lower" depends on the layout inside: a full matrix has no such question.
    let full = Array2::from_shape_fn((width, width), |(i, j)| matrix[i.max(j) * width + i.min(j)]);
    let (values, vectors) = full.eigh(UPLO::Lower).map_err(|e| failed("symmetric eigendecomposition", &e))?;
    Ok((values.to_vec(), vectors))
}

/// Thin singular value decomposition: U (rows x k), values (descending), V (columns x k) with k the smaller side.
pub(crate) fn svd(
    matrix: &[f64],
    rows: usize,
    columns: usize,
) -> Result<(Array2<f64>, Vec<f64>, Array2<f64>)> {
    let what = "singular value decomposition";
    let matrix = view(matrix, rows, columns).map_err(|_| Error::numerical(what))?;
    match matrix.to_owned().svddc(JobSvd::Some).map_err(|e| failed(what, &e))? {
        (Some(u), values, Some(vt)) => Ok((u, values.to_vec(), vt.reversed_axes())),
        _ => Err(Error::numerical("singular value decomposition gave no vectors")),
    }
}

/// The triangular factor R of `A = Q R`, k x columns with k the smaller side.
pub(crate) fn triangular_factor(matrix: &[f64], columns: usize) -> Vec<f64> {
    let rows = matrix.len() / columns.max(1);
    let found = view(matrix, rows, columns).ok().and_then(|a| a.qr().ok());
    // No factor is a factor of NaN: the decomposition that follows refuses it.
    found.map_or_else(|| vec![f64::NAN; rows.min(columns) * columns], |(_, r)| r.iter().copied().collect())
}

/// Solves `A x = b` in place by LU with partial pivoting; the position of a pivot that is exactly zero otherwise.
pub(crate) fn lu_solve(
    matrix: &[f64],
    rhs: &mut [f64],
    width: usize,
    columns: usize,
) -> std::result::Result<(), usize> {
    let solve = || -> std::result::Result<Array2<f64>, Option<usize>> {
        let factors = view(matrix, width, width)?.factorize().map_err(position)?;
        let mut solution = view(rhs, width, columns)?.to_owned();
        for mut column in solution.columns_mut() {
            let solved: Array1<f64> = factors.solve(&column).map_err(position)?;
            column.assign(&solved);
        }
        Ok(solution)
    };
    let solution = solve().map_err(|position| position.unwrap_or(0))?;
    rhs.iter_mut().zip(&solution).for_each(|(cell, value)| *cell = *value);
    Ok(())
}

fn view(
    cells: &[f64],
    rows: usize,
    columns: usize,
) -> std::result::Result<ArrayView2<'_, f64>, Option<usize>> {
    ArrayView2::from_shape((rows, columns), cells).map_err(|_| None)
}

/// The pivot LAPACK stopped at, counted from 0.
fn position(error: LinalgError) -> Option<usize> {
    match error {
        LinalgError::Lapack(lax::error::Error::LapackComputationalFailure { return_code }) => {
            usize::try_from(return_code).ok()?.checked_sub(1)
        }
        _ => None,
    }
}

fn failed(what: &str, error: &LinalgError) -> Error {
    Error::numerical(format!("{what} did not converge: {error}"))
}
