//! The Theta method as a recursion that is linear in its initial level and in the weight of the line.

use serde::{Deserialize, Serialize};

use crate::ets::line;

/// Level, running mean and line after some values.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) level: f64,
    pub(super) mean: f64,
    /// The line `a + b t` of the values so far (or, where it is not dynamic, of all).
    pub(super) a: f64,
    pub(super) b: f64,
}

/// What stays while values come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Coefficients {
    pub(super) alpha: f64,
    /// Of the line: 1 - 1 / theta.
    pub(super) weight: f64,
    /// Whether the line follows the values.
    pub(super) dynamic: bool,
}

/// First values whose errors do not count.
pub(super) const WARM_UP: usize = 3;

impl Coefficients {
    /// The level and line before the first value.
    pub(super) fn start(&self, y: &[f64], level: f64, fixed: (f64, f64)) -> State {
        let first = y.first().copied().unwrap_or(0.0);
        let (a, b) = if self.dynamic { (first, 0.0) } else { fixed };
        State { level: self.alpha * first + (1.0 - self.alpha) * level, mean: first, a, b }
    }

    /// The line's share in the forecast of value `i`.
    fn drift(&self, state: &State, keep: f64) -> f64 {
        self.weight * (state.a * keep + state.b * (1.0 - keep * (1.0 - self.alpha)) / self.alpha)
    }

    /// The forecast of value `i`, `keep` being `(1 - alpha)^i`.
    pub(super) fn forecast(&self, state: &State, keep: f64) -> f64 {
        state.level + self.drift(state, keep)
    }

    /// The state after value `i`.
    pub(super) fn update(&self, state: &mut State, i: usize, y: f64) {
        state.level = self.alpha * y + (1.0 - self.alpha) * state.level;
        if self.dynamic {
            let i = i as f64;
            state.b = ((i - 1.0) * state.b + 6.0 * (y - state.mean) / (i + 1.0)) / (i + 2.0);
            state.mean = (i * state.mean + y) / (i + 1.0);
            state.a = state.mean - state.b * (i + 2.0) / 2.0;
        }
    }

    /// `(1 - alpha)^i`.
    pub(super) fn keep(&self, i: usize) -> f64 {
        (1.0 - self.alpha).powf(i as f64)
    }
}

/// The line that stays, of all values.
pub(super) fn fixed_line(y: &[f64]) -> (f64, f64) {
    line(y)
}

/// The line before each value, and what is minimised with it.
pub(super) struct Problem<'a> {
    y: &'a [f64],
    lines: Vec<(f64, f64)>,
    /// The weight, where it is given.
    weight: Option<f64>,
    /// Bound of the initial level: twice the largest magnitude. Without it, a level that no value remembers is spent on fitting the
    /// first error that counts.
    most_level: f64,
}

/// What a level of alpha can reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Best {
    pub(super) alpha: f64,
    pub(super) level: f64,
    pub(super) weight: f64,
    pub(super) squares: f64,
}

/// Bounds of alpha.
const ALPHA: (f64, f64) = (0.1, 0.99);
/// Levels of alpha that are looked at before the search.
const GRID: usize = 24;
/// Pull of the initial level to half the first value where nothing else determines it.
const RIDGE: f64 = 1e-9;
/// The largest weight: theta is at most this near to infinity.
const MOST_WEIGHT: f64 = 1.0 - 1e-10;

impl<'a> Problem<'a> {
    pub(super) fn new(y: &'a [f64], dynamic: bool, weight: Option<f64>) -> Self {
        let lines = if dynamic {
            let rule = Coefficients { alpha: 0.5, weight: 0.0, dynamic: true };
            let mut state = rule.start(y, 0.0, (0.0, 0.0));
            let mut lines = vec![(state.a, state.b)];
            for (i, value) in y.iter().enumerate().skip(1) {
                lines.push((state.a, state.b));
                rule.update(&mut state, i, *value);
            }
            lines
        } else {
            vec![fixed_line(y); y.len()]
        };
        let most_level = 2.0 * y.iter().map(|v| v.abs()).fold(0.0, f64::max);
        Self { y, lines, weight, most_level }
    }

    /// The best initial level and weight for an alpha: the sum of squares is quadratic in them.
    fn at(&self, alpha: f64) -> Best {
        let rest = 1.0 - alpha;
        let first = self.y.first().copied().unwrap_or(0.0);
        let (mut base, mut keep) = (alpha * first, 1.0);
        let (mut pp, mut pg, mut gg, mut pr, mut gr, mut rr) = (RIDGE, 0.0, 0.0, 0.0, 0.0, 0.0);
        let guess = first / 2.0;
        for (i, (y, (a, b))) in self.y.iter().zip(&self.lines).enumerate().skip(1) {
            keep *= rest;
            if i >= WARM_UP {
                let g = a * keep + b * (1.0 - keep * rest) / alpha;
                // The residual with the level at its guess and without the line.
                let r = y - base - keep * guess;
                pp += keep * keep;
                pg += keep * g;
                gg += g * g;
                pr += keep * r;
                gr += g * r;
                rr += r * r;
            }
            base = alpha * y + rest * base;
        }
        let bounded = |weight: f64| if weight.is_finite() { weight.clamp(0.0, MOST_WEIGHT) } else { 0.5 };
        let free = bounded((pp * gr - pg * pr) / (pp * gg - pg * pg));
        let best_level = |weight: f64| guess + (pr - weight * pg) / pp;
        let level = best_level(self.weight.unwrap_or(free)).clamp(-self.most_level, self.most_level);
        let move_by = level - guess;
        let weight = self.weight.unwrap_or_else(|| bounded((gr - move_by * pg) / gg));
        let level = best_level(weight).clamp(-self.most_level, self.most_level);
        let move_by = level - guess;
        let squares = rr - 2.0 * weight * gr + weight * weight * gg + pp * move_by * move_by
            - 2.0 * move_by * (pr - weight * pg);
        Best { alpha, level, weight, squares: squares.max(0.0) }
    }

    /// The best of all: a grid over alpha, then golden sections around its best point.
    pub(super) fn solve(&self) -> Best {
        let place = |k: usize| ALPHA.0 + (ALPHA.1 - ALPHA.0) * k as f64 / (GRID - 1) as f64;
        let mut best = (0, self.at(ALPHA.0));
        for k in 1..GRID {
            let found = self.at(place(k));
            if found.squares < best.1.squares {
                best = (k, found);
            }
        }
        let (k, mut best) = best;
        let golden = (5f64.sqrt() - 1.0) / 2.0;
        let (mut low, mut high) = (place(k.saturating_sub(1)), place((k + 1).min(GRID - 1)));
        let (mut left, mut right) =
            (self.at(high - golden * (high - low)), self.at(low + golden * (high - low)));
        while high - low > 1e-7 {
            if left.squares <= right.squares {
                high = right.alpha;
                right = left;
                left = self.at(high - golden * (high - low));
            } else {
                low = left.alpha;
                left = right;
                right = self.at(low + golden * (high - low));
            }
        }
        for found in [left, right] {
            if found.squares < best.squares {
                best = found;
            }
        }
        best
    }
}

/// The sum of the squares of what one error does to the values from its own on, for each number of steps ahead: times the variance
/// of an error, the variance of the forecast.
pub(super) fn spread(by: &Coefficients, n: usize, steps: usize) -> Vec<f64> {
    let mut sums = vec![0.0; steps];
    if !by.dynamic {
        // One error moves all later levels by alpha.
        (0..steps).for_each(|step| sums[step] = 1.0 + step as f64 * by.alpha * by.alpha);
        return sums;
    }
    for shock in 0..steps {
        let mut state = State::default();
        by.update(&mut state, n + shock, 1.0);
        let mut keep = by.keep(n + shock);
        sums[shock] += 1.0;
        for (step, sum) in sums.iter_mut().enumerate().skip(shock + 1) {
            keep *= 1.0 - by.alpha;
            let echo = by.forecast(&state, keep);
            by.update(&mut state, n + step, echo);
            *sum += echo * echo;
        }
    }
    sums
}
