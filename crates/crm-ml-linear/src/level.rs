//! The model without columns: where fits begin, and what they are compared with.

use crate::loss::Family;

/// Probability and mean that stand for 0 where a fit begins.
const NO_CHANCE: f64 = 1e-6;
const NOTHING: f64 = 1e-12;

/// The margin of the mean target, with the offsets taken off: for identity and log links with weights that sum to 1 their best
/// or nearly best level. Infinite where the mean is at an end of its range.
pub(crate) fn level(family: Family, (target, shares): (&[f64], &[f64]), offset: Option<&[f64]>) -> f64 {
    let mean = |values: &mut dyn Iterator<Item = f64>| values.zip(shares).map(|(v, s)| v * s).sum::<f64>();
    let margin = family.link(mean(&mut target.iter().copied()));
    let Some(offset) = offset else { return margin };
    if !family.is_log() {
        return margin - mean(&mut offset.iter().copied());
    }
    // The logarithm of the mean of e^offset, of any size.
    let most = offset.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    margin - most - mean(&mut offset.iter().map(|o| (o - most).exp())).ln()
}

/// As [`level`], finite.
pub(crate) fn start_level(family: Family, rows: (&[f64], &[f64]), offset: Option<&[f64]>) -> f64 {
    let level = level(family, rows, offset);
    match family {
        _ if level.is_finite() => level,
        Family::Logistic if level > 0.0 => -family.link(NO_CHANCE),
        Family::Logistic => family.link(NO_CHANCE),
        Family::Gaussian => 0.0,
        _ => family.link(NOTHING),
    }
}
