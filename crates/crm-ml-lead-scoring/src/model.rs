//! The fitted scorer and the scores it gives.

use crm_ml_core::{
    Classes, ClassifierModel, Error, Persist, Result, Samples, decode, encode, unknown_version,
};
use crm_ml_explain::{FieldAttributions, Reason};
use crm_ml_model_selection::Calibrator;
use crm_ml_preprocessing::{SanityChecker, SanityReport, TrainingSummary};
use crm_ml_table::{CsvOptions, Role, Table};
use crm_ml_trees::sigmoid;
use serde::{Deserialize, Serialize};

use crate::report::LeadScoringReport;
use crate::scale::{Scale, Tier};
use crate::stages::FittedStages;

/// Leads explained at once: bounds the memory of large tables.
const BLOCK: usize = 4096;

/// A fitted [`LeadScorer`](crate::LeadScorer): takes tables and gives scores with reasons. One value, which can be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadScorerModel {
    stages: FittedStages,
    learnt: Learnt,
    reasons: usize,
    report: LeadScoringReport,
    /// By whose thresholds later tables are held against training.
    #[serde(default)]
    sanity: SanityChecker,
}

/// What was learnt beside the stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learnt {
    pub(crate) classes: Classes,
    pub(crate) calibrator: Calibrator,
    pub(crate) scale: Scale,
    /// How the fields were distributed.
    pub(crate) training: TrainingSummary,
}

/// The score of one lead.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadScore {
    /// Row in the table that was scored.
    pub row: usize,
    /// The record's id, where the table has a column of role id that is no feature of training.
    pub id: Option<String>,
    /// Calibrated probability of conversion.
    pub probability: f64,
    /// 1 to 99: the place among the leads of training.
    pub score: u8,
    /// Urgency, by the probability against the conversion rate.
    pub tier: Tier,
    /// Log-odds before calibration: `base`, all reasons and `rest` add up to it.
    pub margin: f64,
    /// Log-odds of a lead about which nothing is known.
    pub base: f64,
    /// What speaks for conversion, strongest first.
    pub reasons_for: Vec<NamedReason>,
    /// What speaks against it, strongest first.
    pub reasons_against: Vec<NamedReason>,
    /// Shares of all fields that are not named.
    pub rest: f64,
    /// Whether the shares are sampled (under PCA), not exact.
    pub approximate: bool,
}

/// A raw field, its value, and its share of the log-odds.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedReason {
    /// The raw field.
    pub field: String,
    /// Its value in the record as the file spells it; `None` where it is missing.
    pub value: Option<String>,
    /// Its share: above 0 speaks for conversion.
    pub share: f64,
}

impl std::fmt::Display for NamedReason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 40;
        let text = match &self.value {
            None => format!("{} is missing ({:+.2})", self.field, self.share),
            Some(value) if value.chars().count() > SHOWN => {
                let start: String = value.chars().take(SHOWN).collect();
                format!("{} = {start}... ({:+.2})", self.field, self.share)
            }
            Some(value) => format!("{} = {value} ({:+.2})", self.field, self.share),
        };
        formatter.pad(&text)
    }
}

impl LeadScorerModel {
    pub(crate) fn new(
        stages: FittedStages,
        learnt: Learnt,
        reasons: usize,
        report: LeadScoringReport,
        sanity: SanityChecker,
    ) -> Self {
        Self { stages, learnt, reasons, report, sanity }
    }

    /// What was found in training.
    pub fn report(&self) -> &LeadScoringReport {
        &self.report
    }

    /// How to read a CSV file to be scored: the columns of training under their types.
    pub fn read_options(&self) -> CsvOptions {
        self.stages.pipeline.read_options()
    }

    /// The fields a table to be scored must have, in the order of training.
    pub fn fields(&self) -> Vec<&str> {
        self.stages.pipeline.schema().fields.iter().map(|f| f.name.as_str()).collect()
    }

    /// Whether a table to be scored looks like that of training: what is filled, and what the values are
    /// ([`SanityChecker::check_scoring`], of the scorer's checker). Removing is advice: scores are given in any case.
    ///
    /// Errors: a value that does not parse under the type of training.
    pub fn check_scoring(&self, table: &Table) -> Result<SanityReport> {
        self.sanity.check_scoring(&self.learnt.training, table)
    }

    /// Scores every row, in the order of the table. Columns are matched by name; others are not looked at.
    ///
    /// Errors: a column that is missing, a value that does not parse under the type of training.
    pub fn score(&self, table: &Table) -> Result<Vec<LeadScore>> {
        let encoded = self.stages.pipeline.transform(table)?;
        // A few values that count up are taken for an id, though training knew better.
        let known = self.stages.pipeline.schema();
        let id = table.fields().find(|f| f.role == Role::Id && known.field(&f.name).is_none());
        let id = id.map(|f| f.name.clone());
        let mut scores = Vec::with_capacity(encoded.n_rows());
        let rows: Vec<usize> = (0..encoded.n_rows()).collect();
        for block in rows.chunks(BLOCK) {
            self.score_block(table, id.as_deref(), &encoded.select_rows(block), block[0], &mut scores)?;
        }
        Ok(scores)
    }

    /// As [`LeadScorerModel::score`], the most promising lead first; equals in the order of the table.
    pub fn rank(&self, table: &Table) -> Result<Vec<LeadScore>> {
        let mut scores = self.score(table)?;
        scores.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Ok(scores)
    }

    /// Scores one record, given as field names and values (blank for missing).
    ///
    /// Errors: as [`LeadScorerModel::score`].
    pub fn score_record(&self, record: &[(&str, &str)]) -> Result<LeadScore> {
        let table = Table::from_record(record.iter().copied(), self.stages.pipeline.schema())?;
        self.score(&table)?.into_iter().next().ok_or_else(|| Error::empty("rows"))
    }

    /// Calibrated probabilities alone: quicker than full scores.
    pub fn predict_proba(&self, table: &Table) -> Result<Vec<f64>> {
        let margins = self.stages.margins(&self.stages.pipeline.transform(table)?)?;
        Ok(margins.iter().map(|margin| self.learnt.calibrator.calibrate(sigmoid(*margin))).collect())
    }

    /// The fields of a score's reasons for and against, strongest first.
    pub fn fields_of_reasons<'a>(&self, score: &'a LeadScore) -> Vec<&'a str> {
        let mut reasons: Vec<&NamedReason> = score.reasons_for.iter().chain(&score.reasons_against).collect();
        reasons.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
        reasons.into_iter().map(|reason| reason.field.as_str()).collect()
    }

    fn score_block(
        &self,
        table: &Table,
        id: Option<&str>,
        encoded: &Samples<'_>,
        first: usize,
        scores: &mut Vec<LeadScore>,
    ) -> Result<()> {
        let margins = self.stages.margins(encoded)?;
        let shares = self.stages.attributions(encoded)?;
        for (i, &margin) in margins.iter().enumerate() {
            let row = first + i;
            let probability = self.learnt.calibrator.calibrate(sigmoid(margin));
            let reasons_for = self.named(table, row, &shares, shares.reasons_for(i, self.reasons))?;
            let reasons_against = self.named(table, row, &shares, shares.reasons_against(i, self.reasons))?;
            let named: f64 = reasons_for.iter().chain(&reasons_against).map(|reason| reason.share).sum();
            let id = match id {
                Some(id) => table.column(id)?.text(row).map(|text| text.into_owned()),
                None => None,
            };
            scores.push(LeadScore {
                row,
                id,
                probability,
                score: self.learnt.scale.score(probability),
                tier: self.learnt.scale.tier(probability),
                margin,
                base: shares.base[i],
                rest: shares.values.row(i).sum() - named,
                reasons_for,
                reasons_against,
                approximate: shares.approximate,
            });
        }
        Ok(())
    }

    fn named(
        &self,
        table: &Table,
        row: usize,
        shares: &FieldAttributions,
        reasons: Vec<Reason>,
    ) -> Result<Vec<NamedReason>> {
        let name = |reason: Reason| {
            let field = shares.fields[reason.field].clone();
            let value = table.column(&field)?.text(row).map(|text| text.into_owned());
            Ok(NamedReason { field, value, share: reason.share })
        };
        reasons.into_iter().map(name).collect()
    }
}

impl Persist for LeadScorerModel {
    const KIND: &'static str = "lead-scorer";
    const VERSION: u16 = 2;

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.stages.to_bytes()?, &self.learnt, self.reasons, &self.report, &self.sanity))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        type First = (Vec<u8>, Learnt, usize, LeadScoringReport);
        type Parts = (Vec<u8>, Learnt, usize, LeadScoringReport, SanityChecker);
        let (stages, learnt, reasons, report, sanity): Parts = match version {
            1 => {
                let (stages, learnt, reasons, report): First = decode(payload)?;
                (stages, learnt, reasons, report, SanityChecker::new())
            }
            Self::VERSION => decode(payload)?,
            _ => return Err(unknown_version(Self::KIND, version, Self::VERSION)),
        };
        Ok(Self { stages: FittedStages::from_bytes(&stages)?, learnt, reasons, report, sanity })
    }

    fn validate(&self) -> Result<()> {
        self.stages.validate()?;
        self.learnt.classes.validate()?;
        self.learnt.calibrator.validate()?;
        self.learnt.scale.validate()?;
        self.learnt.training.validate()?;
        let binary = self.learnt.classes.len() == 2 && self.stages.boosting.classes() == &self.learnt.classes;
        if binary { Ok(()) } else { Err(Error::model_file("a lead scorer needs two outcomes")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LeadScorer;

    #[test]
    fn the_thresholds_of_the_scorer_hold_for_later_tables_and_older_files_have_the_usual_ones() {
        let rows: String = (0..200).map(|i| format!("{},{}\n", i % 7, u8::from(i % 7 + i % 4 > 4))).collect();
        let mut past = Table::from_csv_reader(format!("visits,won\n{rows}").as_bytes(), "past.csv").unwrap();
        past.set_role("won", Role::Target).unwrap();
        let other: String = (0..200).map(|i| format!("{}\n", 20 + i % 7)).collect();
        let other = Table::from_csv_reader(format!("visits\n{other}").as_bytes(), "new.csv").unwrap();
        let lenient = SanityChecker::new().max_divergence(1.0);
        let scorer = LeadScorer::new().folds(2).compare(false).check_leakage(false).sanity(lenient);
        let model = scorer.fit(&past).unwrap();
        assert!(model.check_scoring(&other).unwrap().is_clean());
        let again = LeadScorerModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert!(again == model && again.check_scoring(&other).unwrap().is_clean());

        let stages = model.stages.to_bytes().unwrap();
        let first = encode(&(stages, &model.learnt, model.reasons, &model.report)).unwrap();
        let older = LeadScorerModel::read_payload(1, &first).unwrap();
        assert!(!older.check_scoring(&other).unwrap().is_clean());
        assert!(LeadScorerModel::read_payload(3, &first).is_err());
    }
}
