//! Variances of forecasts (Hyndman et al. 2008, chapter 6).

use super::form::{Component, ErrorType, EtsForm, Smoothing};
use super::recursion::Path;

/// The variance of each step's value, where there is a formula: `None` for multiplicative trends, and for multiplicative seasons
/// with additive errors.
///
/// `sigma2` is the variance of one error, `mean` the point forecasts, `seasons` start at the next step. Time linear in the steps
/// but for multiplicative errors without multiplicative seasons (quadratic).
pub(super) fn variances(
    form: EtsForm,
    by: &Smoothing,
    sigma2: f64,
    path: Path,
    seasons: &[f64],
    mean: &[f64],
) -> Option<Vec<f64>> {
    match (form.error, form.trend, form.season) {
        (_, Component::Multiplicative, _) | (ErrorType::Additive, _, Component::Multiplicative) => None,
        (ErrorType::Additive, ..) => Some(additive(by, seasons.len(), sigma2, mean.len())),
        (ErrorType::Multiplicative, _, Component::Multiplicative) => {
            Some(products(form, by, sigma2, path, seasons, mean.len()))
        }
        (ErrorType::Multiplicative, ..) => Some(relative(by, seasons.len(), sigma2, mean)),
    }
}

/// What an error adds to the value `j = 1, 2, ...` steps later.
fn echoes(by: &Smoothing, m: usize) -> impl Iterator<Item = f64> {
    let by = *by;
    let (mut growth, mut power) = (0.0, 1.0);
    (1..).map(move |j: usize| {
        power *= by.phi;
        growth += power;
        let season = if m > 0 && j % m == 0 { by.gamma } else { 0.0 };
        by.alpha + by.beta * growth + season
    })
}

/// Class 1: errors of one size, added.
fn additive(by: &Smoothing, m: usize, sigma2: f64, steps: usize) -> Vec<f64> {
    let mut sum = 1.0;
    echoes(by, m)
        .take(steps)
        .map(|echo| {
            let variance = sigma2 * sum;
            sum += echo * echo;
            variance
        })
        .collect()
}

/// Class 2: errors in proportion to the forecast.
fn relative(by: &Smoothing, m: usize, sigma2: f64, mean: &[f64]) -> Vec<f64> {
    let echoes: Vec<f64> = echoes(by, m).take(mean.len()).map(|echo| echo * echo).collect();
    let mut squares: Vec<f64> = Vec::with_capacity(mean.len());
    for mean in mean {
        let past: f64 = squares.iter().rev().zip(&echoes).map(|(square, echo)| square * echo).sum();
        squares.push(mean * mean + sigma2 * past);
    }
    squares.iter().zip(mean).map(|(square, mean)| ((1.0 + sigma2) * square - mean * mean).max(0.0)).collect()
}

/// First and second moments of (level, growth) times the season of one place of the ring.
#[derive(Clone, Copy)]
struct Moments {
    first: [f64; 2],
    /// Level squared, level times growth, growth squared.
    second: [f64; 3],
}

/// Class 3: a level with an additive trend times a season, errors in proportion.
///
/// A step multiplies (level, growth) by `F + G e` and the season of its place by `1 + gamma e`, `e` normal; so the moments of each
/// place's product move by constant matrices. This is exact, and linear in steps and seasons.
fn products(
    form: EtsForm,
    by: &Smoothing,
    sigma2: f64,
    path: Path,
    seasons: &[f64],
    steps: usize,
) -> Vec<f64> {
    let phi = if form.has_trend() { by.phi } else { 0.0 };
    let (l, b) = (path.level, if form.has_trend() { path.growth } else { 0.0 });
    let mut places: Vec<Moments> = seasons
        .iter()
        .map(|s| Moments { first: [l * s, b * s], second: [l * l * s * s, l * b * s * s, b * b * s * s] })
        .collect();
    let m = places.len();
    let g = by.gamma;
    let mut variances = Vec::with_capacity(steps);
    for step in 0..steps {
        for (place, moments) in places.iter_mut().enumerate() {
            let own = place == step % m;
            let [ll, lb, bb] = moments.second;
            // u = level + phi growth, v = phi growth: level' = u (1 + alpha e), growth' = v + beta u e.
            let mean_u = moments.first[0] + phi * moments.first[1];
            let mean_v = phi * moments.first[1];
            let uu = ll + 2.0 * phi * lb + phi * phi * bb;
            let uv = phi * lb + phi * phi * bb;
            let vv = phi * phi * bb;
            if own {
                variances.push(((1.0 + sigma2) * uu - mean_u * mean_u).max(0.0));
            }
            // Moments of 1, e, e^2 under the season's factor: E[s], E[s e] and E[s^2], E[s^2 e], E[s^2 e^2].
            let c1 = if own { g * sigma2 } else { 0.0 };
            let (d0, d1, d2) = if own {
                (1.0 + g * g * sigma2, 2.0 * g * sigma2, sigma2 + 3.0 * g * g * sigma2 * sigma2)
            } else {
                (1.0, 0.0, sigma2)
            };
            let (alpha, beta) = (by.alpha, by.beta);
            moments.first = [mean_u * (1.0 + alpha * c1), mean_v + beta * mean_u * c1];
            moments.second = [
                uu * (d0 + 2.0 * alpha * d1 + alpha * alpha * d2),
                uv * (d0 + alpha * d1) + beta * uu * (d1 + alpha * d2),
                vv * d0 + 2.0 * beta * uv * d1 + beta * beta * uu * d2,
            ];
        }
    }
    variances
}
