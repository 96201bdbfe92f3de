//! Linear dependence of a target on single columns.

use crm_ml_core::{ErrorKind, Result, Targeted, parallel};

use super::anova::f_score;
use crate::ColumnScore;

const NAME: &str = "correlation_f";

/// F statistic of the regression of the target on each column alone, from their correlation, with its p-value.
///
/// Equal to scikit-learn's `f_regression`; a weight of w is w rows. A constant column or target gives 0. O(n p) time.
/// Errors: missing values, category columns, total weight of 2 or less.
pub fn correlation_f(data: &Targeted<'_>) -> Result<Vec<ColumnScore>> {
    let samples = data.samples();
    samples.require_real(NAME)?;
    let total = samples.total_weight();
    let dof = total - 2.0;
    if dof <= 0.0 {
        let what = "rows (total weight above 2)".to_owned();
        return Err(ErrorKind::TooFew { what, needed: 3, found: samples.n_rows() }.into());
    }
    let rows = samples.n_rows();
    let mean = |value: &dyn Fn(usize) -> f64| {
        (0..rows).map(|row| samples.weight(row) * value(row)).sum::<f64>() / total
    };
    let target = |row: usize| data.target()[row];
    let centre = mean(&target);
    let target_square = mean(&|row| (target(row) - centre).powi(2));
    let score = |column: usize| {
        let cell = |row: usize| samples.row(row)[column];
        let middle = mean(&cell);
        let square = mean(&|row| (cell(row) - middle).powi(2));
        let product = mean(&|row| (cell(row) - middle) * (target(row) - centre));
        let (x, y) = (square.sqrt(), target_square.sqrt());
        // A spread that is rounding noise belongs to a constant column.
        if x <= 8.0 * f64::EPSILON * middle.abs() || y <= 8.0 * f64::EPSILON * centre.abs() {
            return f_score(0.0, 1.0, 1.0, dof);
        }
        let correlation = (product / x / y).clamp(-1.0, 1.0);
        let explained = correlation * correlation;
        f_score(explained, (1.0 - explained) / dof, 1.0, dof)
    };
    Ok(parallel::map(samples.n_columns(), score))
}
