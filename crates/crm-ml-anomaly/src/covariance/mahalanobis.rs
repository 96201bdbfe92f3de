//! Mahalanobis distances from the covariance of all rows.

use crm_ml_core::{Check, ErrorKind, OutlierDetector, Progress, Result, Samples, advance};
use serde::{Deserialize, Serialize};

use super::MahalanobisModel;
use super::gaussian::{Gaussian, spread};
use crate::Contamination;
use crate::moments::{Frame, moments};

/// The squared Mahalanobis distance of a row from the mean, by the covariance of all rows.
///
/// The covariance is that of all rows, over the total weight; outliers stretch it and can hide themselves so, which is what
/// [`EllipticEnvelope`](crate::EllipticEnvelope) is for. Directions in which the rows do not spread (constant or repeated columns, fewer rows
/// than columns) are left out: the precision is the pseudo-inverse. Missing values and category columns are refused by name; weights are honoured.
/// With [`Contamination::Auto`] rows beyond the 97.5 % quantile of the chi-squared distribution are outliers, with as many degrees of
/// freedom as the rows have directions. O(n p^2 + p^3) time. Errors: fewer than two rows.
/// Reference: Mahalanobis, On the generalized distance in statistics, 1936.
///
/// ```
/// use crm_ml_anomaly::Mahalanobis;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let x = array![[0.0], [2.0], [0.0], [2.0]];
/// let model = Mahalanobis::new().fit(&Samples::new(&x)?)?;
/// assert!((model.anomaly_scores(&Samples::new(&array![[4.0]])?)?[0] - 9.0).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Mahalanobis {
    contamination: Contamination,
}

impl Mahalanobis {
    /// The threshold of the chi-squared distribution.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }
}

impl OutlierDetector for Mahalanobis {
    type Model = MahalanobisModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<MahalanobisModel> {
        const NAME: &str = "Mahalanobis";
        self.contamination.check(Check::of(NAME)).finish()?;
        samples.require_real(NAME)?;
        if samples.n_rows() < 2 {
            return Err(ErrorKind::TooFew { what: "rows".to_owned(), needed: 2, found: 1 }.into());
        }
        let frame = Frame::of(samples, NAME)?;
        let (location, covariance) = moments(&frame.rows(samples)?, |row| samples.weight(row));
        advance(progress, "covariance", 1, 1)?;
        let rank = spread(&covariance)?.0.len();
        MahalanobisModel::new(samples, Gaussian::new(frame, location, covariance)?, rank, self.contamination)
    }
}
