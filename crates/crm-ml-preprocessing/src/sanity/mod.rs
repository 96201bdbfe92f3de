//! Whether a raw table can be learnt from: fields that say nothing, that say the target, or that say it twice.

mod alone;
mod association;
mod bounds;
mod field;
mod goal;
mod own;
mod pairs;
mod report;
mod rules;
mod scoring;
mod target;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Classes, Error, ErrorKind, Result, parallel};
use crm_ml_table::{Column, FieldType, Role, Table};
use serde::{Deserialize, Serialize};

use crate::pipeline::Kept;
use crate::{labels, row_weights, targets};
use field::Field;
use goal::{Goal, Outcomes, Target};
pub use report::{FieldEvidence, SanityAction, SanityCheck, SanityReport, Verdict};
pub use scoring::TrainingSummary;

/// Different values beyond which a numeric target is a quantity rather than classes.
const MOST_CLASSES: usize = 20;

/// Looks at the features of a raw table before anything is learnt from it.
///
/// | check | asks | action |
/// |---|---|---|
/// | all missing, constant, variance | whether a field says anything: `p (1 - p) < 1e-5`, where `p` is the share of its most frequent value | remove |
/// | identifier | whether the values name the records: by type, single words or whole numbers in turn that (nearly) never repeat | remove |
/// | correlation | with the target or a class, above 0.95 in magnitude | remove |
/// | Cramer's V, correlation ratio | of the values with the classes, or with a real target, above 0.95 | remove |
/// | single-field AUC | ranked by its values or by cross-fitted rates of their groups: above 0.95; above 0.8 | remove; warn |
/// | rule confidence | a value, bin or word of at least 10 rows of which 99 % are of one class, and which takes away half of the doubt | remove, warn for a class that half of the rows or more have |
/// | fill rate | filled in one class but not in the others (difference above 0.90), or a rule on being filled | as above |
/// | redundant pair | correlation or Cramer's V of two fields above 0.99, equal texts: the later one | remove, warn where only one follows from the other |
/// | future date | after the record's time (the column of role time), in more than 1 % of the rows | warn |
/// | training against scoring | see [`SanityChecker::check_scoring`] | remove, warn for new values |
///
/// The thresholds are those of TransmogrifAI's sanity checker and raw feature filter, where it has them; but variance is taken of the
/// most frequent value, since a share of 0.1 % in fractions is no constant. An AUC of 0.8 is where Hosmer and Lemeshow (Applied
/// Logistic Regression, chapter 5) begin to call a whole model excellent: a single field that gets there deserves a question.
///
/// **Chance.** A figure counts once its lower confidence bound exceeds the threshold: Fisher's transform for correlations and
/// Cramer's V, DeLong for AUC, Clopper and Pearson for shares, Newcombe for differences. The error of all bounds together, over all
/// fields, values and pairs (Bonferroni), is the `false_alarm_rate`, 0.05; and a figure that chance explains (by a test on ranks, so
/// that no extreme value can make it) has no lower bound. So of tables without any relation at most that share gets any verdict, and
/// small tables get few verdicts rather than false ones. Groups of fewer than `rule_support` rows are one group.
///
/// Missing values: figures of values are taken over the rows that have them; in the AUC missing is a group. Texts are looked at by
/// their words and their length. Rows of weight 0, marked as deleted or without a target are left out; weights weigh all figures, and bounds use
/// the effective number of rows (Kish), so that doubling all weights changes nothing. The same bits at any number of threads. Time
/// O(n log n) a field, and O(n) a pair of fields in blocked products (of categories, a thousand rows first).
///
/// ```
/// use crm_ml_preprocessing::{SanityAction, SanityCheck, SanityChecker};
/// use crm_ml_table::{Role, Table};
///
/// let mut csv = String::from("visits,calls,stage,won\n");
/// for i in 0..300 {
///     let won = (i * 7) % 10 < 3;
///     let stage = if won { "invoiced" } else { ["open", "talks"][i % 2] };
///     csv += &format!("{},{},{stage},{}\n", (i * 13) % 17, (i / 10) % 5, if won { "yes" } else { "no" });
/// }
/// let mut leads = Table::from_csv_reader(csv.as_bytes(), "leads.csv")?;
/// leads.set_role("won", Role::Target)?;
/// let report = SanityChecker::new().check(&leads)?;
/// assert_eq!(report.flagged(), ["stage"]);
/// assert_eq!(report.verdicts[0].check, SanityCheck::CramersV);
/// assert_eq!(report.verdicts[0].action, SanityAction::Remove);
/// println!("{report}");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SanityChecker {
    min_variance: f64,
    max_correlation: f64,
    max_cramers_v: f64,
    bias_correction: bool,
    max_rule_confidence: f64,
    rule_support: usize,
    max_auc: f64,
    suspicious_auc: f64,
    max_fill_difference: f64,
    max_feature_correlation: f64,
    max_future_share: f64,
    max_fill_ratio: f64,
    max_divergence: f64,
    max_new_levels: f64,
    max_levels: usize,
    false_alarm_rate: f64,
    cv: usize,
    warn_only: bool,
    seed: u64,
}

impl Default for SanityChecker {
    fn default() -> Self {
        Self {
            min_variance: 1e-5,
            max_correlation: 0.95,
            max_cramers_v: 0.95,
            bias_correction: false,
            max_rule_confidence: 0.99,
            rule_support: 10,
            max_auc: 0.95,
            suspicious_auc: 0.8,
            max_fill_difference: 0.9,
            max_feature_correlation: 0.99,
            max_future_share: 0.01,
            max_fill_ratio: 20.0,
            max_divergence: 0.9,
            max_new_levels: 0.1,
            max_levels: 100,
            false_alarm_rate: 0.05,
            cv: 5,
            warn_only: false,
            seed: 0,
        }
    }
}

/// Builder setters of plain values, documented.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        $($(#[$doc])* pub fn $name(mut self, $name: $type) -> Self {
            self.$name = $name;
            self
        })*
    };
}

impl SanityChecker {
    /// The thresholds of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Least variance of having the most frequent value.
        min_variance: f64,
        /// Largest correlation with the target, largest correlation ratio, of at most 1.
        max_correlation: f64,
        /// Largest Cramer's V with the classes.
        max_cramers_v: f64,
        /// Whether that V is freed of its bias (Bergsma 2013).
        bias_correction: bool,
        /// Confidence from which a value decides a class.
        max_rule_confidence: f64,
        /// Rows that a value, a word or a class needs to be looked at by itself, at least 2.
        rule_support: usize,
        /// Largest AUC of a field alone.
        max_auc: f64,
        /// AUC of a field alone that deserves a question, at most `max_auc`.
        suspicious_auc: f64,
        /// Largest difference in the share of filled rows: between classes, and between training and scoring.
        max_fill_difference: f64,
        /// Largest correlation or Cramer's V of two fields.
        max_feature_correlation: f64,
        /// Largest share of dates after the record's own time.
        max_future_share: f64,
        /// Largest ratio of the shares of filled rows of training and scoring.
        max_fill_ratio: f64,
        /// Largest Jensen-Shannon divergence of training and scoring, in bits.
        max_divergence: f64,
        /// Largest share of values in scoring that training had not.
        max_new_levels: f64,
        /// Levels of a field that are looked at by themselves, the most frequent ones.
        max_levels: usize,
        /// Share of the tables without any relation in which a verdict by chance is allowed.
        false_alarm_rate: f64,
        /// Folds for the rates of groups.
        cv: usize,
        /// Whether every verdict is a warning: nothing is removed.
        warn_only: bool,
        /// Seed of the folds.
        seed: u64,
    }

    /// Checks a table against its column of role target: classes, or a quantity where the column is numeric with more than 20
    /// different values. Without a target only what needs none is looked at.
    ///
    /// Errors: parameters out of range, no row with a target, a bad weight.
    pub fn check(&self, table: &Table) -> Result<SanityReport> {
        let Some(target) = table.target() else { return self.check_unlabeled(table) };
        let numeric = matches!(target.field_type, FieldType::Number | FieldType::Integer);
        let quantity = numeric && table.column(&target.name)?.levels().0.len() > MOST_CLASSES;
        if quantity {
            let targets = targets(table)?;
            return self.run(&table.select_rows(&targets.rows)?, &Given::Values(&targets.values));
        }
        let labels = labels(table)?;
        let (classes, codes) = labels.encode();
        self.run(&table.select_rows(&labels.rows)?, &Given::Classes(&codes, &classes))
    }

    /// Checks what needs no target: empty fields, identifiers, dates and pairs.
    ///
    /// Errors: parameters out of range, a bad weight.
    pub fn check_unlabeled(&self, table: &Table) -> Result<SanityReport> {
        self.run(table, &Given::None)
    }

    /// Checks a table with a class for every row.
    ///
    /// Errors: parameters out of range, another number of codes than rows, a code that is no class, a bad weight.
    pub fn check_labeled(&self, table: &Table, codes: &[u32], classes: &Classes) -> Result<SanityReport> {
        if codes.len() != table.n_rows() {
            return Err(Error::length("labels", table.n_rows(), codes.len()));
        }
        if let Some(row) = codes.iter().position(|&code| code as usize >= classes.len()) {
            let requirement = format!("a code must be below {}", classes.len());
            return Err(ErrorKind::InvalidTarget { row, value: codes[row].to_string(), requirement }.into());
        }
        self.run(table, &Given::Classes(codes, classes))
    }

    /// Checks a table with a real target for every row.
    ///
    /// Errors: parameters out of range, another number of values than rows, a value that is not finite, a bad weight.
    pub fn check_targeted(&self, table: &Table, target: &[f64]) -> Result<SanityReport> {
        if target.len() != table.n_rows() {
            return Err(Error::length("targets", table.n_rows(), target.len()));
        }
        if let Some(row) = target.iter().position(|v| !v.is_finite()) {
            let requirement = "a target must be finite".to_owned();
            return Err(ErrorKind::InvalidTarget { row, value: target[row].to_string(), requirement }.into());
        }
        self.run(table, &Given::Values(target))
    }

    fn run(&self, table: &Table, given: &Given<'_>) -> Result<SanityReport> {
        self.validate()?;
        let kept = Kept::of(table)?;
        let used = kept.select(table)?;
        let weights = row_weights(&used)?.map(mean_one);
        let mut report = SanityReport {
            rows: used.n_rows(),
            false_alarm_rate: self.false_alarm_rate,
            ..SanityReport::default()
        };
        let mut goal = Goal::new(used.n_rows(), weights.as_deref());
        let (codes, values): (Vec<u32>, Vec<f64>);
        goal.target = match given {
            Given::None => Target::None,
            Given::Classes(all, classes) => {
                codes = kept.values(all);
                Target::Classes(Outcomes::new(&goal, &codes, classes, self, &mut report.notes)?)
            }
            Given::Values(all) => {
                values = kept.values(all);
                Target::Values(&values)
            }
        };
        self.look(&used, &goal, &mut report)?;
        Ok(report)
    }

    /// First each field, half of the false alarms shared among them; then the pairs of what is left.
    fn look(&self, table: &Table, goal: &Goal<'_>, report: &mut SanityReport) -> Result<()> {
        let columns: Vec<Column<'_>> = table.columns().filter(|c| c.field().role == Role::Feature).collect();
        let alpha = 0.5 * self.false_alarm_rate / columns.len().max(1) as f64;
        let time = table.columns().find(|c| c.field().role == Role::Time).filter(|c| is_time(c));
        let looked = parallel::try_map(columns.len(), |i| {
            let field = Field::new(columns[i], self)?;
            if let Some(verdict) = self.is_empty(&field, goal) {
                let evidence = FieldEvidence::filled(
                    field.name(),
                    Some(field.field_type()),
                    goal.share(|row| !field.is_missing(row)),
                );
                return Ok((field, evidence, vec![verdict]));
            }
            let (evidence, mut verdicts) = self.against_target(&field, goal, alpha)?;
            if let (Some(time), true) = (&time, is_time(&field.column)) {
                verdicts.extend(self.future(&field, time, goal, alpha / target::LOOKS)?);
            }
            Ok((field, evidence, verdicts))
        })?;
        let mut verdicts: Vec<Vec<Verdict>> = Vec::with_capacity(looked.len());
        let mut fields = Vec::with_capacity(looked.len());
        for (field, evidence, mut found) in looked {
            found.iter_mut().for_each(|verdict| verdict.action = self.softened(verdict.action));
            fields.push(field);
            report.fields.push(evidence);
            verdicts.push(found);
        }
        let left: Vec<usize> = (0..fields.len())
            .filter(|&i| verdicts[i].iter().all(|v| v.action == SanityAction::Warn && !v.check.is_empty()))
            .collect();
        let candidates: Vec<&Field<'_>> = left.iter().map(|&i| &fields[i]).collect();
        for (place, mut verdict) in self.redundant(&candidates, goal, 0.5 * self.false_alarm_rate)? {
            verdict.action = self.softened(verdict.action);
            verdicts[left[place]].push(verdict);
        }
        report.verdicts = verdicts.concat();
        Ok(())
    }

    fn softened(&self, action: SanityAction) -> SanityAction {
        if self.warn_only { SanityAction::Warn } else { action }
    }

    /// Errors: parameters out of range.
    pub(crate) fn validate(&self) -> Result<()> {
        let check = Check::of("SanityChecker")
            .range("min_variance", self.min_variance, 0.0..=0.25)
            .range("max_correlation", self.max_correlation, 0.0..=1.0)
            .range("max_cramers_v", self.max_cramers_v, 0.0..=1.0)
            .share("max_rule_confidence", self.max_rule_confidence)
            .at_least("rule_support", self.rule_support, 2)
            .range("max_auc", self.max_auc, 0.5..=1.0)
            .range("suspicious_auc", self.suspicious_auc, 0.5..=self.max_auc)
            .range("max_fill_difference", self.max_fill_difference, 0.0..=1.0)
            .range("max_feature_correlation", self.max_feature_correlation, 0.0..=1.0)
            .range("max_future_share", self.max_future_share, 0.0..=1.0)
            .at_least("max_levels", self.max_levels, 2)
            .rule(
                "false_alarm_rate",
                self.false_alarm_rate,
                self.false_alarm_rate > 0.0 && self.false_alarm_rate < 1.0,
                "above 0 and below 1",
            )
            .between("cv", self.cv, 2, 100);
        self.check_scoring_parameters(check).finish()
    }
}

/// What the caller gives to hold the fields against.
enum Given<'a> {
    None,
    Classes(&'a [u32], &'a Classes),
    Values(&'a [f64]),
}

fn is_time(column: &Column<'_>) -> bool {
    matches!(column.field().field_type, FieldType::Date | FieldType::DateTime)
}

fn mean_one(mut weights: Vec<f64>) -> Vec<f64> {
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    weights.iter_mut().for_each(|weight| *weight /= mean);
    weights
}

/// A verdict in the making.
struct Finding(Verdict);

impl Finding {
    fn new(check: SanityCheck, evidence: f64, threshold: f64, words: String) -> Self {
        let (field, action) = (String::new(), SanityAction::Remove);
        Self(Verdict { field, check, evidence, bound: None, threshold, value: None, action, words })
    }

    fn bound(mut self, low: f64) -> Self {
        self.0.bound = Some(low);
        self
    }

    fn value(mut self, value: impl Into<String>) -> Self {
        self.0.value = Some(value.into());
        self
    }

    fn action(mut self, action: SanityAction) -> Self {
        self.0.action = action;
        self
    }

    fn named(mut self, field: &str) -> Verdict {
        self.0.field = field.to_owned();
        self.0
    }

    fn on(self, field: &Field<'_>) -> Verdict {
        self.named(field.name())
    }
}
