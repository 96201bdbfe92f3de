//! A few rows at a time, column by column, so that every step works on rows side by side.

use pulp::Simd;

/// Rows a block; a multiple of the lanes of every vector times [`ROWS`].
pub(super) const BLOCK: usize = 64;
/// Vectors of rows a tile takes at a time.
const ROWS: usize = 4;
/// Columns of the factor a tile takes at a time.
const COLUMNS: usize = 3;

/// `diff = z - mean`, column by column.
#[inline(always)]
pub(super) fn subtract(z: &[f64], mean: &[f64], diff: &mut [f64]) {
    for ((diff, z), mean) in diff.chunks_exact_mut(BLOCK).zip(z.chunks_exact(BLOCK)).zip(mean) {
        for (d, z) in diff.iter_mut().zip(z) {
            *d = z - mean;
        }
    }
}

/// Squared norms of `diff * factor` for an upper triangular factor.
#[inline(always)]
pub(super) fn squares_by_factor<S: Simd>(
    simd: S,
    diff: &[f64],
    factor: &[f64],
    width: usize,
    out: &mut [f64],
) {
    let (diff, _) = S::as_simd_f64s(diff);
    let (out, _) = S::as_mut_simd_f64s(out);
    let vectors = BLOCK / S::F64_LANES;
    for (at, out) in out.chunks_exact_mut(ROWS).enumerate() {
        let rows = &diff[at * ROWS..];
        let mut squares = [simd.splat_f64s(0.0); ROWS];
        let mut first = 0;
        while first + COLUMNS <= width {
            columns::<S, COLUMNS>(simd, rows, vectors, factor, width, first, &mut squares);
            first += COLUMNS;
        }
        match width - first {
            1 => columns::<S, 1>(simd, rows, vectors, factor, width, first, &mut squares),
            2 => columns::<S, 2>(simd, rows, vectors, factor, width, first, &mut squares),
            _ => {}
        }
        out.copy_from_slice(&squares);
    }
}

#[inline(always)]
fn columns<S: Simd, const C: usize>(
    simd: S,
    rows: &[S::f64s],
    vectors: usize,
    factor: &[f64],
    width: usize,
    first: usize,
    squares: &mut [S::f64s; ROWS],
) {
    let mut sums = [[simd.splat_f64s(0.0); ROWS]; C];
    for i in 0..first + C {
        let x = &rows[i * vectors..][..ROWS];
        let p = &factor[i * width + first..][..C];
        for c in 0..C {
            let p = simd.splat_f64s(p[c]);
            for r in 0..ROWS {
                sums[c][r] = simd.mul_add_e_f64s(p, x[r], sums[c][r]);
            }
        }
    }
    for column in &sums {
        for r in 0..ROWS {
            squares[r] = simd.mul_add_e_f64s(column[r], column[r], squares[r]);
        }
    }
}

/// Sums of squared differences to the mean, each times the precision of its column.
#[inline(always)]
pub(super) fn squares_by_precisions<S: Simd>(
    simd: S,
    z: &[f64],
    mean: &[f64],
    precisions: &[f64],
    out: &mut [f64],
) {
    let (z, _) = S::as_simd_f64s(z);
    let (out, _) = S::as_mut_simd_f64s(out);
    let vectors = BLOCK / S::F64_LANES;
    for (at, out) in out.chunks_exact_mut(ROWS).enumerate() {
        let mut squares = [simd.splat_f64s(0.0); ROWS];
        for ((column, mean), precision) in z.chunks_exact(vectors).zip(mean).zip(precisions) {
            let (mean, precision) = (simd.splat_f64s(*mean), simd.splat_f64s(*precision));
            let column = &column[at * ROWS..][..ROWS];
            for r in 0..ROWS {
                let difference = simd.sub_f64s(column[r], mean);
                squares[r] =
                    simd.mul_add_e_f64s(simd.mul_f64s(difference, difference), precision, squares[r]);
            }
        }
        out.copy_from_slice(&squares);
    }
}

/// Adds the weighted sums of every column's differences to the mean, and of their squares.
#[inline(always)]
pub(super) fn add_variances<S: Simd>(
    simd: S,
    z: &[f64],
    mean: &[f64],
    weights: &[f64],
    first: &mut [f64],
    second: &mut [f64],
) {
    let (weights, _) = S::as_simd_f64s(weights);
    let columns = z.chunks_exact(BLOCK).zip(mean).zip(first).zip(second);
    for (((column, mean), first), second) in columns {
        let mean = simd.splat_f64s(*mean);
        let (mut sums, mut squares) = ([simd.splat_f64s(0.0); 2], [simd.splat_f64s(0.0); 2]);
        let column = S::as_simd_f64s(column).0.chunks_exact(2);
        for (z, weights) in column.zip(weights.chunks_exact(2)) {
            for r in 0..2 {
                let difference = simd.sub_f64s(z[r], mean);
                let scaled = simd.mul_f64s(difference, weights[r]);
                sums[r] = simd.add_f64s(sums[r], scaled);
                squares[r] = simd.mul_add_e_f64s(scaled, difference, squares[r]);
            }
        }
        *first += simd.reduce_sum_f64s(simd.add_f64s(sums[0], sums[1]));
        *second += simd.reduce_sum_f64s(simd.add_f64s(squares[0], squares[1]));
    }
}

/// `scaled = diff * weights`, column by column.
#[inline(always)]
pub(super) fn scale(diff: &[f64], weights: &[f64], scaled: &mut [f64]) {
    for (scaled, diff) in scaled.chunks_exact_mut(BLOCK).zip(diff.chunks_exact(BLOCK)) {
        for ((s, d), w) in scaled.iter_mut().zip(diff).zip(weights) {
            *s = d * w;
        }
    }
}

/// Adds the sum of every column.
#[inline(always)]
pub(super) fn add_sums<S: Simd>(simd: S, columns: &[f64], sums: &mut [f64]) {
    for (sum, column) in sums.iter_mut().zip(columns.chunks_exact(BLOCK)) {
        *sum += total(simd, column);
    }
}

/// Sum of a column of a block.
#[inline(always)]
pub(super) fn total<S: Simd>(simd: S, column: &[f64]) -> f64 {
    let mut lanes = simd.splat_f64s(0.0);
    for vector in S::as_simd_f64s(column).0 {
        lanes = simd.add_f64s(lanes, *vector);
    }
    simd.reduce_sum_f64s(lanes)
}

/// Adds `left' right` to the lower triangle of a matrix, where the product is symmetric. `left` is padded with columns of 0
/// to a multiple of [`ROWS`].
#[inline(always)]
pub(super) fn add_gram<S: Simd>(simd: S, left: &[f64], right: &[f64], width: usize, sums: &mut [f64]) {
    let (left, right) = (S::as_simd_f64s(left).0, S::as_simd_f64s(right).0);
    for first in (0..width).step_by(ROWS) {
        let last = (first + ROWS).min(width);
        let mut column = 0;
        while column + COLUMNS <= last {
            gram::<S, COLUMNS>(simd, left, right, width, first, column, sums);
            column += COLUMNS;
        }
        match last - column {
            1 => gram::<S, 1>(simd, left, right, width, first, column, sums),
            2 => gram::<S, 2>(simd, left, right, width, first, column, sums),
            _ => {}
        }
    }
}

#[inline(always)]
fn gram<S: Simd, const C: usize>(
    simd: S,
    left: &[S::f64s],
    right: &[S::f64s],
    width: usize,
    first: usize,
    column: usize,
    sums: &mut [f64],
) {
    let vectors = BLOCK / S::F64_LANES;
    let mut a: [&[S::f64s]; ROWS] = [&[]; ROWS];
    let mut b: [&[S::f64s]; C] = [&[]; C];
    for (i, a) in a.iter_mut().enumerate() {
        *a = &left[(first + i) * vectors..][..vectors];
    }
    for (j, b) in b.iter_mut().enumerate() {
        *b = &right[(column + j) * vectors..][..vectors];
    }
    let mut products = [[simd.splat_f64s(0.0); C]; ROWS];
    for v in 0..vectors {
        for i in 0..ROWS {
            for j in 0..C {
                products[i][j] = simd.mul_add_e_f64s(a[i][v], b[j][v], products[i][j]);
            }
        }
    }
    for (i, row) in products.iter().enumerate().take(width - first) {
        for (j, product) in row.iter().enumerate() {
            sums[(first + i) * width + column + j] += simd.reduce_sum_f64s(*product);
        }
    }
}

/// Length of a padded block of columns.
pub(super) fn padded(width: usize) -> usize {
    width.div_ceil(ROWS) * ROWS * BLOCK
}
