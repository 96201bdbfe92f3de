//! What an analyst gets.

use std::fmt;

use chrono::NaiveDate;

/// Records of one entity and day that are odd together.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The day (UTC); `None` where no column of time was told, or the record has none.
    pub day: Option<NaiveDate>,
    /// Place among the day's alerts, from 1.
    pub rank: usize,
    /// The card, customer or account; `None` where no column of entities was told, or the record has none.
    pub entity: Option<String>,
    /// Anomaly score of the oddest record.
    pub score: f64,
    /// Rows of the table that belong together, the oddest first.
    pub rows: Vec<usize>,
    /// Why the oddest record is odd, strongest first.
    pub reasons: Vec<AlertReason>,
    /// The score of a record of which nothing is odd; with the shares of all fields it adds up to the score.
    pub base: f64,
    /// The shares of the fields that no reason names.
    pub rest: f64,
}

/// One field's part in an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertReason {
    /// The raw field.
    pub field: String,
    /// Its value, and what is usual.
    pub text: String,
    /// Its share of the anomaly score.
    pub share: f64,
}

impl fmt::Display for AlertReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{} ({:+.2})", self.text, self.share))
    }
}
