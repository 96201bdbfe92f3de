//! Decompositions by `faer`, always sequential: its own parallel reductions depend on the thread count.

use ::faer::diag::Diag;
use ::faer::dyn_stack::{MemBuffer, MemStack};
use ::faer::linalg::cholesky::llt;
use ::faer::linalg::evd::{self, ComputeEigenvectors};
use ::faer::linalg::lu::partial_pivoting as lu;
use ::faer::linalg::qr::no_pivoting as qr;
use ::faer::linalg::svd::{self as thin, ComputeSvdVectors};
use ::faer::{Mat, MatMut, MatRef, Par};
use crm_ml_core::{Error, Result};
use ndarray::Array2;

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor; the position of the first pivot that is
/// not positive otherwise.
pub(crate) fn cholesky(matrix: &mut [f64], width: usize) -> std::result::Result<(), usize> {
    // Row-major upper is column-major lower: the factor is computed on the transpose's storage, which faer prefers.
    let mut work = Mat::from_fn(width, width, |i, j| if i >= j { matrix[i * width + j] } else { 0.0 });
    let scratch = llt::factor::cholesky_in_place_scratch::<f64>(width, Par::Seq, Default::default());
    let done = llt::factor::cholesky_in_place(
        work.as_mut(),
        Default::default(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    if let Err(llt::factor::LltError::NonPositivePivot { index }) = done {
        return Err(index);
    }
    for i in 0..width {
        for j in 0..width {
            matrix[i * width + j] = if i >= j { work[(i, j)] } else { 0.0 };
        }
    }
    Ok(())
}

/// Solves `L L' x = b` in place for `columns` right-hand sides.
pub(crate) fn cholesky_solve(factor: &[f64], rhs: &mut [f64], width: usize, columns: usize) {
    let factor = MatRef::from_row_major_slice(factor, width, width);
    let rhs = MatMut::from_row_major_slice_mut(rhs, width, columns);
    let scratch = llt::solve::solve_in_place_scratch::<f64>(width, columns, Par::Seq);
    llt::solve::solve_in_place(factor, rhs, Par::Seq, MemStack::new(&mut MemBuffer::new(scratch)));
}

/// Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix, of which the lower triangle is read.
pub(crate) fn symmetric_eigen(matrix: &[f64], width: usize) -> Result<(Vec<f64>, Array2<f64>)> {
    let matrix = Mat::from_fn(width, width, |i, j| matrix[i.max(j) * width + i.min(j)]);
    let mut values = Diag::<f64>::zeros(width);
    let mut vectors = Mat::<f64>::zeros(width, width);
    let scratch =
        evd::self_adjoint_evd_scratch::<f64>(width, ComputeEigenvectors::Yes, Par::Seq, Default::default());
    evd::self_adjoint_evd(
        matrix.as_ref(),
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::numerical("symmetric eigendecomposition did not converge"))?;
    Ok((values.column_vector().iter().copied().collect(), to_array(vectors.as_ref())))
}

/// Thin singular value decomposition: U (rows x k), values (descending), V (columns x k) with k the smaller side.
pub(crate) fn svd(
    matrix: &[f64],
    rows: usize,
    columns: usize,
) -> Result<(Array2<f64>, Vec<f64>, Array2<f64>)> {
    let size = rows.min(columns);
    let mut values = Diag::<f64>::zeros(size);
    let (mut u, mut v) = (Mat::<f64>::zeros(rows, size), Mat::<f64>::zeros(columns, size));
    let vectors = ComputeSvdVectors::Thin;
    let scratch = thin::svd_scratch::<f64>(rows, columns, vectors, vectors, Par::Seq, Default::default());
    thin::svd(
        MatRef::from_row_major_slice(matrix, rows, columns),
        values.as_mut(),
        Some(u.as_mut()),
        Some(v.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::numerical("singular value decomposition did not converge"))?;
    Ok((to_array(u.as_ref()), values.column_vector().iter().copied().collect(), to_array(v.as_ref())))
}

/// The triangular factor R of `A = Q R`, k x columns with k the smaller side.
pub(crate) fn triangular_factor(matrix: &[f64], columns: usize) -> Vec<f64> {
    let rows = matrix.len() / columns.max(1);
    let size = rows.min(columns);
    let mut work = Mat::from_fn(rows, columns, |i, j| matrix[i * columns + j]);
    let block = qr::factor::recommended_block_size::<f64>(rows, columns);
    let mut reflectors = Mat::<f64>::zeros(block, size);
    let scratch = qr::factor::qr_in_place_scratch::<f64>(rows, columns, block, Par::Seq, Default::default());
    qr::factor::qr_in_place(
        work.as_mut(),
        reflectors.as_mut(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    let mut factor = vec![0.0; size * columns];
    for i in 0..size {
        for j in i..columns {
            factor[i * columns + j] = work[(i, j)];
        }
    }
    factor
}

/// Solves `A x = b` in place by LU with partial pivoting; the position of a pivot that is exactly zero otherwise.
pub(crate) fn lu_solve(
    matrix: &[f64],
    rhs: &mut [f64],
    width: usize,
    columns: usize,
) -> std::result::Result<(), usize> {
    let mut work = Mat::from_fn(width, width, |i, j| matrix[i * width + j]);
    let (mut forward, mut backward) = (vec![0usize; width], vec![0usize; width]);
    let scratch = lu::factor::lu_in_place_scratch::<usize, f64>(width, width, Par::Seq, Default::default());
    let (_, permutation) = lu::factor::lu_in_place(
        work.as_mut(),
        &mut forward,
        &mut backward,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    if let Some(zero) = (0..width).find(|&i| !work[(i, i)].is_normal()) {
        return Err(zero);
    }
    let rhs = MatMut::from_row_major_slice_mut(rhs, width, columns);
    let scratch = lu::solve::solve_in_place_scratch::<usize, f64>(width, columns, Par::Seq);
    lu::solve::solve_in_place(
        work.as_ref(),
        work.as_ref(),
        permutation,
        rhs,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
    );
    Ok(())
}

fn to_array(matrix: MatRef<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn((matrix.nrows(), matrix.ncols()), |(i, j)| matrix[(i, j)])
}
