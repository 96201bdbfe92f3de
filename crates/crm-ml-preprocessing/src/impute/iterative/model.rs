//! The fitted imputer.

use crm_ml_core::{Error, FitReport, Persist, Result, Samples, Schema};
use serde::{Deserialize, Serialize};

use super::posterior::row_key;
use super::start::Kept;
use super::step::Step;
use crate::columns::{check_output, check_schema, transformer_model};
use crate::impute::output_schema;

/// The fitted [`IterativeImputer`](super::IterativeImputer).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IterativeImputerModel {
    pub(super) schema: Schema,
    pub(super) output: Schema,
    /// The columns that are kept, ascending.
    pub(super) kept: Vec<Kept>,
    /// The regressions of all rounds, in the order in which they are played.
    pub(super) steps: Vec<Step>,
    /// Columns that get an indicator.
    pub(super) indicators: Vec<usize>,
    pub(super) seed: u64,
    pub(super) report: FitReport,
}

/// Whether each column of the data is kept.
pub(super) fn kept_flags(kept: &[Kept], width: usize) -> Vec<bool> {
    let mut flags = vec![false; width];
    for kept in kept {
        if let Some(flag) = flags.get_mut(kept.column) {
            *flag = true;
        }
    }
    flags
}

impl IterativeImputerModel {
    /// Rounds that were played.
    pub fn n_iter(&self) -> usize {
        self.report.iterations
    }

    /// How the rounds ended; the objective is the largest change of a row in the last one, summed over its columns.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The first guess for each column; `None` for a column that is dropped, having had no value in training.
    pub fn initial_statistics(&self) -> Vec<Option<f64>> {
        let mut statistics = vec![None; self.schema.width()];
        self.kept.iter().for_each(|kept| statistics[kept.column] = Some(kept.fill));
        statistics
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        samples.map_rows(&self.output, |_, given, output| {
            let (filled, flags) = output.split_at_mut(self.kept.len());
            self.fill(given, filled);
            for (flag, &column) in flags.iter_mut().zip(&self.indicators) {
                *flag = f64::from(u8::from(given[column].is_nan()));
            }
        })
    }

    fn fill(&self, given: &[f64], filled: &mut [f64]) {
        let mut gaps = false;
        for (cell, kept) in filled.iter_mut().zip(&self.kept) {
            let value = given[kept.column];
            gaps |= value.is_nan();
            *cell = if value.is_nan() { kept.fill } else { value } - kept.centre;
        }
        if gaps {
            let key = if self.steps.iter().any(|step| step.spread.is_some()) { row_key(given) } else { 0 };
            let mut scratch = Vec::new();
            for (number, step) in self.steps.iter().enumerate() {
                let kept = &self.kept[step.feature];
                if given[kept.column].is_nan() {
                    filled[step.feature] = step.value(filled, kept, (self.seed, number, key), &mut scratch);
                }
            }
        }
        for (cell, kept) in filled.iter_mut().zip(&self.kept) {
            let value = given[kept.column];
            *cell = match (value.is_nan(), kept.regressed) {
                (false, _) => value,
                (true, true) => kept.value(*cell),
                (true, false) => kept.fill,
            };
        }
    }
}

transformer_model!(IterativeImputerModel);

impl Persist for IterativeImputerModel {
    const KIND: &'static str = "preprocessing/iterative-imputer";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        let width = self.schema.width();
        if self.schema.columns().iter().any(|column| column.levels().is_some()) {
            return Err(Error::model_file("a category column cannot be filled by regressions"));
        }
        let ascending = self.kept.windows(2).all(|pair| pair[0].column < pair[1].column);
        if !ascending || !self.kept.iter().all(|kept| kept.is_sound(width)) {
            return Err(Error::model_file("the columns that are kept are not those of the data"));
        }
        if !self.steps.iter().all(|step| step.is_sound(self.kept.len())) {
            return Err(Error::model_file("a regression does not fit the columns"));
        }
        if self.indicators.iter().any(|&column| column >= width) {
            return Err(Error::model_file("an indicator of a column that is not there"));
        }
        if !self.report.objective.is_finite() {
            return Err(Error::model_file("the report is not finite"));
        }
        let kept = kept_flags(&self.kept, width);
        check_output(&self.output, &output_schema(&self.schema, &kept, &self.indicators)?)
    }
}
