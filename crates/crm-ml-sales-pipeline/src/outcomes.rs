//! What a sum may come to.

use crm_ml_core::Check;
use crm_ml_core::Result;

/// Possible values of a quarter's revenue, equally likely, with their mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    mean: f64,
    /// Ascending, at least one.
    values: Vec<f64>,
}

impl Outcomes {
    pub(crate) fn new(mean: f64, mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self { mean, values }
    }

    /// The expected value.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The value that is passed with a chance of one half.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The possible values, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The range that holds the revenue in `level` percent of the cases, equally many below and above it.
    ///
    /// Errors: a level that is not above 0 and below 100.
    pub fn range(&self, level: f64) -> Result<(f64, f64)> {
        check_levels(Check::of("Outcomes"), &[level]).finish()?;
        let tail = 0.5 - level / 200.0;
        Ok((self.quantile(tail), self.quantile(1.0 - tail)))
    }

    /// The probability that the revenue reaches a target or passes it. Errors: NaN.
    pub fn probability_of_reaching(&self, target: f64) -> Result<f64> {
        Check::of("Outcomes").rule("target", target, !target.is_nan(), "a number").finish()?;
        let below = self.values.partition_point(|value| *value < target);
        Ok((self.values.len() - below) as f64 / self.values.len().max(1) as f64)
    }

    /// The value below which a share of the others lies, between neighbours by their distance.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let place = share * self.values.len().saturating_sub(1) as f64;
        let below = place.floor() as usize;
        match (self.values.get(below), self.values.get(below + 1)) {
            (Some(a), Some(b)) => a + (b - a) * (place - below as f64),
            (Some(a), None) => *a,
            _ => self.mean,
        }
    }

    /// Means and quantiles averaged: this one's with a weight, the other's with the rest of it.
    pub(crate) fn combined(&self, weight: f64, other: &Self) -> Self {
        let last = self.values.len().saturating_sub(1).max(1) as f64;
        let blend = |own: f64, others: f64| weight * own + (1.0 - weight) * others;
        let value = |(place, own): (usize, &f64)| blend(*own, other.quantile(place as f64 / last));
        Self {
            mean: blend(self.mean, other.mean),
            values: self.values.iter().enumerate().map(value).collect(),
        }
    }
}

/// Levels in percent.
pub(crate) fn check_levels(check: Check, levels: &[f64]) -> Check {
    levels.iter().fold(check, |check, &level| {
        check.rule("level", level, level > 0.0 && level < 100.0, "above 0 and below 100")
    })
}
