use ndarray::Array2;

use super::*;

/// Paths of two steps, the first `lost` of which leave the range of numbers in the second.
fn paths(count: usize, lost: usize) -> Array2<f64> {
    Array2::from_shape_fn((count, 2), |(row, step)| {
        if row < lost && step == 1 { [f64::NAN, f64::INFINITY][row % 2] } else { row as f64 }
    })
}

#[test]
fn bounds_of_survivors_are_refused() {
    let horizon = Horizon::new(2).unwrap().with_levels(&[80.0]).unwrap();
    let intervals = |count, lost| path_intervals(vec![0.0; 2], &horizon, paths(count, lost).view());
    assert!(intervals(400, 0).is_ok() && intervals(2000, 2).is_ok());
    for (count, lost) in [(400, 216), (400, 1), (2000, 3), (1, 1)] {
        let error = intervals(count, lost).unwrap_err();
        assert!(matches!(error.kind(), crm_ml_core::ErrorKind::Numerical { .. }), "{error}");
    }
}
