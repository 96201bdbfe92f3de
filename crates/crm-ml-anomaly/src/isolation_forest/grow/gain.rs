//! Where a cut separates best.

use super::column::Scaled;

/// What the standard deviations of the two sides are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gain {
    /// Their mean, whatever the number of rows (Liu et al. 2010).
    Averaged,
    /// Their mean, weighted by rows (Cortes 2021).
    Pooled,
}

impl Gain {
    /// The largest share of the standard deviation that a cut takes away, and the cut's threshold; `None` where the values that
    /// are known do not differ.
    pub(super) fn best(self, values: &[f64]) -> Option<(f64, f64)> {
        let scaled = Scaled::new(values)?;
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let all = sorted.iter().fold(Sums::default(), |sums, value| sums.with(scaled.of(*value)));
        let (count, mut left, mut best) = (all.count, Sums::default(), None);
        for pair in sorted.windows(2) {
            left = left.with(scaled.of(pair[0]));
            if pair[0] == pair[1] {
                continue;
            }
            let right = all.without(left);
            let spread = match self {
                Self::Averaged => (left.deviation() + right.deviation()) / 2.0,
                Self::Pooled => (left.count * left.deviation() + right.count * right.deviation()) / count,
            };
            let gain = 1.0 - spread / all.deviation();
            if best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, between(pair[0], pair[1])));
            }
        }
        best
    }
}

/// The middle of two different numbers, below the higher.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if low <= middle && middle < high { middle } else { low }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn with(self, value: f64) -> Self {
        Self { count: self.count + 1.0, sum: self.sum + value, squares: self.squares + value * value }
    }

    fn without(self, other: Self) -> Self {
        Self {
            count: self.count - other.count,
            sum: self.sum - other.sum,
            squares: self.squares - other.squares,
        }
    }

    fn deviation(self) -> f64 {
        let mean = self.sum / self.count;
        (self.squares / self.count - mean * mean).max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the deviations of every cut.
    #[test]
    fn the_best_cut_is_found() {
        let values = [0.0, 1.0, f64::NAN, 10.0, 11.0, 12.0];
        let (gain, threshold) = Gain::Pooled.best(&values).unwrap();
        assert_eq!(threshold, 5.5);
        let deviation = 26.96f64.sqrt();
        let spread = (2.0 * 0.5 + 3.0 * (2.0f64 / 3.0).sqrt()) / 5.0;
        approx::assert_abs_diff_eq!(gain, 1.0 - spread / deviation, epsilon = 1e-12);
        // One far value: the mean of the deviations seeks it, whatever the rows.
        let values = [0.0, 4.0, 5.0, 6.0, 10.0, 30.0];
        assert_eq!(Gain::Averaged.best(&values).unwrap().1, 20.0);
    }

    #[test]
    fn thresholds_separate_neighbours() {
        for (low, high) in [(1.0, f64::next_up(1.0)), (-f64::MAX, f64::MAX), (0.0, f64::from_bits(1))] {
            let threshold = between(low, high);
            assert!(low <= threshold && threshold < high);
        }
        assert_eq!(Gain::Pooled.best(&[1.0, 1.0, f64::NAN]), None);
    }
}
