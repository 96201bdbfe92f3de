//! Linear dependence of a target on single columns.

use crm_ml_core::{ErrorKind, Result, Targeted};

use super::anova::f_score;
use crate::ColumnScore;
use crate::sums::{Origins, column_sums, near_one};

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
    let mean = |value: &dyn Fn(usize) -> f64| {
        (0..samples.n_rows()).map(|row| samples.weight(row) * value(row)).sum::<f64>() / total
    };
    let down = near_one(data.target().iter().fold(0.0, |most, y| most.max(y.abs())));
    let first = data.target()[0] * down;
    let target = |row: usize| data.target()[row] * down - first;
    let centre = mean(&target);
    let target_square = mean(&|row| (target(row) - centre).powi(2));
    let origins = Origins::of(samples);
    let mut middles =
        column_sums(samples, |row, column, cell| samples.weight(row) * origins.deviation(column, cell));
    middles.iter_mut().for_each(|sum| *sum /= total);
    let off = |column: usize, cell: f64| origins.deviation(column, cell) - middles[column];
    let squares = column_sums(samples, |row, column, cell| samples.weight(row) * off(column, cell).powi(2));
    let products = column_sums(samples, |row, column, cell| {
        samples.weight(row) * off(column, cell) * (target(row) - centre)
    });
    let score = |column: usize| {
        let (square, product) = (squares[column] / total, products[column] / total);
        let (middle, level) = (origins.first(column) + middles[column], first + centre);
        let (x, y) = (square.sqrt(), target_square.sqrt());
        // A spread that is rounding noise belongs to a constant column.
        if x <= 8.0 * f64::EPSILON * middle.abs() || y <= 8.0 * f64::EPSILON * level.abs() {
            return f_score(0.0, 1.0, 1.0, dof);
        }
        let correlation = (product / x / y).clamp(-1.0, 1.0);
        let explained = correlation * correlation;
        f_score(explained, (1.0 - explained) / dof, 1.0, dof)
    };
    Ok((0..samples.n_columns()).map(score).collect())
}
