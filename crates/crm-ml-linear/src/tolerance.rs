//! How small a gradient has to be.

use crate::loss::Family;

/// Share of its unit below which a gradient is rounding.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// The bound that `tol` sets to gradient entries of standardised columns: `tol` itself, or, where the target makes gradients
/// in a smaller unit (rare classes, small counts, steep variances), `tol` of that; and no less than rounding leaves.
pub(crate) fn bound(tol: f64, family: Family, (target, shares): (&[f64], &[f64])) -> f64 {
    let unit = unit(family, target, shares);
    let bound = tol * unit.min(1.0);
    // Only least squares is asked for as much as there is.
    if family == Family::Gaussian && tol > 0.0 { bound.max(ROUNDING * unit) } else { bound }
}

/// As [`bound`], of classes with these shares.
pub(crate) fn bound_of_classes(tol: f64, shares: &[f64]) -> f64 {
    let present = shares.iter().filter(|share| **share > 0.0 && **share < 1.0);
    present.fold(tol, |least, share| least.min(tol * spread_of_class(*share)))
}

/// A class's variance, in the unit of the largest that there is.
fn spread_of_class(share: f64) -> f64 {
    4.0 * share * (1.0 - share)
}

/// About how large gradients are where nothing is fitted yet.
fn unit(family: Family, target: &[f64], shares: &[f64]) -> f64 {
    let rows = || target.iter().zip(shares);
    let mean: f64 = rows().map(|(y, s)| y * s).sum();
    let deviation = || rows().map(|(y, s)| s * (y - mean) * (y - mean)).sum::<f64>().sqrt();
    let unit = match family {
        Family::Logistic => spread_of_class(mean),
        Family::Gaussian => deviation().max(ROUNDING * mean.abs()),
        Family::GaussianLog => deviation() * mean.abs(),
        Family::Poisson => mean,
        Family::Gamma => 1.0,
        Family::Tweedie { power } => mean.powf(2.0 - power),
    };
    if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
}
