//! A fraction of long integers as the nearest float.

use num_bigint::{BigInt, BigUint, Sign};

/// `numerator / denominator * 2^exponent`, rounded once, ties to even; infinite beyond the largest float, NaN over 0.
pub(super) fn ratio(numerator: &BigInt, denominator: &BigUint, exponent: i64) -> f64 {
    if denominator.bits() == 0 {
        return f64::NAN;
    }
    let magnitude = numerator.magnitude();
    // A quotient of 64 or 65 bits, its last one set if anything is left.
    let shift = 65 + denominator.bits() as i64 - magnitude.bits() as i64;
    let (above, below) = match shift >= 0 {
        true => (magnitude << shift.unsigned_abs(), denominator.clone()),
        false => (magnitude.clone(), denominator << shift.unsigned_abs()),
    };
    let quotient = &above / &below;
    let exact = &quotient * &below == above;
    let digits = quotient.to_u64_digits();
    let low = digits.first().copied().unwrap_or(0);
    let high = digits.get(1).copied().unwrap_or(0);
    let value = (u128::from(high) << 64) | u128::from(low) | u128::from(!exact);
    let rounded = round(value, exponent - shift);
    if numerator.sign() == Sign::Minus { -rounded } else { rounded }
}

/// `value * 2^exponent` as the nearest float.
fn round(value: u128, exponent: i64) -> f64 {
    if value == 0 {
        return 0.0;
    }
    let bits = i64::from(128 - value.leading_zeros());
    let top = bits + exponent;
    if top > 1024 {
        return f64::INFINITY;
    }
    // Bits that fit: 53, fewer below the normal numbers.
    let kept = if top >= -1021 { 53 } else { 53 - (-1021 - top) };
    let dropped = bits - kept;
    let mantissa = match dropped {
        ..=0 => value << dropped.unsigned_abs(),
        1..=127 => {
            let half = 1u128 << (dropped - 1);
            let (whole, rest) = (value >> dropped, value & ((half << 1) - 1));
            whole + u128::from(rest > half || (rest == half && whole & 1 == 1))
        }
        _ => 0,
    };
    // The mantissa with its place: carrying into the exponent is what rounding up past a power of two means.
    let place = if top >= -1021 { (top + 1021) as u64 } else { 0 };
    let bits = (place << 52) + mantissa as u64;
    f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_the_processor_does() {
        let float = |v: f64| {
            let (mantissa, exponent) = super::super::parts(v);
            let magnitude = BigUint::from(mantissa) << exponent;
            BigInt::from_biguint(if v < 0.0 { Sign::Minus } else { Sign::Plus }, magnitude)
        };
        let mut stream = crm_ml_core::Stream::new(3, "exact/round", 0);
        let mut draws: Vec<f64> = (0..2000).map(|_| f64::from_bits(stream.bits())).collect();
        draws.extend([
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::from_bits(1),
            f64::from_bits((1 << 52) - 1),
            1.0,
            3.0,
            0.1,
        ]);
        draws.retain(|v| v.is_finite() && *v != 0.0);
        for pair in draws.windows(2) {
            let (a, b) = (pair[0], pair[1].abs());
            let found = ratio(&float(a), float(b).magnitude(), 0);
            assert_eq!(found.to_bits(), (a / b).to_bits(), "{a:e} / {b:e}");
            assert_eq!(ratio(&float(a), &BigUint::from(1u8), -1074).to_bits(), a.to_bits());
        }
        assert_eq!(ratio(&BigInt::from(0), &BigUint::from(7u8), 0), 0.0);
        assert!(ratio(&BigInt::from(1), &BigUint::from(0u8), 0).is_nan());
        assert_eq!(ratio(&BigInt::from(1), &BigUint::from(1u8), 2000), f64::INFINITY);
        assert_eq!(ratio(&BigInt::from(1), &BigUint::from(1u8), -2000), 0.0);
    }
}
