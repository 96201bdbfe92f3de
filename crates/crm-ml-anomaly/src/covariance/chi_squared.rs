//! The chi-squared distribution.

use std::f64::consts::PI;

/// Terms at most; tens are enough for ordinary degrees of freedom.
const TERMS: usize = 100_000;

/// The share of a chi-squared distribution at or below `x`.
pub(super) fn cdf(x: f64, degrees: usize) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 0.0;
    }
    if x == f64::INFINITY {
        return 1.0;
    }
    let (shape, x) = (degrees as f64 / 2.0, x / 2.0);
    // x^a e^-x / gamma(a + 1)
    let front = (shape * x.ln() - x - ln_gamma_half(degrees) - shape.ln()).exp();
    if x < shape + 1.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for n in 1..TERMS {
            term *= x / (shape + n as f64);
            sum += term;
            if term < sum * f64::EPSILON * 0.1 {
                break;
            }
        }
        (front * sum).min(1.0)
    } else {
        (1.0 - front * shape * upper_fraction(shape, x)).max(0.0)
    }
}

/// The continued fraction of the upper incomplete gamma function over x^a e^-x (Abramowitz and Stegun 6.5.31), by Lentz's method.
fn upper_fraction(shape: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - shape;
    let mut c = 1.0 / f64::MIN_POSITIVE;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..TERMS {
        let a = -(n as f64) * (n as f64 - shape);
        b += 2.0;
        let away = |v: f64| if v.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { v };
        d = 1.0 / away(a * d + b);
        c = away(b + a / c);
        let step = d * c;
        fraction *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The value with a share of `share` at or below it; infinite for a share of 1.
pub(super) fn quantile(share: f64, degrees: usize) -> f64 {
    if share >= 1.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 2.0 * degrees as f64 + 10.0);
    while cdf(high, degrees) < share {
        high *= 2.0;
    }
    // Bisection down to neighbouring numbers.
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if cdf(middle, degrees) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Natural logarithm of gamma(degrees / 2).
fn ln_gamma_half(degrees: usize) -> f64 {
    let (start, mut sum) = if degrees % 2 == 0 { (1.0, 0.0) } else { (0.5, 0.5 * PI.ln()) };
    for step in 0..(degrees.max(1) - 1) / 2 {
        sum += (start + step as f64).ln();
    }
    sum
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::{cdf, quantile};

    #[test]
    fn equals_scipys() {
        // scipy.stats.chi2.cdf and .ppf
        for (x, degrees, share) in [
            (0.5, 1, 0.520_499_877_813_046_6),
            (3.8, 1, 0.948_747_417_142_630_4),
            (6.0, 2, 0.950_212_931_632_136),
            (1.069, 7, 0.006_362_624_637_267_713),
            (20.0, 10, 0.970_747_311_923_038_9),
            (49.3, 50, 0.498_594_946_267_172),
            (220.0, 200, 0.841_721_329_939_912_9),
        ] {
            assert_relative_eq!(cdf(x, degrees), share, max_relative = 1e-12);
        }
        for (share, degrees, x) in [
            (0.975, 1, 5.023_886_187_314_888),
            (0.975, 10, 20.483_177_350_807_388),
            (0.55, 21, 21.146_978_796_655_635),
            (0.5, 200, 199.333_729_838_630_97),
        ] {
            assert_relative_eq!(quantile(share, degrees), x, max_relative = 1e-12);
        }
        assert_eq!(quantile(1.0, 3), f64::INFINITY);
        assert_eq!(cdf(f64::INFINITY, 3), 1.0);
    }
}
