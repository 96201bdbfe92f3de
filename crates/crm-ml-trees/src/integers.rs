//! Whole numbers in place of real ones, so that sums are exact and know no order.

/// Bits in which every count up to `rows` fits.
pub(crate) fn count_bits(rows: usize) -> u32 {
    usize::BITS - rows.leading_zeros()
}

/// The largest power of two (within reach) by which values up to `largest` stay within `bits` bits.
pub(crate) fn scale(largest: f64, bits: u32) -> f64 {
    if !(largest > 0.0 && largest.is_finite()) {
        return 1.0;
    }
    let exponent = ((largest.to_bits() >> 52) & 0x7ff) as i64 - 1022;
    let wanted = (i64::from(bits) - exponent).clamp(-1000, 1000);
    f64::from_bits(((wanted + 1023) as u64) << 52)
}

/// The nearest integer (of two the even one) of a number within 2^51, in two's complement.
pub(crate) fn nearest(value: f64) -> u64 {
    // Adding it leaves no room for a fraction, and the integer in the lowest bits. `round` is a call without SSE 4.1.
    const SHIFT: f64 = 1.5 * (1u64 << 52) as f64;
    (value + SHIFT).to_bits().wrapping_sub(SHIFT.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_powers_of_two_in_reach() {
        for largest in [5e-324, 1e-300, 0.1, 1.0, 3.0, 1e90, f64::MAX] {
            let scale = scale(largest, 40);
            assert!(scale.is_normal() && (1.0 / scale).is_normal());
            assert!(largest * scale <= 2f64.powi(40));
        }
        assert_eq!(scale(1.0, 10), 512.0);
        assert_eq!([scale(0.0, 10), scale(f64::NAN, 10), scale(f64::INFINITY, 10)], [1.0; 3]);
    }

    #[test]
    fn halves_round_to_even_numbers() {
        let found = [0.5, 1.5, -0.5, -2.6, 1e15].map(|value| nearest(value) as i64);
        assert_eq!(found, [0, 2, 0, -3, 1_000_000_000_000_000]);
    }
}
