//! The components of a mixture, ready to be evaluated.

use crm_ml_core::{Error, Result};
use crm_ml_linalg::Cholesky;
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// What the covariances of [`GaussianMixture`](crate::GaussianMixture) may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CovarianceType {
    /// Every component has a matrix of its own.
    #[default]
    Full,
    /// All components share one matrix.
    Tied,
    /// Every component has a variance a column.
    Diag,
    /// Every component has one variance.
    Spherical,
}

impl CovarianceType {
    /// Numbers of the covariances of `components` components of `width` columns.
    pub(super) fn cells(self, components: usize, width: usize) -> Option<usize> {
        match self {
            Self::Full => width.checked_mul(width).and_then(|square| square.checked_mul(components)),
            Self::Tied => width.checked_mul(width),
            Self::Diag => components.checked_mul(width),
            Self::Spherical => Some(components),
        }
    }

    /// Free parameters of the covariances.
    pub(super) fn freedom(self, components: usize, width: usize) -> f64 {
        let (k, p) = (components as f64, width as f64);
        match self {
            Self::Full => k * p * (p + 1.0) / 2.0,
            Self::Tied => p * (p + 1.0) / 2.0,
            Self::Diag => k * p,
            Self::Spherical => k,
        }
    }
}

/// Weights, means and covariances in a frame, with what their densities need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Gaussians {
    pub(super) kind: CovarianceType,
    pub(super) width: usize,
    /// Sum to 1.
    pub(super) weights: Vec<f64>,
    /// Component after component.
    pub(super) means: Vec<f64>,
    /// In the form of the kind, matrices row by row.
    pub(super) covariances: Vec<f64>,
    /// Upper triangular factors of the inverse covariances, or inverse variances of every component and column.
    pub(super) factors: Vec<f64>,
    /// Logarithm of weight and density at the mean.
    pub(super) heights: Vec<f64>,
}

impl Gaussians {
    /// Errors: a covariance that is not positive definite.
    pub(super) fn new(
        kind: CovarianceType,
        width: usize,
        weights: Vec<f64>,
        means: Vec<f64>,
        covariances: Vec<f64>,
    ) -> Result<Self> {
        let count = weights.len();
        let (mut factors, mut determinants) = (Vec::new(), Vec::with_capacity(count));
        match kind {
            CovarianceType::Full | CovarianceType::Tied => {
                for (number, matrix) in covariances.chunks_exact(width * width).enumerate() {
                    let factor = inverse_factor(matrix, width).map_err(|_| singular(kind, number))?;
                    determinants.push((0..width).map(|i| factor[i * width + i].ln()).sum::<f64>());
                    factors.extend(factor);
                }
            }
            CovarianceType::Diag | CovarianceType::Spherical => {
                let each = if kind == CovarianceType::Diag { 1 } else { width };
                factors.extend(covariances.iter().flat_map(|v| std::iter::repeat_n(1.0 / v, each)));
                for (number, precisions) in factors.chunks_exact(width).enumerate() {
                    if !precisions.iter().all(|p| *p > 0.0 && p.is_finite()) {
                        return Err(singular(kind, number));
                    }
                    determinants.push(0.5 * precisions.iter().map(|p| p.ln()).sum::<f64>());
                }
            }
        }
        let base = -0.5 * width as f64 * (2.0 * std::f64::consts::PI).ln();
        let determinant = |number: usize| determinants[if kind == CovarianceType::Tied { 0 } else { number }];
        let heights = weights.iter().enumerate().map(|(i, w)| base + determinant(i) + w.ln());
        let heights: Vec<f64> = heights.map(|h| h.max(f64::MIN)).collect();
        Ok(Self { kind, width, heights, weights, means, covariances, factors })
    }

    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    pub(super) fn mean(&self, component: usize) -> &[f64] {
        &self.means[component * self.width..(component + 1) * self.width]
    }

    /// The factor or the inverse variances of a component.
    pub(super) fn factor(&self, component: usize) -> &[f64] {
        let cells = match self.kind {
            CovarianceType::Full => self.width * self.width,
            CovarianceType::Tied => return &self.factors,
            CovarianceType::Diag | CovarianceType::Spherical => self.width,
        };
        &self.factors[component * cells..(component + 1) * cells]
    }

    pub(super) fn validate(&self) -> Result<()> {
        let (count, width) = (self.weights.len(), self.width);
        let factors = match self.kind {
            CovarianceType::Spherical => count.checked_mul(width),
            kind => kind.cells(count, width),
        };
        let fits = count > 0
            && width > 0
            && count.checked_mul(width) == Some(self.means.len())
            && self.kind.cells(count, width) == Some(self.covariances.len())
            && factors == Some(self.factors.len())
            && self.heights.len() == count;
        if !fits {
            return Err(Error::model_file("components that do not fit each other"));
        }
        let numbers = self.means.iter().chain(&self.covariances).chain(&self.factors).chain(&self.heights);
        let shares = self.weights.iter().all(|w| (0.0..=1.0).contains(w));
        if shares && numbers.copied().all(f64::is_finite) {
            Ok(())
        } else {
            Err(Error::model_file("a component that is not finite"))
        }
    }
}

fn singular(kind: CovarianceType, number: usize) -> Error {
    let whose = if kind == CovarianceType::Tied {
        "the components".to_owned()
    } else {
        format!("component {number}")
    };
    Error::numerical(format!(
        "GaussianMixture: the covariance of {whose} is not positive definite: raise reg_covar, ask for fewer components or \
         scale the columns"
    ))
}

/// Upper triangular P with `P P' = A^-1`, row by row.
fn inverse_factor(matrix: &[f64], width: usize) -> Result<Vec<f64>> {
    let view = ArrayView2::from_shape((width, width), matrix).map_err(|e| Error::numerical(e.to_string()))?;
    let cholesky = Cholesky::new(view)?;
    let lower = cholesky.factor();
    // Column j of P is row j of L^-1, by forward substitution.
    let mut factor = vec![0.0; width * width];
    for i in 0..width {
        for column in 0..=i {
            let unit = if i == column { 1.0 } else { 0.0 };
            let done: f64 = (column..i).map(|m| lower[[i, m]] * factor[column * width + m]).sum();
            factor[column * width + i] = (unit - done) / lower[[i, i]];
        }
    }
    let finite = factor.iter().all(|v| v.is_finite()) && (0..width).all(|i| factor[i * width + i] > 0.0);
    if finite { Ok(factor) } else { Err(Error::numerical("a factor beyond the range of f64")) }
}

/// The inverse of a symmetric positive definite matrix.
pub(super) fn inverse(matrix: &[f64], width: usize) -> Result<Vec<f64>> {
    let factor = inverse_factor(matrix, width)?;
    let cell = |i: usize, j: usize| {
        (i.max(j)..width).map(|m| factor[i * width + m] * factor[j * width + m]).sum::<f64>()
    };
    Ok((0..width * width).map(|at| cell(at / width, at % width)).collect())
}
