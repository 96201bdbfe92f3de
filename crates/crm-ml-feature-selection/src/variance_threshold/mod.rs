//! Selection by variance alone.

use crm_ml_core::{Check, Progress, Result, Samples, Transformer};
use serde::{Deserialize, Serialize};

use crate::sums::{Origins, column_sums};
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
        let variances = variances(samples);
        let keep: Vec<bool> = variances.iter().map(|v| *v > self.threshold).collect();
        let scores = variances.into_iter().map(|score| ColumnScore { score, p_value: None }).collect();
        Selection::of_scores(samples.schema(), &keep, scores)
    }
}

/// Variance of each column, cells that are missing left out.
fn variances(samples: &Samples<'_>) -> Vec<f64> {
    let known = |value: f64, cell: f64| if cell.is_nan() { 0.0 } else { value };
    let totals = column_sums(samples, |row, _, cell| known(samples.weight(row), cell));
    let share = |row: usize, column: usize| samples.weight(row) / totals[column];
    let origins = Origins::of(samples);
    let means = column_sums(samples, |row, column, cell| {
        known(origins.deviation(column, cell) * share(row, column), cell)
    });
    let squares = column_sums(samples, |row, column, cell| {
        known((origins.deviation(column, cell) - means[column]).powi(2) * share(row, column), cell)
    });
    let variance = |column: usize| {
        let deviation = squares[column].sqrt();
        let noise = 8.0 * f64::EPSILON * (origins.first(column) + means[column]).abs();
        if deviation <= noise { 0.0 } else { (deviation / origins.down(column)).powi(2) }
    };
    (0..samples.n_columns()).map(variance).collect()
}
