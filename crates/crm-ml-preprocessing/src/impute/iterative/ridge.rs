//! Regression from products of deviations: ridge, and Bayesian ridge.

use crm_ml_linalg::dot;

/// The least share of its diagonal that a pivot keeps: columns that repeat others get that much of a penalty of their own.
const LEAST_PIVOT: f64 = 1e-13;

/// Products of the deviations of predictors and target from their means, over rows of this total weight.
pub(super) struct Equations {
    /// Predictors with each other: the lower triangle, row after row of a full square.
    pub(super) gram: Vec<f64>,
    /// Predictors with the target.
    pub(super) moments: Vec<f64>,
    /// The target with itself.
    pub(super) target: f64,
    pub(super) total: f64,
}

/// A posterior: its mean, the inverse of the factor of its precision (`precision = F^-1 F^-T / noise`), the variance of noise.
pub(super) struct Posterior {
    pub(super) coef: Vec<f64>,
    /// The lower triangle F, row after row of a full square.
    pub(super) inverse: Vec<f64>,
    pub(super) noise: f64,
}

/// The solution for one penalty on the squares of the coefficients.
pub(super) fn ridge(equations: &Equations, alpha: f64) -> Posterior {
    let mut system = System::new(equations.moments.len());
    system.solve(equations, alpha);
    Posterior { coef: system.coef, inverse: system.inverse, noise: 0.0 }
}

/// Bayesian ridge: the precisions of noise and of coefficients that the data make most likely, by MacKay's fixed point.
///
/// D. MacKay, "Bayesian interpolation", Neural Computation 4(3), 1992. Start, stop and gamma priors (1e-6) are those of
/// scikit-learn's `BayesianRidge`.
pub(super) fn bayesian_ridge(equations: &Equations) -> Posterior {
    const MAX_ITER: usize = 300;
    const TOL: f64 = 1e-3;
    const PRIOR: f64 = 1e-6;
    let total = equations.total;
    let (mut alpha, mut lambda) = (1.0 / (equations.target / total + f64::EPSILON), 1.0);
    let mut system = System::new(equations.moments.len());
    let mut before: Vec<f64> = Vec::new();
    for round in 0..MAX_ITER {
        system.solve(equations, lambda / alpha);
        let gamma = system.determined();
        lambda = (gamma + 2.0 * PRIOR) / (dot(&system.coef, &system.coef) + 2.0 * PRIOR);
        alpha = ((total - gamma).max(0.0) + 2.0 * PRIOR) / (system.residual(equations) + 2.0 * PRIOR);
        let change: f64 = system.coef.iter().zip(&before).map(|(new, old)| (new - old).abs()).sum();
        if round > 0 && change < TOL {
            break;
        }
        before.clone_from(&system.coef);
    }
    system.solve(equations, lambda / alpha);
    Posterior { coef: system.coef, inverse: system.inverse, noise: 1.0 / alpha }
}

/// `(G + penalty) c = b` by Cholesky, which scales of the columns do not disturb, with the inverse of the factor.
struct System {
    factor: Vec<f64>,
    inverse: Vec<f64>,
    /// What is added to each diagonal entry.
    penalties: Vec<f64>,
    coef: Vec<f64>,
}

impl System {
    fn new(size: usize) -> Self {
        Self {
            factor: vec![0.0; size * size],
            inverse: vec![0.0; size * size],
            penalties: vec![0.0; size],
            coef: vec![0.0; size],
        }
    }

    fn solve(&mut self, equations: &Equations, penalty: f64) {
        let size = self.coef.len();
        self.coef.fill(0.0);
        for i in 0..size {
            self.factor_row(i, &equations.gram[i * size..], penalty);
            self.inverse_row(i);
            let inverse = &self.inverse[i * size..=i * size + i];
            let half = dot(inverse, &equations.moments);
            self.coef.iter_mut().zip(inverse).for_each(|(coef, v)| *coef += half * v);
        }
    }

    /// Row i of the factor.
    fn factor_row(&mut self, i: usize, gram: &[f64], penalty: f64) {
        let size = self.coef.len();
        let (above, row) = self.factor.split_at_mut(i * size);
        for j in 0..i {
            let other = &above[j * size..=j * size + j];
            // The inverse has one over the pivot on its diagonal.
            row[j] = (gram[j] - dot(&row[..j], other)) * self.inverse[j * size + j];
        }
        let diagonal = gram[i] + penalty;
        let left = diagonal - dot(&row[..i], &row[..i]);
        // A column of zeros without a penalty gets the coefficient 0.
        let least = if diagonal == 0.0 { 1.0 } else { LEAST_PIVOT * diagonal };
        let pivot = if left < least { least } else { left };
        self.penalties[i] = penalty + (pivot - left);
        row[i] = pivot.sqrt();
    }

    /// Row i of the inverse of the factor, from the rows above.
    fn inverse_row(&mut self, i: usize) {
        let size = self.coef.len();
        let factor = &self.factor[i * size..=i * size + i];
        let (above, row) = self.inverse.split_at_mut(i * size);
        row[..i].fill(0.0);
        for (j, weight) in factor[..i].iter().enumerate() {
            let other = &above[j * size..=j * size + j];
            row.iter_mut().zip(other).for_each(|(v, o)| *v -= weight * o);
        }
        let scale = 1.0 / factor[i];
        row[..i].iter_mut().for_each(|v| *v *= scale);
        row[i] = scale;
    }

    /// How many coefficients the data determine rather than the penalty.
    fn determined(&self) -> f64 {
        let size = self.coef.len();
        let mut left = vec![0.0; size];
        for (i, row) in self.inverse.chunks_exact(size).enumerate() {
            left.iter_mut().zip(&row[..=i]).for_each(|(sum, v)| *sum += v * v);
        }
        (size as f64 - dot(&left, &self.penalties)).max(0.0)
    }

    /// The sum of squared residuals.
    fn residual(&self, equations: &Equations) -> f64 {
        let kept: f64 = self.coef.iter().zip(&self.penalties).map(|(coef, p)| coef * coef * p).sum();
        (equations.target - dot(&self.coef, &equations.moments) - kept).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two predictors, of which the second has a thousandth of the first one's unit.
    fn equations() -> Equations {
        Equations { gram: vec![8e6, 0.0, 2e3, 5.0], moments: vec![9e6, 4e3], target: 1.2e7, total: 40.0 }
    }

    #[test]
    fn a_ridge_solves_its_equations() {
        let equations = equations();
        for alpha in [0.0, 1.0, 1e4] {
            let found = ridge(&equations, alpha).coef;
            for (row, expected) in [(0, 9e6), (1, 4e3)] {
                let gram = |j: usize| equations.gram[row.max(j) * 2 + row.min(j)];
                let left = gram(0) * found[0] + gram(1) * found[1] + alpha * found[row];
                assert!((left - expected).abs() < 1e-9 * expected, "{alpha}: {left}");
            }
        }
    }

    #[test]
    fn the_fixed_point_is_one() {
        let equations = equations();
        let posterior = bayesian_ridge(&equations);
        let mut system = System::new(2);
        // A step from where the search ended leads nearly nowhere.
        system.coef.clone_from(&posterior.coef);
        let penalty = {
            let gap = equations.moments[0] - 8e6 * posterior.coef[0] - 2e3 * posterior.coef[1];
            gap / posterior.coef[0]
        };
        system.solve(&equations, penalty);
        let gamma = system.determined();
        assert!(gamma > 0.0 && gamma <= 2.0, "{gamma}");
        let alpha = (equations.total - gamma) / system.residual(&equations);
        assert!((alpha * posterior.noise - 1.0).abs() < 1e-2, "{alpha} {}", posterior.noise);
    }

    #[test]
    fn repeated_and_constant_columns_are_harmless() {
        // The second column is the first, the third is constant.
        let equations = Equations {
            gram: vec![4.0, 0.0, 0.0, 4.0, 4.0, 0.0, 0.0, 0.0, 0.0],
            moments: vec![8.0, 8.0, 0.0],
            target: 16.0,
            total: 10.0,
        };
        for posterior in [ridge(&equations, 0.0), bayesian_ridge(&equations)] {
            assert!((posterior.coef[0] + posterior.coef[1] - 2.0).abs() < 1e-2, "{:?}", posterior.coef);
            assert_eq!(posterior.coef[2], 0.0);
        }
    }
}
