//! What was done to extreme values.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::OutlierAction;

/// Rows that [`OutlierReport`] names in words, a column.
const SHOWN: usize = 5;

/// Every value that lies outside the bounds of its column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlierReport {
    /// What became of them.
    pub action: OutlierAction,
    /// Rows looked at.
    pub rows: usize,
    /// Columns looked at, each with its least and largest value that is not extreme.
    pub bounds: Vec<(String, f64, f64)>,
    /// The values, column after column, rows ascending.
    pub touched: Vec<Touched>,
}

/// One value outside its bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Touched {
    /// Its row, from 0.
    pub row: usize,
    /// Its column.
    pub column: String,
    /// What it was.
    pub old: f64,
    /// What it became; `None` for missing.
    pub new: Option<f64>,
}

impl OutlierReport {
    pub(crate) fn new(action: OutlierAction, rows: usize) -> Self {
        Self { action, rows, bounds: Vec::new(), touched: Vec::new() }
    }

    /// How many values of a column lie outside.
    pub fn count(&self, column: &str) -> usize {
        self.touched.iter().filter(|touched| touched.column == column).count()
    }
}

/// One line for each column with extreme values.
impl fmt::Display for OutlierReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = match self.action {
            OutlierAction::Clip => "were cut",
            OutlierAction::SetMissing => "were set missing",
            OutlierAction::Flag => "were flagged",
        };
        if self.touched.is_empty() {
            return writeln!(formatter, "no value lies outside its bounds");
        }
        for run in self.touched.chunk_by(|a, b| a.column == b.column) {
            let name = &run[0].column;
            let (low, high) = self.bounds.iter().find(|b| b.0 == *name).map_or((0.0, 0.0), |b| (b.1, b.2));
            let shown: Vec<String> =
                run.iter().take(SHOWN).map(|t| format!("row {} ({})", t.row, t.old)).collect();
            let more = if run.len() > SHOWN { ", ..." } else { "" };
            writeln!(
                formatter,
                "{} of {} values of '{name}' lie outside {low} to {high} and {done}: {}{more}",
                run.len(),
                self.rows,
                shown.join(", ")
            )?;
        }
        Ok(())
    }
}
