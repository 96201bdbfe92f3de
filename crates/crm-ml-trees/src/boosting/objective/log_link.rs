//! Losses of a positive mean whose logarithm is the margin: Poisson and gamma.

use crm_ml_core::{ErrorKind, Result};

use super::residual::mean;
use super::{At, Derivatives, Leaf, Objective};

/// Exponents beyond this are cut: `e^230` is about 1e100, so that products with targets and weights stay finite.
const MOST: f64 = 230.0;

/// Steps beyond this are damped.
const LONG: f64 = 4.0;

/// The mean of a logarithmic margin, finite and above 0 for every finite margin.
pub fn mean_of_log(margin: f64) -> f64 {
    margin.clamp(-MOST, MOST).exp()
}

/// Half the Poisson deviance, `e^m - y m + y ln y - y`: for counts and other targets of at least 0 whose variance grows with
/// their mean.
///
/// The margin is the logarithm of the mean. Newton's steps beyond 4 (the mean times 55) are damped to `4 + ln(step / 4)`: far from
/// its minimum the loss is no parabola, and a step of 1e6 would leave the range of numbers.
#[derive(Debug, Clone, Copy)]
pub struct Poisson<'a>(&'a [f64]);

impl<'a> Poisson<'a> {
    /// For this target. Errors: a target that is negative or not finite (with its row), targets that are all 0.
    pub fn new(target: &'a [f64]) -> Result<Self> {
        allow(target, |y| y >= 0.0, "a Poisson target must be at least 0")?;
        if target.iter().any(|y| *y > 0.0) {
            return Ok(Self(target));
        }
        let requirement = "a Poisson target must be above 0 in at least one row".to_owned();
        Err(ErrorKind::InvalidTarget { row: 0, value: "0".to_owned(), requirement }.into())
    }

    /// As [`Poisson::new`] for rows on which nothing is learned, where all may be 0.
    pub fn for_validation(target: &'a [f64]) -> Result<Self> {
        allow(target, |y| y >= 0.0, "a Poisson target must be at least 0")?;
        Ok(Self(target))
    }
}

impl Objective for Poisson<'_> {
    fn n_rows(&self) -> usize {
        self.0.len()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        Some(vec![log_of_mean(self.0, weights)])
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        for ((loss, margin), y) in losses.iter_mut().zip(at.margins(0)).zip(&self.0[at.rows()]) {
            let log = if *y > 0.0 { y.ln() } else { 0.0 };
            *loss = mean_of_log(*margin) - y + y * (log - margin);
        }
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        let (gradients, hessians) = into.both(0);
        let rows = gradients.iter_mut().zip(hessians).zip(at.margins(0)).zip(&self.0[at.rows()]);
        for (((g, h), margin), y) in rows {
            *h = mean_of_log(*margin);
            *g = *h - y;
        }
    }

    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        damped(leaf.newton())
    }
}

/// Half the gamma deviance, `y / e^m + m - ln y - 1`: for amounts above 0 whose standard deviation grows with their mean.
///
/// The margin is the logarithm of the mean; Newton's steps are damped as those of [`Poisson`].
#[derive(Debug, Clone)]
pub struct Gamma<'a> {
    target: &'a [f64],
    /// Logarithms of the target: a quotient of target and mean is taken as a difference, which cannot overflow.
    logs: Vec<f64>,
}

impl<'a> Gamma<'a> {
    /// For this target. Errors: a target that is not finite and above 0 (with its row).
    pub fn new(target: &'a [f64]) -> Result<Self> {
        allow(target, |y| y > 0.0, "a gamma target must be above 0")?;
        Ok(Self { target, logs: target.iter().map(|y| y.ln()).collect() })
    }
}

impl Objective for Gamma<'_> {
    fn n_rows(&self) -> usize {
        self.target.len()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        Some(vec![log_of_mean(self.target, weights)])
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        for ((loss, margin), log) in losses.iter_mut().zip(at.margins(0)).zip(&self.logs[at.rows()]) {
            *loss = mean_of_log(log - margin) - (log - margin) - 1.0;
        }
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        let (gradients, hessians) = into.both(0);
        let rows = gradients.iter_mut().zip(hessians).zip(at.margins(0)).zip(&self.logs[at.rows()]);
        for (((g, h), margin), log) in rows {
            *h = mean_of_log(log - margin);
            *g = 1.0 - *h;
        }
    }

    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        damped(leaf.newton())
    }
}

/// The step, beyond [`LONG`] only as far as its logarithm.
fn damped(step: f64) -> f64 {
    if step.abs() <= LONG { step } else { step.signum() * (LONG + (step.abs() / LONG).ln()) }
}

fn log_of_mean(target: &[f64], weights: Option<&[f64]>) -> f64 {
    // Weights may take the sum below the least number.
    mean(target, weights).max(f64::MIN_POSITIVE).ln()
}

fn allow(target: &[f64], is_allowed: impl Fn(f64) -> bool, requirement: &str) -> Result<()> {
    match target.iter().position(|y| !(y.is_finite() && is_allowed(*y))) {
        None => Ok(()),
        Some(row) => Err(ErrorKind::InvalidTarget {
            row,
            value: target[row].to_string(),
            requirement: requirement.to_owned(),
        }
        .into()),
    }
}
