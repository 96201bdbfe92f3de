//! What the rows of a node are like in a column.

/// What cells mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Real,
    /// Codes from 0; what is below is not known.
    Category,
}

/// The smallest and the largest value that is known; infinite, the wrong way round, where none is.
pub(super) fn limits(values: &[f64]) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for &value in values {
        low = if value < low { value } else { low };
        high = if value > high { value } else { high };
    }
    (low, high)
}

/// The codes that occur, ascending.
pub(super) fn codes(cells: &[f64]) -> Vec<u32> {
    let mut codes: Vec<u32> = cells.iter().filter(|cell| **cell >= 0.0).map(|cell| *cell as u32).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The range, halved so that it is a number; of a category, the levels beyond the first.
pub(super) fn spread(kind: Kind, cells: &[f64]) -> f64 {
    match kind {
        Kind::Real => {
            let (low, high) = limits(cells);
            if low < high { high / 2.0 - low / 2.0 } else { 0.0 }
        }
        Kind::Category => codes(cells).len().saturating_sub(1) as f64,
    }
}

/// How often the level of each row occurs; NaN where there is none.
pub(super) fn frequencies(cells: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = cells.iter().copied().filter(|cell| *cell >= 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let frequency = |cell: &f64| match *cell >= 0.0 {
        true => {
            let from = sorted.partition_point(|other| other < cell);
            (sorted.partition_point(|other| other <= cell) - from) as f64
        }
        false => f64::NAN,
    };
    cells.iter().map(frequency).collect()
}

/// The values that are known in units of their range, from their smallest; `None` where they do not differ.
pub(super) struct Scaled {
    low: f64,
    /// 0.5 where the range itself is no number.
    half: f64,
    range: f64,
}

impl Scaled {
    pub(super) fn new(values: &[f64]) -> Option<Self> {
        let (low, high) = limits(values);
        if low >= high {
            return None;
        }
        let half = if (high - low).is_finite() { 1.0 } else { 0.5 };
        Some(Self { low: low * half, half, range: high * half - low * half })
    }

    pub(super) fn of(&self, value: f64) -> f64 {
        (value * self.half - self.low) / self.range
    }

    /// So much of the range in the values' own unit, inverted.
    pub(super) fn per_range(&self, share: f64) -> f64 {
        share / self.range * self.half
    }

    /// The number, mean and central moments (second and fourth) of what is known.
    pub(super) fn moments(&self, values: &[f64]) -> [f64; 4] {
        let known = || values.iter().filter(|value| !value.is_nan()).map(|value| self.of(*value));
        let count = known().count() as f64;
        let mean = known().sum::<f64>() / count;
        let (mut second, mut fourth) = (0.0, 0.0);
        for value in known() {
            let square = (value - mean) * (value - mean);
            second += square;
            fourth += square * square;
        }
        [count, mean, second / count, fourth / count]
    }
}

/// The fourth central moment over the square of the second: 3 for normal values.
pub(super) fn kurtosis(kind: Kind, cells: &[f64]) -> f64 {
    let frequencies = match kind {
        Kind::Real => None,
        Kind::Category if codes(cells).len() < 2 => return 0.0,
        Kind::Category => Some(frequencies(cells)),
    };
    let values = frequencies.as_deref().unwrap_or(cells);
    match Scaled::new(values) {
        Some(scaled) => {
            let [_, _, second, fourth] = scaled.moments(values);
            fourth / (second * second)
        }
        // Levels that are all as frequent are as flat as can be.
        None if kind == Kind::Category => 1.0,
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kurtosis_is_that_of_its_definition() {
        // scipy.stats.kurtosis(.., fisher=False)
        let values = [1e300, 0.0, 0.0, f64::NAN, 0.0];
        approx::assert_abs_diff_eq!(kurtosis(Kind::Real, &values), 2.333333333333333, epsilon = 1e-12);
        let values = [0.0, 1.0, 2.0, 3.0, 10.0];
        approx::assert_abs_diff_eq!(kurtosis(Kind::Real, &values), 2.8759990263296684, epsilon = 1e-12);
        assert_eq!(kurtosis(Kind::Real, &[2.0, 2.0]), 0.0);
        assert_eq!(kurtosis(Kind::Category, &[0.0, 1.0, 1.0, 0.0]), 1.0);
        assert_eq!(kurtosis(Kind::Category, &[1.0, -1.0, f64::NAN]), 0.0);
    }

    #[test]
    fn a_range_beyond_all_numbers_is_scaled() {
        let values = [-f64::MAX, 0.0, f64::MAX];
        let scaled = Scaled::new(&values).unwrap();
        assert_eq!(values.map(|value| scaled.of(value)), [0.0, 0.5, 1.0]);
        let values = [0.0, f64::from_bits(1)];
        assert_eq!(values.map(|value| Scaled::new(&values).unwrap().of(value)), [0.0, 1.0]);
    }

    #[test]
    fn levels_are_counted() {
        let cells = [2.0, 0.0, 2.0, -1.0, f64::NAN, 2.0];
        assert_eq!(codes(&cells), [0, 2]);
        assert_eq!(spread(Kind::Category, &cells), 1.0);
        let frequencies = frequencies(&cells);
        assert_eq!(frequencies[..3], [3.0, 1.0, 3.0]);
        assert!(frequencies[3].is_nan() && frequencies[4].is_nan());
    }
}
