//! Progressive validation: how wrong a model was about rows just before it learned them.

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// Loss of rows that the model had not seen when it was asked: an honest figure without held-out rows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ProgressiveLoss {
    total: Sum,
    since_last: Sum,
    points: Vec<ProgressivePoint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Sum {
    rows: u64,
    weight: f64,
    loss: f64,
}

impl Sum {
    fn add(&mut self, weight: f64, loss: f64) {
        self.rows += 1;
        self.weight += weight;
        self.loss += weight * loss;
    }

    fn mean(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.loss / self.weight)
    }

    fn validate(&self) -> bool {
        // Room to count on.
        self.rows < 1 << 60
            && self.loss.is_finite()
            && if self.rows > 0 {
                self.weight.is_finite() && self.weight > 0.0
            } else {
                self.weight == 0.0 && self.loss == 0.0
            }
    }
}

/// Where the loss stood after some rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProgressivePoint {
    /// Rows so far: 1, 2, 4, 8 and so on.
    pub rows: u64,
    /// Weighted mean loss of all of them.
    pub mean: f64,
    /// Weighted mean loss of those since the point before.
    pub since_last: f64,
}

impl ProgressiveLoss {
    pub(super) fn add(&mut self, weight: f64, loss: f64) {
        self.total.add(weight, loss);
        self.since_last.add(weight, loss);
        if self.total.rows.is_power_of_two() {
            let (rows, last) = (self.total.rows, std::mem::take(&mut self.since_last));
            if let (Some(mean), Some(since_last)) = (self.total.mean(), last.mean()) {
                self.points.push(ProgressivePoint { rows, mean, since_last });
            }
        }
    }

    /// Rows seen.
    pub fn rows(&self) -> u64 {
        self.total.rows
    }

    /// Weighted mean loss of all rows seen; `None` before the first.
    pub fn mean(&self) -> Option<f64> {
        self.total.mean()
    }

    /// Weighted mean loss of the rows since the last point; `None` where there is none.
    pub fn since_last(&self) -> Option<f64> {
        self.since_last.mean()
    }

    /// How the loss went on, at numbers of rows that double.
    pub fn points(&self) -> &[ProgressivePoint] {
        &self.points
    }

    pub(super) fn validate(&self) -> Result<()> {
        let expected = if self.total.rows == 0 { 0 } else { self.total.rows.ilog2() as usize + 1 };
        let sound = |(place, point): (usize, &ProgressivePoint)| {
            place < 60 && point.rows == 1 << place && point.mean.is_finite() && point.since_last.is_finite()
        };
        let fits = self.total.validate()
            && self.since_last.validate()
            && self.points.len() == expected
            && self.points.iter().enumerate().all(sound);
        if fits { Ok(()) } else { Err(Error::model_file("losses that fit no sequence of rows")) }
    }
}
