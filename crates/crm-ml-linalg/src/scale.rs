//! Guards of the decompositions: finite input, and magnitudes that neither overflow nor vanish inside.

use std::borrow::Cow;

use crm_ml_core::{Error, Result};
use ndarray::{Array2, ArrayView2};

/// The cells row after row; a copy only where they lie otherwise.
pub(crate) fn row_major<'a>(matrix: &ArrayView2<'a, f64>) -> Cow<'a, [f64]> {
    match matrix.to_slice() {
        Some(cells) => Cow::Borrowed(cells),
        None => Cow::Owned(matrix.iter().copied().collect()),
    }
}

/// Refuses an empty matrix, NaN and infinity.
pub(crate) fn require_finite(what: &str, matrix: &ArrayView2<'_, f64>) -> Result<()> {
    if matrix.nrows() == 0 {
        return Err(Error::empty("rows"));
    }
    if matrix.ncols() == 0 {
        return Err(Error::empty("columns"));
    }
    match matrix.indexed_iter().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some(((i, j), v)) => Err(Error::numerical(format!("{what}: entry ({i}, {j}) is {v}, not finite"))),
    }
}

/// Refuses a result with NaN or infinity.
pub(crate) fn finite_result<'v>(what: &str, values: impl IntoIterator<Item = &'v f64>) -> Result<()> {
    if values.into_iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    Err(Error::numerical(format!("{what}: the result is not finite, the magnitudes are too extreme")))
}

/// Refuses a matrix that is not square.
pub(crate) fn require_square(what: &str, matrix: &ArrayView2<'_, f64>) -> Result<()> {
    let (rows, columns) = matrix.dim();
    if rows == columns { Ok(()) } else { Err(Error::length(format!("{what}: columns"), rows, columns)) }
}

/// The matrix times a power of two that brings its largest entry near one, and the inverse of that power.
pub(crate) fn balanced(matrix: &ArrayView2<'_, f64>) -> (Array2<f64>, f64) {
    let (down, up) = powers(matrix.iter().fold(0.0f64, |m, v| m.max(v.abs())));
    (matrix.mapv(|v| v * down).as_standard_layout().into_owned(), up)
}

/// A power of two that brings `largest` near one, and its inverse.
///
/// A power of two changes no digit, so that results are those of the unscaled matrix wherever that one works at all.
pub(crate) fn powers(largest: f64) -> (f64, f64) {
    if largest == 0.0 {
        return (1.0, 1.0);
    }
    // Both stay normal numbers.
    let exponent = (largest.log2().floor() as i32).clamp(-1000, 1000);
    (2f64.powi(-exponent), 2f64.powi(exponent))
}

/// Whether a vector's entry of largest magnitude is negative. Entries within a billionth of it count as equal and the
/// first of them decides, so that rounding does not (two opposite columns have entries a and -a).
pub(crate) fn points_down<'v>(vector: impl IntoIterator<Item = &'v f64> + Clone) -> bool {
    let largest = vector.clone().into_iter().fold(0.0f64, |m, v| m.max(v.abs()));
    vector.into_iter().find(|v| v.abs() >= largest * (1.0 - 1e-9)).is_some_and(|v| *v < 0.0)
}
