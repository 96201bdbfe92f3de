//! Means and products of deviations of columns, in one pass over the rows.

use crm_ml_core::{Error, Result, parallel};
use ndarray::{Array2, ArrayView2};

use crate::backend::{self, Accumulate};
use crate::product::{from_cells, mirror, neutral, sum_chunk};
use crate::scale::row_major;

/// Weighted means of the columns of A and the symmetric product `(A - mean)' W (A - mean)`.
///
/// Rows are taken as deviations from a rough centre, which a few of them give, and what the centre was off is put right at
/// the end; where it was so far off that digits would go, a second pass starts from the mean found. NaN and infinity
/// propagate. O(n p^2 / 2) time, O(p^2) a piece in space.
///
/// ```
/// use crm_ml_linalg::CentredGram;
/// use ndarray::array;
///
/// let centred = CentredGram::new(array![[1.0, 2.0], [3.0, 6.0]].view(), None)?;
/// assert_eq!(centred.mean(), [2.0, 4.0]);
/// assert_eq!(centred.gram(), &array![[2.0, 4.0], [4.0, 8.0]]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CentredGram {
    mean: Vec<f64>,
    gram: Array2<f64>,
}

/// Rows that give the rough centre.
const ROUGH: usize = 256;
/// Rows shifted at a time inside a piece: they stay in cache.
const BLOCK: usize = 128;
/// Squared distance of the rough centre from the mean, in variances, beyond which a second pass is worth it.
const FAR: f64 = 16.0;

impl CentredGram {
    /// Errors: no rows or columns, another number of weights than rows, a total weight that is not above 0.
    pub fn new(a: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<Self> {
        let (rows, width) = a.dim();
        if rows == 0 || width == 0 {
            return Err(Error::empty(if rows == 0 { "rows" } else { "columns" }));
        }
        if let Some(found) = weights.map(<[f64]>::len).filter(|found| *found != rows) {
            return Err(Error::length("weights", rows, found));
        }
        let a = row_major(&a);
        let mut centre = rough_centre(&a, width, weights);
        let (mut found, off) = Self::around(&a, width, weights, &centre)?;
        if off > FAR {
            centre.copy_from_slice(&found.mean);
            found = Self::around(&a, width, weights, &centre)?.0;
        }
        Ok(found)
    }

    /// The weighted mean of every column.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The products of deviations from the means.
    pub fn gram(&self) -> &Array2<f64> {
        &self.gram
    }

    /// From deviations from a centre; and how far, in variances, the worst column's mean is from it.
    fn around(a: &[f64], width: usize, weights: Option<&[f64]>, centre: &[f64]) -> Result<(Self, f64)> {
        let rows = a.len() / width;
        let piece = |rows: std::ops::Range<usize>| {
            let (mut gram, mut sums) = (neutral(width * width), vec![0.0; width]);
            let (mut shifted, mut weighed) = (Vec::with_capacity(BLOCK * width), Vec::new());
            let mut total = 0.0;
            for block in parallel::chunks(rows.len(), BLOCK) {
                let (first, last) = (rows.start + block.start, rows.start + block.end);
                shifted.clear();
                for row in a[first * width..last * width].chunks_exact(width) {
                    shifted.extend(row.iter().zip(centre).map(|(v, c)| v - c));
                }
                let block = match weights {
                    None => {
                        total += (last - first) as f64;
                        &shifted
                    }
                    Some(weights) => {
                        weighed.clear();
                        for (row, w) in shifted.chunks_exact(width).zip(&weights[first..last]) {
                            total += w;
                            weighed.extend(row.iter().map(|v| v * w));
                        }
                        &weighed
                    }
                };
                for row in block.chunks_exact(width) {
                    sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
                }
                backend::gram_lower(block, &shifted, &mut gram, width, Accumulate::Add);
            }
            (gram, sums, total)
        };
        let add = |mut all: (Vec<f64>, Vec<f64>, f64), next: (Vec<f64>, Vec<f64>, f64)| {
            all.0.iter_mut().zip(&next.0).for_each(|(a, b)| *a += b);
            all.1.iter_mut().zip(&next.1).for_each(|(a, b)| *a += b);
            (all.0, all.1, all.2 + next.2)
        };
        let found = parallel::reduce_rows(rows, sum_chunk(rows, width * width), piece, add);
        let (gram, sums, total) = found.ok_or_else(|| Error::empty("rows"))?;
        if total <= 0.0 {
            return Err(crm_ml_core::ErrorKind::AllWeightsZero.into());
        }
        let off: Vec<f64> = sums.iter().map(|sum| sum / total).collect();
        let mut gram = from_cells(width, width, Some(gram))?;
        let mut worst = 0.0f64;
        for i in 0..width {
            for j in 0..=i {
                gram[[i, j]] -= off[i] * sums[j];
            }
            let variance = gram[[i, i]] / total;
            worst = worst.max(off[i] * off[i] / variance.max(f64::MIN_POSITIVE));
        }
        mirror(&mut gram);
        let mean = centre.iter().zip(&off).map(|(c, o)| c + o).collect();
        Ok((Self { mean, gram }, worst))
    }
}

/// Mean of some rows of positive weight, spread over all.
fn rough_centre(a: &[f64], width: usize, weights: Option<&[f64]>) -> Vec<f64> {
    let rows = a.len() / width;
    let mut centre = vec![0.0; width];
    let mut count = 0.0;
    for row in (0..rows).step_by(rows.div_ceil(ROUGH)) {
        if weights.is_none_or(|w| w[row] > 0.0) {
            centre.iter_mut().zip(&a[row * width..]).for_each(|(c, v)| *c += v);
            count += 1.0;
        }
    }
    centre.iter_mut().for_each(|c| *c /= f64::max(count, 1.0));
    centre
}
