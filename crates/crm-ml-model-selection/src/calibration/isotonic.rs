//! Isotonic regression.

use crm_ml_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// Least squares under the constraint of never falling, by pooling adjacent violators.
///
/// Complexity: a sort, then linear. Rows of equal score are first merged to their weighted mean, as in scikit-learn.
/// Source: R. E. Barlow et al., Statistical Inference under Order Restrictions, 1972.
///
/// ```
/// use crm_ml_model_selection::Isotonic;
///
/// let model = Isotonic::new().fit(&[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 0.0, 1.0], None)?;
/// assert_eq!(model.predict(2.5), 0.5);
/// assert_eq!(model.predict(9.0), 1.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Isotonic {}

/// A fitted [`Isotonic`]: straight lines between the ends of the pooled blocks, constant beyond.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IsotonicModel {
    x: Vec<f64>,
    y: Vec<f64>,
}

/// Neighbouring scores that share one value.
struct Block {
    first: f64,
    last: f64,
    mean: f64,
    weight: f64,
}

impl Isotonic {
    /// Non-decreasing.
    pub fn new() -> Self {
        Self {}
    }

    /// Fits `y` as a non-decreasing function of `x`. Rows of weight 0 are absent.
    ///
    /// Errors: lengths that do not agree, no rows, values that are not finite, negative weights.
    pub fn fit(&self, x: &[f64], y: &[f64], weights: Option<&[f64]>) -> Result<IsotonicModel> {
        let rows = checked_rows(x, y, weights)?;
        let mut blocks: Vec<Block> = Vec::new();
        for group in rows.chunk_by(|a, b| a.0 == b.0) {
            let weight: f64 = group.iter().map(|r| r.2).sum();
            let mean = group.iter().map(|r| r.1 * r.2).sum::<f64>() / weight;
            let mut block = Block { first: group[0].0, last: group[0].0, mean, weight };
            while blocks.last().is_some_and(|before| before.mean >= block.mean) {
                let Some(before) = blocks.pop() else { break };
                let weight = before.weight + block.weight;
                block.mean = (before.mean * before.weight + block.mean * block.weight) / weight;
                block.weight = weight;
                block.first = before.first;
            }
            blocks.push(block);
        }
        let mut model = IsotonicModel { x: Vec::new(), y: Vec::new() };
        for block in &blocks {
            model.x.push(block.first);
            model.y.push(block.mean);
            if block.last > block.first {
                model.x.push(block.last);
                model.y.push(block.mean);
            }
        }
        Ok(model)
    }
}

/// Rows (x, y, weight) of positive weight, sorted by x.
fn checked_rows(x: &[f64], y: &[f64], weights: Option<&[f64]>) -> Result<Vec<(f64, f64, f64)>> {
    if y.len() != x.len() {
        return Err(Error::length("targets", x.len(), y.len()));
    }
    if let Some(w) = weights.filter(|w| w.len() != x.len()) {
        return Err(Error::length("weights", x.len(), w.len()));
    }
    let mut rows = Vec::with_capacity(x.len());
    for (row, (&x, &y)) in x.iter().zip(y).enumerate() {
        let weight = weights.map_or(1.0, |w| w[row]);
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(ErrorKind::InvalidWeight { row, value: weight }.into());
        }
        if !(x.is_finite() && y.is_finite()) {
            let requirement = "score and target must be finite".to_owned();
            return Err(ErrorKind::InvalidTarget { row, value: format!("({x}, {y})"), requirement }.into());
        }
        if weight > 0.0 {
            rows.push((x + 0.0, y, weight));
        }
    }
    if rows.is_empty() {
        return Err(Error::empty("rows"));
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(rows)
}

impl IsotonicModel {
    /// The value at `x`; NaN for NaN.
    pub fn predict(&self, x: f64) -> f64 {
        let after = self.x.partition_point(|v| *v < x);
        match (after.checked_sub(1), self.x.get(after)) {
            _ if x.is_nan() => f64::NAN,
            (_, Some(&exact)) if exact == x => self.y[after],
            (None, _) => self.y[0],
            (Some(last), None) => self.y[last],
            (Some(before), Some(&right)) => {
                let share = (x - self.x[before]) / (right - self.x[before]);
                self.y[before] + share * (self.y[after] - self.y[before])
            }
        }
    }

    /// Where the lines meet: positions and values.
    pub fn thresholds(&self) -> (&[f64], &[f64]) {
        (&self.x, &self.y)
    }

    /// Checks a value read from a file.
    pub fn validate(&self) -> Result<()> {
        let finite = self.x.iter().chain(&self.y).all(|v| v.is_finite());
        let rising = self.x.windows(2).all(|w| w[0] < w[1]) && self.y.windows(2).all(|w| w[0] <= w[1]);
        if finite && rising && !self.x.is_empty() && self.x.len() == self.y.len() {
            Ok(())
        } else {
            Err(Error::model_file("an isotonic curve that falls or is empty"))
        }
    }
}
