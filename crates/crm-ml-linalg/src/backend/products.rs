//! Products by `faer`, always sequential: its own parallel sums depend on the thread count.

use ::faer::linalg::matmul;
use ::faer::linalg::matmul::triangular::{self, BlockStructure};
use ::faer::{Accum, MatMut, MatRef, Par};

/// Whether a product replaces its target or is added to it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Accumulate {
    Replace,
    Add,
}

impl From<Accumulate> for Accum {
    fn from(value: Accumulate) -> Self {
        match value {
            Accumulate::Replace => Accum::Replace,
            Accumulate::Add => Accum::Add,
        }
    }
}

/// `out = A B`: A is rows x inner, B is inner x columns.
pub(crate) fn gemm(a: &[f64], b: &[f64], out: &mut [f64], inner: usize, columns: usize) {
    let rows = a.len() / inner.max(1);
    let out = MatMut::from_row_major_slice_mut(out, rows, columns);
    let a = MatRef::from_row_major_slice(a, rows, inner);
    let b = MatRef::from_row_major_slice(b, inner, columns);
    matmul::matmul(out, Accum::Replace, a, b, 1.0, Par::Seq);
}

/// `out (+)= A' B`: A is rows x left, B is rows x right.
pub(crate) fn gemm_tn(
    a: &[f64],
    b: &[f64],
    out: &mut [f64],
    (left, right): (usize, usize),
    mode: Accumulate,
) {
    let rows = a.len() / left.max(1);
    let out = MatMut::from_row_major_slice_mut(out, left, right);
    let a = MatRef::from_row_major_slice(a, rows, left);
    let b = MatRef::from_row_major_slice(b, rows, right);
    matmul::matmul(out, mode.into(), a.transpose(), b, 1.0, Par::Seq);
}

/// Lower triangle of `out (+)= A' B` for A and B of the same width, where the product is known to be symmetric.
pub(crate) fn gram_lower(a: &[f64], b: &[f64], out: &mut [f64], width: usize, mode: Accumulate) {
    let rows = a.len() / width.max(1);
    let out = MatMut::from_row_major_slice_mut(out, width, width);
    let a = MatRef::from_row_major_slice(a, rows, width);
    let b = MatRef::from_row_major_slice(b, rows, width);
    let (lower, full) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    triangular::matmul(out, lower, mode.into(), a.transpose(), full, b, full, 1.0, Par::Seq);
}
