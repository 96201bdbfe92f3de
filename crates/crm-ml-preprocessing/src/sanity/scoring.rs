//! Training against scoring: whether a later table looks like the one learnt from.

use crm_ml_core::{Check, Error, Persist, Result, parallel};
use crm_ml_table::{Column, FieldSpec, FieldType, Role, Table, TableSchema};
use serde::{Deserialize, Serialize};

use super::association::{Contingency, divergence};
use super::bounds;
use super::field::{edges, is_text};
use super::report::{FieldEvidence, SanityAction, SanityCheck, SanityReport, Verdict};
use super::{Finding, SanityChecker};
use crate::pipeline::Kept;
use crate::row_weights;

/// Most levels of a field that are kept by name.
const MOST_LEVELS: usize = 1000;
/// Looks that share a field's part of the false alarms: difference, ratio, divergence, new values.
const LOOKS: f64 = 4.0;

/// The distributions of a training table's features, to hold later tables against: see
/// [`SanityChecker::summarize`] and [`SanityChecker::check_scoring`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    schema: TableSchema,
    rows: f64,
    fields: Vec<Distribution>,
}

/// One field's distribution; shares of the weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Distribution {
    filled: f64,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    /// The least value, the upper ends of bins up to the largest value, and the shares: below, of each bin, above.
    Bins { least: f64, edges: Vec<f64>, shares: Vec<f64> },
    /// The most frequent levels, sorted, the share of each, then that of all others; whether others are new.
    Levels { levels: Vec<String>, shares: Vec<f64>, complete: bool },
}

impl TrainingSummary {
    /// The fields it knows.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.schema.fields.iter().map(|field| field.name.as_str())
    }

    /// What is left without some fields, such as those a model does not use.
    pub fn keep(&mut self, kept: impl Fn(&str) -> bool) {
        let keeps: Vec<bool> = self.fields().map(&kept).collect();
        let mut flags = keeps.iter();
        self.schema.fields.retain(|_| flags.next().copied().unwrap_or(false));
        let mut flags = keeps.iter();
        self.fields.retain(|_| flags.next().copied().unwrap_or(false));
    }
}

impl Persist for TrainingSummary {
    const KIND: &'static str = "preprocessing/training-summary";

    fn validate(&self) -> Result<()> {
        self.schema.validate()?;
        let share = |v: &f64| (0.0..=1.0 + 1e-9).contains(v);
        let sound = |field: &Distribution| {
            share(&field.filled)
                && match &field.shape {
                    Shape::Bins { least, edges, shares } => {
                        shares.len() == edges.len() + 2
                            && least.is_finite()
                            && edges.windows(2).all(|w| w[0] < w[1])
                            && edges.iter().all(|v| v.is_finite())
                            && shares.iter().all(share)
                    }
                    Shape::Levels { levels, shares, .. } => {
                        shares.len() == levels.len() + 1
                            && levels.windows(2).all(|w| w[0] < w[1])
                            && shares.iter().all(share)
                    }
                }
        };
        let fits = self.fields.len() == self.schema.fields.len() && self.rows >= 0.0 && self.rows.is_finite();
        match fits && self.fields.iter().all(sound) {
            true => Ok(()),
            false => Err(Error::model_file("the summary of the training table is not sound")),
        }
    }
}

impl SanityChecker {
    /// The distributions of the table's features: fill, and the shares of bins or levels. Rows of weight 0 and rows marked as
    /// deleted are left out.
    ///
    /// Errors: parameters out of range, a bad weight, no row left.
    pub fn summarize(&self, table: &Table) -> Result<TrainingSummary> {
        self.validate()?;
        let table = &Kept::of(table)?.select(table)?;
        let raw = row_weights(table)?;
        let weights = raw.as_deref();
        let fields: Vec<&crm_ml_table::Field> = table
            .features()
            .filter(|f| !matches!(f.field_type, FieldType::Identifier | FieldType::RecordId))
            .collect();
        let spec = |field: &crm_ml_table::Field| {
            let whole = field.field_type == FieldType::Integer;
            FieldSpec::new(&field.name)
                .field_type(if whole { FieldType::Number } else { field.field_type })
                .role(Role::Feature)
                .decimal(field.decimal)
                .missing_markers(field.missing_markers.clone())
        };
        let schema = TableSchema { missing_markers: None, fields: fields.iter().map(|f| spec(f)).collect() };
        let distributions = parallel::try_map(fields.len(), |i| {
            let column = table.column(&fields[i].name)?;
            let shape = self.shape(&column)?;
            let counted = count(&shape, &column, weights)?;
            Ok(Distribution { filled: counted.filled, shape: shape.with(&counted) })
        })?;
        Ok(TrainingSummary { schema, rows: effective(table.n_rows(), weights), fields: distributions })
    }

    fn shape(&self, column: &Column<'_>) -> Result<Shape> {
        if let Some(numbers) = measure(column)? {
            let mut sorted: Vec<f64> = numbers.into_iter().filter(|v| !v.is_nan()).collect();
            sorted.sort_by(f64::total_cmp);
            let truths = column.field().field_type == FieldType::Boolean;
            let mut edges = if truths { vec![0.0] } else { edges(&sorted, self.rule_support) };
            edges.extend(if truths { Some(1.0) } else { sorted.last().copied() });
            let least = if truths { 0.0 } else { sorted.first().copied().unwrap_or(0.0) };
            return Ok(Shape::Bins { least, edges, shares: Vec::new() });
        }
        let (levels, codes) = column.levels();
        let mut counts = vec![0usize; levels.len()];
        codes.iter().flatten().for_each(|&code| counts[code as usize] += 1);
        let mut order: Vec<usize> = (0..levels.len()).collect();
        order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
        order.truncate(MOST_LEVELS);
        order.sort_unstable();
        let complete = order.len() == levels.len() && column.field().field_type != FieldType::MultiSelect;
        let levels = order.into_iter().map(|i| levels[i].clone()).collect();
        Ok(Shape::Levels { levels, shares: Vec::new(), complete })
    }

    /// Holds a table to be scored against the summary of the one learnt from: what is filled, and what the values are. A field
    /// that is not there counts as never filled; others than those of training are not looked at. Weights of the scoring table
    /// count where it has them.
    ///
    /// Errors: parameters out of range, a value that does not parse under the type of training.
    ///
    /// ```
    /// use crm_ml_preprocessing::{SanityCheck, SanityChecker};
    /// use crm_ml_table::Table;
    ///
    /// let table = |source: &str| {
    ///     let rows: String = (0..100).map(|i| format!("{source},{}\n", i % 13)).collect();
    ///     Table::from_csv_reader(format!("source,visits\n{rows}").as_bytes(), "leads.csv")
    /// };
    /// let checker = SanityChecker::new();
    /// let training = checker.summarize(&table("fair")?)?;
    /// assert!(checker.check_scoring(&training, &table("fair")?)?.is_clean());
    /// let report = checker.check_scoring(&training, &table("web")?)?;
    /// assert_eq!(report.verdicts[0].check, SanityCheck::Divergence);
    /// assert_eq!(report.verdicts[0].evidence, 1.0);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn check_scoring(&self, training: &TrainingSummary, table: &Table) -> Result<SanityReport> {
        self.validate()?;
        training.validate()?;
        let raw = row_weights(table)?;
        let weights = raw.as_deref();
        let there = |spec: &&FieldSpec| table.field(&spec.name).is_ok();
        let schema = TableSchema {
            missing_markers: None,
            fields: training.schema.fields.iter().filter(there).cloned().collect(),
        };
        let typed = table.with_schema(&schema)?;
        let alpha = self.false_alarm_rate / training.fields.len().max(1) as f64 / LOOKS;
        let rows = effective(table.n_rows(), weights);
        let found = parallel::try_map(training.fields.len(), |i| {
            let (spec, known) = (&training.schema.fields[i], &training.fields[i]);
            let counted = match typed.column(&spec.name) {
                Ok(column) => count(&known.shape, &column, weights)?,
                Err(_) => Counted::default(),
            };
            Ok((self.held(spec, known, &counted, (training.rows, rows), alpha), counted.filled))
        })?;
        let mut report = SanityReport {
            rows: table.n_rows(),
            false_alarm_rate: self.false_alarm_rate,
            ..SanityReport::default()
        };
        for ((verdicts, filled), spec) in found.into_iter().zip(&training.schema.fields) {
            report.fields.push(FieldEvidence::filled(&spec.name, spec.field_type, filled));
            report.verdicts.extend(verdicts);
        }
        Ok(report)
    }

    fn held(
        &self,
        spec: &FieldSpec,
        known: &Distribution,
        now: &Counted,
        rows: (f64, f64),
        alpha: f64,
    ) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let mut push = |finding: Finding| verdicts.push(finding.named(&spec.name));
        let words =
            format!("filled in {:.1} % of training, {:.1} % here", 100.0 * known.filled, 100.0 * now.filled);
        let ((a, rows_a), (b, rows_b)) = if known.filled >= now.filled {
            ((known.filled, rows.0), (now.filled, rows.1))
        } else {
            ((now.filled, rows.1), (known.filled, rows.0))
        };
        let low = bounds::share_difference(a, rows_a, b, rows_b, 0.5 * alpha);
        if low > self.max_fill_difference {
            push(
                self.found(SanityCheck::FillDifference, a - b, self.max_fill_difference, words.clone())
                    .bound(low),
            );
        }
        let low = bounds::share_ratio(a, rows_a, b, rows_b, 0.5 * alpha);
        if low > self.max_fill_ratio {
            push(
                self.found(
                    SanityCheck::FillRatio,
                    a / b.max(0.5 / rows_b.max(1.0)),
                    self.max_fill_ratio,
                    words,
                )
                .bound(low),
            );
        }
        let (filled_rows, filled_now) = (rows.0 * known.filled, rows.1 * now.filled);
        if filled_now >= self.rule_support as f64 {
            let shares = known.shape.shares();
            if let Some((value, error)) = divergence(shares, &now.shares, (filled_rows, filled_now)) {
                let low = value - bounds::width(alpha) * error;
                if low > self.max_divergence && differ(shares, &now.shares, filled_rows, filled_now) < alpha {
                    let words =
                        format!("other values than in training: Jensen-Shannon divergence {value:.3}");
                    push(self.found(SanityCheck::Divergence, value, self.max_divergence, words).bound(low));
                }
            }
        }
        if let (Some((name, share)), Shape::Levels { complete: true, .. }) = (&now.new_level, &known.shape) {
            let low = bounds::share(share * filled_now, filled_now, alpha);
            if low > self.max_new_levels {
                let shown: String = name.chars().take(40).collect();
                let words =
                    format!("{:.1} % of the values were not in training, such as '{shown}'", 100.0 * share);
                let finding = self.found(SanityCheck::NewLevels, *share, self.max_new_levels, words);
                push(finding.bound(low).value(name).action(SanityAction::Warn));
            }
        }
        verdicts
    }

    fn found(&self, check: SanityCheck, evidence: f64, threshold: f64, words: String) -> Finding {
        let finding = Finding::new(check, evidence, threshold, words);
        if self.warn_only { finding.action(SanityAction::Warn) } else { finding }
    }

    pub(super) fn check_scoring_parameters(&self, check: Check) -> Check {
        check
            .range("max_fill_ratio", self.max_fill_ratio, 1.0..)
            .range("max_divergence", self.max_divergence, 0.0..=1.0)
            .range("max_new_levels", self.max_new_levels, 0.0..=1.0)
    }
}

/// A table's shares under the shape of training.
#[derive(Default)]
struct Counted {
    filled: f64,
    shares: Vec<f64>,
    /// The most frequent value that training had not, and the share of all such values.
    new_level: Option<(String, f64)>,
}

impl Shape {
    fn with(self, counted: &Counted) -> Self {
        let shares = counted.shares.clone();
        match self {
            Self::Bins { least, edges, .. } => Self::Bins { least, edges, shares },
            Self::Levels { levels, complete, .. } => Self::Levels { levels, shares, complete },
        }
    }

    fn shares(&self) -> &[f64] {
        match self {
            Self::Bins { shares, .. } | Self::Levels { shares, .. } => shares,
        }
    }
}

/// The column as numbers: of texts the number of characters; `None` for categories.
fn measure(column: &Column<'_>) -> Result<Option<Vec<f64>>> {
    match column.field().field_type {
        FieldType::Category | FieldType::Identifier | FieldType::RecordId | FieldType::MultiSelect => {
            Ok(None)
        }
        text if is_text(text) => {
            let length = |row| column.text(row).map_or(f64::NAN, |text| text.chars().count() as f64);
            Ok(Some((0..column.len()).map(length).collect()))
        }
        _ => column.numbers().map(Some),
    }
}

fn count(shape: &Shape, column: &Column<'_>, weights: Option<&[f64]>) -> Result<Counted> {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let total: f64 = (0..column.len()).map(weight).sum();
    let (mut sums, mut new) = (Vec::new(), std::collections::BTreeMap::<String, f64>::new());
    match shape {
        Shape::Bins { least, edges, .. } => {
            sums.resize(edges.len() + 2, 0.0);
            let numbers = measure(column)?.unwrap_or_default();
            for (row, v) in numbers.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
                let bin = if v < least { 0 } else { 1 + edges.partition_point(|edge| edge < v) };
                sums[bin] += weight(row);
            }
        }
        Shape::Levels { levels: known, .. } => {
            sums.resize(known.len() + 1, 0.0);
            let (levels, codes) = column.levels();
            let mut own = vec![0.0; levels.len()];
            for (row, code) in codes.iter().enumerate() {
                if let Some(code) = code {
                    own[*code as usize] += weight(row);
                }
            }
            for (level, sum) in levels.into_iter().zip(own) {
                match known.binary_search(&level) {
                    Ok(place) => sums[place] += sum,
                    Err(_) => {
                        sums[known.len()] += sum;
                        new.insert(level, sum);
                    }
                }
            }
        }
    }
    let filled: f64 = sums.iter().sum();
    let unseen: f64 = new.values().sum();
    let most = new.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    if filled > 0.0 {
        sums.iter_mut().for_each(|sum| *sum /= filled);
    }
    let share = if total > 0.0 { (filled / total).min(1.0) } else { 0.0 };
    Ok(Counted { filled: share, shares: sums, new_level: most.map(|(name, _)| (name, unseen / filled)) })
}

/// Chance of two samples that differ as much, if they came from one distribution.
fn differ(a: &[f64], b: &[f64], rows_a: f64, rows_b: f64) -> f64 {
    let mut table = Contingency::new(2, a.len());
    a.iter().enumerate().for_each(|(i, share)| table.add(0, i, share * rows_a));
    b.iter().enumerate().for_each(|(i, share)| table.add(1, i, share * rows_b));
    table.chi_squared().p_value(1.0)
}

/// Kish's effective number of rows.
fn effective(rows: usize, weights: Option<&[f64]>) -> f64 {
    weights.map_or(rows as f64, |w| {
        let (sum, squares) = w.iter().fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    })
}
