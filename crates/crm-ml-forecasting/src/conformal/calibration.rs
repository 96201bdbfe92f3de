//! Errors of a back-test in units of the width expected there.

use serde::{Deserialize, Serialize};

use statrs::distribution::{ContinuousCDF, StudentsT};

use crm_ml_core::{Error, Forecast, ForecastModel, Horizon, Result};

use super::REFERENCE;
use crate::BackTestWindow;
use crate::intervals::normal_width;

/// Errors of a back-test that a method's own width is worth. With more, the furthest steps of short series err more often than they should:
/// of yearly series' training parts, of stores' sales and of simulated walks; with fewer, intervals are too wide to be of use.
const OWN_ERRORS: f64 = 2.0;

/// What a back-test says of a method's intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    /// Whether widths are the method's own; else the square root of the step.
    analytic: bool,
    /// Of each step the errors, value minus forecast, in widths; ascending by size.
    scores: Vec<Vec<f64>>,
    /// Of all steps, ascending by size.
    pooled: Vec<f64>,
    /// Values that errors are of: windows overlap, and the errors of one value are no independent ones.
    values: usize,
    /// Values from the first origin to the last.
    span: usize,
    /// How much an error is like the one of the step before.
    correlation: f64,
}

/// Half the width of an interval below and above the forecast.
pub(super) type Widths = Vec<(f64, f64)>;

impl Calibration {
    pub(crate) fn new(windows: &[BackTestWindow]) -> Self {
        let analytic = windows.iter().all(|window| window.forecast.interval(REFERENCE).is_some());
        let steps = windows.first().map_or(0, |window| window.actual.len());
        let mut scores = vec![Vec::with_capacity(windows.len()); steps];
        let (mut product, mut square) = (0.0, 0.0);
        for window in windows {
            let mut before = f64::NAN;
            let widths = widths(&window.forecast, analytic, window.origin);
            for (step, (low, high)) in widths.into_iter().enumerate() {
                let error = window.actual[step] - window.forecast.mean[step];
                let width = if error < 0.0 { low } else { high };
                // A method sure of itself and right needs no width; sure and wrong tells of no scale.
                let score = if error == 0.0 { 0.0 } else { error / width };
                if score.is_finite() {
                    scores[step].push(score);
                    if before.is_finite() {
                        product += score * before;
                        square += (score * score + before * before) / 2.0;
                    }
                }
                before = score;
            }
        }
        let mut pooled: Vec<f64> = scores.iter().flatten().copied().collect();
        scores.iter_mut().for_each(|scores| sort(scores));
        sort(&mut pooled);
        let mut times: Vec<usize> = windows
            .iter()
            .flat_map(|window| (window.origin..).zip(&window.actual))
            .filter_map(|(time, actual)| (!actual.is_nan()).then_some(time))
            .collect();
        times.sort_unstable();
        times.dedup();
        let origins = || windows.iter().map(|window| window.origin);
        let span = origins().max().unwrap_or(0) - origins().min().unwrap_or(0);
        let correlation = if square > 0.0 && square.is_finite() { product / square } else { 0.0 };
        Self {
            analytic,
            scores,
            values: times.len().min(pooled.len()),
            pooled,
            span,
            correlation: correlation.clamp(0.0, 0.99),
        }
    }

    /// Windows that were forecast.
    pub(super) fn windows(&self) -> usize {
        self.scores.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The highest level in percent for which there are errors enough.
    pub(super) fn highest_level(&self) -> f64 {
        let n = self.values as f64;
        100.0 * n / (n + 1.0)
    }

    pub(super) fn correlation(&self) -> f64 {
        self.correlation
    }

    /// How many widths the interval of a share at a step has.
    pub(super) fn factor(&self, step: usize, share: f64) -> f64 {
        let by_step =
            self.scores.get(step).and_then(|scores| conformal_quantile(scores, scores.len(), share));
        if let Some(factor) = by_step.or_else(|| conformal_quantile(&self.pooled, self.values, share)) {
            return factor;
        }
        let largest = self.pooled.last().map_or(0.0, |score| score.abs());
        largest.max(student_width(share, self.degrees(step)) / normal_width(REFERENCE / 100.0))
    }

    /// How many errors the deviation at a step is known from: those of windows that share no value there, and what the fit itself tells
    /// of it.
    fn degrees(&self, step: usize) -> f64 {
        let apart = 1.0 + self.span as f64 / (step + 1) as f64;
        apart.min(self.windows() as f64) + OWN_ERRORS
    }

    /// A forecast of the model with calibrated intervals. Errors: those of the model, bounds beyond the numbers.
    pub(super) fn forecast<M: ForecastModel>(&self, model: &M, horizon: &Horizon<'_>) -> Result<Forecast> {
        let (mean, widths) = self.expected(model, horizon)?;
        let mut forecast = Forecast { intervals: Vec::new(), mean };
        if horizon.levels().is_empty() {
            return Ok(forecast);
        }
        let mut factors = vec![0.0f64; widths.len()];
        let centre = std::mem::take(&mut forecast.mean);
        forecast = Forecast::with_bounds(centre, horizon, |_, _| (0.0, 0.0));
        for interval in &mut forecast.intervals {
            for (step, (low, high)) in widths.iter().enumerate() {
                // A wider level is never narrower, though its errors may be those of all steps.
                factors[step] = factors[step].max(self.factor(step, interval.level / 100.0));
                interval.lower[step] = forecast.mean[step] - factors[step] * low;
                interval.upper[step] = forecast.mean[step] + factors[step] * high;
            }
            if interval.lower.iter().chain(&interval.upper).any(|bound| !bound.is_finite()) {
                return Err(Error::numerical("the intervals leave the range of numbers"));
            }
        }
        Ok(forecast)
    }

    /// The model's forecast, and the widths that errors are measured by.
    pub(super) fn expected<M: ForecastModel>(
        &self,
        model: &M,
        horizon: &Horizon<'_>,
    ) -> Result<(Vec<f64>, Widths)> {
        let levels: &[f64] = if self.analytic { &[REFERENCE] } else { &[] };
        let forecast = model.forecast(&horizon.clone().with_levels(levels)?)?;
        let widths = widths(&forecast, self.analytic, model.fitted_values().len());
        Ok((forecast.mean, widths))
    }

    pub(super) fn validate(&self) -> Result<()> {
        let ordered = |scores: &[f64]| {
            scores.iter().all(|score| score.is_finite())
                && scores.windows(2).all(|pair| pair[0].abs() <= pair[1].abs())
        };
        let fits = self.scores.iter().all(|scores| ordered(scores))
            && ordered(&self.pooled)
            && self.values <= self.pooled.len()
            && (0.0..=0.99).contains(&self.correlation);
        if fits { Ok(()) } else { Err(Error::model_file("errors of a back-test that are not in order")) }
    }
}

fn sort(scores: &mut [f64]) {
    scores.sort_by(|a, b| a.abs().total_cmp(&b.abs()).then(a.total_cmp(b)));
}

/// Half the width of the reference interval below and above, grown by what an average change of so many values leaves open: steps
/// ahead of a random walk with drift have the variance `h (1 + h / n)`, and intervals of most methods leave the second part out.
fn widths(forecast: &Forecast, analytic: bool, values: usize) -> Widths {
    let own: Widths = match forecast.interval(REFERENCE) {
        Some(interval) if analytic => {
            let bounds = interval.lower.iter().zip(&interval.upper);
            let half =
                |(mean, (low, high)): (&f64, (&f64, &f64))| ((mean - low).max(0.0), (high - mean).max(0.0));
            forecast.mean.iter().zip(bounds).map(half).collect()
        }
        _ => (1..=forecast.mean.len()).map(|step| ((step as f64).sqrt(), (step as f64).sqrt())).collect(),
    };
    let grown = |(step, (low, high)): (usize, (f64, f64))| {
        let growth = (1.0 + (step + 1) as f64 / values.max(1) as f64).sqrt();
        (low * growth, high * growth)
    };
    own.into_iter().enumerate().map(grown).collect()
}

/// The size that `share` of new errors will not pass, of scores ascending by size that tell of `values` independent ones; `None`
/// where these are too few. With one score a value it is the rank of split-conformal prediction.
pub(crate) fn conformal_quantile(scores: &[f64], values: usize, share: f64) -> Option<f64> {
    if values == 0 {
        return None;
    }
    // Products first: (n + 1) share is exact where it is a whole number.
    let rank = ((values + 1) as f64 * share * scores.len() as f64 / values as f64).ceil().max(1.0) as usize;
    scores.get(rank - 1).map(|score| score.abs())
}

/// How many deviations hold `share` of errors whose deviation so many of them told.
fn student_width(share: f64, degrees: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees) {
        Ok(student) => student.inverse_cdf(0.5 + share / 2.0),
        Err(_) => normal_width(share),
    }
}
