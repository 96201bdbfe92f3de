//! One regression of the sequence: how a column's gaps follow from the other columns.

use crm_ml_linalg::dot;
use serde::{Deserialize, Serialize};

use super::posterior::{Spread, stream};
use super::start::Kept;

/// A regression on deviations from the columns' centres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    /// The column it fills, among those that are kept.
    pub(super) feature: usize,
    /// The columns it looks at, ascending; `None` for all others.
    pub(super) neighbours: Option<Vec<usize>>,
    /// One a neighbour; without neighbours one a column, 0 for its own.
    pub(super) coef: Vec<f64>,
    pub(super) intercept: f64,
    /// What draws are made with.
    pub(super) spread: Option<Spread>,
}

impl Step {
    /// What is filled in, as a deviation; `key` is seed, number of the step and key of the row.
    pub(super) fn value(
        &self,
        row: &[f64],
        kept: &Kept,
        key: (u64, usize, u64),
        scratch: &mut Vec<f64>,
    ) -> f64 {
        let sum = match &self.neighbours {
            None => dot(row, &self.coef),
            Some(neighbours) => neighbours.iter().zip(&self.coef).map(|(&i, coef)| coef * row[i]).sum(),
        };
        let mean = self.intercept + sum;
        let Some(spread) = &self.spread else { return kept.bounded(mean) };
        scratch.clear();
        match &self.neighbours {
            Some(neighbours) => scratch.extend(neighbours.iter().map(|&i| row[i])),
            None => {
                scratch.extend_from_slice(&row[..self.feature]);
                scratch.extend_from_slice(&row[self.feature + 1..]);
            }
        }
        kept.bounded(spread.draw(mean, scratch, kept, &mut stream(key.0, key.1, key.2)))
    }

    pub(super) fn is_sound(&self, width: usize) -> bool {
        let predictors = match &self.neighbours {
            None => {
                let own = self.coef.get(self.feature).is_some_and(|coef| *coef == 0.0);
                if !own || self.coef.len() != width {
                    return false;
                }
                width - 1
            }
            Some(neighbours) => {
                let ascending = neighbours.windows(2).all(|pair| pair[0] < pair[1]);
                let others = neighbours.iter().all(|&i| i < width && i != self.feature);
                if !ascending || !others || neighbours.len() != self.coef.len() {
                    return false;
                }
                neighbours.len()
            }
        };
        let finite = self.intercept.is_finite() && self.coef.iter().all(|v| v.is_finite());
        self.feature < width
            && finite
            && self.spread.as_ref().is_none_or(|spread| spread.is_sound(predictors))
    }
}
