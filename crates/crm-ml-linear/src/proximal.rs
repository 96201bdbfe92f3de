//! Newton's steps for an L1 penalty and bounds: a quadratic model of the loss, minimised coordinate by coordinate, or, where its
//! matrix is too large, by products with it.

use crm_ml_core::{Error, FitReport, Progress, Result, advance};
use crm_ml_linalg::dot;

use crate::accelerated;
use crate::design::largest;
use crate::newton::{Evaluation, Found, Objective, Want};
use crate::quadratic::{Quadratic, Restraint};

/// Sweeps over the coordinates of one model, or products with its matrix.
const SWEEPS: usize = 1000;
const HALVINGS: usize = 40;
/// Most parameters of real columns, and of levels or several classes, whose matrix is formed: levels hardly overlap, so that first-order
/// steps do well, and classes make a matrix of blocks, each a pass of its own.
const FORMED: usize = 4096;
const FORMED_LEVELS: usize = 1024;

/// Whether the model of an objective is a matrix; else it is products with one.
pub(crate) fn is_formed(columns: usize, levels: usize) -> bool {
    columns + levels <= FORMED && levels <= FORMED_LEVELS
}

/// A smooth objective with an L1 penalty, inside bounds.
pub(crate) struct Proximal<'p, O> {
    loss: &'p O,
    l1: Vec<f64>,
    bounds: Option<&'p [(f64, f64)]>,
}

impl<'p, O: Objective> Proximal<'p, O> {
    /// `l1` and `bounds` are one entry a parameter.
    pub(crate) fn new(loss: &'p O, l1: Vec<f64>, bounds: Option<&'p [(f64, f64)]>) -> Self {
        Self { loss, l1, bounds }
    }

    /// Minimises from `theta`.
    pub(crate) fn run(
        &self,
        mut theta: Vec<f64>,
        tol: f64,
        max_iter: usize,
        progress: &dyn Progress,
    ) -> Result<(Vec<f64>, FitReport)> {
        self.clip(&mut theta);
        let mut notes = Vec::new();
        let mut at = self.loss.evaluate(&theta, Want::Curvature)?;
        let mut iterations = 0;
        let mut largest = self.largest(&theta, &at.gradient);
        while largest > tol && iterations < max_iter {
            let Some(curvature) = at.curvature.take() else { break };
            let candidate = self.model(&theta, &at.gradient, &curvature)?;
            let Some((point, next)) = self.search(&theta, &at, &candidate)? else {
                notes.push("stopped where double precision allows no further progress".to_owned());
                break;
            };
            theta = point;
            at = next;
            iterations += 1;
            largest = self.largest(&theta, &at.gradient);
            advance(progress, "coordinate descent", iterations, max_iter)?;
        }
        let converged = largest <= tol;
        if !converged {
            notes.push(format!(
                "not converged after {iterations} iterations: the largest gradient entry is {largest:.3e}, tol is {tol:e}"
            ));
        }
        let objective = at.value + self.norm(&theta);
        Ok((theta, FitReport { converged, iterations, objective, notes }))
    }

    /// About where the quadratic model around `theta` is least.
    fn model(&self, theta: &[f64], gradient: &[f64], curvature: &O::Curvature) -> Result<Vec<f64>> {
        let restraint = self.restraint();
        let (mut point, mut slope) = (theta.to_vec(), gradient.to_vec());
        // A share of what is left: the model itself is no better.
        let enough = 1e-3 * self.worst(theta, gradient);
        if let Some(hessian) = self.loss.hessian(curvature)? {
            let cells = hessian.as_slice().ok_or_else(|| Error::numerical("the matrix is not contiguous"))?;
            Quadratic { hessian: cells, restraint }.descend(&mut point, &mut slope, enough, SWEEPS);
        } else {
            accelerated::descend(self.loss, curvature, restraint, (&mut point, &mut slope), enough, SWEEPS)?;
        }
        Ok(point)
    }

    fn restraint(&self) -> Restraint<'_> {
        Restraint { l1: &self.l1, bounds: self.bounds }
    }

    fn clip(&self, theta: &mut [f64]) {
        if let Some(bounds) = self.bounds {
            theta.iter_mut().zip(bounds).for_each(|(t, (low, high))| *t = t.max(*low).min(*high));
        }
    }

    fn norm(&self, theta: &[f64]) -> f64 {
        self.l1.iter().zip(theta).map(|(l1, t)| l1 * t.abs()).sum()
    }

    fn violations<'v>(&'v self, theta: &'v [f64], gradient: &'v [f64]) -> impl Iterator<Item = f64> + 'v {
        let restraint = self.restraint();
        (0..theta.len()).map(move |j| restraint.violation(j, theta[j], gradient[j]))
    }

    /// The largest violation by parameters.
    fn worst(&self, theta: &[f64], gradient: &[f64]) -> f64 {
        self.violations(theta, gradient).fold(0.0, f64::max)
    }

    /// The largest violation as the stopping rule sees it.
    fn largest(&self, theta: &[f64], gradient: &[f64]) -> f64 {
        largest(self.violations(theta, gradient).enumerate().map(|(j, v)| v * self.loss.unit(j)))
    }

    /// Halves the step until the objective falls enough (Tseng and Yun's rule) or, where it is flat to rounding, until the
    /// largest violation falls.
    fn search(&self, theta: &[f64], at: &Evaluation<O::Curvature>, target: &[f64]) -> Found<O> {
        let direction: Vec<f64> = target.iter().zip(theta).map(|(a, b)| a - b).collect();
        let before = at.value + self.norm(theta);
        let slope = dot(&at.gradient, &direction) + self.norm(target) - self.norm(theta);
        let worst = self.largest(theta, &at.gradient);
        let mut step = 1.0;
        for _ in 0..HALVINGS {
            let mut candidate: Vec<f64> = if step == 1.0 {
                target.to_vec()
            } else {
                theta.iter().zip(&direction).map(|(t, d)| t + step * d).collect()
            };
            self.clip(&mut candidate);
            if candidate == theta {
                return Ok(None);
            }
            let next = self.loss.evaluate(&candidate, Want::Curvature)?;
            let value = next.value + self.norm(&candidate);
            let noise = 32.0 * f64::EPSILON * before.abs();
            let falls = value <= before + 1e-4 * step * slope;
            let flat = (value - before).abs() <= noise;
            if (falls && before - value > noise)
                || ((falls || flat) && self.largest(&candidate, &next.gradient) < worst)
            {
                return Ok(Some((candidate, next)));
            }
            step *= 0.5;
        }
        Ok(None)
    }
}
