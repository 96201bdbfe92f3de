//! One step of a coefficient.

use super::FtrlSolver;

/// A denominator below this belongs to gradients that vanish when squared.
const LEAST: f64 = 1e-100;

/// What all steps share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    per_alpha: f64,
    beta: f64,
    l1: f64,
    l2: f64,
}

/// What is known of some coefficients.
pub(super) struct Known<'a> {
    /// Sum of gradients, less what the steps before moved.
    pub(super) z: &'a mut [f64],
    /// Root of the sum of squared gradients.
    pub(super) root: &'a mut [f64],
    /// The coefficients, which follow from both.
    pub(super) weight: &'a mut [f64],
}

impl Rates {
    pub(super) fn of(solver: &FtrlSolver) -> Self {
        Self { per_alpha: 1.0 / solver.alpha, beta: solver.beta, l1: solver.l1, l2: solver.l2 }
    }

    /// The same rates without penalty.
    pub(super) fn free(self) -> Self {
        Self { l1: 0.0, l2: 0.0, ..self }
    }

    /// The coefficient that its sums make.
    #[inline(always)]
    pub(super) fn weight(self, z: f64, root: f64) -> f64 {
        let (excess, curvature) = (z.abs() - self.l1, (self.beta + root) * self.per_alpha + self.l2);
        let excess = if excess > 0.0 { excess } else { 0.0 };
        let curvature = if curvature > LEAST { curvature } else { LEAST };
        // Subtracted, so that nothing is 0 and not -0.
        0.0 - excess.copysign(z) / curvature
    }

    /// One row's gradients, `slope` times its cells.
    #[inline]
    pub(super) fn step(self, slope: f64, cells: &[f64], known: Known<'_>) {
        let count = cells.len();
        let (z, root) = (&mut known.z[..count], &mut known.root[..count]);
        let weight = &mut known.weight[..count];
        for i in 0..count {
            let gradient = slope * cells[i];
            let grown = (root[i] * root[i] + gradient * gradient).sqrt();
            z[i] += gradient - (grown - root[i]) * self.per_alpha * weight[i];
            root[i] = grown;
            weight[i] = self.weight(z[i], grown);
        }
    }
}
