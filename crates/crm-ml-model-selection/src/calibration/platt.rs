//! Platt scaling.

use crm_ml_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

const ITERATIONS: usize = 100;

/// Fits `p = 1 / (1 + exp(a * score + b))` to what happened, with Platt's targets that keep a little doubt.
///
/// Newton's method with a line search; linear in the rows. Sources: J. Platt, Probabilistic Outputs for Support Vector
/// Machines, 1999; H.-T. Lin, C.-J. Lin, R. C. Weng, A Note on Platt's Probabilistic Outputs, Machine Learning 68, 2007.
/// The targets are those of scikit-learn's sigmoid calibration.
///
/// ```
/// use crm_ml_model_selection::Platt;
///
/// let model = Platt::new().fit(&[-2.0, -1.0, 0.0, 1.0, 2.0, 3.0], &[false, false, true, false, true, true], None)?;
/// assert!(model.predict(-2.0) < 0.3 && model.predict(3.0) > 0.7);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Platt {}

/// A fitted [`Platt`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlattModel {
    a: f64,
    b: f64,
}

impl Platt {
    /// Platt's targets.
    pub fn new() -> Self {
        Self {}
    }

    /// Fits on scores and what happened.
    ///
    /// Errors: lengths that do not agree, scores that are not finite, bad weights, one class only.
    pub fn fit(&self, scores: &[f64], outcomes: &[bool], weights: Option<&[f64]>) -> Result<PlattModel> {
        check(scores, outcomes, weights)?;
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let total =
            |class: bool| (0..scores.len()).filter(|&r| outcomes[r] == class).map(weight).sum::<f64>();
        let (positive, negative) = (total(true), total(false));
        if !(positive > 0.0 && negative > 0.0) {
            return Err(
                ErrorKind::TooFew { what: "classes to calibrate on".into(), needed: 2, found: 1 }.into()
            );
        }
        let target = |row: usize| {
            if outcomes[row] { (positive + 1.0) / (positive + 2.0) } else { 1.0 / (negative + 2.0) }
        };
        let rows: Vec<Row> = (0..scores.len())
            .map(|row| Row { score: scores[row], target: target(row), weight: weight(row) })
            .collect();
        Ok(newton(&rows, PlattModel { a: 0.0, b: ((negative + 1.0) / (positive + 1.0)).ln() }))
    }
}

struct Row {
    score: f64,
    target: f64,
    weight: f64,
}

fn newton(rows: &[Row], mut model: PlattModel) -> PlattModel {
    let total: f64 = rows.iter().map(|r| r.weight).sum();
    let mut loss = model.loss(rows);
    for _ in 0..ITERATIONS {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for row in rows {
            let p = model.predict(row.score);
            let gradient = row.weight * (row.target - p);
            let curvature = row.weight * p * (1.0 - p);
            ga += gradient * row.score;
            gb += gradient;
            haa += curvature * row.score * row.score;
            hab += curvature * row.score;
            hbb += curvature;
        }
        if ga.abs().max(gb.abs()) <= 1e-12 * total {
            break;
        }
        let determinant = haa * hbb - hab * hab;
        if !(determinant.is_finite() && determinant > 0.0) {
            break;
        }
        let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant);
        let mut step = 1.0;
        let accepted = loop {
            let next = PlattModel { a: model.a + step * da, b: model.b + step * db };
            let next_loss = next.loss(rows);
            if next_loss < loss + 1e-4 * step * (ga * da + gb * db) {
                break Some((next, next_loss));
            }
            step /= 2.0;
            if step < 1e-10 {
                break None;
            }
        };
        let Some((next, next_loss)) = accepted else { break };
        (model, loss) = (next, next_loss);
    }
    model
}

fn check(scores: &[f64], outcomes: &[bool], weights: Option<&[f64]>) -> Result<()> {
    if outcomes.len() != scores.len() {
        return Err(Error::length("outcomes", scores.len(), outcomes.len()));
    }
    if let Some(w) = weights {
        if w.len() != scores.len() {
            return Err(Error::length("weights", scores.len(), w.len()));
        }
        if let Some(row) = w.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(ErrorKind::InvalidWeight { row, value: w[row] }.into());
        }
    }
    match scores.iter().position(|s| !s.is_finite()) {
        None => Ok(()),
        Some(row) => {
            let requirement = "a score must be finite".to_owned();
            Err(ErrorKind::InvalidTarget { row, value: scores[row].to_string(), requirement }.into())
        }
    }
}

impl PlattModel {
    /// The probability of a score.
    pub fn predict(&self, score: f64) -> f64 {
        let z = self.a * score + self.b;
        // The form whose exponent is never positive does not overflow.
        if z >= 0.0 { (-z).exp() / (1.0 + (-z).exp()) } else { 1.0 / (1.0 + z.exp()) }
    }

    /// The two numbers `(a, b)`.
    pub fn coefficients(&self) -> (f64, f64) {
        (self.a, self.b)
    }

    /// Checks a value read from a file.
    pub fn validate(&self) -> Result<()> {
        if self.a.is_finite() && self.b.is_finite() {
            Ok(())
        } else {
            Err(Error::model_file("a calibration that is not finite"))
        }
    }

    fn loss(&self, rows: &[Row]) -> f64 {
        let one = |row: &Row| {
            let z = self.a * row.score + self.b;
            let softplus = if z >= 0.0 { z + (-z).exp().ln_1p() } else { z.exp().ln_1p() };
            row.weight * (softplus - (1.0 - row.target) * z)
        };
        rows.iter().map(one).sum()
    }
}
