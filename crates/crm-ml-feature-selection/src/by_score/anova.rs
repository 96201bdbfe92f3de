//! Analysis of variance, one way.

use crm_ml_core::{ErrorKind, Labeled, Result};
use ndarray::Array2;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::ColumnScore;
use crate::sums::{Origins, column_sums, group_sums};

const NAME: &str = "anova_f";

/// F statistic of each column: variance between the classes' means over variance within classes, with its p-value.
///
/// Equal to scikit-learn's `f_classif`; a weight of w is w rows. A column that is constant in every class has an infinite
/// F where the classes differ, else 0 (scikit-learn gives NaN). O(n p) time. Errors: missing values, category columns,
/// fewer than two classes with rows, total weight that does not exceed the number of classes.
pub fn anova_f(data: &Labeled<'_>) -> Result<Vec<ColumnScore>> {
    let samples = data.samples();
    samples.require_real(NAME)?;
    let classes = data.classes().len();
    let (rows, width) = samples.dense().dim();
    let mut weights = vec![0.0; classes];
    (0..rows).for_each(|row| weights[data.codes()[row] as usize] += samples.weight(row));
    let total: f64 = weights.iter().sum();
    let present = weights.iter().filter(|w| **w > 0.0).count();
    if present < 2 {
        let what = "classes with a row".to_owned();
        return Err(ErrorKind::TooFew { what, needed: 2, found: present }.into());
    }
    let (between_dof, within_dof) = ((present - 1) as f64, total - present as f64);
    if within_dof <= 0.0 {
        let what = "rows (total weight above the number of classes)".to_owned();
        return Err(ErrorKind::TooFew { what, needed: present + 1, found: rows }.into());
    }
    let code = |row: usize| data.codes()[row] as usize;
    // Each class counts from its own first row: what is constant in a class deviates by nothing, not by rounding.
    let origins = Origins::of(samples);
    let mut first = vec![0; classes];
    (0..rows).rev().for_each(|row| first[code(row)] = row);
    let start = |class: usize, column: usize| origins.deviation(column, samples.row(first[class])[column]);
    let starts = Array2::from_shape_fn((classes, width), |(class, column)| start(class, column));
    let deviation =
        |row: usize, column: usize, cell: f64| origins.deviation(column, cell) - starts[[code(row), column]];
    let mut inside =
        group_sums(samples, classes, code, |row, j, cell| samples.weight(row) * deviation(row, j, cell));
    for (mut sums, weight) in inside.rows_mut().into_iter().zip(&weights) {
        sums.mapv_inplace(|sum| if *weight > 0.0 { sum / weight } else { 0.0 });
    }
    // A second pass: deviations from the mean keep their digits.
    let within = column_sums(samples, |row, column, cell| {
        samples.weight(row) * (deviation(row, column, cell) - inside[[code(row), column]]).powi(2)
    });
    let score = |column: usize| {
        let means =
            || (0..classes).map(|class| (starts[[class, column]] + inside[[class, column]], weights[class]));
        let middle = means().map(|(mean, weight)| weight * mean).sum::<f64>() / total;
        let between: f64 = means().map(|(mean, weight)| weight * (mean - middle).powi(2)).sum();
        f_score(between / between_dof, within[column] / within_dof, between_dof, within_dof)
    };
    Ok((0..width).map(score).collect())
}

/// The ratio of two mean squares, and the chance of a larger one.
pub(super) fn f_score(between: f64, within: f64, between_dof: f64, within_dof: f64) -> ColumnScore {
    if between == 0.0 {
        return ColumnScore { score: 0.0, p_value: Some(1.0) };
    }
    let score = between / within;
    if !score.is_finite() {
        return ColumnScore { score: f64::INFINITY, p_value: Some(0.0) };
    }
    let p_value = FisherSnedecor::new(between_dof, within_dof).ok().map(|f| f.sf(score));
    ColumnScore { score, p_value }
}
