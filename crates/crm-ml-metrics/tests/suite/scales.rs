//! Weights and values of any size: the scale of weights tells nothing.

use crm_ml_core::ErrorKind;
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

const CODES: [u32; 6] = [0, 1, 2, 0, 2, 1];
const PREDICTED: [u32; 6] = [0, 1, 1, 0, 2, 2];

type Metric = Box<dyn Fn(&[f64]) -> crm_ml_core::Result<f64>>;

fn metrics() -> Vec<Metric> {
    let truth: [f64; 6] = [1.0, 2.0, 4.0, 3.0, 7.0, 0.5];
    let matrix = |w: &[f64]| ConfusionMatrix::new(&CODES, &PREDICTED, 3, Some(w));
    let proba = Array2::from_shape_fn((6, 3), |(row, class)| [0.2, 0.5, 0.3][(row + class) % 3]);
    let (one, two) = (proba.clone(), proba);
    vec![
        Box::new(|w| accuracy(&CODES, &PREDICTED, Some(w))),
        Box::new(move |w| Ok(matrix(w)?.accuracy())),
        Box::new(move |w| Ok(matrix(w)?.balanced_accuracy())),
        Box::new(move |w| matrix(w)?.precision(Average::Weighted)),
        Box::new(move |w| matrix(w)?.f_beta(1e100, Average::Macro)),
        Box::new(|w| log_loss(&TRUTH, &SCORES, Some(w))),
        Box::new(move |w| log_loss_multiclass(&CODES, one.view(), Some(w))),
        Box::new(|w| brier_score(&TRUTH, &SCORES, Some(w))),
        Box::new(move |w| brier_score_multiclass(&CODES, two.view(), Some(w))),
        Box::new(|w| average_precision(&TRUTH, &SCORES, Some(w))),
        Box::new(|w| kolmogorov_smirnov(&TRUTH, &SCORES, Some(w))),
        Box::new(|w| lift(&TRUTH, &SCORES, 0.3, Some(w))),
        Box::new(|w| expected_calibration_error(&TRUTH, &SCORES, 3, Bins::Uniform, Some(w))),
        Box::new(move |w| mean_absolute_error(&truth, &SCORES, Some(w))),
        Box::new(move |w| mean_squared_error(&truth, &SCORES.map(|s| 1e9 * s), Some(w))),
        Box::new(move |w| median_absolute_error(&truth, &SCORES, Some(w))),
        Box::new(move |w| r2_score(&truth, &SCORES, Some(w))),
        Box::new(move |w| d2_tweedie_score(&truth, &SCORES, 1.5, Some(w))),
    ]
}

#[test]
fn means_know_no_scale_of_weights() {
    metrics().iter().for_each(same_at_any_scale);
}

#[test]
fn weights_beyond_all_numbers_are_refused() {
    for metric in metrics() {
        let error = metric(&[1.7e308; 6]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains("sum"), "{error}");
    }
}

/// The middle row, or the mean of the middle two, whatever the weights add up to.
#[test]
fn a_median_splits_weights_of_any_size() {
    for weight in [1e-20, 0.1, 1.0, 1e20] {
        let median = median_absolute_error(&[1.0, 2.0, 4.0, 8.0], &[0.0; 4], Some(&[weight; 4])).unwrap();
        assert_eq!(median, 3.0);
        let median = median_absolute_error(&[1.0, 2.0, 4.0], &[0.0; 3], Some(&[weight; 3])).unwrap();
        assert_eq!(median, 2.0);
    }
}

/// Bins of equal weight are those of the shares; equal weights are none.
#[test]
fn bins_of_equal_weight_know_no_scale() {
    let proba: Vec<f64> = (0..40).map(|i| f64::from(i * 17 % 40) / 40.0).collect();
    let truth: Vec<bool> = (0..40).map(|i| i % 3 == 0).collect();
    let curve = |weights: Option<&[f64]>| {
        let curve = calibration_curve(&truth, &proba, 10, Bins::EqualCount, weights).unwrap();
        curve.iter().map(|bin| (bin.mean_predicted * 1e9).round()).collect::<Vec<f64>>()
    };
    let plain = curve(None);
    assert_eq!(plain.len(), 10);
    let weights: Vec<f64> = (0..40).map(|i| 0.3 + f64::from(i % 7)).collect();
    let weighed = curve(Some(&weights));
    assert_eq!(weighed.len(), 10);
    for scale in [1e-300, 1.0 / 40.0, 0.1, 1.0 / 3.0, 1e9 + 0.3] {
        assert_eq!(curve(Some(&[scale; 40])), plain, "{scale}");
        assert_eq!(curve(Some(&weights.iter().map(|w| w * scale).collect::<Vec<f64>>())), weighed, "{scale}");
    }
}

#[test]
fn gains_know_no_scale_of_relevance() {
    let (relevance, scores) = ([10.0, 0.0, 0.0, 1.0, 5.0], [0.1, 0.2, 0.2, 4.0, 70.0]);
    let ndcg = |scale: f64| ndcg_score(&relevance.map(|r| r * scale), &scores, None).unwrap();
    let dcg = |scale: f64| dcg_score(&relevance.map(|r| r * scale), &scores, None);
    for scale in [1e-300, 1e-8, 1e8, 1e300, 1.7e307] {
        assert!((ndcg(scale) - ndcg(1.0)).abs() < 1e-14, "{scale}");
    }
    assert!((dcg(1e300).unwrap() / 1e300 - dcg(1.0).unwrap()).abs() < 1e-12);
    assert!(matches!(
        dcg_score(&[1.7e308; 3], &[1.0; 3], None).unwrap_err().kind(),
        ErrorKind::Numerical { .. }
    ));
    // Both signs cancel, though each side of them is beyond all numbers.
    assert_eq!(dcg_score(&[1.7e308, 1.7e308, -1.7e308, -1.7e308], &[1.0; 4], None).unwrap(), 0.0);
}
