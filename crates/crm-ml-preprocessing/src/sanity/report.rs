//! What the checks found, for people and for files.

use std::collections::BTreeSet;
use std::fmt;

use crm_ml_core::Result;
use crm_ml_table::{FieldType, Role, Table};
use serde::{Deserialize, Serialize};

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SanityCheck {
    /// No row has a value.
    AllMissing,
    /// All rows have one value.
    Constant,
    /// Nearly all rows have one value.
    Variance,
    /// The values name the records.
    Identifier,
    /// Dates after the record's own time.
    FutureDate,
    /// Correlation with the target.
    Correlation,
    /// Cramer's V with the classes.
    CramersV,
    /// Share of a real target's spread that lies between the values (the correlation ratio).
    CorrelationRatio,
    /// A value or word that decides the class.
    RuleConfidence,
    /// Area under the ROC curve of the field alone.
    SingleFieldAuc,
    /// Being filled says the target.
    FillRate,
    /// Another field says the same.
    RedundantPair,
    /// Filled in training but not in scoring, or the other way round: difference of the shares.
    FillDifference,
    /// The same, as the ratio of the shares.
    FillRatio,
    /// Training and scoring have other values: Jensen-Shannon divergence.
    Divergence,
    /// Values in scoring that training had not.
    NewLevels,
    /// What a model of all fields loses without this one (found by those who fit models).
    CostOfAbsence,
}

impl SanityCheck {
    /// Whether it says that the field cannot say anything.
    pub(super) fn is_empty(self) -> bool {
        matches!(self, Self::AllMissing | Self::Constant | Self::Variance | Self::Identifier)
    }
}

impl fmt::Display for SanityCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::AllMissing => "all missing",
            Self::Constant => "constant",
            Self::Variance => "variance",
            Self::Identifier => "identifier",
            Self::FutureDate => "future date",
            Self::Correlation => "correlation",
            Self::CramersV => "Cramer's V",
            Self::CorrelationRatio => "correlation ratio",
            Self::RuleConfidence => "rule confidence",
            Self::SingleFieldAuc => "single-field AUC",
            Self::FillRate => "fill rate",
            Self::RedundantPair => "redundant pair",
            Self::FillDifference => "fill difference",
            Self::FillRatio => "fill ratio",
            Self::Divergence => "divergence",
            Self::NewLevels => "new values",
            Self::CostOfAbsence => "cost of absence",
        })
    }
}

/// What a verdict asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SanityAction {
    /// Somebody who knows the data should look at the field.
    Warn,
    /// The field should not be learnt from.
    Remove,
}

impl fmt::Display for SanityAction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Warn => "warn",
            Self::Remove => "remove",
        })
    }
}

/// One thing that speaks against a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Name of the field.
    pub field: String,
    /// What was looked at.
    pub check: SanityCheck,
    /// The figure found.
    pub evidence: f64,
    /// Its lower confidence bound, on which the verdict rests; `None` where nothing was estimated.
    pub bound: Option<f64>,
    /// The threshold of the check.
    pub threshold: f64,
    /// The value, word or other field it concerns.
    pub value: Option<String>,
    /// What is asked for.
    pub action: SanityAction,
    /// All of it in words.
    pub words: String,
}

/// The figures of one field, whether they exceed a threshold or not. Those that do not apply are `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldEvidence {
    /// Name of the field.
    pub field: String,
    /// Its type, where it is known.
    pub field_type: Option<FieldType>,
    /// (Weighted) share of the rows that have a value.
    pub filled: f64,
    /// Correlation with the target: of two classes with being of the second, of more classes the strongest with being of one.
    pub correlation: Option<f64>,
    /// Cramer's V with the classes.
    pub cramers_v: Option<f64>,
    /// Correlation ratio with a real target.
    pub correlation_ratio: Option<f64>,
    /// Area under the ROC curve of the field alone, at least 0.5 but for sampling error; of several classes the largest.
    pub auc: Option<f64>,
    /// Largest confidence of a value or word with enough rows that says more than the classes' shares do.
    pub rule_confidence: Option<f64>,
    /// Largest difference between a class and the others in the share of filled rows; for a real target the correlation with
    /// being filled, without its sign.
    pub fill_difference: Option<f64>,
}

impl FieldEvidence {
    pub(super) fn filled(field: &str, field_type: Option<FieldType>, filled: f64) -> Self {
        Self {
            field: field.to_owned(),
            field_type,
            filled,
            correlation: None,
            cramers_v: None,
            correlation_ratio: None,
            auc: None,
            rule_confidence: None,
            fill_difference: None,
        }
    }
}

/// What [`SanityChecker`](super::SanityChecker) found: every figure of every field, and verdicts on those that exceed a threshold.
///
/// ```
/// use crm_ml_preprocessing::{SanityCheck, SanityChecker};
/// use crm_ml_table::{Role, Table};
///
/// let mut csv = String::from("visits,contract,won\n");
/// for i in 0..200 {
///     let won = i % 4 == 0;
///     csv += &format!("{},{},{}\n", i * 7 % 11, if won { "signed" } else { "" }, if won { "yes" } else { "no" });
/// }
/// let mut leads = Table::from_csv_reader(csv.as_bytes(), "leads.csv")?;
/// leads.set_role("won", Role::Target)?;
/// let report = SanityChecker::new().check(&leads)?;
/// assert_eq!(report.removed(), ["contract"]);
/// let fill = report.of("contract").find(|verdict| verdict.check == SanityCheck::FillRate);
/// assert_eq!(fill.map(|verdict| verdict.evidence), Some(1.0));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SanityReport {
    /// Rows looked at.
    pub rows: usize,
    /// Most of the tables without any relation in which a chance finding would appear.
    pub false_alarm_rate: f64,
    /// The figures of the features, in the order of the table.
    pub fields: Vec<FieldEvidence>,
    /// What speaks against them, in the same order.
    pub verdicts: Vec<Verdict>,
    /// What could not be looked at, and why.
    pub notes: Vec<String>,
}

impl SanityReport {
    /// The fields that should not be learnt from, each once.
    pub fn removed(&self) -> Vec<&str> {
        self.fields_with(|action| action == SanityAction::Remove)
    }

    /// All fields with a verdict, each once.
    pub fn flagged(&self) -> Vec<&str> {
        self.fields_with(|_| true)
    }

    /// The verdicts on one field.
    pub fn of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Verdict> {
        self.verdicts.iter().filter(move |verdict| verdict.field == field)
    }

    /// Whether nothing speaks against any field.
    pub fn is_clean(&self) -> bool {
        self.verdicts.is_empty()
    }

    /// The table with its removed fields put aside: their role becomes ignored, so that whatever learns from the table, and so the
    /// model it gives, does without them.
    ///
    /// Errors: a field that the table has not.
    pub fn put_aside(&self, table: &Table) -> Result<Table> {
        let mut table = table.clone();
        self.removed().into_iter().try_for_each(|field| table.set_role(field, Role::Ignored))?;
        Ok(table)
    }

    fn fields_with(&self, asked: impl Fn(SanityAction) -> bool) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let wanted = self.verdicts.iter().filter(|verdict| asked(verdict.action));
        wanted.map(|verdict| verdict.field.as_str()).filter(|field| seen.insert(*field)).collect()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}): {}: {}", self.field, self.action, self.check, self.words)
    }
}

impl fmt::Display for SanityReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [removed, flagged] = [self.removed().len(), self.flagged().len()];
        let (rows, fields) = (self.rows, self.fields.len());
        writeln!(
            formatter,
            "{fields} fields in {rows} rows: {removed} to remove, {} to look at",
            flagged - removed
        )?;
        if !self.verdicts.is_empty() {
            let width = |text: fn(&Verdict) -> String, title: &str| {
                let widths = self.verdicts.iter().map(|verdict| text(verdict).chars().count());
                widths.max().unwrap_or(0).max(title.len())
            };
            let field = width(|v| v.field.clone(), "field");
            let check = width(|v| v.check.to_string(), "check");
            let title = ("field", "action", "check", "evidence", "limit");
            let (a, b, c, d, e) = title;
            writeln!(formatter, "{a:<field$}  {b:<6}  {c:<check$}  {d:>8}  {e:>7}  why")?;
            for v in &self.verdicts {
                writeln!(
                    formatter,
                    "{:<field$}  {:<6}  {:<check$}  {:>8.4}  {:>7.4}  {}",
                    v.field, v.action, v.check, v.evidence, v.threshold, v.words
                )?;
            }
        }
        self.notes.iter().try_for_each(|note| writeln!(formatter, "{note}"))
    }
}
