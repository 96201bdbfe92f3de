//! Chi-squared statistics of counts.

use crm_ml_core::{Error, ErrorKind, Labeled, Result};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::ColumnScore;
use crate::sums::{Origins, group_sums};

const NAME: &str = "chi_squared";

/// Chi-squared statistic of each column, whose cells are counts, sums or flags, against the classes: how far the classes'
/// shares of the column's sum are from their shares of the rows.
///
/// Equal to scikit-learn's `chi2`; a weight of w is w rows. A column of zeros has 0. O(n p) time. Errors: missing values,
/// cells below 0, category columns, fewer than two classes with rows.
pub fn chi_squared(data: &Labeled<'_>) -> Result<Vec<ColumnScore>> {
    let samples = data.samples();
    samples.require_real(NAME)?;
    let width = samples.n_columns();
    if let Some(cell) = samples.cells().iter().position(|v| *v < 0.0) {
        let (row, column) = (cell / width, samples.schema().name(cell % width));
        return Err(Error::unsupported(format!(
            "{NAME} takes counts of at least 0: row {}, column '{column}': {}",
            samples.kept_rows().map_or(row, |kept| kept[row]),
            samples.cells()[cell]
        )));
    }
    let mut weights = vec![0.0; data.classes().len()];
    (0..data.n_rows()).for_each(|row| weights[data.codes()[row] as usize] += samples.weight(row));
    let present = weights.iter().filter(|w| **w > 0.0).count();
    if present < 2 {
        let what = "classes with a row".to_owned();
        return Err(ErrorKind::TooFew { what, needed: 2, found: present }.into());
    }
    let total: f64 = weights.iter().sum();
    let distribution = ChiSquared::new((present - 1) as f64).ok();
    let code = |row: usize| data.codes()[row] as usize;
    let origins = Origins::of(samples);
    let scaled = |row: usize, column: usize, cell: f64| samples.weight(row) * (cell * origins.down(column));
    let sums = group_sums(samples, weights.len(), code, scaled);
    let score = |column: usize| {
        let observed = sums.column(column);
        let all = observed.sum();
        let part = |(observed, weight): (&f64, &f64)| {
            let expected = all * (weight / total);
            if expected > 0.0 { (observed - expected) * ((observed - expected) / expected) } else { 0.0 }
        };
        let score = observed.iter().zip(&weights).map(part).sum::<f64>() / origins.down(column);
        ColumnScore { score, p_value: distribution.as_ref().map(|d| d.sf(score)) }
    };
    Ok((0..width).map(score).collect())
}
