//! Values brought to about 1, so that no square leaves the range of numbers.

/// The power of two just below the largest magnitude: dividing by it is exact.
pub(crate) fn power_of_two(values: &[f64]) -> f64 {
    let largest = values.iter().map(|v| v.abs()).fold(0.0, f64::max);
    if !(largest > 0.0 && largest.is_finite()) {
        return 1.0;
    }
    let exponent = largest.to_bits() >> 52;
    if exponent == 0 { f64::MIN_POSITIVE } else { f64::from_bits(exponent << 52) }
}

/// Values divided by their [`power_of_two`], and that power.
pub(crate) fn scaled(values: &[f64]) -> (Vec<f64>, f64) {
    let scale = power_of_two(values);
    (values.iter().map(|v| v / scale).collect(), scale)
}

/// Root of the sum of squares over a count.
pub(crate) fn root_mean_square(errors: &[f64], count: usize) -> f64 {
    let (errors, scale) = scaled(errors);
    (errors.iter().map(|error| error * error).sum::<f64>() / count as f64).sqrt() * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_is_exact() {
        for largest in [3.0, 1e300, f64::MAX, 1e-300, 5e-324, 0.0] {
            let values = [largest, -largest / 3.0];
            let (scaled, scale) = scaled(&values);
            assert!(scaled.iter().all(|v| v.abs() < 2.0), "{largest}: {scaled:?}");
            assert!(scaled[0] * scale == values[0] && scaled[1] * scale == values[1]);
        }
    }
}
