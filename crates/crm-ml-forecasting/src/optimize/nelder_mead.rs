//! The simplex method of Nelder and Mead.

/// A simplex search inside a box: for few variables and functions without derivatives.
///
/// Coefficients adapt to the number of variables (Gao and Han 2012). The buffers are kept, so a search allocates nothing
/// once one of its size was run.
#[derive(Debug, Default)]
pub(crate) struct NelderMead {
    /// The corners, one after another.
    simplex: Vec<f64>,
    values: Vec<f64>,
    centre: Vec<f64>,
    trial: Vec<f64>,
    further: Vec<f64>,
}

/// When to stop, and how large the first simplex is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    /// First step of each variable as a share of it.
    pub(crate) step: f64,
    /// First step of a variable that is 0.
    pub(crate) zero_step: f64,
    /// Stops when the corners' values differ by no more.
    pub(crate) tolerance: f64,
    /// Most iterations.
    pub(crate) iterations: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { step: 0.05, zero_step: 1e-4, tolerance: 1e-8, iterations: 2000 }
    }
}

/// As [`NelderMead::minimise`] with buffers of its own.
pub(crate) fn nelder_mead(
    f: impl FnMut(&[f64]) -> f64,
    x: &mut [f64],
    lower: &[f64],
    upper: &[f64],
    search: Search,
) -> (f64, usize) {
    NelderMead::default().minimise(f, x, lower, upper, search)
}

impl NelderMead {
    /// Minimises `f` from `x`, which ends at the best point; its value and the iterations. A value that is no number is taken as
    /// infinite.
    pub(crate) fn minimise(
        &mut self,
        mut f: impl FnMut(&[f64]) -> f64,
        x: &mut [f64],
        lower: &[f64],
        upper: &[f64],
        search: Search,
    ) -> (f64, usize) {
        let size = x.len();
        let mut f = |x: &[f64]| {
            let value = f(x);
            if value.is_nan() { f64::INFINITY } else { value }
        };
        if size == 0 {
            return (f(x), 0);
        }
        self.start(&mut f, x, lower, upper, search);
        let n = size as f64;
        let (expand, contract, shrink) = (1.0 + 2.0 / n, 0.75 - 0.5 / n, 1.0 - 1.0 / n);
        let shrink = if size == 1 { 0.5 } else { shrink };
        let mut done = search.iterations;
        for iteration in 0..search.iterations {
            let (best, second, worst) = self.order();
            if self.values[worst] - self.values[best] <= search.tolerance {
                done = iteration;
                break;
            }
            self.centre_without(worst, size);
            let reflected = self.along(&mut f, worst, -1.0, lower, upper);
            if reflected < self.values[best] {
                std::mem::swap(&mut self.trial, &mut self.further);
                let expanded = self.along(&mut f, worst, -expand, lower, upper);
                if expanded >= reflected {
                    std::mem::swap(&mut self.trial, &mut self.further);
                }
                self.replace(worst, expanded.min(reflected));
            } else if reflected < self.values[second] {
                self.replace(worst, reflected);
            } else {
                let outside = reflected < self.values[worst];
                let share = if outside { -contract } else { contract };
                let contracted = self.along(&mut f, worst, share, lower, upper);
                if contracted < reflected.min(self.values[worst]) {
                    self.replace(worst, contracted);
                } else {
                    self.shrink(&mut f, best, shrink, size);
                }
            }
        }
        let (best, ..) = self.order();
        x.copy_from_slice(self.corner(best, size));
        (self.values[best], done)
    }

    fn start(
        &mut self,
        f: &mut impl FnMut(&[f64]) -> f64,
        x: &[f64],
        lower: &[f64],
        upper: &[f64],
        search: Search,
    ) {
        let size = x.len();
        self.simplex.clear();
        self.values.clear();
        for buffer in [&mut self.centre, &mut self.trial, &mut self.further] {
            buffer.clear();
            buffer.resize(size, 0.0);
        }
        for corner in 0..=size {
            for (i, &value) in x.iter().enumerate() {
                let inside = value.clamp(lower[i], upper[i]);
                let moved = if inside == 0.0 { search.zero_step } else { inside * (1.0 + search.step) };
                let moved = if moved > upper[i] { inside * (1.0 - search.step) } else { moved };
                let moved = if corner == i + 1 { moved.clamp(lower[i], upper[i]) } else { inside };
                self.simplex.push(moved);
            }
            let value = f(&self.simplex[corner * size..]);
            self.values.push(value);
        }
    }

    fn corner(&self, index: usize, size: usize) -> &[f64] {
        &self.simplex[index * size..(index + 1) * size]
    }

    /// The best corner, the last but one, and the worst.
    fn order(&self) -> (usize, usize, usize) {
        let (mut best, mut worst) = (0, 0);
        for (i, value) in self.values.iter().enumerate() {
            if *value < self.values[best] {
                best = i;
            }
            if *value >= self.values[worst] {
                worst = i;
            }
        }
        let others = (0..self.values.len()).filter(|&i| i != worst);
        let second = others.fold(best, |top, i| if self.values[i] > self.values[top] { i } else { top });
        (best, second, worst)
    }

    fn centre_without(&mut self, worst: usize, size: usize) {
        self.centre.fill(0.0);
        for (index, corner) in self.simplex.chunks_exact(size).enumerate() {
            if index != worst {
                self.centre.iter_mut().zip(corner).for_each(|(c, v)| *c += v / size as f64);
            }
        }
    }

    /// The value at the centre plus `share` of the way to the worst corner.
    fn along(
        &mut self,
        f: &mut impl FnMut(&[f64]) -> f64,
        worst: usize,
        share: f64,
        lower: &[f64],
        upper: &[f64],
    ) -> f64 {
        let size = self.centre.len();
        for i in 0..size {
            let away = self.simplex[worst * size + i] - self.centre[i];
            self.trial[i] = (self.centre[i] + share * away).clamp(lower[i], upper[i]);
        }
        f(&self.trial)
    }

    fn replace(&mut self, index: usize, value: f64) {
        let size = self.trial.len();
        self.simplex[index * size..(index + 1) * size].copy_from_slice(&self.trial);
        self.values[index] = value;
    }

    fn shrink(&mut self, f: &mut impl FnMut(&[f64]) -> f64, best: usize, share: f64, size: usize) {
        for index in (0..self.values.len()).filter(|&i| i != best) {
            for i in 0..size {
                let anchor = self.simplex[best * size + i];
                let value = &mut self.simplex[index * size + i];
                *value = anchor + share * (*value - anchor);
            }
            self.values[index] = f(&self.simplex[index * size..(index + 1) * size]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valley_is_descended() {
        let valley = |x: &[f64]| 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2);
        let (mut x, wide) = ([-1.2, 1.0], [5.0; 2]);
        let search = Search { tolerance: 1e-14, ..Search::default() };
        let (value, _) = nelder_mead(valley, &mut x, &wide.map(|v| -v), &wide, search);
        assert!(value < 1e-12, "{value} at {x:?}");
    }

    #[test]
    fn the_box_holds_and_no_number_is_no_minimum() {
        let bowl =
            |x: &[f64]| if x[0] > 0.9 { f64::NAN } else { (x[0] - 0.8).powi(2) + (x[1] - 1.0).powi(2) };
        let mut x = [0.5, 0.0];
        let search = Search { zero_step: 0.1, ..Search::default() };
        let (value, _) = nelder_mead(bowl, &mut x, &[0.0, -1.0], &[1.0, 0.25], search);
        assert!((value - 0.5625).abs() < 1e-3 && x[1] <= 0.25, "{value} at {x:?}");
    }
}
