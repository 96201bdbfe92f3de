//! What holds for any data, and what bad data gets.

use crm_ml_core::ErrorKind;
use crm_ml_metrics::*;
use ndarray::array;
use proptest::prelude::*;

/// Truth, scores with many ties, whole weights with zeros; both classes have weight.
fn ranked() -> impl Strategy<Value = (Vec<bool>, Vec<f64>, Vec<f64>)> {
    prop::collection::vec((any::<bool>(), 0u8..12, 0u8..4), 2..60).prop_filter_map("both classes", |rows| {
        let has = |wanted| rows.iter().any(|(t, _, w)| *t == wanted && *w > 0);
        (has(true) && has(false)).then(|| {
            let truth = rows.iter().map(|r| r.0).collect();
            let scores = rows.iter().map(|r| f64::from(r.1) / 11.0).collect();
            (truth, scores, rows.iter().map(|r| f64::from(r.2)).collect())
        })
    })
}

fn repeated<T: Copy>(values: &[T], weights: &[f64]) -> Vec<T> {
    values.iter().zip(weights).flat_map(|(v, w)| std::iter::repeat_n(*v, *w as usize)).collect()
}

proptest! {
    #[test]
    fn auc_counts_pairs((truth, scores, weights) in ranked()) {
        let (mut wins, mut pairs) = (0.0, 0.0);
        for i in 0..truth.len() {
            for j in 0..truth.len() {
                if truth[i] && !truth[j] {
                    let pair = weights[i] * weights[j];
                    pairs += pair;
                    wins += pair * if scores[i] > scores[j] { 1.0 } else if scores[i] == scores[j] { 0.5 } else { 0.0 };
                }
            }
        }
        let auc = roc_auc(&truth, &scores, Some(&weights)).unwrap();
        prop_assert!((auc - wins / pairs).abs() < 1e-12);
        let reversed: Vec<f64> = scores.iter().map(|s| -s).collect();
        prop_assert!((auc + roc_auc(&truth, &reversed, Some(&weights)).unwrap() - 1.0).abs() < 1e-12);
        let curve = roc_curve(&truth, &scores, Some(&weights), false).unwrap();
        let points = curve.false_positive_rate.windows(2).zip(curve.true_positive_rate.windows(2));
        let area: f64 = points.map(|(x, y)| (x[1] - x[0]) * (y[0] + y[1]) / 2.0).sum();
        prop_assert!((auc - area).abs() < 1e-12);
    }

    #[test]
    fn whole_weights_are_repeated_rows((truth, scores, weights) in ranked()) {
        let (t, s) = (repeated(&truth, &weights), repeated(&scores, &weights));
        let close = |a: crm_ml_core::Result<f64>, b: crm_ml_core::Result<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-12;
        let w = Some(weights.as_slice());
        prop_assert!(close(roc_auc(&truth, &scores, w), roc_auc(&t, &s, None)));
        prop_assert!(close(average_precision(&truth, &scores, w), average_precision(&t, &s, None)));
        prop_assert!(close(kolmogorov_smirnov(&truth, &scores, w), kolmogorov_smirnov(&t, &s, None)));
        prop_assert!(close(log_loss(&truth, &scores, w), log_loss(&t, &s, None)));
        prop_assert!(close(brier_score(&truth, &scores, w), brier_score(&t, &s, None)));
        prop_assert!(close(lift(&truth, &scores, 0.3, w), lift(&t, &s, 0.3, None)));
        prop_assert!(close(precision_at_k(&truth, &scores, 3, w), precision_at_k(&t, &s, 3, None)));
        for bins in [Bins::Uniform, Bins::EqualCount] {
            prop_assert!(close(
                expected_calibration_error(&truth, &scores, 4, bins, w),
                expected_calibration_error(&t, &s, 4, bins, None),
            ));
        }
        let numbers: Vec<f64> = truth.iter().map(|t| f64::from(u8::from(*t)) + 0.5).collect();
        let n = repeated(&numbers, &weights);
        if n.len() >= 2 && weights.iter().filter(|w| **w > 0.0).count() >= 2 {
            prop_assert!(close(r2_score(&numbers, &scores, w), r2_score(&n, &s, None)));
        }
        prop_assert!(close(median_absolute_error(&numbers, &scores, w), median_absolute_error(&n, &s, None)));
    }

    #[test]
    fn nothing_panics(rows in prop::collection::vec((any::<bool>(), any::<f64>(), any::<f64>(), any::<u32>()), 0..20)) {
        let truth: Vec<bool> = rows.iter().map(|r| r.0).collect();
        let scores: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let weights: Vec<f64> = rows.iter().map(|r| r.2).collect();
        let codes: Vec<u32> = rows.iter().map(|r| r.3).collect();
        for w in [None, Some(weights.as_slice())] {
            let _ = (roc_auc(&truth, &scores, w), average_precision(&truth, &scores, w), log_loss(&truth, &scores, w));
            let _ = (roc_curve(&truth, &scores, w, true), precision_recall_curve(&truth, &scores, w));
            let _ = (lift(&truth, &scores, 0.5, w), precision_at_k(&truth, &scores, 2, w), gains_curve(&truth, &scores, w));
            let _ = expected_calibration_error(&truth, &scores, 3, Bins::EqualCount, w);
            let _ = (r2_score(&scores, &weights, w), median_absolute_error(&scores, &weights, w));
            let _ = ConfusionMatrix::new(&codes, &codes, 3, w);
        }
    }
}

#[test]
fn undefined_metrics_say_why() {
    let one = [true, true];
    let scores = [0.2, 0.9];
    for error in [roc_auc(&one, &scores, None), kolmogorov_smirnov(&one, &scores, None)] {
        assert!(matches!(error.unwrap_err().kind(), ErrorKind::TooFew { needed: 2, found: 1, .. }));
    }
    assert_eq!(average_precision(&one, &scores, None).unwrap(), 1.0);
    assert!(average_precision(&[false, false], &scores, None).is_err());
    assert!(log_loss(&one, &scores, None).is_ok());
    let absent = roc_auc_multiclass(
        &[0, 1],
        array![[0.1, 0.9, 0.0], [0.2, 0.8, 0.0]].view(),
        MulticlassAuc::OneVsRest,
        Average::Macro,
        None,
    );
    assert!(matches!(absent.unwrap_err().kind(), ErrorKind::TooFew { needed: 3, found: 2, .. }));
    // A class whose rows all have weight 0 is absent too.
    assert!(roc_auc(&[true, false], &scores, Some(&[1.0, 0.0])).is_err());
}

#[test]
fn bad_input_is_refused() {
    let truth = [true, false];
    assert!(matches!(roc_auc(&[], &[], None).unwrap_err().kind(), ErrorKind::Empty { .. }));
    assert!(matches!(roc_auc(&truth, &[0.5], None).unwrap_err().kind(), ErrorKind::LengthMismatch { .. }));
    let nan = roc_auc(&truth, &[0.5, f64::NAN], None).unwrap_err();
    assert!(matches!(nan.kind(), ErrorKind::NotFinite { row: 1, .. }));
    let weight = roc_auc(&truth, &[0.5, 0.6], Some(&[1.0, -1.0])).unwrap_err();
    assert!(matches!(weight.kind(), ErrorKind::InvalidWeight { row: 1, .. }));
    let zero = roc_auc(&truth, &[0.5, 0.6], Some(&[0.0, 0.0])).unwrap_err();
    assert!(matches!(zero.kind(), ErrorKind::AllWeightsZero));
    assert!(log_loss(&truth, &[0.5, 1.5], None).is_err());
    assert!(brier_score(&truth, &[0.5, f64::NAN], None).is_err());
    assert!(ConfusionMatrix::new(&[2], &[0], 2, None).is_err());
    assert!(lift(&truth, &[0.1, 0.2], f64::NAN, None).is_err());
    assert!(precision_at_k(&truth, &[0.1, 0.2], 0, None).is_err());
    assert!(calibration_curve(&truth, &[0.1, 0.2], 0, Bins::Uniform, None).is_err());
    assert!(r2_score(&[1.0], &[1.0], None).is_err());
}

#[test]
fn campaigns_by_hand() {
    let truth = [true, false, true, false, false];
    let scores = [0.9, 0.8, 0.5, 0.5, 0.1];
    assert_eq!(precision_at_k(&truth, &scores, 1, None).unwrap(), 1.0);
    assert_eq!(precision_at_k(&truth, &scores, 2, None).unwrap(), 0.5);
    // One of two tied rows: half a positive.
    assert_eq!(precision_at_k(&truth, &scores, 3, None).unwrap(), 0.5);
    assert_eq!(precision_at_k(&truth, &scores, 99, None).unwrap(), 0.4);
    let gains = gains_curve(&truth, &scores, None).unwrap();
    assert_eq!(gains.contacted, [0.0, 0.2, 0.4, 0.8, 1.0]);
    assert_eq!(gains.found, [0.0, 0.5, 0.5, 1.0, 1.0]);
    assert!((lift(&truth, &scores, 0.2, None).unwrap() - 2.5).abs() < 1e-12);
}

/// The mean of equal numbers is not always one of them, and the squares around it are then those of its rounding.
#[test]
fn a_constant_target_explains_nothing() {
    for value in [0.1, 1.0 / 3.0, 1e-3, 1e15 + 0.1, -7.7] {
        for rows in 2..60usize {
            let weights: Vec<f64> = (0..rows).map(|row| 0.1 + 0.7 * (row % 5) as f64).collect();
            let off: Vec<f64> = (0..rows).map(|row| value * (1.0 + row as f64)).collect();
            for w in [None, Some(weights.as_slice())] {
                assert_eq!(r2_score(&vec![value; rows], &off, w).unwrap(), 0.0, "{value} {rows}");
                assert_eq!(r2_score(&vec![value; rows], &vec![value; rows], w).unwrap(), 1.0);
                assert_eq!(d2_tweedie_score(&vec![value; rows], &off, 0.0, w).unwrap(), 0.0);
                if value > 0.0 {
                    assert_eq!(d2_tweedie_score(&vec![value; rows], &off, 1.0, w).unwrap(), 0.0);
                }
            }
        }
    }
    // A row of weight 0 is absent.
    assert_eq!(r2_score(&[0.1, 0.1, 0.1, 9.0], &[0.2; 4], Some(&[1.0, 1.0, 1.0, 0.0])).unwrap(), 0.0);
}
