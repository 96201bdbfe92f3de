//! Sums without rounding, so that neither the order of the rows nor their split into pieces changes a bit.
//!
//! A float is a whole number times a power of two. Mantissas are added as integers, one 128-bit bin for each power (Malcolm's
//! and Kulisch's accumulators), and the bins of a piece join an integer of any length. What is asked for (a mean, a variance)
//! is a fraction of such integers and is rounded once.

mod moments;
mod round;
mod tally;

pub(crate) use moments::{Moments, Sums};
pub(crate) use tally::Tally;

/// A float as `mantissa * 2^(exponent - 1074)`, the mantissa below 2^53, the exponent from 0 to 2045.
fn parts(value: f64) -> (u64, usize) {
    let bits = value.to_bits();
    let exponent = (bits >> 52) as usize & 0x7FF;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) }
}

/// Bits below the point of a sum of floats, and of products of two or three.
const POINT: u64 = 1074;
