//! What columns tell of the target, and of each other.

use crm_ml_core::{Labeled, Result, Samples, Targeted, parallel};
use crm_ml_linalg::dot;

use super::{Estimate, NAME};
use crate::by_score::require_neighbors;
use crate::information::Values;
use crate::{ColumnScore, anova_f, correlation_f};

/// The relevance of every column, and what gives the redundancy of two.
pub(super) struct Measure {
    relevance: Vec<f64>,
    columns: Columns,
}

enum Columns {
    Information {
        values: Vec<Values>,
        weights: Option<Vec<f64>>,
        n_neighbors: usize,
    },
    /// Deviations from the mean, of length 1: a product of two is their correlation.
    Directions(Vec<Vec<f64>>),
}

impl Measure {
    pub(super) fn information_of_classes(data: &Labeled<'_>, estimate: Estimate) -> Result<Self> {
        Self::information(data.samples(), Values::Codes(data.codes().to_vec()), estimate)
    }

    pub(super) fn information_of_target(data: &Targeted<'_>, estimate: Estimate) -> Result<Self> {
        Self::information(data.samples(), Values::Numbers(data.target().to_vec()), estimate)
    }

    pub(super) fn correlation_of_classes(data: &Labeled<'_>) -> Result<Self> {
        Self::correlation(data.samples(), || anova_f(data))
    }

    pub(super) fn correlation_of_target(data: &Targeted<'_>) -> Result<Self> {
        Self::correlation(data.samples(), || correlation_f(data))
    }

    fn information(samples: &Samples<'_>, target: Values, estimate: Estimate) -> Result<Self> {
        let weights = samples.weights();
        let column = |column: usize| Values::of(samples, column);
        let (values, target, weights, n_neighbors) = match estimate {
            Estimate::Neighbors(n_neighbors) => {
                require_neighbors(NAME, samples)?;
                (parallel::map(samples.n_columns(), column), target, None, n_neighbors)
            }
            Estimate::Bins(bins) => {
                let binned = |i: usize| column(i).binned(weights, bins);
                (parallel::map(samples.n_columns(), binned), target.binned(weights, bins), weights, 1)
            }
        };
        let relevance = parallel::map(values.len(), |i| values[i].information(&target, n_neighbors, weights));
        let weights = weights.map(<[f64]>::to_vec);
        Ok(Self { relevance, columns: Columns::Information { values, weights, n_neighbors } })
    }

    fn correlation(samples: &Samples<'_>, scores: impl FnOnce() -> Result<Vec<ColumnScore>>) -> Result<Self> {
        samples.require_real(NAME)?;
        let relevance = scores()?.iter().map(|score| score.score).collect();
        let directions = parallel::map(samples.n_columns(), |column| direction(samples, column));
        Ok(Self { relevance, columns: Columns::Directions(directions) })
    }

    pub(super) fn relevance(&self) -> &[f64] {
        &self.relevance
    }

    pub(super) fn redundancy(&self, a: usize, b: usize) -> f64 {
        match &self.columns {
            Columns::Information { values, weights, n_neighbors } => {
                values[a].information(&values[b], *n_neighbors, weights.as_deref())
            }
            Columns::Directions(directions) => dot(&directions[a], &directions[b]).abs().min(1.0),
        }
    }
}

/// Weighted deviations from the mean divided by their norm; zeros for a constant column.
fn direction(samples: &Samples<'_>, column: usize) -> Vec<f64> {
    let total = samples.total_weight();
    let cells = samples.dense();
    let cells = cells.column(column);
    // From the first cell: what is constant deviates by nothing, not by rounding.
    let first = cells[0];
    let off: f64 = cells.iter().enumerate().map(|(row, v)| samples.weight(row) / total * (v - first)).sum();
    let mut direction: Vec<f64> = cells.iter().map(|v| v - first - off).collect();
    let mean = first + off;
    let largest = direction.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    // A spread that is rounding noise belongs to a constant column.
    if largest <= 8.0 * f64::EPSILON * mean.abs() || !largest.is_finite() {
        return vec![0.0; direction.len()];
    }
    for (row, v) in direction.iter_mut().enumerate() {
        *v = *v / largest * (samples.weight(row) / total).sqrt();
    }
    let norm = dot(&direction, &direction).sqrt();
    direction.iter_mut().for_each(|v| *v /= norm);
    direction
}
