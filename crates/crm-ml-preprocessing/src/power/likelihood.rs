//! The power under which the values are most likely those of a normal distribution.

use super::PowerMethod;
use crate::stats::Observed;

/// Largest exponent of a transformed value of training: its square stays far from overflow.
const STEEPEST: f64 = 300.0;
/// Most negative exponent of all of them: below, what they differ by is lost beside what they share.
const FLATTEST: f64 = 15.0;

/// The logarithms that powers multiply: `ln x`, or `ln(1 + |x|)` with the side of x.
pub(super) struct Likelihood {
    rows: Vec<Row>,
    weight: f64,
    /// Sum of the logarithms, those of negative values subtracted: the derivative of the Jacobian's part.
    jacobian: f64,
    one_sided: bool,
}

struct Row {
    log: f64,
    negative: bool,
    weight: f64,
}

impl Likelihood {
    pub(super) fn new(method: PowerMethod, seen: &Observed) -> Self {
        let row = |(value, weight): (f64, f64)| match method {
            PowerMethod::BoxCox => Row { log: value.ln(), negative: false, weight },
            PowerMethod::YeoJohnson => Row { log: value.abs().ln_1p(), negative: value < 0.0, weight },
        };
        let rows: Vec<Row> = seen.weighted().map(row).collect();
        let signed = |row: &Row| if row.negative { -row.log } else { row.log };
        Self {
            weight: rows.iter().map(|row| row.weight).sum(),
            jacobian: rows.iter().map(|row| row.weight * signed(row)).sum(),
            one_sided: rows.iter().all(|row| row.negative) || rows.iter().all(|row| !row.negative),
            rows,
        }
    }

    /// The most likely power.
    ///
    /// The log-likelihood is concave in it (T. Marchand, B. Muzellec, C. Beguier, J. O. du Terrail, M. Andreux, "SecureFedYJ",
    /// NeurIPS 2022), so the one zero of its derivative is bracketed and found to the last digits.
    pub(super) fn most_likely(&self) -> f64 {
        let (least, most) = self.bounds();
        let (mut low, mut high) = ((-2f64).max(least).min(most), 2f64.min(most).max(least));
        let mut step = 2.0;
        let (mut at_low, mut at_high) = (self.slope(low), self.slope(high));
        while at_low < 0.0 && low > least {
            (high, at_high) = (low, at_low);
            low = (low - step).max(least);
            at_low = self.slope(low);
            step *= 2.0;
        }
        while at_high > 0.0 && high < most {
            (low, at_low) = (high, at_high);
            high = (high + step).min(most);
            at_high = self.slope(high);
            step *= 2.0;
        }
        if at_low.is_nan() || at_high.is_nan() {
            return 1.0;
        }
        if at_low <= 0.0 {
            return low;
        }
        if at_high >= 0.0 {
            return high;
        }
        self.zero(low, at_low, high, at_high)
    }

    /// The powers that keep transformed values of training apart and in range.
    fn bounds(&self) -> (f64, f64) {
        let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
        let (mut closest, mut farthest) = (f64::INFINITY, 0.0f64);
        for row in &self.rows {
            farthest = farthest.max(row.log.abs());
            closest = closest.min(row.log.abs());
            if row.log == 0.0 {
                continue;
            }
            match (row.negative, row.log > 0.0) {
                (false, true) => most = most.min(STEEPEST / row.log),
                (false, false) => least = least.max(STEEPEST / row.log),
                (true, _) => least = least.max(2.0 - STEEPEST / row.log),
            }
        }
        let straddles = self.rows.iter().any(|r| r.log > 0.0) && self.rows.iter().any(|r| r.log < 0.0);
        let flattest = if self.one_sided && !straddles && closest > 0.0 {
            FLATTEST / closest
        } else {
            STEEPEST / farthest.max(f64::MIN_POSITIVE)
        };
        if least == f64::NEG_INFINITY {
            least = -flattest.min(1e12);
        }
        if most == f64::INFINITY {
            most = 2.0 + flattest.min(1e12);
        }
        (least, most)
    }

    /// The derivative of the log-likelihood.
    fn slope(&self, lambda: f64) -> f64 {
        let exponents = |row: &Row| if row.negative { (2.0 - lambda) * row.log } else { lambda * row.log };
        let steepest = self.rows.iter().map(|row| exponents(row).abs()).fold(0.0, f64::max);
        // On one side alone the constant that all values share is left out, and with it what it would swallow.
        let shifted = self.one_sided && steepest > 1.0;
        let scale = match shifted {
            true => self.rows.iter().map(exponents).fold(f64::NEG_INFINITY, f64::max),
            false => 0.0,
        };
        let (mut sums, mut centres) = ([0.0; 2], [0.0; 2]);
        let mut curve = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let power = if row.negative { 2.0 - lambda } else { lambda };
            let exponent = exponents(row);
            // The value and its derivative by the row's own power.
            let (value, by_power) = if shifted {
                let value = (exponent - scale).exp() / power;
                (value, value * (row.log - 1.0 / power))
            } else {
                let (growth, slope) = mean_growth(exponent);
                (row.log * growth, row.log * row.log * slope)
            };
            // Below 0 the value is turned round, and its power falls as lambda grows: twice a change of sign.
            let value = if row.negative { -value } else { value };
            sums[0] += row.weight * value;
            sums[1] += row.weight * by_power;
            curve.push((value, by_power));
        }
        (0..2).for_each(|i| centres[i] = sums[i] / self.weight);
        let (mut variance, mut covariance) = (0.0, 0.0);
        for (row, (value, by_power)) in self.rows.iter().zip(&curve) {
            let distance = value - centres[0];
            variance += row.weight * distance * distance;
            covariance += row.weight * distance * (by_power - centres[1]);
        }
        self.jacobian - self.weight * covariance / variance
    }

    /// The zero between two points of other signs: Brent's method (R. P. Brent, "Algorithms for Minimization without
    /// Derivatives", 1973, chapter 4).
    fn zero(&self, a: f64, at_a: f64, b: f64, at_b: f64) -> f64 {
        let (mut a, mut fa, mut b, mut fb) = (a, at_a, b, at_b);
        let (mut c, mut fc) = (a, fa);
        let (mut step, mut before) = (b - a, b - a);
        for _ in 0..200 {
            if (fb > 0.0) == (fc > 0.0) {
                (c, fc) = (a, fa);
                step = b - a;
                before = step;
            }
            if fc.abs() < fb.abs() {
                (a, b, c) = (b, c, b);
                (fa, fb, fc) = (fb, fc, fb);
            }
            let near = 2.0 * f64::EPSILON * b.abs() + 1e-15;
            let half = 0.5 * (c - b);
            if half.abs() <= near || fb == 0.0 || fb.is_nan() {
                break;
            }
            if before.abs() >= near && fa.abs() > fb.abs() {
                let ratio = fb / fa;
                let (mut p, mut q) = if a == c {
                    (2.0 * half * ratio, 1.0 - ratio)
                } else {
                    let (q, r) = (fa / fc, fb / fc);
                    let p = ratio * (2.0 * half * q * (q - r) - (b - a) * (r - 1.0));
                    (p, (q - 1.0) * (r - 1.0) * (ratio - 1.0))
                };
                if p > 0.0 {
                    q = -q;
                }
                p = p.abs();
                if 2.0 * p < (3.0 * half * q - (near * q).abs()).min((before * q).abs()) {
                    before = step;
                    step = p / q;
                } else {
                    step = half;
                    before = half;
                }
            } else {
                step = half;
                before = half;
            }
            (a, fa) = (b, fb);
            b += if step.abs() > near { step } else { near.copysign(half) };
            fb = self.slope(b);
        }
        b
    }
}

/// `(e^t - 1) / t` and its derivative by t, `(t e^t - (e^t - 1)) / t^2`; near 0 the latter's series of
/// `(k + 1) / (k + 2)! t^k`.
fn mean_growth(t: f64) -> (f64, f64) {
    let grown = t.exp_m1();
    let mean = if t.abs() < 1e-300 { 1.0 } else { grown / t };
    if t.abs() > 0.5 {
        return (mean, (t * (grown + 1.0) - grown) / (t * t));
    }
    (mean, SLOPE.iter().rev().fold(0.0, |sum, c| sum * t + c))
}

const SLOPE: [f64; 14] = [
    1.0 / 2.0,
    2.0 / 6.0,
    3.0 / 24.0,
    4.0 / 120.0,
    5.0 / 720.0,
    6.0 / 5_040.0,
    7.0 / 40_320.0,
    8.0 / 362_880.0,
    9.0 / 3_628_800.0,
    10.0 / 39_916_800.0,
    11.0 / 479_001_600.0,
    12.0 / 6_227_020_800.0,
    13.0 / 87_178_291_200.0,
    14.0 / 1_307_674_368_000.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_curves() {
        for t in [-40.0, -3.0, -0.51, -0.5, -1e-4, 0.0, 0.3, 0.5, 0.51, 2.0, 20.0] {
            let h = 1e-5;
            let numeric = (mean_growth(t + h).0 - mean_growth(t - h).0) / (2.0 * h);
            let exact = mean_growth(t).1;
            assert!((numeric - exact).abs() < 1e-6 * exact.abs().max(1e-3), "{t}: {numeric} {exact}");
        }
    }

    #[test]
    fn logarithms_of_normal_values_need_no_power() {
        let mut stream = crm_ml_core::Stream::new(1, "power", 0);
        let values: Vec<f64> = (0..20_000).map(|_| (3.0 + stream.normal()).exp()).collect();
        let seen = Observed::new(&values, None);
        let lambda = Likelihood::new(PowerMethod::BoxCox, &seen).most_likely();
        assert!(lambda.abs() < 0.02, "{lambda}");
        let likelihood = Likelihood::new(PowerMethod::BoxCox, &seen);
        assert!(likelihood.slope(lambda - 1e-9) > 0.0 && likelihood.slope(lambda + 1e-9) < 0.0);
    }
}
