//! Directions and variances of a weighted matrix, by whichever decomposition keeps the digits.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, parallel};
use crm_ml_linalg::{RightSvd, SymmetricEigen, matvec_t, weighted_gram};
use ndarray::{Array1, Array2};

/// Means, directions (one a row) and their variances, descending.
pub(super) struct Spectrum {
    pub(super) mean: Vec<f64>,
    pub(super) directions: Array2<f64>,
    pub(super) variances: Array1<f64>,
}

/// Below this share of the largest variance a covariance has lost too many digits of a component.
const GRADED: f64 = 1e-6;

impl Spectrum {
    /// Each direction's share of the whole variance; 0 where there is none.
    pub(super) fn shares(&self) -> Vec<f64> {
        let largest = self.variances.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return vec![0.0; self.variances.len()];
        }
        let total: f64 = self.variances.iter().map(|v| v / largest).sum();
        self.variances.iter().map(|v| v / largest / total).collect()
    }
}

pub(super) fn spectrum(samples: &Samples<'_>) -> Result<Spectrum> {
    let total = samples.total_weight();
    let shares: Vec<f64> = (0..samples.n_rows()).map(|row| samples.weight(row) / total).collect();
    let mean = matvec_t(samples.dense(), &shares)?;
    let centred = centre(samples, &mean);
    if centred.iter().any(|v| !v.is_finite()) {
        return Err(Error::numerical("Pca: the columns are beyond the range of f64, scale them first"));
    }
    let (rows, columns) = centred.dim();
    let by_covariance = rows >= 10 * columns && columns <= 2000;
    let found = if by_covariance { from_covariance(&centred, samples.weights(), total)? } else { None };
    let (directions, variances) = match found {
        Some(found) => found,
        None => from_matrix(&centred, samples.weights(), total)?,
    };
    if variances.iter().any(|v| !v.is_finite()) {
        return Err(Error::numerical(
            "Pca: the variances are beyond the range of f64, scale the columns first",
        ));
    }
    Ok(Spectrum { mean, directions, variances })
}

pub(super) fn centre(samples: &Samples<'_>, mean: &[f64]) -> Array2<f64> {
    let width = samples.n_columns();
    let mut centred = Array2::zeros(samples.dense().dim());
    if let Some(cells) = centred.as_slice_mut() {
        parallel::fill_rows(cells, width, ROW_CHUNK, |first, piece| {
            for (i, row) in piece.chunks_exact_mut(width).enumerate() {
                for ((out, x), mean) in row.iter_mut().zip(samples.row(first + i)).zip(mean) {
                    *out = x - mean;
                }
            }
        });
    }
    centred
}

type Found = (Array2<f64>, Array1<f64>);

/// `None` where squares leave the range of `f64` or small variances drown in the rounding of large ones.
fn from_covariance(centred: &Array2<f64>, weights: Option<&[f64]>, total: f64) -> Result<Option<Found>> {
    let covariance = weighted_gram(centred.view(), weights)? / (total - 1.0);
    let largest = covariance.diag().iter().fold(0.0f64, |m, v| m.max(*v));
    if !(covariance.iter().all(|v| v.is_finite()) && largest > 1e-200) {
        return Ok(None);
    }
    let eigen = SymmetricEigen::new(covariance.view())?;
    let smallest = eigen.values().iter().copied().fold(f64::INFINITY, f64::min);
    if smallest < GRADED * eigen.values().iter().copied().fold(0.0, f64::max) {
        return Ok(None);
    }
    Ok(Some((eigen.vectors().t().as_standard_layout().into_owned(), eigen.values().clone())))
}

fn from_matrix(centred: &Array2<f64>, weights: Option<&[f64]>, total: f64) -> Result<Found> {
    let svd = RightSvd::new(centred.view(), weights)?;
    let root = (total - 1.0).sqrt();
    Ok((svd.vt().clone(), svd.singular_values().mapv(|s| (s / root).powi(2))))
}
