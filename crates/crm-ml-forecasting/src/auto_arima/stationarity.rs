//! How often a series must be differenced.

use crate::arima::{difference, differencing};
use crate::scale::scaled;
use crate::stl::Stl;

/// Critical value of the KPSS test for a level, 5 %.
const KPSS_CRITICAL: f64 = 0.463;
/// Strength of a season from which it is differenced.
const SEASONAL_STRENGTH: f64 = 0.64;
/// Seasons that count for one season, of which local means are taken, as R's `mstl` has it.
const SEASONAL_WINDOW: usize = 11;

/// The KPSS statistic of a constant level, with `trunc(3 sqrt(n) / 13)` lags; `None` for values that do not vary.
///
/// Source: D. Kwiatkowski, P. Phillips, P. Schmidt, Y. Shin, Journal of Econometrics 54 (1992).
pub(crate) fn kpss(values: &[f64]) -> Option<f64> {
    if constant(values) {
        return None;
    }
    let n = values.len();
    let size = n as f64;
    let mean = values.iter().map(|v| v / size).sum::<f64>();
    let left: Vec<f64> = values.iter().map(|v| v - mean).collect();
    let scale = left.iter().fold(0.0f64, |a, b| a.max(b.abs()));
    if !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let left: Vec<f64> = left.iter().map(|v| v / scale).collect();
    let lags = (3.0 * size.sqrt() / 13.0) as usize;
    let lagged = |lag: usize| left[lag.min(n)..].iter().zip(&left).map(|(a, b)| a * b).sum::<f64>();
    let weighted = |lag: usize| (1.0 - lag as f64 / (lags + 1) as f64) * lagged(lag);
    let variance = (lagged(0) + 2.0 * (1..=lags).map(weighted).sum::<f64>()) / size;
    let mut sum = 0.0;
    let squares: f64 = left
        .iter()
        .map(|v| {
            sum += v;
            sum * sum
        })
        .sum();
    Some(squares / (size * size) / variance).filter(|statistic| statistic.is_finite())
}

/// Plain differences, at most `most`, until the KPSS test no longer refuses a constant level.
pub(super) fn plain_differences(values: &[f64], most: usize) -> usize {
    let mut values = values.to_vec();
    for d in 0..most {
        if kpss(&values).is_none_or(|statistic| statistic <= KPSS_CRITICAL) {
            return d;
        }
        values = difference(&values, &differencing(1, 0, 1));
    }
    most
}

/// Seasonal differences, at most `most`, until the season is weak.
pub(super) fn seasonal_differences(values: &[f64], season: usize, most: usize) -> usize {
    let mut values = values.to_vec();
    for d in 0..most {
        if values.len() <= 2 * season
            || constant(&values)
            || seasonal_strength(&values, season) <= SEASONAL_STRENGTH
        {
            return d;
        }
        values = difference(&values, &differencing(0, 1, season));
    }
    most
}

/// Share of the detrended variance that the season explains, between 0 and 1.
///
/// Source: X. Wang, K. Smith, R. Hyndman, Data Mining and Knowledge Discovery 13 (2006).
pub(crate) fn seasonal_strength(values: &[f64], season: usize) -> f64 {
    let (values, _) = scaled(values);
    let parts = Stl::new(season).seasonal(SEASONAL_WINDOW).degrees(0, 1, 1).split(&values);
    let detrended: Vec<f64> = parts.remainder.iter().zip(&parts.seasonal).map(|(a, b)| a + b).collect();
    let share = 1.0 - variance(&parts.remainder) / variance(&detrended);
    if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
}

/// The values with gaps filled in: between the nearest values of the same season where there are such on both sides, else between
/// the nearest values, or by the nearest one.
pub(super) fn filled(values: &[f64], season: usize) -> Vec<f64> {
    let known = |time: &usize| !values[*time].is_nan();
    let between = |time: usize, step: usize| {
        let before = (0..time).rev().skip(step - 1).step_by(step).find(known);
        let after = (time + 1..values.len()).skip(step - 1).step_by(step).find(known);
        (before, after)
    };
    let fill = |time: usize| {
        let seasonal = Some(between(time, season.max(1))).filter(|(a, b)| a.is_some() && b.is_some());
        match seasonal.unwrap_or_else(|| between(time, 1)) {
            (Some(a), Some(b)) => {
                let share = (time - a) as f64 / (b - a) as f64;
                values[a] * (1.0 - share) + values[b] * share
            }
            (Some(near), None) | (None, Some(near)) => values[near],
            (None, None) => f64::NAN,
        }
    };
    (0..values.len()).map(|time| if known(&time) { values[time] } else { fill(time) }).collect()
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| v / n).sum::<f64>();
    values.iter().map(|v| (v - mean) * (v - mean) / (n - 1.0)).sum()
}

pub(super) fn constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}
