//! Early stopping by the loss of a validation part.

use std::borrow::Cow;

use crm_ml_core::{Check, Error, Result, Samples};
use serde::{Deserialize, Serialize};

use super::Part;
use super::objective::loss;
use super::rounds::{Rounds, move_margins};
use super::start::{Start, Views};
use crate::bins::Levels;

/// Early stopping: the rounds after the best one on the validation part are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stopping {
    /// Rounds without improvement after which to stop; `usize::MAX` to go through all rounds and keep the best.
    pub n_iter_no_change: usize,
    /// Least decrease of the loss that is an improvement.
    pub tol: f64,
}

impl Stopping {
    /// Adds the rules of the parameters of an estimator that holds out a share of its rows to stop by.
    pub fn check(check: Check, n_iter_no_change: Option<usize>, validation_fraction: f64, tol: f64) -> Check {
        let share = validation_fraction > 0.0 && validation_fraction < 1.0;
        check
            .optional_at_least("n_iter_no_change", n_iter_no_change, 1)
            .rule("validation_fraction", validation_fraction, share, "above 0 and below 1")
            .range("tol", tol, 0.0..)
    }
}

/// The mean losses round by round; the first entry is that of the model to start from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct History {
    /// Of the training part.
    pub train: Vec<f64>,
    /// Of the validation part.
    pub validation: Vec<f64>,
}

impl History {
    /// Checks that both losses are finite and as many; for values read from a file.
    pub fn validate(&self) -> Result<()> {
        let is_finite = self.train.iter().chain(&self.validation).all(|loss| loss.is_finite());
        if is_finite && self.train.len() == self.validation.len() {
            Ok(())
        } else {
            Err(Error::model_file("a history of losses that is damaged"))
        }
    }
}

/// Watches the loss of the validation part.
pub(super) struct Watch<'a> {
    part: &'a Part<'a>,
    samples: Cow<'a, Samples<'a>>,
    rule: Stopping,
    levels: Vec<Option<Levels>>,
    margins: Vec<Vec<f64>>,
    history: History,
    best_round: usize,
    /// Loss from which the next improvement counts.
    mark: f64,
    idle: usize,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        part: &'a Part<'a>,
        rule: Stopping,
        start: &Start<'_>,
        views: &Views<'_>,
        rounds: &Rounds<'_>,
    ) -> Result<Self> {
        part.check()?;
        let (expected, found) = (rounds.n_columns(), part.samples.n_columns());
        if expected != found {
            return Err(Error::length("columns of the validation part", expected, found));
        }
        let (expected, found) = (start.outputs(), part.objective.n_outputs());
        if expected != found {
            return Err(Error::length("outputs of the validation part", expected, found));
        }
        let samples = views.encoded(part.samples)?;
        let margins = start.margins(&samples)?;
        let loss = loss(part.objective, &margins, part.weights)?;
        let history = History { train: vec![rounds.loss()?], validation: vec![loss] };
        let levels = rounds.levels().to_vec();
        Ok(Self { part, samples, rule, levels, margins, history, best_round: 0, mark: loss, idle: 0 })
    }

    /// Looks at the last round; whether to stop.
    pub(super) fn is_over(&mut self, rounds: &Rounds<'_>) -> Result<bool> {
        for (margins, tree) in self.margins.iter_mut().zip(rounds.last()) {
            move_margins(margins, tree, &self.samples, &self.levels);
        }
        let loss = loss(self.part.objective, &self.margins, self.part.weights)?;
        if loss < self.best_loss() {
            self.best_round = self.history.validation.len();
        }
        self.history.validation.push(loss);
        self.history.train.push(rounds.loss()?);
        if loss < self.mark - self.rule.tol {
            self.mark = loss;
            self.idle = 0;
        } else {
            self.idle += 1;
        }
        Ok(self.idle >= self.rule.n_iter_no_change)
    }

    pub(super) fn best_round(&self) -> usize {
        self.best_round
    }

    pub(super) fn best_loss(&self) -> f64 {
        self.history.validation[self.best_round]
    }

    pub(super) fn into_history(self) -> History {
        self.history
    }
}
