//! Levenberg and Marquardt's method inside a box.

/// A sum of squares of residuals and its Gauss-Newton model.
pub(crate) trait LeastSquares {
    /// The sum at `x`; not finite where `x` is not allowed.
    fn squares(&mut self, x: &[f64]) -> f64;

    /// The sum at `x` with J'J (lower triangle, row after row, `x.len()` wide) and J'r.
    fn normal(&mut self, x: &[f64], hessian: &mut [f64], gradient: &mut [f64]) -> f64;

    /// Whether to go on from a sum whose next step is hoped to take `hoped` off it.
    fn worth(&self, squares: f64, hoped: f64) -> bool {
        let _ = (squares, hoped);
        true
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) squares: f64,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// Buffers kept from one problem to the next.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    hessian: Vec<f64>,
    gradient: Vec<f64>,
    factor: Vec<f64>,
    step: Vec<f64>,
    trial: Vec<f64>,
    /// Where a variable is in the system that is solved; `FIXED` where it is not.
    free: Vec<usize>,
    pinned: Vec<bool>,
}

/// Damping that says no step helps.
const MOST_DAMPING: f64 = 1e10;
/// Least share of the largest diagonal entry a diagonal entry is damped with.
const LEAST_SCALE: f64 = 1e-14;

impl Workspace {
    fn resize(&mut self, width: usize) {
        for (buffer, length) in [
            (&mut self.hessian, width * width),
            (&mut self.gradient, width),
            (&mut self.factor, width * width),
            (&mut self.step, width),
            (&mut self.trial, width),
        ] {
            buffer.clear();
            buffer.resize(length, 0.0);
        }
        self.pinned.clear();
        self.pinned.resize(width, false);
    }

    /// The damped Gauss-Newton step that stays in the box, and what it takes off the sum by the model; `None` where the system
    /// cannot be solved.
    ///
    /// Variables on a bound that the gradient pushes against stay; those that would leave the box stop at its wall, and the
    /// others are solved for again.
    fn solve(&mut self, x: &[f64], lower: &[f64], upper: &[f64], damping: f64) -> Option<f64> {
        let width = x.len();
        for i in 0..width {
            let g = self.gradient[i];
            self.pinned[i] = (x[i] <= lower[i] && g >= 0.0) || (x[i] >= upper[i] && g <= 0.0);
            self.step[i] = 0.0;
        }
        let largest = (0..width).map(|i| self.hessian[i * width + i]).fold(0.0, f64::max);
        loop {
            self.free.clear();
            self.free.extend((0..width).filter(|&i| !self.pinned[i]));
            self.newton(width, damping, largest * LEAST_SCALE)?;
            let mut stopped = false;
            for &i in &self.free {
                let to = x[i] + self.step[i];
                if to < lower[i] || to > upper[i] {
                    self.step[i] = if to < lower[i] { lower[i] - x[i] } else { upper[i] - x[i] };
                    self.pinned[i] = true;
                    stopped = true;
                }
            }
            if !stopped {
                break;
            }
        }
        let mut hoped = 0.0;
        for i in 0..width {
            let row = &self.hessian[i * width..i * width + i];
            let cross: f64 = row.iter().zip(&self.step).map(|(h, s)| h * s).sum();
            let own = self.hessian[i * width + i] * self.step[i];
            hoped -= self.step[i] * (2.0 * self.gradient[i] + own + 2.0 * cross);
        }
        hoped.is_finite().then_some(hoped)
    }

    /// Solves for the free variables' steps, those of the others being given, by Cholesky's factors.
    fn newton(&mut self, width: usize, damping: f64, least: f64) -> Option<()> {
        let Self { hessian, gradient, factor, step, free, pinned, .. } = self;
        let at = |i: usize, j: usize| if i >= j { hessian[i * width + j] } else { hessian[j * width + i] };
        let size = free.len();
        for (a, &i) in free.iter().enumerate() {
            let (above, row) = factor.split_at_mut(a * size);
            let row = &mut row[..=a];
            for (b, &j) in free[..a].iter().enumerate() {
                let known = &above[b * size..b * size + b];
                let sum: f64 = known.iter().zip(&row[..b]).map(|(x, y)| x * y).sum();
                row[b] = (at(i, j) - sum) * above[b * size + b];
            }
            let own = at(i, i);
            let damped = own + damping * own.max(least);
            let pivot = damped - row[..a].iter().map(|v| v * v).sum::<f64>();
            if pivot.is_nan() || pivot <= damped * 1e-15 {
                return None;
            }
            // The diagonal holds reciprocals: divisions are what a small system spends its time on.
            row[a] = 1.0 / pivot.sqrt();
        }
        for (a, &i) in free.iter().enumerate() {
            let walls = (0..width).filter(|&j| pinned[j] && step[j] != 0.0);
            let target = -gradient[i] - walls.map(|j| at(i, j) * step[j]).sum::<f64>();
            let known: f64 = (0..a).map(|b| factor[a * size + b] * step[free[b]]).sum();
            step[i] = (target - known) * factor[a * size + a];
        }
        for a in (0..size).rev() {
            let known: f64 = (a + 1..size).map(|b| factor[b * size + a] * step[free[b]]).sum();
            step[free[a]] = (step[free[a]] - known) * factor[a * size + a];
        }
        free.iter().all(|&i| step[i].is_finite()).then_some(())
    }
}

/// Minimises a sum of squares from `x`, which must lie in the box and ends at the best point found.
///
/// Stops when a step promises less than `tolerance` of the sum. Each iteration costs one `normal` and, a trial, one `squares`.
/// Marquardt 1963; damping by Nielsen 1999.
pub(crate) fn least_squares(
    problem: &mut impl LeastSquares,
    x: &mut [f64],
    lower: &[f64],
    upper: &[f64],
    tolerance: f64,
    most: usize,
    work: &mut Workspace,
) -> Outcome {
    if x.is_empty() {
        return Outcome { squares: problem.squares(x), iterations: 0, converged: true };
    }
    work.resize(x.len());
    let (mut damping, mut growth) = (1e-3, 2.0);
    let mut squares = problem.normal(x, &mut work.hessian, &mut work.gradient);
    if !squares.is_finite() {
        return Outcome { squares, iterations: 0, converged: false };
    }
    for iteration in 0..most {
        let done = |squares| Outcome { squares, iterations: iteration, converged: true };
        let accepted = loop {
            if damping > MOST_DAMPING {
                return done(squares);
            }
            if let Some(hoped) = work.solve(x, lower, upper, damping) {
                if hoped <= tolerance * squares && damping < 1.0 {
                    return done(squares);
                }
                for (i, trial) in work.trial.iter_mut().enumerate() {
                    *trial = (x[i] + work.step[i]).clamp(lower[i], upper[i]);
                }
                let reached = problem.squares(&work.trial);
                if reached < squares && hoped > 0.0 {
                    let quality = (squares - reached) / hoped;
                    damping *= (1.0 - (2.0 * quality.min(1.5) - 1.0).powi(3)).max(0.1);
                    damping = damping.max(1e-12);
                    growth = 2.0;
                    break hoped;
                }
            }
            damping *= growth;
            growth *= 2.0;
        };
        x.copy_from_slice(&work.trial);
        let reached = problem.normal(x, &mut work.hessian, &mut work.gradient);
        let gained = squares - reached;
        squares = reached;
        if !problem.worth(squares, accepted.max(gained)) {
            return Outcome { squares, iterations: iteration + 1, converged: false };
        }
    }
    Outcome { squares, iterations: most, converged: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's function as two residuals.
    struct Valley;

    impl LeastSquares for Valley {
        fn squares(&mut self, x: &[f64]) -> f64 {
            (10.0 * (x[1] - x[0] * x[0])).powi(2) + (1.0 - x[0]).powi(2)
        }

        fn normal(&mut self, x: &[f64], hessian: &mut [f64], gradient: &mut [f64]) -> f64 {
            let rows = [[-20.0 * x[0], 10.0], [-1.0, 0.0]];
            let residuals = [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]];
            for i in 0..2 {
                gradient[i] = rows.iter().zip(&residuals).map(|(row, r)| row[i] * r).sum();
                for j in 0..2 {
                    hessian[i * 2 + j] = rows.iter().map(|row| row[i] * row[j]).sum();
                }
            }
            self.squares(x)
        }
    }

    #[test]
    fn the_valley_is_descended() {
        let mut x = [-1.2, 1.0];
        let free = [f64::INFINITY; 2];
        let end = least_squares(
            &mut Valley,
            &mut x,
            &free.map(|v| -v),
            &free,
            1e-12,
            100,
            &mut Workspace::default(),
        );
        assert!(end.converged && end.squares < 1e-12, "{end:?}");
        assert!((x[0] - 1.0).abs() < 1e-6 && (x[1] - 1.0).abs() < 1e-6, "{x:?}");
    }

    #[test]
    fn a_wall_holds() {
        // Inside x0 <= 0.5 the least sum is at x0 = 0.5, x1 = 0.25.
        let mut x = [-1.2, 1.0];
        let end = least_squares(
            &mut Valley,
            &mut x,
            &[-2.0, -2.0],
            &[0.5, 2.0],
            1e-12,
            100,
            &mut Workspace::default(),
        );
        assert!(end.converged && (end.squares - 0.25).abs() < 1e-9, "{end:?}");
        assert!(x[0] == 0.5 && (x[1] - 0.25).abs() < 1e-6, "{x:?}");
    }
}
