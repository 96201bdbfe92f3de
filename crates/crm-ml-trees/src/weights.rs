//! Weights of extreme size.

/// The weights, divided by a power of two where sums of them or of their squares could leave the range of `f64`.
///
/// Nothing but the total weight depends on the unit of the weights, so that this changes results only where
/// `min_sum_hessian` or a penalty is compared with totals beyond 1e90.
pub fn moderate(mut weights: Vec<f64>) -> Vec<f64> {
    let largest = weights.iter().fold(0.0, |most: f64, w| if w.is_nan() { f64::MAX } else { most.max(*w) });
    if largest > 1e90 {
        let unit = 2f64.powi(-(largest.log2() as i32).min(1000));
        // Not below the least normal number: a row of weight above 0 stays.
        weights.iter_mut().for_each(|w| *w = (w.min(f64::MAX) * unit).max(f64::MIN_POSITIVE));
    }
    weights
}
