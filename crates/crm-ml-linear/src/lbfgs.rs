//! Limited-memory BFGS (Nocedal and Wright, algorithm 7.5).

use std::collections::VecDeque;

use crm_ml_core::{FitReport, Progress, Result, advance};
use crm_ml_linalg::dot;

use crate::newton::{Believe, Objective, Want, search};

/// Pairs of steps and gradient changes that are remembered.
const MEMORY: usize = 10;

/// Steps without a smaller largest gradient entry than ever before that end a fit.
const PATIENCE: usize = 100;

/// Minimises from `theta` with gradients alone; stops as Newton's steps do.
pub(crate) fn minimise<O: Objective>(
    objective: &O,
    mut theta: Vec<f64>,
    tol: f64,
    max_iter: usize,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, FitReport)> {
    let mut notes = Vec::new();
    let mut at = objective.evaluate(&theta, Want::Gradient)?;
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    let mut iterations = 0;
    let mut largest = objective.largest(&at.gradient);
    let (mut best, mut idle) = (largest, 0);
    while largest > tol && iterations < max_iter {
        let direction = direction(&at.gradient, &pairs);
        let found = if dot(&at.gradient, &direction) < 0.0 {
            search(objective, &theta, &at, &direction, Want::Gradient, Believe::Slope)?
        } else {
            None
        };
        let Some((candidate, next)) = found else {
            if pairs.is_empty() {
                notes.push("stopped where double precision allows no further progress".to_owned());
                break;
            }
            pairs.clear();
            continue;
        };
        let step: Vec<f64> = candidate.iter().zip(&theta).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next.gradient.iter().zip(&at.gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        if curvature > f64::EPSILON * dot(&change, &change) {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back((step, change, curvature));
        }
        theta = candidate;
        at = next;
        largest = objective.largest(&at.gradient);
        iterations += 1;
        idle = if largest < best { 0 } else { idle + 1 };
        best = best.min(largest);
        if idle == PATIENCE {
            notes.push("stopped where double precision allows no further progress".to_owned());
            break;
        }
        advance(progress, "lbfgs", iterations, max_iter)?;
    }
    let converged = largest <= tol;
    if !converged {
        notes.push(format!(
            "not converged after {iterations} iterations: the largest gradient entry is {largest:.3e}, tol is {tol:e}"
        ));
    }
    Ok((theta, FitReport { converged, iterations, objective: at.value, notes }))
}

/// Minus the gradient times the remembered inverse curvature.
fn direction(gradient: &[f64], pairs: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(pairs.len());
    for (step, change, curvature) in pairs.iter().rev() {
        let share = dot(step, &direction) / curvature;
        direction.iter_mut().zip(change).for_each(|(d, c)| *d -= share * c);
        shares.push(share);
    }
    let scale = match pairs.back() {
        Some((_, change, curvature)) => curvature / dot(change, change),
        None => 1.0 / dot(gradient, gradient).sqrt().max(1.0),
    };
    direction.iter_mut().for_each(|d| *d *= scale);
    for ((step, change, curvature), share) in pairs.iter().zip(shares.iter().rev()) {
        let back = dot(change, &direction) / curvature;
        direction.iter_mut().zip(step).for_each(|(d, s)| *d += (share - back) * s);
    }
    direction
}
