//! Directions and variances of a weighted matrix, by whichever decomposition keeps the digits.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, parallel};
use crm_ml_linalg::{CentredGram, RightSvd, SymmetricEigen, matvec_t};
use ndarray::{Array1, Array2};

/// Means, directions (one a row) and their variances, descending.
pub(crate) struct Spectrum {
    pub(crate) mean: Vec<f64>,
    pub(crate) directions: Array2<f64>,
    pub(crate) variances: Array1<f64>,
}

/// Below this share of the largest variance a covariance keeps fewer than seven digits of a component.
const GRADED: f64 = 1e-8;

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

/// `wanted` components need all their digits; of the others only what is left over counts.
pub(super) fn spectrum(samples: &Samples<'_>, wanted: usize) -> Result<Spectrum> {
    let total = samples.total_weight();
    let (rows, columns) = samples.dense().dim();
    let by_covariance = rows >= 10 * columns && columns <= 2000;
    let found = if by_covariance { from_covariance(samples, total, wanted)? } else { None };
    let spectrum = match found {
        Some(found) => found,
        None => from_matrix(samples, total)?,
    };
    if spectrum.variances.iter().any(|v| !v.is_finite()) {
        return Err(Error::numerical(
            "Pca: the variances are beyond the range of f64, scale the columns first",
        ));
    }
    Ok(spectrum)
}

pub(crate) fn weighted_mean(samples: &Samples<'_>) -> Result<Vec<f64>> {
    let total = samples.total_weight();
    let shares: Vec<f64> = (0..samples.n_rows()).map(|row| samples.weight(row) / total).collect();
    matvec_t(samples.dense(), &shares)
}

pub(crate) fn centre(samples: &Samples<'_>, mean: &[f64]) -> Array2<f64> {
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

/// `None` where squares leave the range of `f64` or small variances drown in the rounding of large ones.
fn from_covariance(samples: &Samples<'_>, total: f64, wanted: usize) -> Result<Option<Spectrum>> {
    let centred = CentredGram::new(samples.dense(), samples.weights())?;
    let covariance = centred.gram() / (total - 1.0);
    let largest = covariance.diag().iter().fold(0.0f64, |m, v| m.max(*v));
    if !(covariance.iter().all(|v| v.is_finite()) && largest > 1e-200) {
        return Ok(None);
    }
    let eigen = SymmetricEigen::new(covariance.view())?;
    let values = eigen.values();
    let least = values.get(wanted.clamp(1, values.len()) - 1).copied().unwrap_or(0.0);
    if least < GRADED * values.iter().copied().fold(0.0, f64::max) {
        return Ok(None);
    }
    // Rounding leaves variances a little below 0.
    let variances = values.mapv(|v| v.max(0.0));
    let directions = eigen.vectors().t().as_standard_layout().into_owned();
    Ok(Some(Spectrum { mean: centred.mean().to_vec(), directions, variances }))
}

fn from_matrix(samples: &Samples<'_>, total: f64) -> Result<Spectrum> {
    let mean = weighted_mean(samples)?;
    let centred = centre(samples, &mean);
    if centred.iter().any(|v| !v.is_finite()) {
        return Err(Error::numerical("Pca: the columns are beyond the range of f64, scale them first"));
    }
    let svd = RightSvd::new(centred.view(), samples.weights())?;
    let root = (total - 1.0).sqrt();
    let variances = svd.singular_values().mapv(|s| (s / root).powi(2));
    Ok(Spectrum { mean, directions: svd.vt().clone(), variances })
}
