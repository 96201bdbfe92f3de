//! What is known of the columns before any regression.

use crm_ml_core::{Result, Samples, parallel};
use serde::{Deserialize, Serialize};

use super::IterativeImputer;
use crate::Strategy;
use crate::columns::{column, finite};
use crate::stats::Observed;

/// A column that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Its place in the data.
    pub(super) column: usize,
    /// The first guess for its gaps.
    pub(super) fill: f64,
    /// What deviations are taken from.
    pub(super) centre: f64,
    /// A power of two that is small beside the deviations.
    pub(super) unit: f64,
    /// Whether its gaps are filled by regressions rather than by the first guess.
    pub(super) regressed: bool,
    /// Bounds of what is filled in.
    pub(super) lower: Option<f64>,
    pub(super) upper: Option<f64>,
}

impl Kept {
    /// A deviation whose value is inside the bounds.
    pub(super) fn bounded(&self, deviation: f64) -> f64 {
        let value = deviation + self.centre;
        match (self.lower, self.upper) {
            (Some(lower), _) if value < lower => lower - self.centre,
            (_, Some(upper)) if value > upper => upper - self.centre,
            _ => deviation,
        }
    }

    /// The value to fill in.
    pub(super) fn value(&self, deviation: f64) -> f64 {
        let value = deviation + self.centre;
        let value = self.lower.map_or(value, |lower| value.max(lower));
        self.upper.map_or(value, |upper| value.min(upper))
    }

    pub(super) fn is_sound(&self, width: usize) -> bool {
        let finite = [self.fill, self.centre, self.unit].iter().all(|v| v.is_finite());
        let bounds = [self.lower, self.upper].into_iter().flatten().all(f64::is_finite);
        let ascending = self.lower.zip(self.upper).is_none_or(|(lower, upper)| lower < upper);
        self.column < width && finite && bounds && ascending
    }
}

/// The columns that are kept: those with values, and under `keep_empty_features` all.
pub(super) fn kept(
    params: &IterativeImputer,
    samples: &Samples<'_>,
    limits: &[(Option<f64>, Option<f64>)],
) -> Result<Vec<Kept>> {
    let constant = if let Strategy::Constant(value) = params.initial_strategy { value } else { 0.0 };
    let empty = params.keep_empty_features.then_some(constant);
    let learn = |place: usize| {
        let seen = Observed::new(&column(samples, place), samples.weights());
        let learnt = params.initial_strategy.learn(&seen);
        let Some(fill) = learnt.or(empty) else { return Ok(None) };
        let fill = finite(fill, "value to fill in", samples.schema(), place)?;
        let (centre, unit) = if learnt.is_some() { grid(&seen) } else { (fill, 0.0) };
        let centre = finite(centre, "median", samples.schema(), place)?;
        let (lower, upper) = limits[place];
        let regressed = learnt.is_some();
        Ok(Some(Kept { column: place, fill, centre, unit, regressed, lower, upper }))
    };
    let kept = parallel::try_map(samples.n_columns(), learn)?;
    Ok(kept.into_iter().flatten().collect())
}

/// A place near the median, where no outlier moves it, from which deviations of whole numbers are whole multiples of a unit, so that sums
/// of theirs are exact, and that unit. Without it a column that is constant over some rows, a flag for one, would seem to vary there.
fn grid(seen: &Observed) -> (f64, f64) {
    /// The unit is at most this share of the standard deviation.
    const FINE: f64 = 0.125;
    let (middle, spread) = (seen.median(), seen.variance().sqrt());
    let unit = (spread * FINE).log2().floor().exp2();
    let centre = (middle / unit).round() * unit;
    if unit.is_normal() && centre.is_finite() { (centre, unit) } else { (middle, 0.0) }
}
