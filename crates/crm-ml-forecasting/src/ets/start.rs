//! Initial states by decomposition and regression, as R's `ets` starts (Hyndman et al. 2008, section 2.6).

use serde::{Deserialize, Serialize};

use super::form::{Component, EtsForm};
use super::recursion::Path;
use crate::decompose::seasonal_pattern;

/// Initial states: level, growth, and one season a place of the ring, from the first value's on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct States {
    pub(super) path: Path,
    pub(super) seasons: Vec<f64>,
}

/// Least a multiplicative season starts with.
const LEAST_SEASON: f64 = 1e-2;

/// The start of a model for values scaled to about 1; `None` where no season can be found.
pub(super) fn states(form: EtsForm, y: &[f64], m: usize) -> Option<States> {
    let seasons = match form.season {
        Component::None => Vec::new(),
        kind => pattern(y, m, kind == Component::Multiplicative)?,
    };
    let adjusted = |t: usize| match form.season {
        Component::None => y[t],
        Component::Additive => y[t] - seasons[t % m],
        Component::Multiplicative => y[t] / seasons[t % m],
    };
    let first = y.len().min((2 * m * usize::from(form.has_season())).max(10));
    let head: Vec<f64> = (0..first).map(adjusted).collect();
    Some(States { path: path(form.trend, &head), seasons })
}

/// Level and growth by a line through the first values.
fn path(trend: Component, head: &[f64]) -> Path {
    let mean = head.iter().sum::<f64>() / head.len() as f64;
    if trend == Component::None || head.len() < 2 {
        let growth = if trend == Component::Multiplicative { 1.0 } else { 0.0 };
        return Path { level: mean, growth };
    }
    let (level, growth) = line(head);
    if trend == Component::Additive {
        // Multiplicative errors cannot start from a forecast of 0.
        let touches = (level + growth).abs() < 1e-8;
        return if touches {
            Path { level: level * 1.001, growth: growth * 0.999 }
        } else {
            Path { level, growth }
        };
    }
    let (one, two) = (level + growth, level + 2.0 * growth);
    let ratio = two / one;
    if one > 1e-8 && ratio > 1e-8 && ratio < 1e8 {
        return Path { level: one / ratio, growth: ratio };
    }
    let level = head[0].max(1e-3);
    Path { level, growth: (head[1] / level).clamp(1e-3, 1e3) }
}

/// Intercept (at time 0, the first value being at 1) and slope of the least squares line.
pub(crate) fn line(y: &[f64]) -> (f64, f64) {
    let n = y.len() as f64;
    let centre = (n + 1.0) / 2.0;
    let mean = y.iter().sum::<f64>() / n;
    let (mut cross, mut square) = (0.0, 0.0);
    for (t, y) in y.iter().enumerate() {
        let x = (t + 1) as f64 - centre;
        cross += x * (y - mean);
        square += x * x;
    }
    let slope = if square > 0.0 { cross / square } else { 0.0 };
    (mean - slope * centre, slope)
}

/// The seasons to start with: a decomposition, or for fewer than three seasons a line and one wave.
fn pattern(y: &[f64], m: usize, multiplicative: bool) -> Option<Vec<f64>> {
    let mut pattern =
        if y.len() / 3 >= m { seasonal_pattern(y, m, multiplicative)? } else { wave(y, m, multiplicative)? };
    if multiplicative {
        pattern.iter_mut().for_each(|v| *v = v.max(LEAST_SEASON));
        let mean = pattern.iter().sum::<f64>() / m as f64;
        pattern.iter_mut().for_each(|v| *v /= mean);
    } else {
        let mean = pattern.iter().sum::<f64>() / m as f64;
        pattern.iter_mut().for_each(|v| *v -= mean);
    }
    pattern.iter().all(|v| v.is_finite()).then_some(pattern)
}

/// What a line and a sine wave of one season, fitted together, leave to the seasons.
fn wave(y: &[f64], m: usize, multiplicative: bool) -> Option<Vec<f64>> {
    if y.len() < m.max(4) {
        return None;
    }
    let row = |t: usize| {
        let angle = std::f64::consts::TAU * (t + 1) as f64 / m as f64;
        [1.0, (t + 1) as f64 / y.len() as f64, angle.sin(), angle.cos()]
    };
    let (mut normal, mut target) = ([[0.0; 4]; 4], [0.0; 4]);
    for (t, y) in y.iter().enumerate() {
        let row = row(t);
        for i in 0..4 {
            target[i] += row[i] * y;
            for j in 0..4 {
                normal[i][j] += row[i] * row[j];
            }
        }
    }
    let line = solve(normal, target);
    let trend = |t: usize| line[0] + line[1] * row(t)[1];
    let (mut sums, mut counts) = (vec![0.0; m], vec![0.0; m]);
    for (t, y) in y.iter().enumerate() {
        sums[t % m] += if multiplicative { y / trend(t) } else { y - trend(t) };
        counts[t % m] += 1.0;
    }
    Some(sums.iter().zip(&counts).map(|(sum, count)| sum / count).collect())
}

/// Solves by elimination with pivots; a direction without a pivot (the sine of a season of 2) gets 0.
fn solve(mut a: [[f64; 4]; 4], mut b: [f64; 4]) -> [f64; 4] {
    let mut live = [true; 4];
    for i in 0..4 {
        if a[i][i] < 1e-9 {
            live[i] = false;
            continue;
        }
        for k in (0..4).filter(|&k| k != i) {
            let share = a[k][i] / a[i][i];
            let row = a[i];
            a[k].iter_mut().zip(row).for_each(|(value, pivot)| *value -= share * pivot);
            b[k] -= share * b[i];
        }
    }
    std::array::from_fn(|i| if live[i] { b[i] / a[i][i] } else { 0.0 })
}
