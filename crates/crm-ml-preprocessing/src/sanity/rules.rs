//! Values and words that decide the class.

use crm_ml_table::FieldType;

use super::SanityChecker;
use super::bounds;
use super::field::Field;
use super::goal::{Goal, Outcome, Outcomes};

/// Of the rows that have something, how many are of a class.
pub(super) struct Rule {
    pub(super) value: String,
    /// The condition, after "where it".
    pub(super) what: String,
    pub(super) class: u32,
    /// Rows that meet the condition.
    pub(super) rows: usize,
    /// Share of them that are of the class.
    pub(super) confidence: f64,
    /// Lower bound of that share.
    pub(super) low: f64,
    /// The class's share of all rows.
    pub(super) rate: f64,
}

impl Rule {
    /// The part of the doubt about the class that is gone for sure.
    pub(super) fn certainty(&self) -> f64 {
        (self.low - self.rate) / (1.0 - self.rate)
    }

    /// Whether at least half of it is: a hundred rows of a class that nine in ten have say little.
    pub(super) fn holds(&self) -> bool {
        self.certainty() > 0.5
    }
}

/// The rules of all values (or bins) and words with enough rows.
pub(super) fn of_values(
    checker: &SanityChecker,
    field: &Field<'_>,
    goal: &Goal<'_>,
    outcomes: &Outcomes<'_>,
    alpha: f64,
) -> Vec<Rule> {
    let groups = &field.groups;
    let conditions = groups.names.len() + field.words.len();
    let alpha = alpha / conditions.max(1) as f64;
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); groups.names.len()];
    for (row, code) in groups.codes.iter().enumerate() {
        if let Some(code) = code {
            members[*code as usize].push(row as u32);
        }
    }
    let verb = if groups.values { "is" } else { "lies" };
    let measure = if field.measure() == "it" { verb.to_owned() } else { format!("has a length that {verb}") };
    let mut rules = Vec::new();
    // A list is known by its options: which others stand beside one says little.
    let named = if field.field_type() == FieldType::MultiSelect { &[] } else { groups.names.as_slice() };
    for (name, rows) in named.iter().zip(&members) {
        let shown: String = name.chars().take(40).collect();
        let what = if groups.values { format!("{measure} '{shown}'") } else { format!("{measure} {shown}") };
        rules.extend(of_rows(checker, goal, outcomes, rows, alpha, name, &what));
    }
    for (word, rows) in &field.words {
        let what = format!("has '{word}'");
        rules.extend(of_rows(checker, goal, outcomes, rows, alpha, word, &what));
    }
    rules
}

/// The rules of being filled and of being missing.
pub(super) fn of_fill(
    checker: &SanityChecker,
    field: &Field<'_>,
    goal: &Goal<'_>,
    outcomes: &Outcomes<'_>,
    alpha: f64,
) -> Vec<Rule> {
    let (missing, filled): (Vec<u32>, Vec<u32>) =
        (0..goal.rows as u32).partition(|&row| field.is_missing(row as usize));
    let parts = [(&filled, "(filled)", "is filled"), (&missing, "(missing)", "is missing")];
    let rules = parts
        .iter()
        .flat_map(|(rows, name, what)| of_rows(checker, goal, outcomes, rows, 0.5 * alpha, name, what));
    if missing.is_empty() { Vec::new() } else { rules.collect() }
}

fn of_rows(
    checker: &SanityChecker,
    goal: &Goal<'_>,
    outcomes: &Outcomes<'_>,
    rows: &[u32],
    alpha: f64,
    value: &str,
    what: &str,
) -> Vec<Rule> {
    if rows.len() < checker.rule_support || rows.len() == goal.rows {
        return Vec::new();
    }
    let weight: f64 = rows.iter().map(|&row| goal.weight(row as usize)).sum();
    // Of two classes, not being of the tested one is being of the other.
    let other = (outcomes.classes.len() == 2).then_some(());
    let sides = outcomes.tested.iter().flat_map(|o| [Some((o, true)), other.map(|()| (o, false))]).flatten();
    let alpha = alpha / sides.clone().count().max(1) as f64;
    let rule = |(outcome, is): (&Outcome, bool)| {
        let hit = |row: &&u32| outcome.truth[**row as usize] == is;
        let hits: f64 = rows.iter().filter(hit).map(|&row| goal.weight(row as usize)).sum();
        let rate = if is { outcome.rate } else { 1.0 - outcome.rate };
        let confidence = hits / weight;
        let effective = rows.len() as f64 * goal.efficiency;
        // Bounds are dear, and needed only where they matter.
        let low = if confidence >= checker.max_rule_confidence {
            bounds::share(confidence * effective, effective, alpha)
        } else {
            0.0
        };
        let class = if is { outcome.class } else { 1 - outcome.class };
        let (value, what) = (value.to_owned(), what.to_owned());
        Rule { value, what, class, rows: rows.len(), confidence, low, rate }
    };
    sides.map(rule).filter(|rule| rule.confidence > rule.rate).collect()
}
