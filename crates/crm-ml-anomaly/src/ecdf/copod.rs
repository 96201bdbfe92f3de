//! COPOD.

use crm_ml_core::{Check, OutlierDetector, Progress, Result, Samples};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{EcdfModel, TailRule, fit};
use crate::Contamination;

/// Copula-based outlier detection: as [`Ecod`](crate::Ecod), with the mean of the tails in place of the larger one.
///
/// The anomaly score is the sum over columns of the larger of the mean of the cell's tails `-ln P(X <= x)` and `-ln P(X >= x)`,
/// and the tail to which the column is skewed ([`TailRule::MeanOrSkewed`]). Everything else, missing values, weights, categories,
/// costs and what differs from pyod, is as with [`Ecod`](crate::Ecod).
/// Reference: Li et al., COPOD: copula-based outlier detection, 2020.
///
/// ```
/// use crm_ml_anomaly::Copod;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [9.0]];
/// let model = Copod::new().fit(&Samples::new(&x)?)?;
/// let scores = model.anomaly_scores(&Samples::new(&x)?)?;
/// // The column is skewed to the right, where the first row is not odd: half of its left tail is left.
/// assert_eq!(scores[0], 4f64.ln() / 2.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Copod {
    contamination: Contamination,
}

impl Copod {
    /// No parameter but the contamination.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }
}

impl Copod {
    fn run(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<(EcdfModel, Array1<f64>)> {
        self.contamination.check(Check::of("Copod")).finish()?;
        fit(samples, "Copod", TailRule::MeanOrSkewed, self.contamination, progress)
    }
}

impl OutlierDetector for Copod {
    type Model = EcdfModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<EcdfModel> {
        Ok(self.run(samples, progress)?.0)
    }

    fn fit_score(&self, samples: &Samples<'_>) -> Result<(EcdfModel, Array1<f64>)> {
        self.run(samples, &())
    }
}
