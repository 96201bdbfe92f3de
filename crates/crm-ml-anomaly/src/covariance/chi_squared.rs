//! The chi-squared distribution.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The share of a chi-squared distribution at or below `x`.
pub(super) fn cdf(x: f64, degrees: usize) -> f64 {
    ChiSquared::new(degrees as f64).map_or(f64::NAN, |distribution| distribution.cdf(x))
}

/// The value with a share of `share` at or below it; infinite for a share of 1.
pub(super) fn quantile(share: f64, degrees: usize) -> f64 {
    if share >= 1.0 {
        return f64::INFINITY;
    }
    ChiSquared::new(degrees as f64).map_or(f64::NAN, |distribution| distribution.inverse_cdf(share))
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
