//! What the fields are held against.

use crm_ml_core::{Classes, Result, Split};

use super::SanityChecker;
use super::bounds;

/// Rows that weigh something, and what is known of them.
pub(super) struct Goal<'a> {
    pub(super) rows: usize,
    pub(super) weights: Option<&'a [f64]>,
    /// Kish's effective number of rows a row: 1 for equal weights.
    pub(super) efficiency: f64,
    pub(super) target: Target<'a>,
}

pub(super) enum Target<'a> {
    None,
    Classes(Outcomes<'a>),
    Values(&'a [f64]),
}

pub(super) struct Outcomes<'a> {
    pub(super) codes: &'a [u32],
    pub(super) classes: &'a Classes,
    /// Classes with enough rows to be held against the others; of two classes the second alone.
    pub(super) tested: Vec<Outcome>,
    /// The fold of every row, for rates that do not see their own row.
    pub(super) folds: Vec<u32>,
}

/// One class against all others.
pub(super) struct Outcome {
    pub(super) class: u32,
    pub(super) truth: Vec<bool>,
    /// Its (weighted) share.
    pub(super) rate: f64,
}

impl<'a> Goal<'a> {
    pub(super) fn new(rows: usize, weights: Option<&'a [f64]>) -> Self {
        let efficiency = weights.map_or(1.0, |w| {
            let (sum, squares) = w.iter().fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
            if squares > 0.0 { sum * sum / squares / w.len() as f64 } else { 1.0 }
        });
        Self { rows, weights, efficiency, target: Target::None }
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    pub(super) fn share(&self, has: impl Fn(usize) -> bool) -> f64 {
        let sum = |wanted: &dyn Fn(usize) -> bool| {
            (0..self.rows).filter(|&row| wanted(row)).map(|row| self.weight(row)).sum::<f64>()
        };
        sum(&has) / sum(&|_| true)
    }
}

impl<'a> Outcomes<'a> {
    /// Also tells which classes have too few rows.
    pub(super) fn new(
        goal: &Goal<'_>,
        codes: &'a [u32],
        classes: &'a Classes,
        checker: &SanityChecker,
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let mut counts = vec![0usize; classes.len()];
        codes.iter().for_each(|&code| counts[code as usize] += 1);
        let least = checker.rule_support.max(2);
        let present: Vec<u32> = (0..classes.len() as u32).filter(|&c| counts[c as usize] > 0).collect();
        let mut tested = Vec::new();
        let wanted = if let [_, second] = present[..] { vec![second] } else { present };
        for class in wanted {
            let count = counts[class as usize];
            if count < least || codes.len() - count < least {
                let name = classes.name(class);
                notes.push(format!(
                    "fields are not held against '{name}': {count} of {} rows have it, {least} with and \
                     {least} without it are needed",
                    codes.len()
                ));
                continue;
            }
            let truth: Vec<bool> = codes.iter().map(|&code| code == class).collect();
            tested.push(Outcome { class, rate: goal.share(|row| truth[row]), truth });
        }
        let mut folds = vec![0; codes.len()];
        if !tested.is_empty() {
            let split = Split::stratified(checker.cv, checker.seed);
            for (number, fold) in split.folds(codes.len(), Some(codes))?.iter().enumerate() {
                fold.test.iter().for_each(|&row| folds[row] = number as u32);
            }
        }
        Ok(Self { codes, classes, tested, folds })
    }
}

/// A figure with the lower bound of what it estimates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) low: f64,
}

impl Estimate {
    /// Of a correlation's magnitude over so many effective rows; where chance explains it, nothing is certain of it.
    pub(super) fn correlation(
        value: f64,
        rows: f64,
        alpha: f64,
        limit: f64,
        p_value: impl FnOnce() -> f64,
    ) -> Self {
        let low = bounds::correlation(value, rows, alpha);
        // The p-value is dear, and is asked for only where it decides.
        let low = if low > limit && p_value() > alpha { 0.0 } else { low };
        Self { value, low }
    }
}
