//! Lags by Levenberg and Marquardt's method: the likelihood is a sum of squares.
//!
//! With errors e and variances v of the forecasts, the likelihood is largest where `sum (e^2 / v)`, times the geometric mean of v, is
//! least. So residuals are `e / sqrt(v)` times the root of that mean. Constant and regressors are solved for inside each evaluation,
//! and derivatives are differences of residuals.

use super::fit::Problem;
use crate::optimize::{LeastSquares, Outcome, Workspace, least_squares};

/// Distance of the points of a difference.
const STEP: f64 = 1e-6;
/// `tanh` of more is 1 but for 1e-8: a root on the unit circle.
const FARTHEST: f64 = 9.0;

/// Minimises from `point`, which ends at the best point found.
pub(super) fn search(
    problem: &mut Problem,
    point: &mut [f64],
    conditional: bool,
    tolerance: f64,
    max_iter: usize,
) -> Outcome {
    let (lower, upper) = (vec![-FARTHEST; point.len()], vec![FARTHEST; point.len()]);
    let mut squares = Squares { problem, conditional, base: Vec::new(), moved: Vec::new() };
    least_squares(&mut squares, point, &lower, &upper, tolerance, max_iter, &mut Workspace::default())
}

struct Squares<'a> {
    problem: &'a mut Problem,
    conditional: bool,
    base: Vec<f64>,
    /// The change of the residuals along each variable.
    moved: Vec<Vec<f64>>,
}

impl LeastSquares for Squares<'_> {
    fn squares(&mut self, x: &[f64]) -> f64 {
        self.problem.mean_square(x, self.conditional)
    }

    fn normal(&mut self, x: &[f64], hessian: &mut [f64], gradient: &mut [f64]) -> f64 {
        let width = x.len();
        let squares = self.squares(x);
        if !squares.is_finite() {
            return squares;
        }
        self.problem.residuals(self.conditional, &mut self.base);
        self.moved.resize(width, Vec::new());
        let mut point = x.to_vec();
        for i in 0..width {
            for step in [STEP, -STEP] {
                point[i] = x[i] + step;
                let moved = &mut self.moved[i];
                if self.problem.mean_square(&point, self.conditional).is_finite() {
                    self.problem.residuals(self.conditional, moved);
                    moved.iter_mut().zip(&self.base).for_each(|(m, b)| *m = (*m - b) / step);
                    break;
                }
                moved.clear();
                moved.resize(self.base.len(), 0.0);
            }
            point[i] = x[i];
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for i in 0..width {
            gradient[i] = dot(&self.moved[i], &self.base);
            for j in 0..=i {
                hessian[i * width + j] = dot(&self.moved[i], &self.moved[j]);
            }
        }
        squares
    }
}
