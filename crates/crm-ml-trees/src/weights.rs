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

#[cfg(test)]
mod tests {
    use super::moderate;

    #[test]
    fn only_huge_weights_change_and_keep_their_ratios() {
        assert_eq!(moderate(vec![1.0, 1e80, 1e-300]), [1.0, 1e80, 1e-300]);
        let scaled = moderate(vec![4e300, 1e300, 1e-300]);
        assert_eq!(scaled[0] / scaled[1], 4.0);
        assert!(scaled[0] < 1e3 && scaled[2] > 0.0);
        assert!(moderate(vec![f64::INFINITY, f64::NAN, 1.0]).iter().all(|w| w.is_finite() && *w > 0.0));
    }
}
