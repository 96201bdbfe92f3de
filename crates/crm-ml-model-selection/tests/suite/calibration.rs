//! Calibration equals scikit-learn's, and refuses what it cannot calibrate.

use approx::assert_abs_diff_eq;
use crm_ml_core::ErrorKind;
use crm_ml_model_selection::{Calibration, Isotonic, Platt, PlattModel};
use crm_ml_testkit::fixture::numbers;
use proptest::prelude::*;
use serde_json::Value;

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../fixtures/calibration.json")).unwrap();
    file["cases"].as_array().unwrap().clone()
}

#[test]
fn isotonic_equals_scikit_learn() {
    for case in cases() {
        let weights = numbers(&case["weights"]);
        let model = Isotonic::new()
            .fit(&numbers(&case["scores"]), &numbers(&case["outcomes"]), Some(&weights))
            .unwrap();
        for (x, expected) in numbers(&case["grid"]).into_iter().zip(numbers(&case["isotonic"])) {
            assert_abs_diff_eq!(model.predict(x), expected, epsilon = 1e-12);
        }
    }
}

/// scikit-learn stops its optimiser at a gradient of about 1e-6 a row, hence the tolerance.
#[test]
fn platt_equals_scikit_learn() {
    for case in cases() {
        let outcomes: Vec<bool> = numbers(&case["outcomes"]).iter().map(|v| *v > 0.5).collect();
        let weights = numbers(&case["weights"]);
        let model = Platt::new().fit(&numbers(&case["scores"]), &outcomes, Some(&weights)).unwrap();
        for (x, expected) in numbers(&case["grid"]).into_iter().zip(numbers(&case["sigmoid"])) {
            assert_abs_diff_eq!(model.predict(x), expected, epsilon = 1e-5);
        }
    }
}

/// Scores, outcomes and weights whose best sigmoid is known to be far from flat.
fn rows() -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let scores: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40) / 4.0 - 5.0).collect();
    let outcomes = scores.iter().enumerate().map(|(i, s)| s + f64::from(i as u32 % 5) > 1.5).collect();
    (scores, outcomes, (0..40).map(|i| 1.0 + f64::from(i % 3)).collect())
}

#[test]
fn platt_knows_neither_unit_nor_origin_of_scores() {
    let (scores, outcomes, weights) = rows();
    let fit = |scores: &[f64]| Platt::new().fit(scores, &outcomes, Some(&weights)).unwrap();
    let expected = fit(&scores);
    assert!(expected.coefficients().0 < -0.3, "{expected:?}");
    for (unit, origin) in [(1.0, 1e8), (1e-8, 0.0), (1e200, 0.0), (1e-200, 0.0), (3e307, 0.0), (1e-3, -1e5)] {
        let moved: Vec<f64> = scores.iter().map(|s| unit * s + origin).collect();
        let found = fit(&moved);
        for (score, moved) in scores.iter().zip(&moved) {
            assert_abs_diff_eq!(found.predict(*moved), expected.predict(*score), epsilon = 1e-6);
        }
    }
    assert!(
        Platt::new().fit(&scores.iter().map(|s| s * 1e-315).collect::<Vec<_>>(), &outcomes, None).is_err()
    );
}

/// How much a shift and a tilt of the sigmoid would lower its loss, a unit of weight and of the range of scores: 0 at its best.
fn pulls(model: &PlattModel, scores: &[f64], outcomes: &[bool], weights: &[f64]) -> (f64, f64) {
    let rows = || 0..scores.len();
    let of = |class: bool| rows().filter(|i| outcomes[*i] == class).map(|i| weights[i]).sum::<f64>();
    let (yes, no) = (of(true), of(false));
    let target = |i: usize| if outcomes[i] { (yes + 1.0) / (yes + 2.0) } else { 1.0 / (no + 2.0) };
    let pull = |i: usize| weights[i] / (yes + no) * (target(i) - model.predict(scores[i]));
    let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let range = scores.iter().copied().fold(low, f64::max) - low;
    let place = |i: usize| if range > 0.0 { (scores[i] - low) / range } else { 0.0 };
    (rows().map(pull).sum::<f64>().abs(), rows().map(|i| pull(i) * place(i)).sum::<f64>().abs())
}

#[test]
fn platt_is_at_its_best_at_any_weight() {
    let (mut scores, outcomes, weights) = rows();
    let fit = |scores: &[f64], scale: f64| {
        let weights: Vec<f64> = weights.iter().map(|w| w * scale).collect();
        let model = Platt::new().fit(scores, &outcomes, Some(&weights)).unwrap();
        let (shift, tilt) = pulls(&model, scores, &outcomes, &weights);
        assert!(shift < 1e-12 && tilt < 1e-12, "{scale}: {shift} {tilt}");
        model.coefficients().0
    };
    for scale in [1e-14, 1e-6, 1.0, 1e6, 1e300] {
        assert!(fit(&scores, scale) < 0.0);
    }
    assert_eq!(fit(&[2.0; 40], 1.0), 0.0);
    scores[39] = 1e9;
    fit(&scores, 1.0);
}

#[test]
fn bad_input_is_named() {
    let kind = |result: crm_ml_core::Result<_>| match result {
        Err(error) => error.kind().clone(),
        Ok(_) => panic!("accepted"),
    };
    let calibrate = |p: &[f64], o: &[bool], w| kind(Calibration::Platt.fit(p, o, w));
    assert!(matches!(
        calibrate(&[0.1, 0.2], &[true, true], None),
        ErrorKind::TooFew { needed: 2, found: 1, .. }
    ));
    assert!(matches!(calibrate(&[0.1], &[true, false], None), ErrorKind::LengthMismatch { .. }));
    assert!(matches!(
        calibrate(&[0.1, 0.2], &[true, false], Some(&[1.0, -1.0])),
        ErrorKind::InvalidWeight { row: 1, .. }
    ));
    assert!(matches!(
        calibrate(&[0.1, f64::NAN], &[true, false], None),
        ErrorKind::InvalidTarget { row: 1, .. }
    ));
    for method in [Calibration::Platt, Calibration::Isotonic] {
        for (proba, row) in [([0.2, 1.7], 1), ([-0.2, 0.7], 0)] {
            let found = kind(method.fit(&proba, &[true, false], None));
            assert!(matches!(found, ErrorKind::InvalidTarget { row: at, .. } if at == row), "{found:?}");
        }
        for outcomes in [[true; 2], [false; 2]] {
            let found = kind(method.fit(&[0.2, 0.7], &outcomes, None));
            assert!(matches!(found, ErrorKind::TooFew { needed: 2, found: 1, .. }), "{found:?}");
        }
        // A class whose rows all have weight 0 is absent.
        assert!(method.fit(&[0.2, 0.7], &[true, false], Some(&[1.0, 0.0])).is_err());
        assert!(method.fit(&[0.0, 1.0], &[true, false], None).is_ok());
    }
    assert!(matches!(calibrate(&[], &[], None), ErrorKind::Empty { .. }));
    assert!(matches!(
        calibrate(&[0.1, 0.2], &[true, false], Some(&[1.7e308, 1.7e308])),
        ErrorKind::Unsupported { .. }
    ));
    assert!(Isotonic::new().fit(&[], &[], None).is_err());
    assert!(Isotonic::new().fit(&[1.0], &[1.0], Some(&[0.0])).is_err());
}

proptest! {
    #[test]
    fn a_calibration_never_falls_and_stays_a_probability(
        rows in prop::collection::vec((0.0f64..=1.0, any::<bool>(), 0.0f64..3.0), 2..80)
    ) {
        let proba: Vec<f64> = rows.iter().map(|r| r.0).collect();
        let outcomes: Vec<bool> = rows.iter().map(|r| r.1).collect();
        let weights: Vec<f64> = rows.iter().map(|r| r.2).collect();
        // Isotonic rises always; a sigmoid may fall where the scores speak against what happened.
        if let Ok(model) = Calibration::Isotonic.fit(&proba, &outcomes, Some(&weights)) {
            let curve: Vec<f64> = (0..=100).map(|i| model.calibrate(f64::from(i) / 100.0)).collect();
            prop_assert!(curve.windows(2).all(|w| w[0] <= w[1]));
            prop_assert!(curve.iter().all(|p| (0.0..=1.0).contains(p)));
        }
        if let Ok(model) = Calibration::Platt.fit(&proba, &outcomes, Some(&weights)) {
            prop_assert!((0..=100).all(|i| (0.0..=1.0).contains(&model.calibrate(f64::from(i) / 100.0))));
        }
    }
    #[test]
    fn a_sigmoid_is_at_its_best_wherever_scores_lie(
        rows in prop::collection::vec((-1.0f64..1.0, -3i32..4, any::<bool>(), 0.01f64..3.0, -6i32..1), 2..60),
        origin in -1e3f64..1e3,
        apart in any::<bool>(),
        weight in -6i32..7,
    ) {
        let scores: Vec<f64> = rows.iter().map(|r| r.0 * 10f64.powi(r.1) + origin).collect();
        let outcomes: Vec<bool> = rows.iter().map(|r| if apart { r.0 > 0.0 } else { r.2 }).collect();
        let weights: Vec<f64> = rows.iter().map(|r| r.3 * 10f64.powi(r.4 + weight)).collect();
        if let Ok(model) = Platt::new().fit(&scores, &outcomes, Some(&weights)) {
            let (shift, tilt) = pulls(&model, &scores, &outcomes, &weights);
            prop_assert!(shift < 1e-6 && tilt < 1e-6, "{shift} {tilt} {model:?}");
        }
    }
}
