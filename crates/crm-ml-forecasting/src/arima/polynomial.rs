//! Polynomials in the lag operator.

/// Coefficients of a stationary autoregression from any real numbers.
///
/// `tanh` makes them partial autocorrelations, from which the Durbin-Levinson recursion makes coefficients (M. Jones,
/// Technometrics 22, 1980). Negated they are those of an invertible moving average.
pub(super) fn stationary(free: &[f64], coefficients: &mut [f64]) {
    for (k, &value) in free.iter().enumerate() {
        let partial = value.tanh();
        // Places `k` from both ends change together.
        for i in 0..k / 2 {
            let (a, b) = (coefficients[i], coefficients[k - 1 - i]);
            coefficients[i] = a - partial * b;
            coefficients[k - 1 - i] = b - partial * a;
        }
        if k % 2 == 1 {
            coefficients[k / 2] *= 1.0 - partial;
        }
        coefficients[k] = partial;
    }
}

/// Whether every root of `1 - c1 z - c2 z^2 - ...` is further from 0 than `radius`.
pub(super) fn roots_beyond(coefficients: &[f64], radius: f64) -> bool {
    partial_autocorrelations(coefficients, radius).is_some()
}

/// Partial autocorrelations of the polynomial with its roots divided by `radius`; `None` unless all are inside (-1, 1).
fn partial_autocorrelations(coefficients: &[f64], radius: f64) -> Option<Vec<f64>> {
    let mut power = 1.0;
    let mut left: Vec<f64> = coefficients
        .iter()
        .map(|c| {
            power *= radius;
            c * power
        })
        .collect();
    for k in (0..left.len()).rev() {
        let partial = left[k];
        if partial.is_nan() || partial.abs() >= 1.0 {
            return None;
        }
        let before: Vec<f64> =
            (0..k).map(|i| (left[i] + partial * left[k - 1 - i]) / (1.0 - partial * partial)).collect();
        left[..k].copy_from_slice(&before);
    }
    Some(left)
}

/// `(1 - c1 B - ...)(1 - s1 B^m - ...)`, as the coefficients behind the 1 with their sign turned, like its factors.
pub(super) fn times_seasonal(plain: &[f64], seasonal: &[f64], season: usize, product: &mut [f64]) {
    product.fill(0.0);
    product[..plain.len()].copy_from_slice(plain);
    for (k, s) in seasonal.iter().enumerate() {
        let lag = (k + 1) * season;
        product[lag - 1] += s;
        for (i, c) in plain.iter().enumerate() {
            product[lag + i] -= s * c;
        }
    }
}

/// The coefficients of `(1 - B)^d (1 - B^m)^D`, in the form of [`times_seasonal`].
pub(crate) fn differencing(d: usize, seasonal_d: usize, season: usize) -> Vec<f64> {
    let mut whole = vec![1.0];
    let lags = std::iter::repeat_n(1, d).chain(std::iter::repeat_n(season, seasonal_d));
    for lag in lags {
        let mut longer = whole.clone();
        longer.resize(whole.len() + lag, 0.0);
        for (i, c) in whole.iter().enumerate() {
            longer[i + lag] -= c;
        }
        whole = longer;
    }
    whole[1..].iter().map(|c| -c).collect()
}

/// The values less their past, as `coefficients` weigh it; shorter by as many values as there are coefficients.
pub(crate) fn difference(values: &[f64], coefficients: &[f64]) -> Vec<f64> {
    let lags = coefficients.len();
    (lags..values.len())
        .map(|t| {
            let past: f64 = coefficients
                .iter()
                .enumerate()
                .filter(|(_, c)| **c != 0.0)
                .map(|(i, c)| c * values[t - 1 - i])
                .sum();
            values[t] - past
        })
        .collect()
}

/// The product of two polynomials in the form of [`times_seasonal`].
pub(super) fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; a.len() + b.len()];
    times_seasonal(a, b, 1, &mut product);
    product
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn differences_are_polynomials() {
        assert_eq!(differencing(1, 1, 4), [1.0, 0.0, 0.0, 1.0, -1.0]);
        assert_eq!(differencing(2, 0, 1), [2.0, -1.0]);
        assert!(differencing(0, 0, 12).is_empty());
        let values = [1.0, 4.0, 9.0, 16.0, 25.0];
        assert_eq!(difference(&values, &differencing(2, 0, 1)), [2.0, 2.0, 2.0]);
    }

    #[test]
    fn factors_multiply() {
        // (1 - .5 B)(1 - .3 B^2) = 1 - .5 B - .3 B^2 + .15 B^3
        let mut whole = [0.0; 3];
        times_seasonal(&[0.5], &[0.3], 2, &mut whole);
        for (found, expected) in whole.iter().zip([0.5, 0.3, -0.15]) {
            assert_abs_diff_eq!(*found, expected, epsilon = 1e-15);
        }
        assert_eq!(product(&[1.0], &[1.0]), [2.0, -1.0]);
    }

    #[test]
    fn roots_are_measured() {
        // The root of 1 - .8 z is 1.25.
        assert!(roots_beyond(&[0.8], 1.2) && !roots_beyond(&[0.8], 1.3));
        // Roots of 1 - 1.1 z + .3 z^2 are 5/3 and 2.
        assert!(roots_beyond(&[1.1, -0.3], 1.6) && !roots_beyond(&[1.1, -0.3], 1.7));
        assert!(!roots_beyond(&[f64::NAN], 1.0));
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_stationary_autoregression(numbers in prop::collection::vec(-3.0..3.0f64, 0..6)) {
            let mut coefficients = vec![0.0; numbers.len()];
            stationary(&numbers, &mut coefficients);
            let back = partial_autocorrelations(&coefficients, 1.0).unwrap();
            for (a, b) in numbers.iter().zip(&back) {
                prop_assert!((a - b.atanh()).abs() < 1e-3, "{numbers:?} {back:?}");
            }
        }
    }
}
