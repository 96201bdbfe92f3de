//! ECOD.

use crm_ml_core::{Check, OutlierDetector, Progress, Result, Samples};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{EcdfModel, TailRule, fit};
use crate::Contamination;

/// Empirical-cumulative-distribution outlier detection: the rarer the tails a row's cells lie in, the odder the row.
///
/// The anomaly score is the sum over columns of the largest of the cell's left tail `-ln P(X <= x)`, its right tail `-ln
/// P(X >= x)`, and the tail to which the column is skewed ([`TailRule::Largest`]). It needs no parameter. Columns count as
/// independent.
///
/// Scores of the rows of the fit equal pyod's. New rows are looked up in the distribution of the fit, a cell beyond its range
/// as the end of the range; pyod adds the rows of a batch to the distribution first, so its scores depend on the batch. A missing cell adds nothing;
/// category columns are refused by name. Weights are honoured. With [`Contamination::Auto`] a tenth of the
/// rows are outliers, since the method has no threshold of its own.
///
/// O(n p) time by radix sort; the model keeps the different values of every column, 16 bytes each. Scoring m
/// rows takes the smaller of O(m p log n) and O((m + n) p).
/// Reference: Li et al., ECOD: unsupervised outlier detection using empirical cumulative distribution functions, 2022.
///
/// ```
/// use crm_ml_anomaly::Ecod;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [9.0]];
/// let model = Ecod::new().fit(&Samples::new(&x)?)?;
/// let scores = model.anomaly_scores(&Samples::new(&x)?)?;
/// assert_eq!(scores[3], 4f64.ln()); // One row of four is that large.
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ecod {
    contamination: Contamination,
}

impl Ecod {
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

impl Ecod {
    fn run(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<(EcdfModel, Array1<f64>)> {
        self.contamination.check(Check::of("Ecod")).finish()?;
        fit(samples, "Ecod", TailRule::Largest, self.contamination, progress)
    }
}

impl OutlierDetector for Ecod {
    type Model = EcdfModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<EcdfModel> {
        Ok(self.run(samples, progress)?.0)
    }

    fn fit_score(&self, samples: &Samples<'_>) -> Result<(EcdfModel, Array1<f64>)> {
        self.run(samples, &())
    }
}
