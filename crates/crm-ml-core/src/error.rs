//! The one error type of every crate.

use std::fmt;

/// What every fallible function of `crm-ml` returns.
pub type Result<T> = std::result::Result<T, Error>;

/// An error, opaque and small; [`Error::kind`] tells what happened.
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

impl Error {
    /// What went wrong, with the row, column or parameter it is about.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// A model file that cannot be accepted.
    pub fn model_file(message: impl Into<String>) -> Self {
        ErrorKind::ModelFile { message: message.into() }.into()
    }

    /// An arithmetic failure that no input check can foresee.
    pub fn numerical(message: impl Into<String>) -> Self {
        ErrorKind::Numerical { message: message.into() }.into()
    }

    /// A request the method does not serve.
    pub fn unsupported(message: impl Into<String>) -> Self {
        ErrorKind::Unsupported { message: message.into() }.into()
    }

    /// Two inputs that must have the same length.
    pub fn length(what: impl Into<String>, expected: usize, found: usize) -> Self {
        ErrorKind::LengthMismatch { what: what.into(), expected, found }.into()
    }

    /// Input that has no rows, or no columns.
    pub fn empty(dimension: &'static str) -> Self {
        ErrorKind::Empty { dimension }.into()
    }

    /// A file or stream that could not be read or written.
    pub fn io(path: impl fmt::Display, source: &std::io::Error) -> Self {
        ErrorKind::Io { path: path.to_string(), message: source.to_string() }.into()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

/// The causes of an [`Error`]. Rows count from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Parameters out of range; every violation is listed.
    #[error("{estimator}: {}", join(violations))]
    InvalidParameters {
        /// The estimator or function whose parameters they are.
        estimator: String,
        /// One entry a violated rule.
        violations: Vec<Violation>,
    },
    /// No rows or no columns.
    #[error("the data has no {dimension}")]
    Empty {
        /// `"rows"` or `"columns"`.
        dimension: &'static str,
    },
    /// Two inputs disagree about their length.
    #[error("{what}: expected {expected} values, found {found}")]
    LengthMismatch {
        /// What was counted.
        what: String,
        /// The length asked for.
        expected: usize,
        /// The length given.
        found: usize,
    },
    /// Data of another width than the model was fitted on.
    #[error("the model was fitted on {expected} columns, the data has {found}")]
    WidthMismatch {
        /// Columns of the model.
        expected: usize,
        /// Columns of the data.
        found: usize,
    },
    /// A named column stands where the model has another.
    #[error("column {position}: the model expects '{expected}', the data has '{found}'")]
    ColumnMismatch {
        /// Position of the column, from 0.
        position: usize,
        /// The model's column.
        expected: String,
        /// The data's column.
        found: String,
    },
    /// A column that is needed and not there.
    #[error("column '{column}' is missing{}; the data has {}", alike(column, available), quoted(available))]
    MissingColumn {
        /// The name looked for.
        column: String,
        /// The names found.
        available: Vec<String>,
    },
    /// A column name that occurs twice.
    #[error("column '{column}' occurs more than once")]
    DuplicateColumn {
        /// The name.
        column: String,
    },
    /// A missing value where the method takes none.
    #[error("{estimator} takes no missing values: row {row}, column '{column}'")]
    MissingValue {
        /// Who refuses it.
        estimator: String,
        /// Row of the first missing value.
        row: usize,
        /// Column of the first missing value.
        column: String,
    },
    /// An infinite feature.
    #[error("row {row}, column '{column}': {value} is not finite")]
    NotFinite {
        /// Row of the value.
        row: usize,
        /// Column of the value.
        column: String,
        /// The value.
        value: f64,
    },
    /// A cell that is no code of its category.
    #[error(
        "row {row}, column '{column}': {value} is no category code (0 to {} or {} for unseen)",
        levels.saturating_sub(1),
        crate::UNSEEN
    )]
    InvalidCode {
        /// Row of the value.
        row: usize,
        /// Column of the value.
        column: String,
        /// The value.
        value: f64,
        /// How many levels the column has.
        levels: usize,
    },
    /// A target value outside the domain of the method.
    #[error("target, row {row}: {value} is not allowed, {requirement}")]
    InvalidTarget {
        /// Row of the value.
        row: usize,
        /// The value.
        value: String,
        /// What a target must be.
        requirement: String,
    },
    /// A negative or non-finite weight.
    #[error("weight, row {row}: {value} is not a finite number of at least 0")]
    InvalidWeight {
        /// Row of the weight.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// Every weight is zero.
    #[error("every weight is zero: no row is left to learn from")]
    AllWeightsZero,
    /// Too little data for what was asked.
    #[error("{what}: {needed} needed, {found} found")]
    TooFew {
        /// What is counted.
        what: String,
        /// The least that works.
        needed: usize,
        /// What the data has.
        found: usize,
    },
    /// A category that the fitted model does not know, where the policy is to refuse it.
    #[error("row {row}, column '{column}': unknown category '{value}'")]
    UnknownCategory {
        /// Row of the value.
        row: usize,
        /// Column of the value.
        column: String,
        /// The category.
        value: String,
    },
    /// Something about a series that a method cannot work with.
    #[error("{}: {problem}", place(series, at))]
    Series {
        /// Name of the series, empty where it has none.
        series: String,
        /// The time, empty where it is about all of the series.
        at: String,
        /// What is wrong.
        problem: String,
    },
    /// Text input (CSV, schema file) that cannot be read.
    #[error("{}", input_message(source_name, *line, column.as_deref(), value.as_deref(), message))]
    Input {
        /// File name or other name of the source.
        source_name: String,
        /// Line in the file, from 1.
        line: Option<u64>,
        /// Column name.
        column: Option<String>,
        /// The offending text.
        value: Option<String>,
        /// What is wrong with it and what is accepted.
        message: String,
    },
    /// A file or stream that could not be read or written.
    #[error("{path}: {message}")]
    Io {
        /// The path.
        path: String,
        /// The system's words.
        message: String,
    },
    /// A model file that is damaged, of another kind, or of an unknown version.
    #[error("model file: {message}")]
    ModelFile {
        /// What is wrong.
        message: String,
    },
    /// A computation that broke down.
    #[error("{message}")]
    Numerical {
        /// What broke down and where.
        message: String,
    },
    /// A combination that is not offered.
    #[error("{message}")]
    Unsupported {
        /// What is not offered.
        message: String,
    },
    /// The caller's [`Progress`](crate::Progress) asked to stop.
    #[error("cancelled by the caller")]
    Cancelled,
}

/// One parameter out of range.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Name of the parameter.
    pub parameter: String,
    /// Its value, as text.
    pub value: String,
    /// What it must be.
    pub requirement: String,
}

fn join(violations: &[Violation]) -> String {
    let one = |v: &Violation| format!("{} is {}, must be {}", v.parameter, v.value, v.requirement);
    violations.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The name that differs in case, blanks or signs alone.
fn alike(column: &str, names: &[String]) -> String {
    let bare = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = bare(column);
    let found = names.iter().find(|name| !wanted.is_empty() && bare(name) == wanted);
    found.map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}

fn place(series: &str, at: &str) -> String {
    match (series, at) {
        ("", "") => "the series".to_owned(),
        ("", at) => at.to_owned(),
        (series, "") => format!("series '{series}'"),
        (series, at) => format!("series '{series}', {at}"),
    }
}

fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = names.iter().take(SHOWN).map(|n| format!("'{n}'")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    if text.is_empty() { "none".to_owned() } else { text }
}

fn input_message(
    source: &str,
    line: Option<u64>,
    column: Option<&str>,
    value: Option<&str>,
    message: &str,
) -> String {
    let mut text = source.to_owned();
    if let Some(line) = line {
        text.push_str(&format!(", line {line}"));
    }
    if let Some(column) = column {
        text.push_str(&format!(", column '{column}'"));
    }
    if let Some(value) = value {
        text.push_str(&format!(", value '{value}'"));
    }
    format!("{text}: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_column_names_the_one_that_is_meant() {
        let message = |column: &str| {
            let available = vec!["Lead ID".to_owned(), "Churn".to_owned()];
            Error::from(ErrorKind::MissingColumn { column: column.to_owned(), available }).to_string()
        };
        let list = "the data has 'Lead ID', 'Churn'";
        assert_eq!(message("churn"), format!("column 'churn' is missing (did you mean 'Churn'?); {list}"));
        assert!(message("lead_id").contains("did you mean 'Lead ID'?"));
        assert_eq!(message("won"), format!("column 'won' is missing; {list}"));
        assert_eq!(message("-"), format!("column '-' is missing; {list}"));
    }
}
