//! Coordinate descent on a quadratic function with an L1 penalty and bounds, with Newton's steps among the coordinates that it
//! leaves off their kinks and bounds.

use crm_ml_linalg::Cholesky;
use ndarray::Array2;
use pulp::Arch;

/// Sweeps over those coordinates that move, after which they take a Newton step together.
pub(crate) const SETTLING: usize = 8;

/// What beside the smooth part a point is judged by: one entry a coordinate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Restraint<'p> {
    pub(crate) l1: &'p [f64],
    pub(crate) bounds: Option<&'p [(f64, f64)]>,
}

impl Restraint<'_> {
    /// Best value of coordinate j of `x` given the gradient by it at its present value.
    #[inline]
    pub(crate) fn best(&self, j: usize, x: f64, gradient: f64, curvature: f64) -> f64 {
        let free = x - gradient / curvature;
        let threshold = self.l1[j] / curvature;
        let shrunk = if free > threshold {
            free - threshold
        } else if free < -threshold {
            free + threshold
        } else {
            0.0
        };
        match self.bounds {
            Some(bounds) => shrunk.max(bounds[j].0).min(bounds[j].1),
            None => shrunk,
        }
    }

    /// Where around `x` coordinate j is off its kink and bounds, with its ends; `None` on one of them.
    fn smooth_range(&self, j: usize, x: f64) -> Option<(f64, f64)> {
        let (mut low, mut high) = self.bounds.map_or((f64::NEG_INFINITY, f64::INFINITY), |bounds| bounds[j]);
        if self.l1[j] > 0.0 {
            if x > 0.0 {
                low = low.max(0.0);
            } else {
                high = high.min(0.0);
            }
        }
        (low < x && x < high).then_some((low, high))
    }

    /// How much the coordinate's optimality is violated, in the unit of the gradient.
    pub(crate) fn violation(&self, j: usize, x: f64, gradient: f64) -> f64 {
        violation(self.l1[j], self.bounds.map(|b| b[j]), x, gradient)
    }
}

/// Minimises `g'd + d'Hd/2 + sum l1_j |x_j + d_j|` over d, with `x + d` inside the bounds.
pub(crate) struct Quadratic<'p> {
    /// Symmetric, row after row.
    pub(crate) hessian: &'p [f64],
    pub(crate) restraint: Restraint<'p>,
}

impl Quadratic<'_> {
    /// Moves `x` (with `gradient` that of the smooth part at x) until no coordinate violates its optimality by more than
    /// `tol`; false after `sweeps` sweeps.
    pub(crate) fn descend(&self, x: &mut [f64], gradient: &mut [f64], tol: f64, sweeps: usize) -> bool {
        let all = 0..x.len();
        let mut left = sweeps;
        let mut regular = true;
        while left > 0 {
            left -= 1;
            self.sweep(all.clone(), x, gradient);
            if all.clone().all(|j| self.restraint.violation(j, x[j], gradient[j]) <= tol) {
                return true;
            }
            // Those that are not at rest settle among themselves first.
            let moving: Vec<usize> =
                all.clone().filter(|&j| x[j] != 0.0 || self.restraint.l1[j] == 0.0).collect();
            let patience = if regular { left.min(SETTLING) } else { left };
            let mut settled = false;
            for _ in 0..patience {
                left -= 1;
                settled = self.sweep(moving.iter().copied(), x, gradient) <= tol;
                if settled {
                    break;
                }
            }
            if !settled && regular {
                regular = self.settle(x, gradient);
            }
        }
        false
    }

    /// A step to the minimum among the coordinates that are off their kinks and bounds, which stop where they meet one; false
    /// where there is none.
    pub(crate) fn settle(&self, x: &mut [f64], gradient: &mut [f64]) -> bool {
        let size = x.len();
        let ranges = (0..size).filter_map(|j| self.restraint.smooth_range(j, x[j]).map(|range| (j, range)));
        let free: Vec<(usize, (f64, f64))> =
            ranges.filter(|(j, _)| self.hessian[j * size + j] > 0.0).collect();
        let matrix = Array2::from_shape_fn((free.len(), free.len()), |(a, b)| {
            self.hessian[free[a].0 * size + free[b].0]
        });
        let slope =
            |j: usize| gradient[j] + if x[j] == 0.0 { 0.0 } else { self.restraint.l1[j] * x[j].signum() };
        let down: Vec<f64> = free.iter().map(|(j, _)| -slope(*j)).collect();
        let found = Cholesky::new(matrix.view()).and_then(|factor| factor.solve_vector(&down));
        let Ok(step) = found else { return false };
        let room = |(j, (low, high)): (usize, (f64, f64)), d: f64| {
            let limit = if d > 0.0 { high } else { low };
            if d == 0.0 { f64::INFINITY } else { (limit - x[j]) / d }
        };
        let nearest = free.iter().zip(&step).fold(1.0f64, |least, (at, d)| least.min(room(*at, *d)));
        // All the way, with those held that would leave; else until the first meets its end.
        for share in [1.0, nearest] {
            let mut moved = vec![0.0; size];
            let mut bent = vec![0.0; size];
            for (&(j, (low, high)), d) in free.iter().zip(&step) {
                moved[j] = (x[j] + share * d).clamp(low, high) - x[j];
                add(&mut bent, moved[j], &self.hessian[j * size..(j + 1) * size]);
            }
            let change: f64 = free.iter().map(|(j, _)| moved[*j] * (slope(*j) + 0.5 * bent[*j])).sum();
            if change < 0.0 {
                x.iter_mut().zip(&moved).for_each(|(x, m)| *x += m);
                gradient.iter_mut().zip(&bent).for_each(|(g, b)| *g += b);
                return true;
            }
        }
        false
    }

    /// One update of each of the coordinates; the largest violation met, 0 where none moved.
    pub(crate) fn sweep(
        &self,
        coordinates: impl IntoIterator<Item = usize>,
        x: &mut [f64],
        gradient: &mut [f64],
    ) -> f64 {
        let size = x.len();
        let mut most = 0.0f64;
        for j in coordinates {
            let row = &self.hessian[j * size..(j + 1) * size];
            let curvature = row[j];
            let violation = self.restraint.violation(j, x[j], gradient[j]);
            if violation == 0.0 || curvature <= 0.0 {
                continue;
            }
            let next = self.restraint.best(j, x[j], gradient[j], curvature);
            let step = next - x[j];
            if step != 0.0 {
                most = most.max(violation);
                x[j] = next;
                add(gradient, step, row);
            }
        }
        most
    }
}

/// `sum += step * row`.
pub(crate) fn add(sum: &mut [f64], step: f64, row: &[f64]) {
    Arch::new().dispatch(|| {
        sum.iter_mut().zip(row).for_each(|(s, v)| *s += step * v);
    });
}

/// How much optimality is violated at `x` by a coordinate of smooth gradient `gradient`.
pub(crate) fn violation(l1: f64, bounds: Option<(f64, f64)>, x: f64, gradient: f64) -> f64 {
    // The ways that are open: down lowers the objective where the slope to the left is above 0, up where that to the right is below.
    let left = gradient + if x > 0.0 { l1 } else { -l1 };
    let right = gradient + if x < 0.0 { -l1 } else { l1 };
    let (lower, upper) = bounds.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let down = if x > lower { left.max(0.0) } else { 0.0 };
    let up = if x < upper { (-right).max(0.0) } else { 0.0 };
    if gradient.is_nan() { f64::NAN } else { down.max(up) }
}
