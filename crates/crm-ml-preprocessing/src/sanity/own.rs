//! What a field says without the target.

use std::collections::BTreeSet;

use crm_ml_core::Result;
use crm_ml_table::{Column, FieldType};

use super::bounds;
use super::field::{Field, is_text};
use super::goal::Goal;
use super::report::{SanityAction, SanityCheck, Verdict};
use super::{Finding, SanityChecker};

/// Share of different values from which they may be names.
const UNIQUE: f64 = 0.99;
/// Rows below which being different means nothing.
const LEAST_ROWS: usize = 50;
/// Numbers given in turn have at most this many places a row, since records are deleted.
const PLACES: f64 = 2.0;

impl SanityChecker {
    /// Whether the field can say anything; a field that cannot gets one verdict and is not looked at any further.
    pub(super) fn is_empty(&self, field: &Field<'_>, goal: &Goal<'_>) -> Option<Verdict> {
        let column = &field.column;
        let first = (0..goal.rows).find(|&row| !field.is_missing(row));
        let Some(first) = first else {
            let finding = Finding::new(SanityCheck::AllMissing, 1.0, 1.0, "no row has a value".into());
            return Some(finding.on(field));
        };
        if let Some(reason) = identifier(column, goal.rows) {
            let share = reason.share;
            return Some(Finding::new(SanityCheck::Identifier, share, UNIQUE, reason.words).on(field));
        }
        let share = largest_share(field, goal);
        // Of the value against the others; many values that are all rare vary well.
        let variance = if share > 0.5 { share * (1.0 - share) } else { 0.25 };
        if share >= 1.0 {
            let value: String = column.text(first).unwrap_or_default().chars().take(40).collect();
            let words = format!("always '{value}'");
            let finding = Finding::new(SanityCheck::Constant, 0.0, self.min_variance, words);
            return Some(finding.value(value).on(field));
        }
        (variance < self.min_variance).then(|| {
            let words = format!("all but {:.2e} of the rows have one value", 1.0 - share);
            Finding::new(SanityCheck::Variance, variance, self.min_variance, words).on(field)
        })
    }

    /// Dates after the record's own time.
    pub(super) fn future(
        &self,
        field: &Field<'_>,
        time: &Column<'_>,
        goal: &Goal<'_>,
        alpha: f64,
    ) -> Result<Option<Verdict>> {
        let by_day = [field.field_type(), time.field().field_type].contains(&FieldType::Date);
        let later: Vec<Option<bool>> = if by_day {
            field.column.days()?.iter().zip(time.days()?).map(|(a, b)| Some((*a)? > b?)).collect()
        } else {
            field.column.micros()?.iter().zip(time.micros()?).map(|(a, b)| Some((*a)? > b?)).collect()
        };
        let sum = |wanted: bool| {
            let rows = (0..later.len()).filter(|&row| later[row].is_some_and(|later| later || !wanted));
            rows.fold((0.0, 0.0), |(n, w), row| (n + goal.efficiency, w + goal.weight(row)))
        };
        let ((_, after), (rows, known)) = (sum(true), sum(false));
        let share = if known > 0.0 { after / known } else { 0.0 };
        let low = bounds::share(share * rows, rows, alpha);
        Ok((low > self.max_future_share).then(|| {
            let words = format!(
                "later than '{}' in {:.1} % of the rows: was it known then?",
                time.name(),
                100.0 * share
            );
            let finding = Finding::new(SanityCheck::FutureDate, share, self.max_future_share, words);
            finding.bound(low).value(time.name()).action(SanityAction::Warn).on(field)
        }))
    }
}

/// (Weighted) share of the most frequent value, missing being one.
fn largest_share(field: &Field<'_>, goal: &Goal<'_>) -> f64 {
    let numbers = field.numbers.as_ref().filter(|_| !is_text(field.field_type()));
    let (mut weights, total): (Vec<f64>, f64) = match numbers {
        Some(numbers) => {
            let mut order: Vec<usize> = (0..numbers.len()).collect();
            order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
            let same = |a: &usize, b: &usize| {
                numbers[*a] == numbers[*b] || numbers[*a].is_nan() && numbers[*b].is_nan()
            };
            let runs =
                order.chunk_by(same).map(|run| run.iter().map(|&row| goal.weight(row)).sum()).collect();
            (runs, goal.rows as f64)
        }
        None => {
            let (levels, codes) = field.column.levels();
            let mut weights = vec![0.0; levels.len() + 1];
            for (row, code) in codes.iter().enumerate() {
                weights[code.map_or(levels.len(), |code| code as usize)] += goal.weight(row);
            }
            (weights, goal.rows as f64)
        }
    };
    weights.retain(|weight| *weight > 0.0);
    match weights.as_slice() {
        [_] => 1.0,
        many => many.iter().copied().fold(0.0, f64::max) / total,
    }
}

struct Reason {
    share: f64,
    words: String,
}

/// Why the values name the records, if they do: by type, as single words that (nearly) never repeat, as whole numbers given in turn.
fn identifier(column: &Column<'_>, rows: usize) -> Option<Reason> {
    let filled = column.len() - column.missing_count();
    let distinct = |count: usize| count as f64 / filled.max(1) as f64;
    let enough = filled >= LEAST_ROWS && 2 * filled >= rows;
    match column.field().field_type {
        FieldType::Identifier => {
            let share = distinct(column.levels().0.len());
            let words = column.field().inference.reason.clone();
            Some(Reason {
                share,
                words: if words.is_empty() { "declared an identifier".into() } else { words },
            })
        }
        FieldType::Category | FieldType::Text | FieldType::RecordId if enough => {
            let (levels, _) = column.levels();
            let single = levels.iter().filter(|l| l.split_whitespace().nth(1).is_none()).count();
            let share = distinct(levels.len());
            (share >= UNIQUE && 2 * single >= levels.len()).then(|| Reason {
                share,
                words: format!("{} different values of one word in {filled} rows", levels.len()),
            })
        }
        FieldType::Number | FieldType::Integer if enough => {
            let numbers: Vec<f64> = column.numbers().ok()?.into_iter().filter(|v| !v.is_nan()).collect();
            if numbers.iter().any(|v| v.fract() != 0.0) {
                return None;
            }
            let values: BTreeSet<u64> = numbers.iter().map(|v| v.to_bits()).collect();
            let share = distinct(values.len());
            let (low, high) =
                numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
            let in_turn = numbers.windows(2).all(|w| w[0] < w[1]) || numbers.windows(2).all(|w| w[0] > w[1]);
            let dense = high - low + 1.0 <= PLACES * filled as f64;
            (share >= UNIQUE && (in_turn || dense)).then(|| Reason {
                share,
                words: format!("{} different whole numbers in {filled} rows, given in turn", values.len()),
            })
        }
        _ => None,
    }
}
