//! Local regression over equally spaced values.

/// Span, degree and spacing of a smoother.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Loess {
    /// Values that count for one point.
    pub(super) window: usize,
    /// 0 for local means, 1 for local lines.
    pub(super) degree: usize,
    /// Every how many points the regression is done; those between are interpolated.
    pub(super) jump: usize,
}

impl Loess {
    /// Smooths `values` into `smooth`, of the same length.
    pub(super) fn smooth(
        self,
        values: &[f64],
        robustness: Option<&[f64]>,
        smooth: &mut [f64],
        room: &mut Vec<f64>,
    ) {
        let n = values.len();
        if n < 2 {
            smooth.copy_from_slice(values);
            return;
        }
        let jump = self.jump.clamp(1, n - 1);
        let mut range = (0, n);
        for at in (0..n).step_by(jump) {
            range = self.range(n, at);
            smooth[at] = self.at(values, robustness, at as f64, range, room).unwrap_or(values[at]);
        }
        for at in (0..n - jump).step_by(jump) {
            interpolate(smooth, at, at + jump);
        }
        let last = (n - 1) / jump * jump;
        if last != n - 1 {
            smooth[n - 1] = self.at(values, robustness, (n - 1) as f64, range, room).unwrap_or(values[n - 1]);
            interpolate(smooth, last, n - 1);
        }
    }

    /// The values that count for the point `at`.
    fn range(self, n: usize, at: usize) -> (usize, usize) {
        if self.window >= n {
            return (0, n);
        }
        let left = (at + 1).saturating_sub(self.window.div_ceil(2)).min(n - self.window);
        (left, left + self.window)
    }

    /// The regression at `x`, in places from 0; `None` where no value has a weight.
    pub(super) fn at(
        self,
        values: &[f64],
        robustness: Option<&[f64]>,
        x: f64,
        (left, right): (usize, usize),
        weights: &mut Vec<f64>,
    ) -> Option<f64> {
        let n = values.len();
        let mut reach = (x - left as f64).max((right - 1) as f64 - x);
        if self.window > n {
            reach += ((self.window - n) / 2) as f64;
        }
        let (near, far) = (0.001 * reach, 0.999 * reach);
        let weight = |place: usize| {
            let distance = (place as f64 - x).abs();
            let kernel = if distance > far {
                0.0
            } else if distance <= near {
                1.0
            } else {
                let cube = (distance / reach).powi(3);
                (1.0 - cube).powi(3)
            };
            robustness.map_or(kernel, |robustness| kernel * robustness[place])
        };
        weights.clear();
        weights.extend((left..right).map(weight));
        let total: f64 = weights.iter().sum();
        if total <= 0.0 || total.is_nan() {
            return None;
        }
        weights.iter_mut().for_each(|weight| *weight /= total);
        if reach > 0.0 && self.degree > 0 {
            let places = || (left..right).map(|place| place as f64);
            let centre: f64 = weights.iter().zip(places()).map(|(w, place)| w * place).sum();
            let spread: f64 =
                weights.iter().zip(places()).map(|(w, place)| w * (place - centre).powi(2)).sum();
            // Weights that sit on one place make no line.
            if spread.sqrt() > 0.001 * (n - 1) as f64 {
                let slope = (x - centre) / spread;
                weights.iter_mut().zip(places()).for_each(|(w, place)| *w *= slope * (place - centre) + 1.0);
            }
        }
        Some(weights.iter().zip(&values[left..right]).map(|(w, value)| w * value).sum())
    }
}

fn interpolate(values: &mut [f64], from: usize, to: usize) {
    let step = (values[to] - values[from]) / (to - from) as f64;
    for place in from + 1..to {
        values[place] = values[from] + step * (place - from) as f64;
    }
}
