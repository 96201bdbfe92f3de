//! What was found in the data, and what was done to it.

use std::fmt;

use crm_ml_core::{Result, Schema};
use crm_ml_table::{FieldType, Role, Table};
use serde::{Deserialize, Serialize};

use super::recipe::{FieldRecipe, Recipe, characters, day_values, text_measure};

/// The cleaning report: every row and every field accounted for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CleaningReport {
    /// Rows given.
    pub rows_in: usize,
    /// Rows dropped, by reason; `rows_in` less these is `rows_out`.
    pub dropped_rows: Vec<DroppedRows>,
    /// Rows learnt from.
    pub rows_out: usize,
    /// The fields in the order of the table.
    pub fields: Vec<FieldReport>,
}

/// Rows that were dropped for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedRows {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: usize,
}

/// One field before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldReport {
    /// Name of the field.
    pub name: String,
    /// Its type.
    pub field_type: FieldType,
    /// What it is for.
    pub role: Role,
    /// The values as read.
    pub before: Summary,
    /// The values after cutting and filling, before scaling and encoding; `None` for a field that is not used.
    pub after: Option<Summary>,
    /// Values that were cut.
    pub clipped: usize,
    /// Names of the columns made from it.
    pub columns: Vec<String>,
    /// Why it is not used, if it is not.
    pub dropped: Option<String>,
}

/// Figures of one field, unweighted. Truth values count as 0 and 1, dates as days since 1970-01-01, texts by their
/// characters; categories have no mean.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Values that are there.
    pub count: usize,
    /// Values that are missing.
    pub missing: usize,
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Standard deviation with n - 1.
    pub std: Option<f64>,
}

impl Summary {
    fn of(values: &[f64]) -> Self {
        let seen = crate::stats::Observed::new(values, None);
        let count = seen.count();
        let finite = |value: f64| Some(value).filter(|v| v.is_finite());
        let std = (seen.variance() * count as f64 / (count.max(2) - 1) as f64).sqrt();
        Self {
            count,
            missing: values.len() - count,
            mean: finite(seen.mean()),
            median: finite(seen.median()),
            std: if count > 1 { finite(std) } else { None },
        }
    }
}

impl CleaningReport {
    pub(super) fn drop_rows(&mut self, reason: &str, count: usize) {
        if count > 0 {
            self.dropped_rows.push(DroppedRows { reason: reason.to_owned(), count });
        }
    }
}

/// A feature of which nothing can be learnt.
pub(super) struct Unused {
    pub(super) field: String,
    pub(super) reason: String,
}

/// The report of a fit on the rows `used` of `table`.
pub(super) fn of(
    table: &Table,
    used: &Table,
    recipes: &[FieldRecipe],
    unused: &[Unused],
    output: &Schema,
) -> Result<CleaningReport> {
    let mut fields = Vec::new();
    for column in used.columns() {
        let field = column.field();
        let values = match field.field_type {
            FieldType::Date | FieldType::DateTime => Some(day_values(&column)?),
            FieldType::Text => Some(
                text_measure(&column, characters)
                    .into_iter()
                    .enumerate()
                    .map(|(row, v)| if column.is_missing(row) { f64::NAN } else { v })
                    .collect(),
            ),
            FieldType::Category | FieldType::Identifier => None,
            _ => Some(column.numbers()?),
        };
        let counts = Summary {
            count: column.len() - column.missing_count(),
            missing: column.missing_count(),
            ..Summary::default()
        };
        let before = values.as_deref().map_or(counts, Summary::of);
        let recipe = recipes.iter().find(|r| r.field == field.name && field.role == Role::Feature);
        let (after, clipped) = match recipe {
            Some(recipe) => after(recipe, values.as_deref().unwrap_or_default(), counts),
            None => (None, 0),
        };
        let reason = unused.iter().find(|u| u.field == field.name).map(|u| u.reason.clone());
        let made = output.columns().iter().filter(|c| recipe.is_some() && c.field == field.name);
        fields.push(FieldReport {
            name: field.name.clone(),
            field_type: field.field_type,
            role: field.role,
            before,
            after,
            clipped,
            columns: made.map(|c| c.name.clone()).collect(),
            dropped: reason
                .or_else(|| (field.role != Role::Feature).then(|| format!("its role is {}", field.role))),
        });
    }
    Ok(CleaningReport { rows_in: table.n_rows(), dropped_rows: Vec::new(), rows_out: used.n_rows(), fields })
}

fn after(recipe: &FieldRecipe, values: &[f64], counts: Summary) -> (Option<Summary>, usize) {
    let cleaned = |numeric: &super::numeric::Numeric, shift: f64| {
        let clean: Vec<f64> = values.iter().map(|v| numeric.clean(v - shift) + shift).collect();
        let clipped = values.iter().filter(|v| numeric.cuts(**v - shift)).count();
        (Some(Summary::of(&clean)), clipped)
    };
    match &recipe.recipe {
        Recipe::Number { value, .. } => cleaned(value, 0.0),
        Recipe::Date { days, reference, .. } => cleaned(days, *reference),
        Recipe::Text { characters, .. } => {
            let filled: Vec<f64> = values.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
            let clean: Vec<f64> = filled.iter().map(|v| characters.clean(*v)).collect();
            (Some(Summary::of(&clean)), filled.iter().filter(|v| characters.cuts(**v)).count())
        }
        // Missing is a level of its own.
        Recipe::Category { .. } => (Some(counts), 0),
    }
}

impl fmt::Display for CleaningReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rows: {} given", self.rows_in)?;
        for dropped in &self.dropped_rows {
            write!(formatter, ", {} dropped ({})", dropped.count, dropped.reason)?;
        }
        writeln!(formatter, ", {} used", self.rows_out)?;
        let title = ["field", "type", "count", "missing", "mean", "median", "std", "clipped", "became"];
        let mut lines: Vec<[String; 9]> = vec![title.map(str::to_owned)];
        self.fields.iter().for_each(|field| lines.push(field.cells()));
        let widths: Vec<usize> =
            (0..9).map(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)).collect();
        for line in &lines {
            let mut text = String::new();
            for (i, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let gap = width.saturating_sub(cell.chars().count());
                let left = i < 2 || i == 8;
                let padded = if left { cell.clone() + &" ".repeat(gap) } else { " ".repeat(gap) + cell };
                text.push_str(&padded);
                text.push_str("  ");
            }
            writeln!(formatter, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl FieldReport {
    fn cells(&self) -> [String; 9] {
        let after = self.after.unwrap_or(self.before);
        let change = |before: String, after: String| {
            if before == after { before } else { format!("{before} > {after}") }
        };
        let both =
            |figure: fn(&Summary) -> Option<f64>| change(short(figure(&self.before)), short(figure(&after)));
        let became = match (&self.dropped, self.columns.as_slice()) {
            (Some(reason), _) => format!("not used: {reason}"),
            (None, [one]) => one.clone(),
            (None, many) => format!("{} columns", many.len()),
        };
        [
            self.name.clone(),
            self.field_type.to_string(),
            self.before.count.to_string(),
            change(self.before.missing.to_string(), after.missing.to_string()),
            both(|s| s.mean),
            both(|s| s.median),
            both(|s| s.std),
            if self.clipped == 0 { String::new() } else { self.clipped.to_string() },
            became,
        ]
    }
}

/// About four digits.
fn short(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(0.0) => "0".to_owned(),
        Some(v) if v.abs() >= 1e7 || v.abs() < 1e-3 => format!("{v:.3e}"),
        Some(v) if v.abs() >= 1000.0 => format!("{v:.0}"),
        Some(v) if v.abs() >= 10.0 => format!("{v:.1}"),
        Some(v) => format!("{v:.3}"),
    }
}
