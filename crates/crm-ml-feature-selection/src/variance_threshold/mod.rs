//! Selection by variance alone.

use crm_ml_core::{Check, Progress, Result, Samples, Transformer, parallel};
use serde::{Deserialize, Serialize};

use crate::{ColumnScore, Selection};

/// Keeps the columns that vary: variance (divisor: total weight) above a threshold.
///
/// Missing cells are left out of a column's variance. Rounding noise is not variance: a column whose spread is below 8 units in the
/// last place of its mean is constant. Equal to scikit-learn's otherwise. O(n p). Errors: a threshold below 0, category
/// columns, no column left.
///
/// ```
/// use crm_ml_core::{Samples, Transformer};
/// use crm_ml_feature_selection::VarianceThreshold;
/// use ndarray::array;
///
/// let x = array![[0.0, 2.0, 0.0], [0.0, 1.0, 4.0], [0.0, 1.0, 1.0]];
/// let selection = VarianceThreshold::new().fit(&Samples::new(&x)?)?;
/// assert_eq!(selection.selected(), [1, 2]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct VarianceThreshold {
    threshold: f64,
}

impl VarianceThreshold {
    /// Threshold 0: only constant columns go.
    pub fn new() -> Self {
        Self::default()
    }

    /// Columns of this variance or less go; at least 0.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }
}

impl Transformer for VarianceThreshold {
    type Model = Selection;

    fn fit_with(&self, samples: &Samples<'_>, _: &dyn Progress) -> Result<Selection> {
        Check::of("VarianceThreshold").range("threshold", self.threshold, 0.0..).finish()?;
        samples.require_no_categories("VarianceThreshold")?;
        let variances = parallel::map(samples.n_columns(), |column| variance(samples, column));
        let keep: Vec<bool> = variances.iter().map(|v| *v > self.threshold).collect();
        let scores = variances.into_iter().map(|score| ColumnScore { score, p_value: None }).collect();
        Selection::of_scores(samples.schema(), &keep, scores)
    }
}

fn variance(samples: &Samples<'_>, column: usize) -> f64 {
    let cells = || {
        let cell = |row: usize| (samples.row(row)[column], samples.weight(row));
        (0..samples.n_rows()).map(cell).filter(|(v, _)| !v.is_nan())
    };
    let total: f64 = cells().map(|(_, w)| w).sum();
    if total <= 0.0 {
        return 0.0;
    }
    let mean = cells().map(|(v, w)| v * (w / total)).sum::<f64>();
    let variance = cells().map(|(v, w)| (v - mean) * (v - mean) * (w / total)).sum::<f64>();
    if variance.sqrt() <= 8.0 * f64::EPSILON * mean.abs() { 0.0 } else { variance }
}
