//! The estimator.

use crm_ml_classifiers::GradientBoostingClassifier;
use crm_ml_core::{Check, Classes, Error, Fold, Progress, Result, Split, advance};
use crm_ml_metrics::{Bins, expected_calibration_error};
use crm_ml_model_selection::{Calibration, out_of_fold};
use crm_ml_preprocessing::{SanityChecker, SanityReport};
use crm_ml_table::Table;
use crm_ml_trees::sigmoid;
use ndarray::{Array2, Axis, concatenate};
use serde::{Deserialize, Serialize};

use crate::comparison::{BASELINES, Comparison, baselines};
use crate::leakage::costs_of_absence;
use crate::model::{LeadScorerModel, Learnt};
use crate::outcome::Outcome;
use crate::report::{self, LeadScoringReport};
use crate::scale::Scale;
use crate::stages::{SelectionMethod, Stages, native_columns};
use crate::sufficiency::Sufficiency;

/// Lead scoring: a table of past leads in, ranked new leads with reasons out.
///
/// Fitting (1) checks the raw fields and puts aside those that say nothing, name the record or know the outcome
/// ([`SanityChecker`]; each is named with its reason in the report); (2) encodes the table, gaps and categories included, (3) selects
/// columns, (4) trains gradient boosting, and does these three anew inside each fold of a stratified cross-validation; (5) calibrates
/// on the out-of-fold probabilities, so that 0.3 means three in ten; (6) learns the scale of the scores 1 to 99. Beside it, baselines
/// are judged on the same folds and the data are checked for sufficiency. The check of the fields sees all rows once: what it takes
/// away can make the figures of the folds worse, never better.
///
/// Missing values and unseen categories are taken. A column of role weight weighs the leads. Leads without an outcome are left out and
/// counted. Complexity: (folds + 1) times the stages and the baselines; the leakage check adds three small fits for
/// each of the 30 most important fields.
///
/// ```
/// use crm_ml_lead_scoring::LeadScorer;
/// use crm_ml_table::{Role, Table};
///
/// let mut csv = String::from("id,source,visits,converted\n");
/// for i in 0..300 {
///     let (source, visits) = (["web", "fair", "call"][i % 3], (i * 7) % 10);
///     let converted = visits + 3 * (i % 3) > 8 + (i * 11) % 5;
///     csv += &format!("L{i},{source},{visits},{}\n", if converted { "yes" } else { "no" });
/// }
/// let mut leads = Table::from_csv_reader(csv.as_bytes(), "leads.csv")?;
/// leads.set_role("converted", Role::Target)?;
/// let model = LeadScorer::new().fit(&leads)?;
/// let score = model.score_record(&[("source", "call"), ("visits", "9")])?;
/// assert!(score.probability > 0.8 && score.score > 50);
/// assert_eq!(model.fields_of_reasons(&score)[0], "visits");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadScorer {
    positive: Option<String>,
    selection: SelectionMethod,
    boosting: GradientBoostingClassifier,
    calibration: Calibration,
    folds: usize,
    reasons: usize,
    compare: bool,
    sanity: Option<SanityChecker>,
    check_leakage: bool,
    seed: u64,
}

impl Default for LeadScorer {
    fn default() -> Self {
        Self {
            positive: None,
            selection: SelectionMethod::Rfe { share: 0.8 },
            boosting: GradientBoostingClassifier::new()
                .n_estimators(150)
                .learning_rate(0.05)
                .max_leaf_nodes(8)
                .min_samples_leaf(20)
                .l2_regularization(1.0),
            calibration: Calibration::Platt,
            folds: 5,
            reasons: 3,
            compare: true,
            sanity: Some(SanityChecker::new()),
            check_leakage: true,
            seed: 0,
        }
    }
}

impl LeadScorer {
    /// RFE that keeps 80 % of the columns, 150 rounds of small trees, Platt calibration on five folds, three reasons each way.
    pub fn new() -> Self {
        Self::default()
    }

    /// The class of the target that means converted. Without it, one that says so by itself (`yes`, `won`, `1`, ...).
    pub fn positive(mut self, positive: impl Into<String>) -> Self {
        self.positive = Some(positive.into());
        self
    }

    /// How columns are reduced.
    pub fn selection(mut self, selection: SelectionMethod) -> Self {
        self.selection = selection;
        self
    }

    /// The boosting to train; its seed is that of the scorer.
    pub fn boosting(mut self, boosting: GradientBoostingClassifier) -> Self {
        self.boosting = boosting;
        self
    }

    /// The method of calibration.
    pub fn calibration(mut self, calibration: Calibration) -> Self {
        self.calibration = calibration;
        self
    }

    /// Folds of the cross-validation, 2 to 20.
    pub fn folds(mut self, folds: usize) -> Self {
        self.folds = folds;
        self
    }

    /// Reasons for and reasons against that a score names at the most.
    pub fn reasons(mut self, reasons: usize) -> Self {
        self.reasons = reasons;
        self
    }

    /// Whether baselines are judged on the same folds.
    pub fn compare(mut self, compare: bool) -> Self {
        self.compare = compare;
        self
    }

    /// How the raw fields are checked: `None` for not at all; a checker that only warns keeps every field.
    pub fn sanity(mut self, sanity: impl Into<Option<SanityChecker>>) -> Self {
        self.sanity = sanity.into();
        self
    }

    /// Whether small models without each important field tell which of them carries the others: the report warns of a
    /// field without which the AUC falls by 0.05 or more.
    pub fn check_leakage(mut self, check_leakage: bool) -> Self {
        self.check_leakage = check_leakage;
        self
    }

    /// Seed of all draws.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Fits on past leads: a table with a column of role target.
    ///
    /// Errors: parameters out of range, no target, a positive class that cannot be told, fewer than 20 leads of either outcome, no
    /// usable field.
    pub fn fit(&self, table: &Table) -> Result<LeadScorerModel> {
        self.fit_with(table, &())
    }

    /// Fits, telling `progress` of every step.
    pub fn fit_with(&self, table: &Table, progress: &dyn Progress) -> Result<LeadScorerModel> {
        self.check()?;
        let mut outcome = Outcome::of(table, self.positive.as_deref())?;
        let sufficiency = Sufficiency::check(outcome.converted(), outcome.codes.len() - outcome.converted())?;
        let sanity = self.examine(&mut outcome, progress)?;
        let checker = self.sanity.clone().unwrap_or_default();
        let training = checker.summarize(&outcome.table)?;

        let stages =
            Stages { selection: self.selection.clone(), boosting: self.boosting.clone(), seed: self.seed };
        let folds =
            Split::stratified(self.folds, self.seed).folds(outcome.codes.len(), Some(&outcome.codes))?;
        let validated = self.validate(&stages, &outcome, &folds, progress)?;

        let raw: Vec<f64> = validated.column(0).to_vec();
        let weights = outcome.weights.as_deref();
        let truth: Vec<bool> = outcome.codes.iter().map(|code| *code == 1).collect();
        let calibrated = self.calibrate_across(&raw, &truth, weights, &folds)?;
        let mut comparison = vec![Comparison::of("lead scorer", &outcome.codes, &calibrated, weights)?];
        for (i, name) in BASELINES.iter().enumerate().take(validated.ncols() - 1) {
            comparison.push(Comparison::of(
                name,
                &outcome.codes,
                &validated.column(i + 1).to_vec(),
                weights,
            )?);
        }

        let fitted = stages.fit(&outcome.table, &outcome.codes, &outcome.classes, progress)?;
        let calibrator = self.calibration.fit(&raw, &truth, weights)?;
        let rate = weighted_rate(&truth, weights);
        let scale = Scale::new(&raw.iter().map(|p| calibrator.calibrate(*p)).collect::<Vec<_>>(), rate);
        let strengths = report::strengths(&fitted, &outcome.table, self.seed)?;
        let report = LeadScoringReport {
            sufficiency,
            cleaning: report::cleaning(&fitted, &outcome, &sanity, table.n_rows()),
            sanity,
            positive: outcome.classes.name(1).to_owned(),
            conversion_rate: rate,
            comparison,
            calibration_error: expected_calibration_error(
                &truth,
                &calibrated,
                10,
                Bins::EqualCount,
                weights,
            )?,
            calibration: report::calibration(&truth, &calibrated, weights)?,
            gains: report::gains(&truth, &calibrated, weights)?,
            bands: report::bands(&truth, &calibrated, &scale),
            strengths,
            dropped_columns: fitted.dropped_columns(),
        };
        let learnt = Learnt { classes: outcome.classes, calibrator, scale, training };
        Ok(LeadScorerModel::new(fitted, learnt, self.reasons, report, checker))
    }

    /// Checks the fields, puts aside what must not be learnt from, and warns of what carries all the rest.
    fn examine(&self, outcome: &mut Outcome, progress: &dyn Progress) -> Result<SanityReport> {
        let mut report = SanityReport { rows: outcome.codes.len(), ..SanityReport::default() };
        if let Some(checker) = &self.sanity {
            report = checker.check_labeled(&outcome.table, &outcome.codes, &outcome.classes)?;
            outcome.table = report.put_aside(&outcome.table)?;
            advance(progress, "sanity check", 1, 1)?;
            if outcome.table.features().next().is_none() && !report.is_clean() {
                let reasons: Vec<String> =
                    report.verdicts.iter().map(|verdict| verdict.to_string()).collect();
                return Err(Error::unsupported(format!(
                    "no field is left to learn from ({}); a sanity checker that only warns keeps them",
                    reasons.join("; ")
                )));
            }
        }
        if self.check_leakage {
            let (_, data) =
                native_columns().fit_transform_labeled(&outcome.table, &outcome.codes, &outcome.classes)?;
            costs_of_absence(&data, self.seed, &mut report, progress)?;
        }
        Ok(report)
    }

    fn check(&self) -> Result<()> {
        let check = Check::of("LeadScorer").between("folds", self.folds, 2, 20).between(
            "reasons",
            self.reasons,
            0,
            1000,
        );
        match self.selection {
            SelectionMethod::None => check,
            SelectionMethod::Rfe { share } => check.share("selection.share", share),
            SelectionMethod::Pca { variance } => check.share("selection.variance", variance),
        }
        .finish()
    }

    /// Out-of-fold probabilities before calibration: the scorer's, then those of the baselines.
    fn validate(
        &self,
        stages: &Stages,
        outcome: &Outcome,
        folds: &[Fold],
        progress: &dyn Progress,
    ) -> Result<Array2<f64>> {
        let width = 1 + if self.compare { BASELINES.len() } else { 0 };
        let classes: &Classes = &outcome.classes;
        let fit_predict = |fold: &Fold| {
            let (train, codes) = outcome.select(&fold.train)?;
            let (test, _) = outcome.select(&fold.test)?;
            let fitted = stages.fit(&train, &codes, classes, &())?;
            let margins = fitted.margins(&fitted.pipeline.transform(&test)?)?;
            let own = Array2::from_shape_fn((margins.len(), 1), |(row, _)| sigmoid(margins[row]));
            if !self.compare {
                return Ok(own);
            }
            let others = baselines(&train, &codes, classes, &test, self.seed)?;
            concatenate(Axis(1), &[own.view(), others.view()])
                .map_err(|e| crm_ml_core::Error::numerical(e.to_string()))
        };
        out_of_fold(outcome.codes.len(), width, folds, fit_predict, progress)
    }

    /// Calibrates each fold by what was learnt on the others, so that the figures in the report are honest.
    fn calibrate_across(
        &self,
        raw: &[f64],
        truth: &[bool],
        weights: Option<&[f64]>,
        folds: &[Fold],
    ) -> Result<Vec<f64>> {
        let mut calibrated = vec![0.0; raw.len()];
        for fold in folds {
            let train = |values: &[f64]| fold.train.iter().map(|&row| values[row]).collect::<Vec<_>>();
            let outcomes: Vec<bool> = fold.train.iter().map(|&row| truth[row]).collect();
            let calibrator = self.calibration.fit(&train(raw), &outcomes, weights.map(train).as_deref())?;
            fold.test.iter().for_each(|&row| calibrated[row] = calibrator.calibrate(raw[row]));
        }
        Ok(calibrated)
    }
}

fn weighted_rate(truth: &[bool], weights: Option<&[f64]>) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let total: f64 = (0..truth.len()).map(weight).sum();
    (0..truth.len()).filter(|&row| truth[row]).map(weight).sum::<f64>() / total
}
