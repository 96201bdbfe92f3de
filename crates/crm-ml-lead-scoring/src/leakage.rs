//! Fields without which the model is worth much less: they may know the outcome before it happened.

use std::collections::BTreeMap;

use crm_ml_classifiers::GradientBoostingClassifier;
use crm_ml_core::{Classifier, Importances, Labeled, Progress, Result, Split, Stream, advance, parallel};
use crm_ml_model_selection::{ClassificationMetric, cross_validate};
use crm_ml_preprocessing::{SanityAction, SanityCheck, Verdict};

/// A field whose absence costs this much of the area under the curve is suspicious.
const COST_OF_ABSENCE: f64 = 0.05;
/// Rows the models of the check are fitted on.
const MOST_ROWS: usize = 8000;
/// Fields that are left out in turn, the most important ones: those far down could not cost as much, and a table of thousands
/// of fields would take hours.
const MOST_LEFT_OUT: usize = 30;

/// Leaves out in turn the 30 fields that matter most to a small boosted model of all, and warns of those whose absence costs too
/// much: what one field alone carries is either the best thing known of a lead, or known only afterwards.
///
/// `data` is the encoded table, of whose columns each knows its raw field. The models see at most 8,000 rows, drawn at random, in
/// three folds.
pub(crate) fn costs_of_absence(
    data: &Labeled<'_>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Verdict>> {
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
    let important = probe.important_fields()?;
    let without = parallel::try_map(important.len(), |i| {
        let others = probe.columns_but(important[i]);
        if others.is_empty() { Ok(None) } else { probe.auc(&others).map(Some) }
    })?;
    advance(progress, "leakage check", 1, 1)?;
    let costs = important.into_iter().zip(without).filter_map(|(field, auc)| Some((field, auc?)));
    let high = costs.filter(|(_, without)| with - without >= COST_OF_ABSENCE);
    Ok(high.map(|(field, without)| verdict(field, with, without)).collect())
}

fn verdict(field: &str, with: f64, without: f64) -> Verdict {
    Verdict {
        field: field.to_owned(),
        check: SanityCheck::CostOfAbsence,
        evidence: with - without,
        bound: None,
        threshold: COST_OF_ABSENCE,
        value: None,
        action: SanityAction::Warn,
        words: format!("without it the AUC of a model falls from {with:.3} to {without:.3}"),
    }
}

struct Probe<'a> {
    data: &'a Labeled<'a>,
    seed: u64,
}

impl Probe<'_> {
    /// The columns that are not made from a field.
    fn columns_but(&self, field: &str) -> Vec<usize> {
        let columns = self.data.samples().schema().columns();
        (0..columns.len()).filter(|&i| columns[i].field != field).collect()
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
