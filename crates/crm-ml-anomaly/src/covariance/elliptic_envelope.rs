//! Mahalanobis distances from a robust covariance.

use crm_ml_core::{OutlierDetector, Progress, Result, Samples};
use serde::{Deserialize, Serialize};

use super::{MahalanobisModel, MinCovDet};
use crate::Contamination;

/// The squared Mahalanobis distance of a row by a covariance that outliers cannot stretch: that of [`MinCovDet`].
///
/// Made for data of one cluster, roughly elliptic. Scores equal scikit-learn's where both find the same
/// subset; what else holds is told at [`MinCovDet`]. With [`Contamination::Auto`] rows beyond the 97.5 % quantile of the chi-squared distribution are
/// outliers; scikit-learn flags a tenth.
/// Reference: Rousseeuw and Van Driessen, A fast algorithm for the minimum covariance determinant estimator, 1999.
///
/// ```
/// use crm_ml_anomaly::EllipticEnvelope;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::Array2;
///
/// // A grid, and three rows far away on one side.
/// let x = Array2::from_shape_fn((28, 2), |(row, column)| match row {
///     0..25 => (if column == 0 { row % 5 } else { row / 5 }) as f64,
///     _ => 40.0 + row as f64,
/// });
/// let model = EllipticEnvelope::new().fit(&Samples::new(&x)?)?;
/// assert!((model.location()[0] - 2.0).abs() < 1e-12);
/// let outliers = model.is_outlier(&Samples::new(&x)?)?;
/// assert_eq!(outliers.iter().position(|odd| *odd), Some(25));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct EllipticEnvelope {
    covariance: MinCovDet,
    contamination: Contamination,
}

impl EllipticEnvelope {
    /// The smallest support, the threshold of the chi-squared distribution.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of rows the raw covariance is made of, see [`MinCovDet::support_fraction`].
    pub fn support_fraction(mut self, fraction: impl Into<Option<f64>>) -> Self {
        self.covariance = self.covariance.support_fraction(fraction);
        self
    }

    /// The seed of the search.
    pub fn seed(mut self, seed: u64) -> Self {
        self.covariance = self.covariance.seed(seed);
        self
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }
}

impl OutlierDetector for EllipticEnvelope {
    type Model = MahalanobisModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<MahalanobisModel> {
        const NAME: &str = "EllipticEnvelope";
        self.contamination.check(self.covariance.check(NAME)).finish()?;
        let (robust, rank) = self.covariance.robust(samples, NAME, progress)?;
        MahalanobisModel::new(samples, robust.into_gaussian(), rank, self.contamination)
    }
}
