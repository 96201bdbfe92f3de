//! What was found in the data, and what was done to it.

use std::fmt;

use crm_ml_core::{Result, Schema};
use crm_ml_table::{FieldType, Role, Table};
use serde::{Deserialize, Serialize};

use super::numeric::{Numeric, Scale};
use super::recipe::{FieldRecipe, Recipe, day_values, text_measure};
use super::{DatePart, TextMeasure};
use crate::bins::labels;
use crate::{OutlierAction, OutputDistribution, SanityAction, SanityReport, Touched};

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
    /// Every extreme value, where [`outliers`](super::TablePipeline::outliers) were treated: rows count from 0 in the table given.
    pub touched: Vec<Touched>,
    /// What else was done.
    pub notes: Vec<String>,
    /// What was found of the raw fields, where a [`SanityChecker`](crate::SanityChecker) looked at them.
    pub sanity: Option<SanityReport>,
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
    /// Extreme values, which were cut, set missing or flagged.
    pub clipped: usize,
    /// What was done to it beyond filling and encoding, in words.
    pub steps: Vec<String>,
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
    /// Keeps what was found of the raw fields, and says of those that were put aside why.
    pub fn note_sanity(&mut self, found: SanityReport) {
        for removed in found.removed() {
            let why = found.of(removed).find(|verdict| verdict.action == SanityAction::Remove);
            if let Some(field) = self.fields.iter_mut().find(|field| field.name == removed) {
                field.dropped = why.map(|verdict| format!("{}: {}", verdict.check, verdict.words));
            }
        }
        self.sanity = Some(found);
    }

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
                text_measure(&column, TextMeasure::Characters)
                    .into_iter()
                    .enumerate()
                    .map(|(row, v)| if column.is_missing(row) { f64::NAN } else { v })
                    .collect(),
            ),
            text if text.is_text() => None,
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
            steps: recipe.map(steps).unwrap_or_default(),
            columns: made.map(|c| c.name.clone()).collect(),
            dropped: reason
                .or_else(|| (field.role != Role::Feature).then(|| format!("its role is {}", field.role))),
        });
    }
    Ok(CleaningReport {
        rows_in: table.n_rows(),
        dropped_rows: Vec::new(),
        rows_out: used.n_rows(),
        fields,
        touched: Vec::new(),
        notes: Vec::new(),
        sanity: None,
    })
}

/// Every extreme value of the number fields; `rows` are the positions of the used rows.
pub(super) fn touched(used: &Table, recipes: &[FieldRecipe], rows: &[usize]) -> Result<Vec<Touched>> {
    let mut touched = Vec::new();
    for recipe in recipes {
        let Recipe::Number { value, .. } = &recipe.recipe else { continue };
        if value.bounds.is_none() {
            continue;
        }
        for (row, &old) in used.column(&recipe.field)?.numbers()?.iter().enumerate() {
            if value.is_extreme(old) {
                let row = rows.get(row).copied().unwrap_or(row);
                touched.push(Touched { row, column: recipe.field.clone(), old, new: value.treated(old) });
            }
        }
    }
    Ok(touched)
}

fn after(recipe: &FieldRecipe, values: &[f64], counts: Summary) -> (Option<Summary>, usize) {
    let cleaned = |numeric: &Numeric, shift: f64| {
        let clean: Vec<f64> = values.iter().map(|v| numeric.clean(v - shift) + shift).collect();
        let extreme = values.iter().filter(|v| numeric.is_extreme(**v - shift)).count();
        (Some(Summary::of(&clean)), extreme)
    };
    match &recipe.recipe {
        Recipe::Number { value, .. } => cleaned(value, 0.0),
        Recipe::Date { parts, origin, .. } => match parts.iter().find(|p| p.part == DatePart::Days) {
            Some(days) => cleaned(&days.number, origin.first),
            None => (Some(Summary::of(values)), 0),
        },
        Recipe::Text { measures } => {
            let filled: Vec<f64> = values.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
            match measures.iter().find(|(measure, _)| *measure == TextMeasure::Characters) {
                Some((_, number)) => {
                    let clean: Vec<f64> = filled.iter().map(|v| number.clean(*v)).collect();
                    let extreme = filled.iter().filter(|v| number.is_extreme(**v)).count();
                    (Some(Summary::of(&clean)), extreme)
                }
                None => (Some(Summary::of(&filled)), 0),
            }
        }
        // Missing is a level of its own, or no option at all.
        Recipe::Category { .. }
        | Recipe::Binned { .. }
        | Recipe::Hashed { .. }
        | Recipe::Options { .. }
        | Recipe::Contact { .. } => (Some(counts), 0),
    }
}

/// What was done to a field beyond filling and encoding, in words.
fn steps(recipe: &FieldRecipe) -> Vec<String> {
    let scaled = |numeric: &Numeric| match &numeric.scale {
        Scale::Linear { .. } => None,
        Scale::Power { lambda, .. } => {
            Some(format!("made more normal by the power {}", short(Some(*lambda))))
        }
        Scale::Ranks { output: OutputDistribution::Uniform, .. } => Some("ranked from 0 to 1".to_owned()),
        Scale::Ranks { .. } => Some("ranked, normally distributed".to_owned()),
    };
    let bounded = |numeric: &Numeric| {
        let (low, high) = numeric.bounds?;
        let done = match numeric.action {
            OutlierAction::Clip => return None,
            OutlierAction::SetMissing => "set missing",
            OutlierAction::Flag => "flagged",
        };
        Some(format!("below {} or above {}: {done}", short(Some(low)), short(Some(high))))
    };
    match &recipe.recipe {
        Recipe::Number { value, .. } => [bounded(value), scaled(value)].into_iter().flatten().collect(),
        Recipe::Binned { cuts } => vec![format!("in {} bins: {}", cuts.len() + 1, labels(cuts).join(" "))],
        Recipe::Hashed { n_features, .. } => vec![format!("levels hashed into {n_features} columns")],
        Recipe::Options { options, .. } => vec![format!("{} flags of options", options.names().count())],
        Recipe::Category { .. } | Recipe::Date { .. } | Recipe::Text { .. } | Recipe::Contact { .. } => {
            Vec::new()
        }
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
        for field in self.fields.iter().filter(|field| !field.steps.is_empty()) {
            writeln!(formatter, "{}: {}", field.name, field.steps.join("; "))?;
        }
        self.notes.iter().try_for_each(|note| writeln!(formatter, "{note}"))
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
