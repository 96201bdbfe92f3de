//! Targets and weights of a table.

use crm_ml_core::{Classes, Error, ErrorKind, Result};
use crm_ml_table::{Column, Role, Table};

use super::kept::live;

/// The labels of a table's target column.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// Rows that have a label, ascending.
    pub rows: Vec<usize>,
    /// Their labels, as the file spells them (truth values in one spelling each).
    pub labels: Vec<String>,
    /// Rows without a label.
    pub missing: usize,
    /// Rows with a label that are marked as deleted.
    pub deleted: usize,
}

/// The values of a table's numeric target column.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// Rows that have a value, ascending.
    pub rows: Vec<usize>,
    /// Their values.
    pub values: Vec<f64>,
    /// Rows without a value.
    pub missing: usize,
    /// Rows with a value that are marked as deleted.
    pub deleted: usize,
}

impl Labels {
    /// The sorted classes and each label's code. Labels that are all whole numbers are sorted as such.
    pub fn encode(&self) -> (Classes, Vec<u32>) {
        let numbers: Option<Vec<i64>> = self.labels.iter().map(|label| canonical(label)).collect();
        match numbers {
            Some(numbers) => Classes::encode(&numbers),
            None => Classes::encode(&self.labels),
        }
    }
}

/// The number, if the label is its usual spelling.
fn canonical(label: &str) -> Option<i64> {
    label.parse().ok().filter(|number: &i64| number.to_string() == label)
}

fn target(table: &Table) -> Result<Column<'_>> {
    match table.target() {
        Some(field) => table.column(&field.name),
        None => Err(Error::unsupported("no column of the table has the role 'target'")),
    }
}

fn some_rows(rows: &[usize], column: &Column<'_>) -> Result<()> {
    if rows.is_empty() {
        let what = format!("rows with a value of the target '{}'", column.name());
        return Err(ErrorKind::TooFew { what, needed: 1, found: 0 }.into());
    }
    Ok(())
}

/// The labels of the target column; rows without one and rows marked as deleted are left out and counted.
///
/// Errors: no column of role target, no row with a label.
pub fn labels(table: &Table) -> Result<Labels> {
    let column = target(table)?;
    let (levels, codes) = column.levels();
    let rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row].is_some()).collect();
    let missing = codes.len() - rows.len();
    let (rows, deleted) = live(table, rows)?;
    some_rows(&rows, &column)?;
    let label = |row: &usize| codes[*row].and_then(|code| levels.get(code as usize).cloned());
    let labels = rows.iter().filter_map(label).collect();
    Ok(Labels { missing, deleted, rows, labels })
}

/// The values of a numeric target column; rows without one and rows marked as deleted are left out and counted.
///
/// Errors: no column of role target, one that is not numeric, no row with a value.
pub fn targets(table: &Table) -> Result<Targets> {
    let column = target(table)?;
    let values = column.numbers()?;
    let rows: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    let missing = values.len() - rows.len();
    let (rows, deleted) = live(table, rows)?;
    some_rows(&rows, &column)?;
    let kept = rows.iter().map(|&row| values[row]).collect();
    Ok(Targets { missing, deleted, rows, values: kept })
}

/// The weights of the column of role weight, if there is one.
///
/// Errors: a column that is not numeric; a weight that is missing or negative; a sum of weights that is not finite.
pub fn row_weights(table: &Table) -> Result<Option<Vec<f64>>> {
    let Some(field) = table.fields().find(|f| f.role == Role::Weight) else { return Ok(None) };
    let weights = table.column(&field.name)?.numbers()?;
    match weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        Some(row) => Err(table.cell_error(&field.name, row, "a weight is a finite number of at least 0")),
        None if !weights.iter().sum::<f64>().is_finite() => Err(Error::numerical(format!(
            "column '{}': the sum of the weights is beyond what a 64-bit float holds",
            field.name
        ))),
        None => Ok(Some(weights)),
    }
}
