//! Losses of a row by its margin: the negative log-likelihoods of the families, without what does not depend on the margin.

use serde::{Deserialize, Serialize};

use crate::math::{exp, ln_1p_unit};

/// The distribution of the target and how its mean follows from the margin.
///
/// Losses are half the deviance up to a constant, as in scikit-learn's generalised linear models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Family {
    /// Two classes, the target the share of the positive one; the margin is the log-odds.
    Logistic,
    /// A real target around the margin.
    Gaussian,
    /// A real target around e^margin.
    GaussianLog,
    /// Counts (or rates) of at least 0 around e^margin.
    Poisson,
    /// Targets above 0 whose spread grows with their mean e^margin.
    Gamma,
    /// Variance grows as the mean e^margin to this power: from 1 to 2 targets of at least 0 (1 is Poisson, between them a
    /// compound of a point at 0 and amounts above), from 2 on targets above 0 (2 is gamma, 3 inverse Gaussian).
    Tweedie {
        /// From 1 to 3.
        power: f64,
    },
}

/// Second derivative of the losses, or its expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curving {
    /// What Newton's steps use: observed where the loss is convex, else expected.
    Steps,
    /// What standard errors use.
    Expected,
}

/// Buffers of a block of rows.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) margins: &'a [f64],
    pub(crate) target: &'a [f64],
    pub(crate) weights: &'a [f64],
    /// Weight times first derivative.
    pub(crate) slopes: &'a mut [f64],
    /// Weight times second derivative.
    pub(crate) curvatures: &'a mut [f64],
}

impl Family {
    /// The family by its own name where Tweedie's power has one: its formulas divide by 0 there.
    pub(crate) fn named(self) -> Self {
        match self {
            Self::Tweedie { power: 1.0 } => Self::Poisson,
            Self::Tweedie { power: 2.0 } => Self::Gamma,
            other => other,
        }
    }

    /// Whether targets of this value belong to the family, and if not what they must be.
    pub(crate) fn allows(self, y: f64) -> Result<(), &'static str> {
        let (holds, rule) = match self {
            Self::Logistic => ((0.0..=1.0).contains(&y), "it must be from 0 to 1"),
            Self::Gaussian | Self::GaussianLog => (y.is_finite(), "it must be finite"),
            Self::Poisson => (y >= 0.0 && y.is_finite(), "it must be at least 0"),
            Self::Gamma => (y > 0.0 && y.is_finite(), "it must be above 0"),
            Self::Tweedie { power } if power < 2.0 => (y >= 0.0 && y.is_finite(), "it must be at least 0"),
            Self::Tweedie { .. } => (y > 0.0 && y.is_finite(), "it must be above 0"),
        };
        if holds { Ok(()) } else { Err(rule) }
    }

    /// Whether targets may be 0 where the mean is above 0.
    pub(crate) fn allows_zeros(self) -> bool {
        self.is_log() && self != Self::GaussianLog && self.allows(0.0).is_ok()
    }

    /// Whether the mean is e^margin.
    pub(crate) fn is_log(self) -> bool {
        !matches!(self, Self::Logistic | Self::Gaussian)
    }

    /// Whether the dispersion is 1 by definition.
    pub(crate) fn knows_dispersion(self) -> bool {
        matches!(self, Self::Logistic | Self::Poisson)
    }

    /// The margin of a mean.
    pub(crate) fn link(self, mean: f64) -> f64 {
        match self {
            Self::Logistic => mean.ln() - (1.0 - mean).ln(),
            Self::Gaussian => mean,
            _ => mean.ln(),
        }
    }

    /// The mean of a margin.
    pub fn mean(self, margin: f64) -> f64 {
        match self {
            Self::Logistic => crate::log_odds_to_probability(margin),
            Self::Gaussian => margin,
            _ => margin.exp(),
        }
    }

    /// Variance of the target at a mean, up to the dispersion.
    pub fn variance(self, mean: f64) -> f64 {
        match self {
            Self::Logistic => mean * (1.0 - mean),
            Self::Gaussian | Self::GaussianLog => 1.0,
            Self::Poisson => mean,
            Self::Gamma => mean * mean,
            Self::Tweedie { power } => mean.powf(power),
        }
    }

    /// Sum of the weighted losses; slopes and curvatures are written.
    #[inline(always)]
    pub(crate) fn evaluate(self, rows: Rows<'_>, curving: Curving) -> f64 {
        match self {
            Self::Logistic => each(rows, |m, y| {
                let e = exp(-m.abs());
                let q = 1.0 / (1.0 + e);
                let small = e * q;
                let positive = if m >= 0.0 { q } else { small };
                let negative = if m >= 0.0 { small } else { q };
                let value = ln_1p_unit(e) + y * (-m).max(0.0) + (1.0 - y) * m.max(0.0);
                // Written so that a sure and right row leaves a small number, not a rounded zero.
                (value, (1.0 - y) * positive - y * negative, small * q)
            }),
            Self::Gaussian => each(rows, |m, y| (0.5 * (m - y) * (m - y), m - y, 1.0)),
            Self::GaussianLog => each(rows, |m, y| {
                let mean = exp(m);
                (0.5 * (mean - y) * (mean - y), (mean - y) * mean, mean * mean)
            }),
            Self::Poisson => each(rows, |m, y| {
                let mean = exp(m);
                (mean - y * m, mean - y, mean)
            }),
            Self::Gamma => {
                let expected = curving == Curving::Expected;
                each(rows, |m, y| {
                    let ratio = y * exp(-m);
                    (m + ratio, 1.0 - ratio, if expected { 1.0 } else { ratio })
                })
            }
            Self::Tweedie { power } => {
                let (first, second) = (1.0 - power, 2.0 - power);
                let expected = curving == Curving::Expected || power > 2.0;
                each(rows, |m, y| {
                    let (a, b) = (y * exp(first * m), exp(second * m));
                    (b / second - a / first, b - a, if expected { b } else { second * b - first * a })
                })
            }
        }
    }
}

#[inline(always)]
fn each(rows: Rows<'_>, f: impl Fn(f64, f64) -> (f64, f64, f64)) -> f64 {
    const LANES: usize = 8;
    let count = rows.margins.len();
    let (target, weights) = (&rows.target[..count], &rows.weights[..count]);
    let (slopes, curvatures) = (&mut rows.slopes[..count], &mut rows.curvatures[..count]);
    let mut lanes = [0.0; LANES];
    let whole = count - count % LANES;
    for start in (0..whole).step_by(LANES) {
        let (m, y) = (&rows.margins[start..start + LANES], &target[start..start + LANES]);
        let w = &weights[start..start + LANES];
        let (s, c) = (&mut slopes[start..start + LANES], &mut curvatures[start..start + LANES]);
        for lane in 0..LANES {
            let (value, slope, curvature) = f(m[lane], y[lane]);
            lanes[lane] += w[lane] * value;
            s[lane] = w[lane] * slope;
            c[lane] = w[lane] * curvature;
        }
    }
    let mut sum =
        (lanes[0] + lanes[4]) + (lanes[1] + lanes[5]) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
    for i in whole..count {
        let (value, slope, curvature) = f(rows.margins[i], target[i]);
        sum += weights[i] * value;
        slopes[i] = weights[i] * slope;
        curvatures[i] = weights[i] * curvature;
    }
    sum
}
