//! Deviances, Pearson's statistic and log-likelihoods.

use std::f64::consts::TAU;

use statrs::function::gamma::ln_gamma;

use crate::level::level;
use crate::loss::Family;

/// The rows of a fit.
pub(super) struct Rows<'a> {
    pub(super) family: Family,
    pub(super) target: &'a [f64],
    /// Weights that sum to 1, and their sum.
    pub(super) shares: &'a [f64],
    pub(super) total: f64,
}

/// `a ln(a / b)`, 0 where a is.
fn entropy(a: f64, b: f64) -> f64 {
    if a == 0.0 { 0.0 } else { a * (a / b).ln() }
}

/// `ln(1 + e^m)`.
fn softplus(m: f64) -> f64 {
    m.max(0.0) + (-m.abs()).exp().ln_1p()
}

impl Rows<'_> {
    fn sum(&self, margins: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
        let rows = self.target.iter().zip(margins).zip(self.shares);
        self.total * rows.map(|((y, m), share)| share * f(*y, *m)).sum::<f64>()
    }

    pub(super) fn deviance(&self, margins: &[f64]) -> f64 {
        let family = self.family;
        self.sum(margins, |y, margin| {
            let mean = family.mean(margin);
            match family {
                Family::Logistic => {
                    let self_term =
                        if y > 0.0 && y < 1.0 { y * y.ln() + (1.0 - y) * (1.0 - y).ln() } else { 0.0 };
                    2.0 * (self_term + y * softplus(-margin) + (1.0 - y) * softplus(margin))
                }
                Family::Gaussian | Family::GaussianLog => (y - mean) * (y - mean),
                Family::Poisson => 2.0 * (entropy(y, mean) - (y - mean)),
                Family::Gamma => 2.0 * ((mean / y).ln() + (y - mean) / mean),
                Family::Tweedie { power } => {
                    let (first, second) = (1.0 - power, 2.0 - power);
                    let own = if y == 0.0 { 0.0 } else { y.powf(second) / (first * second) };
                    2.0 * (own - y * mean.powf(first) / first + mean.powf(second) / second)
                }
            }
        })
    }

    /// Squared residuals over variances.
    pub(super) fn pearson(&self, margins: &[f64]) -> f64 {
        let family = self.family;
        self.sum(margins, |y, margin| {
            let mean = family.mean(margin);
            (y - mean) * (y - mean) / family.variance(mean)
        })
    }

    pub(super) fn log_likelihood(&self, margins: &[f64], deviance: f64) -> Option<f64> {
        let dispersion = deviance / self.total;
        let family = self.family;
        let value = match family {
            Family::Logistic => -self.sum(margins, |y, m| y * softplus(-m) + (1.0 - y) * softplus(m)),
            Family::Gaussian | Family::GaussianLog => -0.5 * self.total * ((TAU * dispersion).ln() + 1.0),
            Family::Poisson => self.sum(margins, |y, m| y * m - m.exp() - ln_gamma(y + 1.0)),
            Family::Gamma => self.gamma(margins, dispersion),
            Family::Tweedie { power: 3.0 } => {
                -0.5 * self.sum(margins, |y, _| (TAU * dispersion).ln() + 1.0 + 3.0 * y.ln())
            }
            Family::Tweedie { .. } => return None,
        };
        value.is_finite().then_some(value)
    }

    fn gamma(&self, margins: &[f64], dispersion: f64) -> f64 {
        let shape = 1.0 / dispersion;
        self.sum(margins, |y, m| {
            let ratio = y * (-m).exp() * shape;
            shape * (ratio.ln()) - ratio - y.ln() - ln_gamma(shape)
        })
    }
}

/// Margins of the model without columns: offsets, and the intercept that fits them best.
pub(super) fn null_margins(rows: &Rows<'_>, offset: Option<&[f64]>, intercept: bool) -> Vec<f64> {
    let offsets = |value: f64| -> Vec<f64> {
        (0..rows.target.len()).map(|row| value + offset.map_or(0.0, |o| o[row])).collect()
    };
    if !intercept {
        return offsets(0.0);
    }
    let mut value = level(rows.family, (rows.target, rows.shares), offset);
    if offset.is_none() || !value.is_finite() {
        return offsets(value);
    }
    // One unknown: Fisher's steps.
    for _ in 0..100 {
        let margins = offsets(value);
        let (mut slope, mut curvature) = (0.0, 0.0);
        for ((m, y), share) in margins.iter().zip(rows.target).zip(rows.shares) {
            let mean = rows.family.mean(*m);
            let change = match rows.family {
                Family::Gaussian => 1.0,
                Family::Logistic => mean * (1.0 - mean),
                _ => mean,
            };
            let weight = share * change / rows.family.variance(mean);
            slope += weight * (y - mean);
            curvature += weight * change;
        }
        let step = slope / curvature;
        if !step.is_finite() || step.abs() <= 1e-14 * value.abs().max(1.0) {
            break;
        }
        value += step.clamp(-2.0, 2.0);
    }
    offsets(value)
}
