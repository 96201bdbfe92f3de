//! Calibration equals scikit-learn's, and refuses what it cannot calibrate.

use approx::assert_abs_diff_eq;
use crm_ml_core::ErrorKind;
use crm_ml_model_selection::{Calibration, Isotonic, Platt};
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
}
