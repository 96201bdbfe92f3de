//! Robust z-scores.

mod median;
mod model;

use crm_ml_core::{Check, OutlierDetector, OutlierModel, Progress, Result, Samples, advance};
use serde::{Deserialize, Serialize};

use crate::{Contamination, columns};
use median::centre_and_scale;
pub use model::RobustZScoreModel;

/// The modified z-score of a row's oddest column: how many robust deviations it lies from the median.
///
/// The anomaly score is `max_j |x_j - median_j| / scale_j`. The scale is the median absolute deviation over 0.6745, which
/// estimates the standard deviation of a normal column; where more than half of the rows are equal, it is the mean absolute
/// deviation times 1.2533; a constant column is left out. A missing cell adds nothing; category columns are refused by name. Weights are honoured.
/// With [`Contamination::Auto`] rows beyond 3.5 are outliers. O(n p) time.
/// Reference: Iglewicz and Hoaglin, How to detect and handle outliers, 1993.
///
/// ```
/// use crm_ml_anomaly::RobustZScore;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let amounts = array![[40.0], [50.0], [60.0], [55.0], [980.0]];
/// let model = RobustZScore::new().fit(&Samples::new(&amounts)?)?;
/// let scores = model.anomaly_scores(&Samples::new(&amounts)?)?;
/// assert!((scores[4] - 0.6744897501960817 * (980.0 - 55.0) / 5.0).abs() < 1e-9);
/// assert_eq!(model.is_outlier(&Samples::new(&amounts)?)?, [false, false, false, false, true]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RobustZScore {
    contamination: Contamination,
}

const NAME: &str = "RobustZScore";

/// The modified z-score beyond which Iglewicz and Hoaglin call a value an outlier.
const ODD: f64 = 3.5;

impl RobustZScore {
    /// Rows beyond 3.5 are outliers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }
}

impl OutlierDetector for RobustZScore {
    type Model = RobustZScoreModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<RobustZScoreModel> {
        self.contamination.check(Check::of(NAME)).finish()?;
        samples.require_no_categories(NAME)?;
        let (mut centres, mut scales) = (Vec::new(), Vec::new());
        let of = |_: usize, cells: &[f64]| centre_and_scale(cells, samples.weights());
        columns::each(samples, of, |_, (centre, scale)| {
            centres.push(centre);
            scales.push(scale);
        });
        advance(progress, "medians", 1, 1)?;
        let mut model = RobustZScoreModel::new(samples.schema().clone(), centres, scales, -ODD);
        if self.contamination != Contamination::Auto {
            let scores = model.score_samples(samples)?.to_vec();
            model.offset = self.contamination.offset(-ODD, || scores, samples.weights());
        }
        Ok(model)
    }
}
