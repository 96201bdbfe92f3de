//! Blocked products: fixed pieces of rows, combined in order.

use crm_ml_core::{Error, Result, parallel};
use ndarray::{Array2, ArrayView2};

use crate::backend::{self, Accumulate};
use crate::scale::row_major;

/// Every product of whole rows is made in blocks of exactly this many, the last one padded, so that a row's result does
/// not depend on the rows around it.
const ROW_BLOCK: usize = 64;

/// Rows a piece of a sum over rows.
const SUM_CHUNK: usize = 4096;

/// Rows scaled at a time inside a piece: they stay in cache.
const SUM_BLOCK: usize = 256;

/// Partial sums of a product over rows hold at most about this many numbers together.
const PARTIAL_CELLS: usize = 1 << 25;

/// Sum of the products of two slices (of the shorter length), in eight fixed lanes.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut lanes = [0.0f64; LANES];
    let (left, right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let pairs = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
    (pairs[0] + pairs[2]) + (pairs[1] + pairs[3]) + tail
}

/// The product `A B`, parallel over rows of A.
///
/// Row i of the result depends on row i of A alone, to the bit: a batch gives what its rows give one by one. NaN and
/// infinity propagate. Errors: inner dimensions that differ.
///
/// ```
/// use crm_ml_linalg::matmul;
/// use ndarray::array;
///
/// let product = matmul(array![[1.0, 2.0], [3.0, 4.0]].view(), array![[1.0], [10.0]].view())?;
/// assert_eq!(product, array![[21.0], [43.0]]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn matmul(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    shifted_product(a, None, b)
}

/// The product `(A - shift) B`, a shift a column of A; as [`matmul`] in all else.
///
/// Errors: inner dimensions that differ, another number of shifts than columns.
pub fn matmul_shifted(a: ArrayView2<'_, f64>, shift: &[f64], b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    if shift.len() != a.ncols() {
        return Err(Error::length("shifts", a.ncols(), shift.len()));
    }
    shifted_product(a, Some(shift), b)
}

fn shifted_product(
    a: ArrayView2<'_, f64>,
    shift: Option<&[f64]>,
    b: ArrayView2<'_, f64>,
) -> Result<Array2<f64>> {
    let (rows, inner) = a.dim();
    let (b_rows, columns) = b.dim();
    if inner != b_rows {
        return Err(Error::length("rows of the right factor", inner, b_rows));
    }
    let mut product = Array2::zeros((rows, columns));
    if rows == 0 || inner == 0 || columns == 0 {
        return Ok(product);
    }
    let (a, b) = (row_major(&a), row_major(&b));
    if let Some(out) = product.as_slice_mut() {
        parallel::fill_rows(out, columns, ROW_BLOCK, |first, piece| {
            let count = piece.len() / columns;
            let block = &a[first * inner..(first + count) * inner];
            if count == ROW_BLOCK && shift.is_none() {
                backend::gemm(block, &b, piece, inner, columns);
                return;
            }
            let mut moved = vec![0.0; ROW_BLOCK * inner];
            moved[..block.len()].copy_from_slice(block);
            for row in moved[..block.len()].chunks_exact_mut(inner) {
                row.iter_mut().zip(shift.unwrap_or_default()).for_each(|(v, s)| *v -= s);
            }
            if count == ROW_BLOCK {
                backend::gemm(&moved, &b, piece, inner, columns);
            } else {
                let mut result = vec![0.0; ROW_BLOCK * columns];
                backend::gemm(&moved, &b, &mut result, inner, columns);
                piece.copy_from_slice(&result[..piece.len()]);
            }
        });
    }
    Ok(product)
}

/// The product `A' B` of two matrices with the same rows: a sum over rows, in fixed pieces combined in order.
///
/// NaN and infinity propagate. Errors: numbers of rows that differ.
pub fn matmul_tn(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let ((rows, left), (b_rows, right)) = (a.dim(), b.dim());
    if rows != b_rows {
        return Err(Error::length("rows of the right factor", rows, b_rows));
    }
    if rows == 0 || left == 0 || right == 0 {
        return Ok(Array2::zeros((left, right)));
    }
    let (a, b) = (row_major(&a), row_major(&b));
    let sum = parallel::reduce_rows(
        rows,
        sum_chunk(rows, left * right),
        |piece| {
            let mut partial = vec![0.0; left * right];
            let (a, b) =
                (&a[piece.start * left..piece.end * left], &b[piece.start * right..piece.end * right]);
            backend::gemm_tn(a, b, &mut partial, (left, right), Accumulate::Replace);
            partial
        },
        add,
    );
    from_cells(left, right, sum)
}

/// The symmetric product `A' W A` with `W` the diagonal of `weights` (the identity without), of any sign.
///
/// Half the work of a full product: each piece of rows makes the lower triangle, pieces are added in order, the upper
/// triangle is the mirror. O(n p^2 / 2) time, O(p^2) a piece in space. NaN and infinity propagate.
/// Errors: another number of weights than rows.
///
/// ```
/// use crm_ml_linalg::weighted_gram;
/// use ndarray::array;
///
/// let gram = weighted_gram(array![[1.0, 2.0], [3.0, 4.0]].view(), Some(&[1.0, 10.0]))?;
/// assert_eq!(gram, array![[91.0, 122.0], [122.0, 164.0]]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn weighted_gram(a: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<Array2<f64>> {
    let (rows, width) = a.dim();
    if let Some(found) = weights.map(<[f64]>::len) {
        if found != rows {
            return Err(Error::length("weights", rows, found));
        }
    }
    if rows == 0 || width == 0 {
        return Ok(Array2::zeros((width, width)));
    }
    let a = row_major(&a);
    let sum = parallel::reduce_rows(
        rows,
        sum_chunk(rows, width * width),
        |piece| {
            let mut partial = neutral(width * width);
            let Some(weights) = weights else {
                let block = &a[piece.start * width..piece.end * width];
                backend::gram_lower(block, block, &mut partial, width, Accumulate::Replace);
                return partial;
            };
            let mut scaled = Vec::with_capacity(SUM_BLOCK * width);
            for rows in parallel::chunks(piece.len(), SUM_BLOCK) {
                let (first, last) = (piece.start + rows.start, piece.start + rows.end);
                let block = &a[first * width..last * width];
                scaled.clear();
                for (row, weight) in block.chunks_exact(width).zip(&weights[first..last]) {
                    scaled.extend(row.iter().map(|v| v * weight));
                }
                backend::gram_lower(&scaled, block, &mut partial, width, Accumulate::Add);
            }
            partial
        },
        add,
    );
    let mut gram = from_cells(width, width, sum)?;
    mirror(&mut gram);
    Ok(gram)
}

/// Copies the lower triangle to the upper one.
pub(crate) fn mirror(matrix: &mut Array2<f64>) {
    for i in 0..matrix.nrows() {
        for j in 0..i {
            matrix[[j, i]] = matrix[[i, j]];
        }
    }
}

/// Adds the lower triangle of `A' B` to `sum`, for blocks of rows A and B of one width whose product is symmetric (B is A
/// with its rows weighed). All are row-major; what lies above the diagonal is left as it is.
///
/// Sequential, for callers that walk over blocks themselves. Errors: lengths that do not fit the width.
pub fn add_gram_lower(a: &[f64], b: &[f64], width: usize, sum: &mut [f64]) -> Result<()> {
    if a.len() != b.len() || (width > 0 && a.len() % width != 0) {
        return Err(Error::length("cells of the right factor", a.len(), b.len()));
    }
    if sum.len() != width * width {
        return Err(Error::length("cells of the sum", width * width, sum.len()));
    }
    if !a.is_empty() && width > 0 {
        backend::gram_lower(a, b, sum, width, Accumulate::Add);
    }
    Ok(())
}

/// The product `A v`. Errors: another length than columns.
pub fn matvec(a: ArrayView2<'_, f64>, v: &[f64]) -> Result<Vec<f64>> {
    let (rows, width) = a.dim();
    if v.len() != width {
        return Err(Error::length("entries of the vector", width, v.len()));
    }
    let mut product = vec![0.0; rows];
    if width > 0 {
        let a = row_major(&a);
        parallel::fill_rows(&mut product, 1, SUM_CHUNK, |first, piece| {
            for (out, row) in piece.iter_mut().zip(a[first * width..].chunks_exact(width)) {
                *out = dot(row, v);
            }
        });
    }
    Ok(product)
}

/// The product `A' v`: a sum over rows, in fixed pieces combined in order. Errors: another length than rows.
pub fn matvec_t(a: ArrayView2<'_, f64>, v: &[f64]) -> Result<Vec<f64>> {
    let (rows, width) = a.dim();
    if v.len() != rows {
        return Err(Error::length("entries of the vector", rows, v.len()));
    }
    if width == 0 {
        return Ok(Vec::new());
    }
    let a = row_major(&a);
    let sum = parallel::reduce_rows(
        rows,
        SUM_CHUNK,
        |piece| {
            let mut partial = vec![0.0; width];
            let block = &a[piece.start * width..piece.end * width];
            for (row, weight) in block.chunks_exact(width).zip(&v[piece]) {
                for (sum, cell) in partial.iter_mut().zip(row) {
                    *sum += weight * cell;
                }
            }
            partial
        },
        add,
    );
    Ok(sum.unwrap_or_else(|| vec![0.0; width]))
}

/// Rows a piece: never by the number of threads, larger where a partial sum is large.
pub(crate) fn sum_chunk(rows: usize, cells: usize) -> usize {
    let pieces = (PARTIAL_CELLS / cells.max(1)).max(1);
    SUM_CHUNK.max(rows.div_ceil(pieces))
}

/// Zeros for sums to be added to.
///
/// Negative ones, which change no number that is added to them: asked for positive zeros the system gives pages that it copies
/// when they are first written to after having been read, which costs several times what writing them at once does.
pub fn neutral(cells: usize) -> Vec<f64> {
    vec![-0.0; cells]
}

fn add(mut total: Vec<f64>, partial: Vec<f64>) -> Vec<f64> {
    for (t, p) in total.iter_mut().zip(&partial) {
        *t += p;
    }
    total
}

pub(crate) fn from_cells(rows: usize, columns: usize, cells: Option<Vec<f64>>) -> Result<Array2<f64>> {
    let cells = cells.unwrap_or_else(|| vec![0.0; rows * columns]);
    Array2::from_shape_vec((rows, columns), cells).map_err(|e| Error::numerical(e.to_string()))
}
