//! The exponential of many numbers at once.

/// `e^x` for x of at most 0: within 2 units in the last place, 0 below -708. No branch, so that loops of it vectorise.
///
/// `x = n ln 2 + r` with |r| at most `ln 2 / 2`; `e^r` by its series up to `r^13`, whose rest is below 5e-18.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    /// Adding it rounds to a whole number, found in the low bits.
    const SHIFT: f64 = 1.5 * (1u64 << 52) as f64;
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let bounded = if x > -708.0 { x } else { -708.0 };
    let shifted = bounded * std::f64::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = (bounded - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut series = 1.0 / 6_227_020_800.0;
    for coefficient in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        series = series * r + coefficient;
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    if x > -708.0 { series * power } else { 0.0 }
}
