//! What a fit finds, for people and for files.

use std::fmt;

use crm_ml_core::{Result, Stream};
use crm_ml_metrics::{Bins, calibration_curve, gains_curve};
use crm_ml_preprocessing::{CleaningReport, DroppedRows, SanityReport};
use crm_ml_table::Table;
use serde::{Deserialize, Serialize};

use crate::comparison::Comparison;
use crate::outcome::Outcome;
use crate::scale::Scale;
use crate::stages::FittedStages;
use crate::sufficiency::Sufficiency;

/// Leads on which the strength of the fields is measured.
const STRENGTH_ROWS: usize = 2000;

/// All that a fit of [`LeadScorer`](crate::LeadScorer) finds. Figures of models are out of fold and, for the scorer, after cross-fitted
/// calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadScoringReport {
    /// Whether the data suffice.
    pub sufficiency: Sufficiency,
    /// Rows and fields before and after cleaning.
    pub cleaning: CleaningReport,
    /// What was found of the raw fields: those put aside, those that may know the outcome before it happened, and why.
    pub sanity: SanityReport,
    /// The class that means converted.
    pub positive: String,
    /// Its (weighted) share.
    pub conversion_rate: f64,
    /// The scorer, then its baselines.
    pub comparison: Vec<Comparison>,
    /// Expected calibration error in ten bins of equal count.
    pub calibration_error: f64,
    /// Ten bins of equal count.
    pub calibration: Vec<CalibrationPoint>,
    /// Cumulative gains.
    pub gains: Vec<GainsPoint>,
    /// Conversion by score band.
    pub bands: Vec<Band>,
    /// The fields by mean absolute share of the log-odds, strongest first.
    pub strengths: Vec<FieldStrength>,
    /// Columns that the selection left out.
    pub dropped_columns: Vec<String>,
}

/// Leads of one band of scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Lowest score.
    pub low: u8,
    /// Highest score.
    pub high: u8,
    /// Leads of training (scored out of fold) in it.
    pub leads: usize,
    /// Those that converted.
    pub converted: usize,
}

impl Band {
    /// Share of the band's leads that converted; 0 for an empty band.
    pub fn rate(&self) -> f64 {
        self.converted as f64 / self.leads.max(1) as f64
    }
}

/// One bin of the calibration curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that converted.
    pub observed: f64,
}

/// One point of the gains curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GainsPoint {
    /// Share of all leads contacted, best first.
    pub contacted: f64,
    /// Share of all conversions among them.
    pub found: f64,
}

/// How much a raw field matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldStrength {
    /// The raw field.
    pub field: String,
    /// Mean absolute share of the log-odds.
    pub strength: f64,
}

impl LeadScoringReport {
    /// The model with the lowest log loss.
    pub fn winner(&self) -> Option<&Comparison> {
        self.comparison.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss))
    }
}

impl fmt::Display for LeadScoringReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.sufficiency)?;
        if self.sanity.is_clean() {
            writeln!(formatter, "no field is suspicious")?;
        }
        self.sanity.verdicts.iter().try_for_each(|verdict| writeln!(formatter, "suspicious {verdict}"))?;
        writeln!(
            formatter,
            "{:<20} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8}",
            "model", "accuracy", "precision", "recall", "F1", "AUC", "log loss"
        )?;
        self.comparison.iter().try_for_each(|row| writeln!(formatter, "{row}"))?;
        if let Some(winner) = self.winner() {
            writeln!(formatter, "lowest log loss: {}", winner.model)?;
        }
        writeln!(formatter, "expected calibration error: {:.4}", self.calibration_error)
    }
}

/// The cleaning report of the final fit, with the rows and fields that were left out before it.
pub(crate) fn cleaning(
    fitted: &FittedStages,
    outcome: &Outcome,
    sanity: &SanityReport,
    rows_in: usize,
) -> CleaningReport {
    let mut report = fitted.pipeline.report().clone();
    report.rows_in = rows_in;
    report.note_sanity(sanity.clone());
    // It is in the scorer's own report.
    report.sanity = None;
    let left_out = outcome.left_out.iter().filter(|(_, count)| *count > 0);
    report
        .dropped_rows
        .extend(left_out.map(|(reason, count)| DroppedRows { reason: (*reason).to_owned(), count: *count }));
    report
}

pub(crate) fn calibration(
    truth: &[bool],
    proba: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<CalibrationPoint>> {
    let bins = calibration_curve(truth, proba, 10, Bins::EqualCount, weights)?;
    Ok(bins
        .iter()
        .map(|bin| CalibrationPoint { predicted: bin.mean_predicted, observed: bin.observed })
        .collect())
}

/// The gains curve at every hundredth of the leads.
pub(crate) fn gains(truth: &[bool], proba: &[f64], weights: Option<&[f64]>) -> Result<Vec<GainsPoint>> {
    let curve = gains_curve(truth, proba, weights)?;
    let found_at = |contacted: f64| {
        let after = curve.contacted.partition_point(|c| *c < contacted).min(curve.contacted.len() - 1);
        let before = after.saturating_sub(1);
        let width = curve.contacted[after] - curve.contacted[before];
        let share = if width > 0.0 { (contacted - curve.contacted[before]) / width } else { 1.0 };
        curve.found[before] + share * (curve.found[after] - curve.found[before])
    };
    Ok((0..=100)
        .map(|i| f64::from(i) / 100.0)
        .map(|c| GainsPoint { contacted: c, found: found_at(c) })
        .collect())
}

/// Conversion in five bands of scores.
pub(crate) fn bands(truth: &[bool], proba: &[f64], scale: &Scale) -> Vec<Band> {
    let mut bands: Vec<Band> = (0..5)
        .map(|i| Band { low: 20 * i + 1, high: (20 * i + 20).min(99), leads: 0, converted: 0 })
        .collect();
    for (converted, p) in truth.iter().zip(proba) {
        let band = &mut bands[usize::from((scale.score(*p) - 1) / 20)];
        band.leads += 1;
        band.converted += usize::from(*converted);
    }
    bands
}

/// Mean absolute shares of the raw fields over some leads of training.
pub(crate) fn strengths(fitted: &FittedStages, table: &Table, seed: u64) -> Result<Vec<FieldStrength>> {
    let mut rows = Stream::new(seed, "lead-scoring/strength", 0).sample(table.n_rows(), STRENGTH_ROWS);
    rows.sort_unstable();
    let encoded = fitted.pipeline.transform(&table.select_rows(&rows)?)?;
    let shares = fitted.attributions(&encoded)?;
    let strength = shares.strength();
    let named = shares.fields.into_iter().zip(strength);
    let mut strengths: Vec<FieldStrength> =
        named.map(|(field, strength)| FieldStrength { field, strength }).collect();
    strengths.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    Ok(strengths)
}
