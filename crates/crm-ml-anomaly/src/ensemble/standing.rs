//! Where a score stands among those of the fit.

use crm_ml_core::{Error, Result};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::Combination;
use crate::shares;

/// The anomaly scores of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The different scores, ascending.
    scores: Vec<f64>,
    /// Weight of the rows up to and with each.
    until: Vec<f64>,
    mean: f64,
    /// Standard deviation; 1 where all scores are equal.
    pub(super) deviation: f64,
}

impl Standing {
    pub(super) fn new(scores: &Array1<f64>, weights: Option<&[f64]>) -> Self {
        let mut rows: Vec<(f64, f64)> =
            scores.iter().enumerate().map(|(row, score)| (*score, weights.map_or(1.0, |w| w[row]))).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut scores, mut until): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut sum = 0.0;
        for (score, weight) in rows {
            sum += weight;
            match until.last_mut() {
                Some(last) if scores.last() == Some(&score) => *last = sum,
                _ => {
                    scores.push(score);
                    until.push(sum);
                }
            }
        }
        let size = scores.iter().fold(0.0f64, |m, s| m.max(s.abs())).max(f64::MIN_POSITIVE);
        let mean_of = |of: &dyn Fn(f64) -> f64| {
            let mut before = 0.0;
            scores.iter().zip(&until).fold(0.0, |total, (score, until)| {
                let part = (until - before) / sum;
                before = *until;
                total + part * of(score / size)
            })
        };
        let mean = mean_of(&|s| s);
        let deviation = mean_of(&|s| (s - mean) * (s - mean)).sqrt() * size;
        let mean = mean * size;
        Self { scores, until, mean, deviation: if deviation > 0.0 { deviation } else { 1.0 } }
    }

    /// The rank, or the standardised score.
    pub(super) fn of(&self, score: f64, combination: Combination) -> f64 {
        match combination {
            Combination::MeanStandardized => {
                ((score - self.mean) / self.deviation).clamp(-f64::MAX / 4.0, f64::MAX / 4.0)
            }
            _ => self.rank(score),
        }
    }

    pub(super) fn all(&self, scores: &Array1<f64>, combination: Combination) -> Vec<f64> {
        shares::scores(scores.len(), |row| self.of(scores[row], combination))
    }

    fn rank(&self, score: f64) -> f64 {
        let total = self.until.last().copied().unwrap_or(1.0);
        let place = self.scores.partition_point(|s| *s < score);
        let below = if place == 0 { 0.0 } else { self.until[place - 1] };
        let with = if self.scores.get(place) == Some(&score) { self.until[place] } else { below };
        0.5 * (below + with) / total
    }

    pub(super) fn validate(&self) -> Result<()> {
        let ascending = self.scores.windows(2).all(|pair| pair[0] < pair[1]);
        let not_falling = self.until.windows(2).all(|pair| pair[0] <= pair[1]);
        let positive = self.until.first().is_some_and(|first| *first > 0.0) && self.deviation > 0.0;
        let moments = [self.mean, self.deviation];
        let finite = self.scores.iter().chain(&self.until).chain(&moments).all(|v| v.is_finite());
        if ascending && not_falling && positive && finite && self.scores.len() == self.until.len() {
            Ok(())
        } else {
            Err(Error::model_file("scores of a fit that do not ascend"))
        }
    }
}
