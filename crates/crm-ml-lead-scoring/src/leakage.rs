//! Fields that know the outcome before it happened.

use std::collections::BTreeMap;
use std::fmt;

use crm_ml_classifiers::GradientBoostingClassifier;
use crm_ml_core::{Classifier, Importances, Labeled, Progress, Result, Split, Stream, advance, parallel};
use crm_ml_model_selection::{ClassificationMetric, cross_validate};
use crm_ml_table::{FieldType, Role, Table};
use serde::{Deserialize, Serialize};

/// A field alone with this area under the curve is suspicious.
const SINGLE_FIELD_AUC: f64 = 0.90;
/// So is one whose absence costs this much of it.
const COST_OF_ABSENCE: f64 = 0.05;
/// Chance below which being filled for one class only is no coincidence.
const COINCIDENCE: f64 = 1e-3;
/// Rows the models of the check are fitted on.
const MOST_ROWS: usize = 8000;
/// Fields that are left out in turn, the most important ones: those far down could not cost as much, and a table of thousands
/// of fields would take hours.
const MOST_LEFT_OUT: usize = 30;

/// A field and why it is suspicious.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuspiciousField {
    /// Name of the field.
    pub field: String,
    /// What speaks against it; at least one.
    pub evidence: Vec<Evidence>,
}

/// Why a field is suspicious.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Evidence {
    /// It names the record, so a model can learn it by heart.
    Identifier {
        /// Why it was taken for an identifier.
        reason: String,
    },
    /// A model of this field alone is too good: its area under the curve, out of fold.
    SingleField {
        /// The area under the ROC curve.
        auc: f64,
    },
    /// Without it the model loses too much.
    Absence {
        /// Out-of-fold area under the curve with all fields.
        with: f64,
        /// And without this one.
        without: f64,
    },
    /// It is filled for one class only.
    FilledForOneClass {
        /// Name of that class.
        class: String,
        /// Rows in which it is filled.
        filled: usize,
        /// Rows in which it is missing.
        missing: usize,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identifier { reason } => write!(formatter, "identifier: {reason}"),
            Self::SingleField { auc } => {
                write!(formatter, "alone it reaches an AUC of {auc:.3} (limit {SINGLE_FIELD_AUC})")
            }
            Self::Absence { with, without } => write!(
                formatter,
                "without it the AUC falls from {with:.3} to {without:.3}, by {:.3} (limit {COST_OF_ABSENCE})",
                with - without
            ),
            Self::FilledForOneClass { class, filled, missing } => write!(
                formatter,
                "filled in {filled} rows, all of class '{class}', and missing in the other {missing}"
            ),
        }
    }
}

impl fmt::Display for SuspiciousField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let evidence: Vec<String> = self.evidence.iter().map(Evidence::to_string).collect();
        write!(formatter, "{}: {}", self.field, evidence.join("; "))
    }
}

/// Looks at every feature of the table, and at identifiers that are not declared as the record's id.
///
/// `data` is the encoded table, of whose columns each knows its raw field. The models are small boosted ones on at most 8,000 rows,
/// drawn at random, in three folds; left out in turn are the 30 fields that matter most to the model of all fields.
pub(crate) fn suspicious_fields(
    table: &Table,
    data: &Labeled<'_>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<SuspiciousField>> {
    let drawn = if data.n_rows() > MOST_ROWS {
        let mut rows = Stream::new(seed, "leakage/rows", 0).sample(data.n_rows(), MOST_ROWS);
        rows.sort_unstable();
        Some(data.select_rows(&rows))
    } else {
        None
    };
    let probe = Probe { data: drawn.as_ref().unwrap_or(data), seed };
    let all: Vec<usize> = (0..data.samples().n_columns()).collect();
    let with = probe.auc(&all)?;
    let names: Vec<String> =
        table.fields().filter(|f| f.role == Role::Feature).map(|f| f.name.clone()).collect();
    let important = probe.important_fields()?;
    let aucs = parallel::try_map(names.len(), |i| {
        let (own, others) = probe.columns(&names[i]);
        let left_out = !others.is_empty() && important.contains(&names[i].as_str());
        Ok((
            if own.is_empty() { None } else { Some(probe.auc(&own)?) },
            if left_out { Some(probe.auc(&others)?) } else { None },
        ))
    })?;
    let mut found = Vec::new();
    for (i, (name, (alone, without))) in names.iter().zip(aucs).enumerate() {
        let mut evidence = Vec::new();
        let field = table.field(name)?;
        if field.field_type == FieldType::Identifier {
            evidence.push(Evidence::Identifier { reason: field.inference.reason.clone() });
        }
        if let Some(auc) = alone.filter(|auc| *auc >= SINGLE_FIELD_AUC) {
            evidence.push(Evidence::SingleField { auc });
        }
        if let Some(without) = without.filter(|without| with - without >= COST_OF_ABSENCE) {
            evidence.push(Evidence::Absence { with, without });
        }
        evidence.extend(filled_for_one_class(table, name, data)?);
        if !evidence.is_empty() {
            found.push(SuspiciousField { field: name.clone(), evidence });
        }
        advance(progress, "leakage check", i + 1, names.len())?;
    }
    Ok(found)
}

struct Probe<'a> {
    data: &'a Labeled<'a>,
    seed: u64,
}

impl Probe<'_> {
    /// Columns made from a field, and all others.
    fn columns(&self, field: &str) -> (Vec<usize>, Vec<usize>) {
        let columns = self.data.samples().schema().columns();
        (0..columns.len()).partition(|&i| columns[i].field == field)
    }

    fn model(&self) -> GradientBoostingClassifier {
        GradientBoostingClassifier::new()
            .n_estimators(40)
            .max_leaf_nodes(15)
            .learning_rate(0.2)
            .seed(self.seed)
    }

    /// The fields that a model of all of them uses most.
    fn important_fields(&self) -> Result<Vec<&str>> {
        let importances = self.model().fit(self.data)?.feature_importances();
        let mut fields: BTreeMap<&str, f64> = BTreeMap::new();
        for (column, importance) in self.data.samples().schema().columns().iter().zip(&importances) {
            *fields.entry(column.field.as_str()).or_default() += importance;
        }
        let mut fields: Vec<(&str, f64)> = fields.into_iter().filter(|(_, sum)| *sum > 0.0).collect();
        fields.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        fields.truncate(MOST_LEFT_OUT);
        Ok(fields.into_iter().map(|(field, _)| field).collect())
    }

    /// Mean out-of-fold area under the curve of a small model on these columns.
    fn auc(&self, columns: &[usize]) -> Result<f64> {
        let data = self.data.with_samples(self.data.samples().select_columns(columns))?;
        let metric = ClassificationMetric::RocAuc;
        let split = Split::stratified(3, self.seed);
        let validated = cross_validate(&self.model(), &data, &split, &[metric], &())?;
        Ok(validated.mean(metric).unwrap_or(f64::NAN))
    }
}

fn filled_for_one_class(table: &Table, name: &str, data: &Labeled<'_>) -> Result<Option<Evidence>> {
    let column = table.column(name)?;
    let mut filled = vec![0usize; data.classes().len()];
    let mut rows = vec![0usize; data.classes().len()];
    for (row, &code) in data.codes().iter().enumerate() {
        rows[code as usize] += 1;
        filled[code as usize] += usize::from(!column.is_missing(row));
    }
    let total: usize = filled.iter().sum();
    let missing = data.n_rows() - total;
    let Some(class) = (0..filled.len()).find(|&c| total > 0 && filled[c] == total) else { return Ok(None) };
    let share = rows[class] as f64 / data.n_rows() as f64;
    if missing == 0 || share.powf(total as f64) > COINCIDENCE {
        return Ok(None);
    }
    let class = data.classes().name(class as u32).to_owned();
    Ok(Some(Evidence::FilledForOneClass { class, filled: total, missing }))
}
