//! Weights and values of any size: the scale of weights tells nothing.

use crm_ml_metrics::*;
use ndarray::Array2;

/// What weights of the size of 1 are multiplied by.
const SCALES: [f64; 6] = [1e-300, 1e-170, 1e-14, 1e14, 1e160, 1e300];

const TRUTH: [bool; 6] = [false, true, false, true, true, false];
const SCORES: [f64; 6] = [0.1, 0.4, 0.5, 0.35, 0.8, 0.4];
const WEIGHTS: [f64; 6] = [1.0, 2.0, 0.5, 1.5, 1.0, 3.0];

/// The metric is that of weights of the size of 1.
#[track_caller]
fn same_at_any_scale(metric: impl Fn(&[f64]) -> crm_ml_core::Result<f64>) {
    let expected = metric(&WEIGHTS).unwrap();
    assert!(expected.is_finite() && expected != 0.0);
    for scale in SCALES {
        let found = metric(&WEIGHTS.map(|w| w * scale)).unwrap();
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{scale}: {found} for {expected}");
    }
}

#[test]
fn the_auc_knows_no_scale_of_weights() {
    same_at_any_scale(|w| roc_auc(&TRUTH, &SCORES, Some(w)));
    let proba = Array2::from_shape_fn((6, 3), |(row, class)| [0.2, 0.5, 0.3][(row + class) % 3]);
    for scheme in [MulticlassAuc::OneVsRest, MulticlassAuc::OneVsOne] {
        for average in [Average::Macro, Average::Weighted] {
            same_at_any_scale(|w| {
                roc_auc_multiclass(&[0, 1, 2, 0, 2, 1], proba.view(), scheme, average, Some(w))
            });
        }
    }
}
