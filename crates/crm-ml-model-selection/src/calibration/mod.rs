//! Calibration: making a score of 0.3 mean three in ten.

mod classifier;
mod isotonic;
mod platt;

pub use classifier::{CalibratedClassifier, CalibratedModel};
pub use isotonic::{Isotonic, IsotonicModel};
pub use platt::{Platt, PlattModel};

use crm_ml_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// A method of calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Calibration {
    /// A sigmoid of the log-odds: two numbers, right for small data, keeps the ranking.
    #[default]
    Platt,
    /// Any non-decreasing steps: for thousands of rows; ties within a step.
    Isotonic,
}

/// A fitted calibration of one probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Calibrator {
    /// See [`PlattModel`].
    Platt(PlattModel),
    /// See [`IsotonicModel`].
    Isotonic(IsotonicModel),
}

impl Calibration {
    /// Fits on out-of-fold probabilities and what happened (`true` for the class).
    ///
    /// Errors: lengths that do not agree, no rows, a probability outside [0, 1], bad weights or a sum of them that is not finite, one
    /// class only. Scores that are no probabilities are for [`Platt`] and [`Isotonic`] themselves.
    pub fn fit(self, proba: &[f64], outcomes: &[bool], weights: Option<&[f64]>) -> Result<Calibrator> {
        check(proba, outcomes, weights)?;
        if let Some(row) = proba.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(refused(row, proba[row], "a probability must be from 0 to 1"));
        }
        Ok(match self {
            Self::Platt => {
                let scores: Vec<f64> = proba.iter().map(|p| log_odds(*p)).collect();
                Calibrator::Platt(Platt::new().fit(&scores, outcomes, weights)?)
            }
            Self::Isotonic => {
                let outcomes: Vec<f64> = outcomes.iter().map(|o| f64::from(u8::from(*o))).collect();
                Calibrator::Isotonic(Isotonic::new().fit(proba, &outcomes, weights)?)
            }
        })
    }
}

impl Calibrator {
    /// The calibrated probability.
    pub fn calibrate(&self, proba: f64) -> f64 {
        match self {
            Self::Platt(model) => model.predict(log_odds(proba)),
            Self::Isotonic(model) => model.predict(proba),
        }
    }

    /// Checks a value read from a file.
    pub fn validate(&self) -> Result<()> {
        match self {
            Self::Platt(model) => model.validate(),
            Self::Isotonic(model) => model.validate(),
        }
    }
}

/// Weight of the rows it happened to and of the others. Errors: lengths that do not agree, no rows, scores that are not finite, bad
/// weights or a sum of them that is not finite, one class only.
fn check(scores: &[f64], outcomes: &[bool], weights: Option<&[f64]>) -> Result<[f64; 2]> {
    if outcomes.len() != scores.len() {
        return Err(Error::length("outcomes", scores.len(), outcomes.len()));
    }
    if scores.is_empty() {
        return Err(Error::empty("rows"));
    }
    if let Some(w) = weights {
        if w.len() != scores.len() {
            return Err(Error::length("weights", scores.len(), w.len()));
        }
        if let Some(row) = w.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(ErrorKind::InvalidWeight { row, value: w[row] }.into());
        }
    }
    if let Some(row) = scores.iter().position(|s| !s.is_finite()) {
        return Err(refused(row, scores[row], "a score must be finite"));
    }
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let classes = [true, false]
        .map(|class| (0..scores.len()).filter(|row| outcomes[*row] == class).map(weight).sum::<f64>());
    if !(classes[0] + classes[1]).is_finite() {
        return Err(Error::unsupported("weights whose sum is not finite"));
    }
    match classes.iter().filter(|weight| **weight > 0.0).count() {
        2 => Ok(classes),
        found => {
            Err(ErrorKind::TooFew { what: "classes to calibrate on".to_owned(), needed: 2, found }.into())
        }
    }
}

fn refused(row: usize, score: f64, requirement: &str) -> Error {
    ErrorKind::InvalidTarget { row, value: score.to_string(), requirement: requirement.to_owned() }.into()
}

/// Log-odds of a probability, which is kept off 0 and 1.
fn log_odds(p: f64) -> f64 {
    const EDGE: f64 = 1e-12;
    let p = p.clamp(EDGE, 1.0 - EDGE);
    (p / (1.0 - p)).ln()
}
