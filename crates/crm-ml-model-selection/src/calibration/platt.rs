//! Platt scaling.

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::check;

const ITERATIONS: usize = 100;

/// Fits `p = 1 / (1 + exp(a * score + b))` to what happened, with Platt's targets that keep a little doubt.
///
/// Newton's method with a line search; a sort of the scores, then linear in the rows. Sources: J. Platt, Probabilistic Outputs for Support Vector
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

    /// Fits on scores and what happened. Rows of weight 0 are absent; neither the unit nor the origin of the scores matters.
    ///
    /// Errors: lengths that do not agree, no rows, scores that are not finite, bad weights or a sum of them that is not finite, one
    /// class only, scores so close together that the slope is not finite.
    pub fn fit(&self, scores: &[f64], outcomes: &[bool], weights: Option<&[f64]>) -> Result<PlattModel> {
        let [positive, negative] = check(scores, outcomes, weights)?;
        let share = |row: usize| weights.map_or(1.0, |w| w[row]) / (positive + negative);
        let target = |row: usize| {
            if outcomes[row] { (positive + 1.0) / (positive + 2.0) } else { 1.0 / (negative + 2.0) }
        };
        let present = || (0..scores.len()).filter(|row| share(*row) > 0.0);
        let mut ordered: Vec<f64> = present().map(|row| scores[row]).collect();
        ordered.sort_unstable_by(f64::total_cmp);
        // The median, so that most scores keep their digits where a few lie far out.
        let centre = ordered.get(ordered.len() / 2).copied().unwrap_or_default();
        // Halves, so that the distance of two large scores stays finite.
        let deviation = |row: usize| 0.5 * scores[row] - 0.5 * centre;
        let largest = present().map(|row| deviation(row).abs()).fold(0.0, f64::max);
        let spread = if largest > 0.0 { largest } else { 1.0 };
        let rows: Vec<Row> = present()
            .map(|row| Row { score: deviation(row) / spread, target: target(row), share: share(row) })
            .collect();
        let fitted = newton(&rows, PlattModel { a: 0.0, b: ((negative + 1.0) / (positive + 1.0)).ln() });
        let a = 0.5 * fitted.a / spread;
        let model = PlattModel { a, b: fitted.b - a * centre };
        if model.is_finite() {
            Ok(model)
        } else {
            Err(Error::numerical("scores lie so close together that the slope of a sigmoid is not finite"))
        }
    }
}

struct Row {
    score: f64,
    target: f64,
    /// Of all weight.
    share: f64,
}

fn newton(rows: &[Row], mut model: PlattModel) -> PlattModel {
    /// Keeps the curvature invertible: relative to itself, so that a few rows far out do not hold the others still.
    const RIDGE: f64 = 1e-12;
    /// Curvature along equal scores, whose slope stays 0.
    const LEAST: f64 = 1e-200;
    let mut loss = model.loss(rows);
    for _ in 0..ITERATIONS {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for row in rows {
            let p = model.predict(row.score);
            let gradient = row.share * (row.target - p);
            let curvature = row.share * p * (1.0 - p);
            ga += gradient * row.score;
            gb += gradient;
            haa += curvature * row.score * row.score;
            hab += curvature * row.score;
            hbb += curvature;
        }
        haa += RIDGE * haa + LEAST;
        hbb += RIDGE * hbb;
        let determinant = haa * hbb - hab * hab;
        if !(determinant.is_finite() && determinant > 0.0) {
            break;
        }
        let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant);
        let gain = -(ga * da + gb * db);
        // Log-odds change by no more: farther out the curvature found here says nothing.
        let reach = 8.0 + 2.0 * (model.a.abs() + model.b.abs());
        let longest = (reach / (da.abs() + db.abs())).min(1.0);
        let mut step = longest;
        let accepted = loop {
            let next = PlattModel { a: model.a + step * da, b: model.b + step * db };
            let next_loss = next.loss(rows);
            // The last steps gain less than the loss is rounded by.
            if next_loss < loss - 1e-4 * step * gain + 8.0 * f64::EPSILON {
                break Some((next, next_loss));
            }
            step /= 2.0;
            if step < 1e-10 * longest {
                break None;
            }
        };
        let Some((next, next_loss)) = accepted else { break };
        (model, loss) = (next, next_loss);
        if gain <= 1e-24 {
            break;
        }
    }
    model
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
        if self.is_finite() { Ok(()) } else { Err(Error::model_file("a calibration that is not finite")) }
    }

    fn is_finite(&self) -> bool {
        self.a.is_finite() && self.b.is_finite()
    }

    fn loss(&self, rows: &[Row]) -> f64 {
        let one = |row: &Row| {
            let z = self.a * row.score + self.b;
            // No part is below 0, so that nothing cancels where scores are far out.
            let wrong = if z >= 0.0 { row.target } else { 1.0 - row.target };
            row.share * (wrong * z.abs() + (-z.abs()).exp().ln_1p())
        };
        rows.iter().map(one).sum()
    }
}
