//! Calibration: making a score of 0.3 mean three in ten.

mod classifier;
mod isotonic;
mod platt;

pub use classifier::{CalibratedClassifier, CalibratedModel};
pub use isotonic::{Isotonic, IsotonicModel};
pub use platt::{Platt, PlattModel};

use crm_ml_core::Result;
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
    /// Errors: lengths that do not agree, no rows, a probability outside [0, 1], one class only.
    pub fn fit(self, proba: &[f64], outcomes: &[bool], weights: Option<&[f64]>) -> Result<Calibrator> {
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

/// Log-odds of a probability, which is kept off 0 and 1.
fn log_odds(p: f64) -> f64 {
    const EDGE: f64 = 1e-12;
    let p = p.clamp(EDGE, 1.0 - EDGE);
    (p / (1.0 - p)).ln()
}
