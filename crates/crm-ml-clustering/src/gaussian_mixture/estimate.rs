//! Components from moments, and the moments a fit starts from.

use crm_ml_core::Result;

use super::gaussians::{CovarianceType, Gaussians};
use super::pass::{Moments, Rows, Source, moments};

/// What keeps covariances off zero, in the frame, and what a shared covariance needs beside the moments.
#[derive(Debug, Clone)]
pub(super) struct Ridge {
    pub(super) reg_covar: f64,
    /// Weighted sum of the products of all rows, for [`CovarianceType::Tied`].
    pub(super) products: Vec<f64>,
}

impl Ridge {
    pub(super) fn new(rows: Rows<'_>, kind: CovarianceType, reg_covar: f64) -> Self {
        let products = match kind {
            CovarianceType::Tied => {
                let mut products =
                    moments(rows, &blank(CovarianceType::Full, 1, rows.frame.width()), Source::Even).second;
                mirror(&mut products, rows.frame.width());
                products
            }
            _ => Vec::new(),
        };
        Self { reg_covar, products }
    }
}

/// Components of no meaning but their number, with means at the origin.
pub(super) fn blank(kind: CovarianceType, count: usize, width: usize) -> Gaussians {
    let (weights, means) = (vec![0.0; count], vec![0.0; count * width]);
    let (covariances, factors, heights) = (Vec::new(), Vec::new(), Vec::new());
    Gaussians { kind, width, weights, means, covariances, factors, heights }
}

/// The M step: moments around the means of `old` give the next components.
///
/// Errors: a covariance that is not positive definite.
pub(super) fn maximise(old: &Gaussians, moments: &Moments, ridge: &Ridge) -> Result<Gaussians> {
    estimates(old, moments, ridge).build(old.kind, old.width)
}

/// Weights, means and covariances before they are known to make densities.
#[derive(Debug, Clone)]
pub(super) struct Estimates {
    pub(super) weights: Vec<f64>,
    pub(super) means: Vec<f64>,
    pub(super) covariances: Vec<f64>,
}

impl Estimates {
    /// Errors: a covariance that is not positive definite.
    pub(super) fn build(self, kind: CovarianceType, width: usize) -> Result<Gaussians> {
        Gaussians::new(kind, width, self.weights, self.means, self.covariances)
    }
}

fn estimates(old: &Gaussians, moments: &Moments, ridge: &Ridge) -> Estimates {
    let width = old.width;
    let sums: Vec<f64> = moments.weights.iter().map(|w| w + 10.0 * f64::EPSILON).collect();
    let total: f64 = sums.iter().sum();
    let weights: Vec<f64> = sums.iter().map(|sum| sum / total).collect();
    let shifts: Vec<f64> = moments
        .first
        .chunks_exact(width)
        .zip(&sums)
        .flat_map(|(first, sum)| first.iter().map(move |cell| cell / sum))
        .collect();
    let means: Vec<f64> = old.means.iter().zip(&shifts).map(|(mean, shift)| mean + shift).collect();
    let covariances = match old.kind {
        CovarianceType::Full => full(moments, &sums, &shifts, width, ridge.reg_covar),
        CovarianceType::Tied => tied(&sums, &means, width, ridge),
        CovarianceType::Diag => diagonal(moments, &sums, &shifts, width, ridge.reg_covar),
        CovarianceType::Spherical => {
            let variances = diagonal(moments, &sums, &shifts, width, ridge.reg_covar);
            variances.chunks_exact(width).map(|v| v.iter().sum::<f64>() / width as f64).collect()
        }
    };
    Estimates { weights, means, covariances }
}

fn full(moments: &Moments, sums: &[f64], shifts: &[f64], width: usize, reg_covar: f64) -> Vec<f64> {
    let mut covariances = moments.second.clone();
    let matrices = covariances.chunks_exact_mut(width * width).zip(shifts.chunks_exact(width)).zip(sums);
    for ((matrix, shift), sum) in matrices {
        mirror(matrix, width);
        for (i, row) in matrix.chunks_exact_mut(width).enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell = *cell / sum - shift[i] * shift[j];
            }
            row[i] += reg_covar;
        }
    }
    covariances
}

fn tied(sums: &[f64], means: &[f64], width: usize, ridge: &Ridge) -> Vec<f64> {
    let mut matrix = ridge.products.clone();
    for (mean, sum) in means.chunks_exact(width).zip(sums) {
        for (row, a) in matrix.chunks_exact_mut(width).zip(mean) {
            row.iter_mut().zip(mean).for_each(|(cell, b)| *cell -= sum * (a * b));
        }
    }
    let total: f64 = sums.iter().sum();
    for (i, row) in matrix.chunks_exact_mut(width).enumerate() {
        row.iter_mut().for_each(|cell| *cell /= total);
        row[i] += ridge.reg_covar;
    }
    matrix
}

fn diagonal(moments: &Moments, sums: &[f64], shifts: &[f64], width: usize, reg_covar: f64) -> Vec<f64> {
    let second = moments.second.chunks_exact(width).zip(shifts.chunks_exact(width)).zip(sums);
    let variances = second.flat_map(|((second, shift), sum)| {
        second.iter().zip(shift).map(move |(square, shift)| square / sum - shift * shift + reg_covar)
    });
    variances.collect()
}

/// Copies the lower triangle to the upper.
fn mirror(matrix: &mut [f64], width: usize) {
    for i in 0..width {
        for j in 0..i {
            matrix[j * width + i] = matrix[i * width + j];
        }
    }
}

/// The estimates for given responsibilities: means first, then moments around them.
pub(super) fn from_responsibilities(
    rows: Rows<'_>,
    kind: CovarianceType,
    count: usize,
    source: Source<'_>,
    ridge: &Ridge,
) -> Estimates {
    let mut center = blank(kind, count, rows.frame.width());
    let first = moments(rows, &center, source);
    center.means = estimates(&center, &first, ridge).means;
    let around = moments(rows, &center, source);
    estimates(&center, &around, ridge)
}
