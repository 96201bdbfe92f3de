//! Fields without which the model is worth much less: they may know the outcome before it happened.

use std::collections::BTreeMap;

use crm_ml_classifiers::GradientBoostingClassifier;
use crm_ml_core::{Classifier, Importances, Labeled, Progress, Result, Split, Stream, advance, parallel};
use crm_ml_model_selection::{ClassificationMetric, cross_validate};
use crm_ml_preprocessing::{SanityAction, SanityCheck, SanityReport, Verdict};

/// A field whose absence costs this much of the area under the curve is suspicious.
const COST_OF_ABSENCE: f64 = 0.05;
/// Rows the models of the check are fitted on.
const MOST_ROWS: usize = 8000;
const FOLDS: usize = 3;
/// Leads of either outcome, below which the check says nothing.
const LEAST_OF_OUTCOME: usize = 2 * FOLDS;
/// Fields that are left out in turn, the most important ones: those far down could not cost as much, and a table of thousands
/// of fields would take hours.
const MOST_LEFT_OUT: usize = 30;

/// Leaves out in turn the 30 fields that matter most to a small boosted model of all, and warns of those whose absence costs too
/// much: what one field alone carries is either the best thing known of a lead, or known only afterwards. With too few leads of an
/// outcome the report gets a note instead.
///
/// `data` is the encoded table, of whose columns each knows its raw field. The models see at most 8,000 rows, of which up to a half
/// are of the rarer outcome, in three folds.
pub(crate) fn costs_of_absence(
    data: &Labeled<'_>,
    seed: u64,
    report: &mut SanityReport,
    progress: &dyn Progress,
) -> Result<()> {
    let (rarer, others) = by_frequency(data.codes());
    if rarer.len() < LEAST_OF_OUTCOME {
        report.notes.push(format!(
            "no field is left out in turn: {} leads are of the rarer outcome, {LEAST_OF_OUTCOME} are needed",
            rarer.len()
        ));
        return Ok(());
    }
    let drawn = (data.n_rows() > MOST_ROWS).then(|| data.select_rows(&drawn(rarer, others, seed)));
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
    report.verdicts.extend(high.map(|(field, without)| verdict(field, with, without)));
    Ok(())
}

/// The rows of the rarer outcome, and those of the other.
fn by_frequency(codes: &[u32]) -> (Vec<usize>, Vec<usize>) {
    let (ones, zeros): (Vec<usize>, Vec<usize>) = (0..codes.len()).partition(|&row| codes[row] == 1);
    if ones.len() <= zeros.len() { (ones, zeros) } else { (zeros, ones) }
}

/// As many rows as the models see, ascending: at random, but of the rarer outcome all that make up no more than a half, since a
/// fold without any of them tells nothing.
fn drawn(rarer: Vec<usize>, others: Vec<usize>, seed: u64) -> Vec<usize> {
    let kept = rarer.len().min(MOST_ROWS / 2);
    let mut stream = Stream::new(seed, "leakage/rows", 0);
    let mut rows = Vec::with_capacity(MOST_ROWS);
    for (all, count) in [(rarer, kept), (others, MOST_ROWS - kept)] {
        rows.extend(stream.sample(all.len(), count).into_iter().map(|place| all[place]));
    }
    rows.sort_unstable();
    rows
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
        let split = Split::stratified(FOLDS, self.seed);
        let validated = cross_validate(&self.model(), &data, &split, &[metric], &())?;
        Ok(validated.mean(metric).unwrap_or(f64::NAN))
    }
}

#[cfg(test)]
mod tests {
    use crm_ml_core::Samples;
    use ndarray::Array2;

    use super::*;

    /// Of so many leads the first converted, which column `x0` tells.
    fn report(leads: usize, converted: usize) -> SanityReport {
        let x = Array2::from_shape_fn((leads, 3), |(row, column)| match column {
            0 => f64::from(u8::from(row < converted)) + (row % 5) as f64 * 0.1,
            _ => ((row * 7919 + column * 31) % 101) as f64,
        });
        let labels: Vec<bool> = (0..leads).map(|row| row < converted).collect();
        let data = Labeled::new(Samples::new(&x).unwrap(), &labels).unwrap();
        let mut report = SanityReport::default();
        costs_of_absence(&data, 0, &mut report, &()).unwrap();
        report
    }

    #[test]
    fn rare_conversions_of_many_leads_are_all_seen() {
        let report = report(120_000, 25);
        let fields: Vec<&str> = report.verdicts.iter().map(|verdict| verdict.field.as_str()).collect();
        assert_eq!(fields, ["x0"]);
        let codes: Vec<u32> = (0..20_000).map(|row| u32::from(row % 800 == 0)).collect();
        let (rarer, others) = by_frequency(&codes);
        let rows = drawn(rarer, others, 0);
        assert_eq!(rows.len(), MOST_ROWS);
        assert_eq!(rows.iter().filter(|&&row| codes[row] == 1).count(), 25);
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
        let (rarer, others) = by_frequency(&[vec![0; 9000], vec![1; 21_000]].concat());
        assert_eq!(drawn(rarer, others, 0).iter().filter(|&&row| row < 9000).count(), MOST_ROWS / 2);
    }

    #[test]
    fn too_few_conversions_are_a_note_and_no_failure() {
        let report = report(200, 5);
        assert!(report.verdicts.is_empty());
        let note = "no field is left out in turn: 5 leads are of the rarer outcome, 6 are needed";
        assert_eq!(report.notes, [note]);
    }
}
