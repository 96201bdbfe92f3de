//! Elementary functions without branches or calls, so that loops over them vectorise.

/// `e^x` to about one unit in the last place; x beyond what `f64` can hold is brought to its edge.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // Adding this rounds to a whole number and leaves it in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = x.clamp(-708.0, 709.0);
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    let r = (x - whole * LN2_HIGH) - whole * LN2_LOW;
    // Taylor's series: its 14th term is below 4e-18 for |r| <= ln(2) / 2.
    let mut sum = 1.0 / 6_227_020_800.0;
    for divisor in [
        479_001_600.0,
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
        1.0,
        1.0,
    ] {
        sum = sum * r + 1.0 / divisor;
    }
    sum * f64::from_bits((rounded.to_bits() << 52).wrapping_add(1023 << 52))
}

/// `ln(1 + e)` for e from 0 to 1, with full relative precision near 0.
#[inline(always)]
pub(crate) fn ln_1p_unit(e: f64) -> f64 {
    // 2 atanh(s), s at most 1/3: the term after the last is below 1e-17 of the sum.
    let s = e / (2.0 + e);
    let square = s * s;
    let mut sum = 1.0 / 33.0;
    for odd in [31.0, 29.0, 27.0, 25.0, 23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        sum = sum * square + 1.0 / odd;
    }
    2.0 * s * sum
}

#[cfg(test)]
mod tests {
    use super::{exp, ln_1p_unit};

    #[test]
    fn close_to_the_library() {
        for i in -70_000..70_000 {
            let x = f64::from(i) * 0.01 + 0.003;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-15, "{x}");
            let e = (-x.abs()).exp();
            assert!((ln_1p_unit(e) / e.ln_1p() - 1.0).abs() < 1e-15, "{x}");
        }
        assert!(exp(1e9) > 1e307 && exp(-1e9) < 1e-306 && ln_1p_unit(0.0) == 0.0);
    }
}
