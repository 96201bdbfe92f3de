//! Natural logarithms of many numbers at once.

/// Rows that are worked on side by side.
pub(crate) const LANES: usize = 8;

const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Coefficients of the minimax polynomial of `ln((1 + s) / (1 - s)) / s - 2` in `s^2`, for `s` up to 0.1716 (K. C. Ng,
/// FreeBSD's `e_log.c`).
const SERIES: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];
const ONE: u64 = 0x3FF0_0000_0000_0000;
const ROOT_OF_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
const MANTISSA: u64 = (1 << 52) - 1;

/// `ln` of normal positive numbers, within one unit in the last place; other numbers give nonsense.
///
/// Without branches and calls, so that a compiler turns the loop into vector instructions.
pub(crate) fn ln(numbers: [f64; LANES]) -> [f64; LANES] {
    numbers.map(|number| {
        // number = m 2^k with m between the roots of 1/2 and 2; ln m is odd in s = (m - 1) / (m + 1).
        let bits = number.to_bits().wrapping_add(ONE - ROOT_OF_HALF);
        let two_to_52 = (1u64 << 52) as f64;
        let k = f64::from_bits((bits >> 52) | two_to_52.to_bits()) - (two_to_52 + 1023.0);
        let f = f64::from_bits((bits & MANTISSA) + ROOT_OF_HALF) - 1.0;
        let s = f / (2.0 + f);
        let z = s * s;
        let w = z * z;
        let even = w * (SERIES[1] + w * (SERIES[3] + w * SERIES[5]));
        let odd = z * (SERIES[0] + w * (SERIES[2] + w * (SERIES[4] + w * SERIES[6])));
        let half_square = 0.5 * f * f;
        k * LN2_HIGH - ((half_square - (s * (half_square + even + odd) + k * LN2_LOW)) - f)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_standard_librarys() {
        let mut number = f64::MIN_POSITIVE;
        while number < f64::MAX / 2.0 {
            let near = [1.0, 1.0 + 1e-13, 1.1, 1.3, std::f64::consts::SQRT_2, 1.6, 1.9, 1.999_999_999];
            let numbers = near.map(|factor| number * factor);
            for (number, found) in numbers.into_iter().zip(ln(numbers)) {
                let expected = number.ln();
                assert!((found - expected).abs() <= 2.0 * f64::EPSILON * expected.abs(), "{number}: {found}");
            }
            number *= 2.0;
        }
        for step in 1..10_000 {
            let numbers = [f64::from(step) * f64::EPSILON / 2.0; LANES].map(|small| 1.0 - small);
            assert!((ln(numbers)[0] / numbers[0].ln() - 1.0).abs() < 1e-15);
        }
    }
}
