//! Losses of the residual `r = y - margin`: squared, absolute, Huber, quantile.

use crm_ml_core::{Check, Result};

use super::{At, Derivatives, Leaf, Objective, quantile};

/// Half the squared error, `r^2 / 2`.
#[derive(Debug, Clone, Copy)]
pub struct Squared<'a>(&'a [f64]);

impl<'a> Squared<'a> {
    /// For this target.
    pub fn new(target: &'a [f64]) -> Self {
        Self(target)
    }
}

impl Objective for Squared<'_> {
    fn n_rows(&self) -> usize {
        self.0.len()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        Some(vec![mean(self.0, weights)])
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        of_residuals(at, self.0, losses, |r| 0.5 * r * r);
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        of_residuals(at, self.0, into.gradients(0), |r| -r);
    }
}

/// The absolute error, `|r|`. A leaf adds the weighted median of its residuals.
#[derive(Debug, Clone, Copy)]
pub struct Absolute<'a>(&'a [f64]);

impl<'a> Absolute<'a> {
    /// For this target.
    pub fn new(target: &'a [f64]) -> Self {
        Self(target)
    }
}

impl Objective for Absolute<'_> {
    fn n_rows(&self) -> usize {
        self.0.len()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        Some(vec![quantile_of_target(self.0, weights, 0.5)])
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        of_residuals(at, self.0, losses, f64::abs);
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        of_residuals(at, self.0, into.gradients(0), |r| -sign(r));
    }

    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        quantile_of_residuals(self.0, leaf, 0.5)
    }
}

/// The pinball loss, `quantile * r` where `r` is positive and `(quantile - 1) * r` where not: least at that quantile of the
/// target. A leaf adds the weighted quantile of its residuals.
#[derive(Debug, Clone, Copy)]
pub struct Quantile<'a> {
    target: &'a [f64],
    quantile: f64,
}

impl<'a> Quantile<'a> {
    /// For this target. Errors: a quantile that is not above 0 and below 1.
    pub fn new(target: &'a [f64], quantile: f64) -> Result<Self> {
        let holds = quantile > 0.0 && quantile < 1.0;
        Check::of("Quantile").rule("quantile", quantile, holds, "above 0 and below 1").finish()?;
        Ok(Self { target, quantile })
    }
}

impl Objective for Quantile<'_> {
    fn n_rows(&self) -> usize {
        self.target.len()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        Some(vec![quantile_of_target(self.target, weights, self.quantile)])
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        let q = self.quantile;
        of_residuals(at, self.target, losses, |r| (q * r).max((q - 1.0) * r));
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        // Of the slopes that fit the kink the one nearest to 0, which is 0.
        let q = self.quantile;
        let slope = |r: f64| if r == 0.0 { 0.0 } else { f64::from(u8::from(r < 0.0)) - q };
        of_residuals(at, self.target, into.gradients(0), slope);
    }

    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        quantile_of_residuals(self.target, leaf, self.quantile)
    }
}

/// Huber's loss: `r^2 / 2` up to `delta`, `delta * (|r| - delta / 2)` beyond it.
///
/// A leaf adds Friedman's (2001, section 4.4) step: the median of its residuals, plus the mean of what is left of them, cut at
/// `delta`. Unlike the mean of the cut residuals alone (LightGBM), it reaches a far leaf in one step.
#[derive(Debug, Clone, Copy)]
pub struct Huber<'a> {
    target: &'a [f64],
    delta: f64,
}

impl<'a> Huber<'a> {
    /// For this target. Errors: a delta that is not finite and above 0.
    pub fn new(target: &'a [f64], delta: f64) -> Result<Self> {
        Check::of("Huber").positive("delta", delta).finish()?;
        Ok(Self { target, delta })
    }
}

impl Objective for Huber<'_> {
    fn n_rows(&self) -> usize {
        self.target.len()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        Some(vec![quantile_of_target(self.target, weights, 0.5)])
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        let delta = self.delta;
        let loss = |r: f64| {
            let (near, size) = (r.abs().min(delta), r.abs());
            near * (size - 0.5 * near)
        };
        of_residuals(at, self.target, losses, loss);
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        of_residuals(at, self.target, into.gradients(0), |r| -r.clamp(-self.delta, self.delta));
    }

    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        let median = quantile_of_residuals(self.target, leaf, 0.5);
        let total: f64 = leaf.rows().map(|row| leaf.weight(row)).sum();
        let rest = |row: usize| {
            let rest = self.target[row] - leaf.margin(row) - median;
            rest.clamp(-self.delta, self.delta) * (leaf.weight(row) / total)
        };
        median + leaf.rows().map(rest).sum::<f64>()
    }
}

/// Writes `f(y - margin)` for every row.
fn of_residuals(at: &At<'_>, target: &[f64], into: &mut [f64], f: impl Fn(f64) -> f64) {
    for ((value, margin), y) in into.iter_mut().zip(at.margins(0)).zip(&target[at.rows()]) {
        *value = f(y - margin);
    }
}

/// -1, 0 or 1: of the slopes that fit the kink the one nearest to 0.
fn sign(r: f64) -> f64 {
    if r == 0.0 { 0.0 } else { r.signum() }
}

/// Weighted mean, without overflow.
pub(super) fn mean(target: &[f64], weights: Option<&[f64]>) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let total: f64 = (0..target.len()).map(weight).sum();
    target.iter().enumerate().map(|(row, y)| y * (weight(row) / total)).sum()
}

fn quantile_of_target(target: &[f64], weights: Option<&[f64]>, share: f64) -> f64 {
    match weights {
        None => quantile::plain(target.to_vec(), share),
        Some(weights) => {
            quantile::weighted(target.iter().copied().zip(weights.iter().copied()).collect(), share)
        }
    }
}

fn quantile_of_residuals(target: &[f64], leaf: &Leaf<'_>, share: f64) -> f64 {
    let residual = |row: usize| target[row] - leaf.margin(row);
    if leaf.is_weighted() {
        quantile::weighted(leaf.rows().map(|row| (residual(row), leaf.weight(row))).collect(), share)
    } else {
        quantile::plain(leaf.rows().map(residual).collect(), share)
    }
}
