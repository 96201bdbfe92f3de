//! Analysis of variance, one way.

use crm_ml_core::{ErrorKind, Labeled, Result};
use ndarray::Array2;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::ColumnScore;
use crate::sums::{column_sums, group_sums};

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
    let sums = group_sums(samples, classes, code, |row, _, cell| samples.weight(row) * cell);
    let middle: Vec<f64> = sums.columns().into_iter().map(|sums| sums.sum() / total).collect();
    let mean = |class: usize, column: usize| {
        if weights[class] > 0.0 { sums[[class, column]] / weights[class] } else { middle[column] }
    };
    let means = Array2::from_shape_fn((classes, width), |(class, column)| mean(class, column));
    // A second pass: deviations from the mean keep their digits.
    let within = column_sums(samples, |row, column, cell| {
        samples.weight(row) * (cell - means[[code(row), column]]).powi(2)
    });
    let score = |column: usize| {
        let apart = |(mean, weight): (&f64, &f64)| weight * (mean - middle[column]).powi(2);
        let between: f64 = means.column(column).iter().zip(&weights).map(apart).sum();
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
