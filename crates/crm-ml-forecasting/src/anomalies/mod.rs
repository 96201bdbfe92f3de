//! Values of a series that are unlike what was to be expected.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, ForecastModel, Result, Series, Timestamp};

use crate::median::median;
use crate::panel::Fill;
use crate::scale::{power_of_two, scaled};
use crate::stl::Stl;

/// Finds values far from trend and season, or from what a model expected.
///
/// Errors are measured in robust deviations: 1.4826 times the median of their absolute values around their median. Trend and season
/// are those of a robust STL; without a season, or with less than two of them, the expected value is the median of the values
/// around. Missing values are passed over. Time O(n season); memory O(n).
///
/// Source of the score: B. Iglewicz, D. Hoaglin, How to Detect and Handle Outliers (1993).
///
/// ```
/// use crm_ml_core::Series;
/// use crm_ml_forecasting::SeriesAnomalies;
///
/// let mut values: Vec<f64> = (0..48).map(|t| 100.0 + [0.0, 20.0, 5.0, -9.0][t % 4] + (t % 5) as f64).collect();
/// values[30] = 40.0;
/// let found = SeriesAnomalies::new(4).find(&Series::new(&values)?)?;
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].step, 30);
/// assert!(found[0].score < -5.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeriesAnomalies {
    season_length: usize,
    threshold: f64,
}

/// A value that was not to be expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesAnomaly {
    /// Which value.
    pub step: usize,
    /// When it was, if the series has a calendar.
    pub time: Option<Timestamp>,
    /// The value.
    pub value: f64,
    /// What was expected.
    pub expected: f64,
    /// How many robust deviations it is above what was expected; below 0 for below.
    pub score: f64,
}

/// How many seasons are regressed on all of them; those between hardly differ, and regressing each would be quadratic.
const SEASONS_REGRESSED: usize = 100;
/// Values that tell what is to be expected of one of them, where there is no season.
const NEIGHBOURS: usize = 7;
/// The robust deviation of a normal distribution is this many standard deviations.
const CONSISTENCY: f64 = 1.482_602_218_505_602;
/// The least deviation, as a share of the largest value: rounding is no anomaly.
const LEAST_DEVIATION: f64 = 1e-9;

impl SeriesAnomalies {
    /// For seasons of `season_length` values, 1 for none; values more than 5 deviations away are anomalies.
    pub fn new(season_length: usize) -> Self {
        Self { season_length, threshold: 5.0 }
    }

    /// How many robust deviations make an anomaly.
    pub fn threshold(mut self, deviations: f64) -> Self {
        self.threshold = deviations;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of("SeriesAnomalies")
            .between("season_length", self.season_length, 1, 1_000_000)
            .positive("threshold", self.threshold)
            .finish()
    }

    /// Values far from trend and season, in their order.
    pub fn find(&self, series: &Series<'_>) -> Result<Vec<SeriesAnomaly>> {
        self.check()?;
        let (filled, unit) = scaled(&Fill::Linear.fill(series)?);
        let expected = match self.season_length {
            season if season > 1 && filled.len() >= 2 * season => {
                // The same season all along: one that may change follows what it should tell.
                let stl = Stl::new(season).seasonal(filled.len() | 1).degrees(0, 1, 1).robust(true);
                let every = filled.len().div_ceil(season).div_ceil(SEASONS_REGRESSED);
                let parts = stl.jumps(every, 1, 1).split(&filled);
                parts.trend.iter().zip(&parts.seasonal).map(|(trend, seasonal)| trend + seasonal).collect()
            }
            _ => running_median(&filled),
        };
        Ok(self.judge(series, &expected, unit))
    }

    /// Values far from what a model expected of each from those before it.
    ///
    /// Errors: parameters out of range, a model of another series.
    pub fn find_by<M: ForecastModel>(&self, series: &Series<'_>, model: &M) -> Result<Vec<SeriesAnomaly>> {
        self.check()?;
        let expected = model.fitted_values();
        if expected.len() != series.len() {
            return Err(series.error("", "the model was fitted to a series of another length"));
        }
        let unit = power_of_two(series.values());
        let expected: Vec<f64> = expected.iter().map(|value| value / unit).collect();
        Ok(self.judge(series, &expected, unit))
    }

    /// What is expected is in units of `unit`, in which no difference leaves the range of numbers.
    fn judge(&self, series: &Series<'_>, expected: &[f64], unit: f64) -> Vec<SeriesAnomaly> {
        let values: Vec<f64> = series.values().iter().map(|value| value / unit).collect();
        let errors: Vec<f64> =
            values.iter().zip(expected).map(|(value, expected)| value - expected).collect();
        let known = || errors.iter().copied().filter(|error| error.is_finite());
        let centre = median(known().collect());
        let largest = values.iter().fold(0.0f64, |a, value| a.max(value.abs()));
        let deviation = CONSISTENCY * median(known().map(|error| (error - centre).abs()).collect());
        let deviation = deviation.max(LEAST_DEVIATION * largest);
        let judged = errors.iter().enumerate().map(|(step, error)| (step, (error - centre) / deviation));
        judged
            .filter(|(_, score)| score.abs() > self.threshold)
            .map(|(step, score)| SeriesAnomaly {
                step,
                time: series.calendar().map(|calendar| calendar.time(step)),
                value: series.values()[step],
                expected: expected[step] * unit,
                score,
            })
            .collect()
    }
}

/// The median of each value and its neighbours, fewer at both ends.
fn running_median(values: &[f64]) -> Vec<f64> {
    let half = NEIGHBOURS / 2;
    let around =
        |step: usize| values[step.saturating_sub(half)..(step + half + 1).min(values.len())].to_vec();
    (0..values.len()).map(|step| median(around(step))).collect()
}
