//! How low the truth behind a figure may be, at one side's error `alpha`.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::{beta::beta_reg, gamma::gamma_ur};

/// Standard errors that a normal variable exceeds with probability `alpha`.
pub(super) fn width(alpha: f64) -> f64 {
    -Normal::standard().inverse_cdf(alpha.clamp(1e-300, 0.5))
}

/// Of a correlation's magnitude, by Fisher's transform; used for Cramer's V and the correlation ratio as well, which are
/// correlations of two rows of scores.
pub(super) fn correlation(magnitude: f64, rows: f64, alpha: f64) -> f64 {
    if rows <= 3.0 || magnitude.is_nan() {
        return 0.0;
    }
    // A finite number of rows never proves a correlation of 1.
    let transformed = magnitude.min(1.0 - 1e-12).atanh() - width(alpha) / (rows - 3.0).sqrt();
    transformed.tanh().max(0.0)
}

/// Of a share (Clopper and Pearson 1934): the share under which `hits` of `rows` or more have probability `alpha`.
pub(super) fn share(hits: f64, rows: f64, alpha: f64) -> f64 {
    if hits <= 0.0 || rows <= 0.0 {
        return 0.0;
    }
    let hits = hits.min(rows);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if beta_reg(hits, rows - hits + 1.0, middle) < alpha { low = middle } else { high = middle }
    }
    low
}

/// Of the difference of two shares, `a` being the larger one (Newcombe's hybrid of two Wilson intervals, 1998).
pub(super) fn share_difference(a: f64, rows_a: f64, b: f64, rows_b: f64, alpha: f64) -> f64 {
    if rows_a <= 0.0 || rows_b <= 0.0 {
        return 0.0;
    }
    let z = width(alpha);
    let low = a - wilson(a, rows_a, z).0;
    let high = wilson(b, rows_b, z).1 - b;
    (a - b - (low * low + high * high).sqrt()).max(0.0)
}

fn wilson(p: f64, n: f64, z: f64) -> (f64, f64) {
    let square = z * z / n;
    let centre = (p + 0.5 * square) / (1.0 + square);
    let half = z * (p * (1.0 - p) / n + 0.25 * square / n).sqrt() / (1.0 + square);
    (centre - half, centre + half)
}

/// Of the ratio of two shares: the lower bound of the one by the upper bound of the other, half of the error for each.
pub(super) fn share_ratio(a: f64, rows_a: f64, b: f64, rows_b: f64, alpha: f64) -> f64 {
    if rows_a <= 0.0 || rows_b <= 0.0 {
        return 0.0;
    }
    let upper = 1.0 - share((1.0 - b) * rows_b, rows_b, 0.5 * alpha);
    let ratio = share(a * rows_a, rows_a, 0.5 * alpha) / upper;
    if ratio.is_finite() { ratio } else { 0.0 }
}

/// Chance of a chi-squared statistic at least as large.
pub(super) fn chi_squared_p(statistic: f64, degrees: f64) -> f64 {
    if statistic > 0.0 && degrees > 0.0 { gamma_ur(0.5 * degrees, 0.5 * statistic) } else { 1.0 }
}
