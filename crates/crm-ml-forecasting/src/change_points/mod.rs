//! Where a series changes its level or its spread.

mod cost;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Result, Series};

use cost::Sums;

/// PELT: the segments that cost least, each with a price for having been cut, found exactly.
///
/// Source: R. Killick, P. Fearnhead, I. Eckley, "Optimal Detection of Changepoints with a Linear Computational Cost", Journal of the
/// American Statistical Association 107 (2012). Segments are those of the `ruptures` package with `jump=1`.
///
/// Errors: parameters out of range, a missing value, fewer values than a segment must have. Time O(n) where changes come
/// regularly, O(n^2) where there are none; memory O(n).
///
/// ```
/// use crm_ml_core::Series;
/// use crm_ml_forecasting::Pelt;
///
/// let values: Vec<f64> = (0..60).map(|t| if t < 40 { 5.0 } else { 9.0 } + 0.1 * (t % 3) as f64).collect();
/// assert_eq!(Pelt::new().find(&Series::new(&values)?)?, [40]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pelt {
    change: Change,
    penalty: Option<f64>,
    min_size: usize,
}

/// What changes from segment to segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Change {
    /// The mean: a segment costs its squared errors.
    #[default]
    Mean,
    /// Mean and variance: a segment costs its number of values times the logarithm of its variance.
    MeanAndVariance,
}

impl Default for Pelt {
    fn default() -> Self {
        Self { change: Change::Mean, penalty: None, min_size: 2 }
    }
}

impl Pelt {
    /// Changes of the mean; the price of a cut is told from the noise.
    pub fn new() -> Self {
        Self::default()
    }

    /// What changes.
    pub fn change(mut self, change: Change) -> Self {
        self.change = change;
        self
    }

    /// The price of a cut, in the unit of the cost. Where not set, three (means) or four (variances too) times the logarithm of the
    /// number of values, for means times the variance of the noise, which differences of neighbours tell.
    pub fn penalty(mut self, penalty: f64) -> Self {
        self.penalty = Some(penalty);
        self
    }

    /// The fewest values of a segment.
    pub fn min_size(mut self, values: usize) -> Self {
        self.min_size = values;
        self
    }

    /// The first step of every segment but the first, ascending.
    pub fn find(&self, series: &Series<'_>) -> Result<Vec<usize>> {
        let least = if self.change == Change::Mean { 1 } else { 2 };
        let check = Check::of("Pelt").at_least("min_size", self.min_size, least);
        match self.penalty {
            Some(penalty) => check.range("penalty", penalty, 0.0..),
            None => check,
        }
        .finish()?;
        series.require_complete("Pelt")?;
        series.require_values("Pelt", self.min_size)?;
        let sums = Sums::new(series.values(), self.change);
        let penalty = match self.penalty {
            Some(penalty) => sums.scaled(penalty),
            None => sums.usual_penalty(),
        };
        Ok(self.segments(&sums, series.len(), penalty))
    }

    fn segments(&self, sums: &Sums, n: usize, penalty: f64) -> Vec<usize> {
        // For every end: the least cost up to it, and where its last segment starts.
        let mut best = vec![f64::INFINITY; n + 1];
        let mut start = vec![0; n + 1];
        best[0] = -penalty;
        // Starts of a last segment, each with the end from which it cannot be best any more.
        let mut candidates: Vec<(usize, usize)> = Vec::new();
        for end in self.min_size..=n {
            let newest = end - self.min_size;
            if best[newest].is_finite() {
                candidates.push((newest, usize::MAX));
            }
            candidates.retain(|(_, useless)| end < *useless);
            let mut least = (f64::INFINITY, 0);
            let costs = |from: usize| best[from] + sums.cost(from, end);
            for (from, _) in &candidates {
                let cost = costs(*from) + penalty;
                if cost < least.0 {
                    least = (cost, *from);
                }
            }
            // What is dearer than the best up to here, without the price of a cut, stays dearer once a segment from here on is
            // long enough.
            for (from, useless) in &mut candidates {
                if costs(*from) > least.0 {
                    *useless = (*useless).min(end + self.min_size);
                }
            }
            (best[end], start[end]) = least;
        }
        let mut cuts = Vec::new();
        let mut end = n;
        while start[end] > 0 {
            end = start[end];
            cuts.push(end);
        }
        cuts.reverse();
        cuts
    }
}
