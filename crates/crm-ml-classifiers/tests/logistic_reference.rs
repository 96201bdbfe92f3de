//! Logistic regression against scikit-learn's coefficients (`fixtures/make_logistic.py`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crm_ml_classifiers::LogisticRegression;
use crm_ml_core::{
    Attributions, ClassWeight, Classes, Classifier, ClassifierModel, Importances, Labeled, Samples,
};
use ndarray::{Array2, Axis};
use serde_json::Value;

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(list).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

#[track_caller]
fn close(name: &str, found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{name}: {found} against {expected}"
    );
}

#[test]
fn coefficients_equal_the_reference() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/logistic.json")).unwrap();
    for case in fixture["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let x = matrix(&case["x"]);
        let mut samples = Samples::new(&x).unwrap();
        if !case["w"].is_null() {
            samples = samples.with_weights(&ndarray::Array1::from(list(&case["w"]))).unwrap();
        }
        let codes: Vec<u32> = list(&case["y"]).iter().map(|v| *v as u32).collect();
        let k = case["k"].as_u64().unwrap() as usize;
        let classes = Classes::new((0..k).map(|c| c.to_string())).unwrap();
        let data = Labeled::from_codes(samples, &codes, &classes).unwrap();
        let estimator = LogisticRegression::new()
            .c(case["c"].as_f64().unwrap())
            .tol(1e-12)
            .fit_intercept(case["intercept"].as_bool().unwrap())
            .class_weight(if case["balanced"] == true { ClassWeight::Balanced } else { ClassWeight::None });
        let model = estimator.fit(&data).unwrap();
        assert!(model.report().converged, "{name}: {:?}", model.report());
        for (found, expected) in model.coefficients().iter().zip(&matrix(&case["coef"])) {
            close(name, *found, *expected, 1e-8);
        }
        for (found, expected) in model.intercepts().iter().zip(&list(&case["bias"])) {
            close(name, *found, *expected, 1e-8);
        }
        let proba = model.predict_proba(data.samples()).unwrap();
        for (found, expected) in proba.iter().zip(&matrix(&case["proba"])) {
            close(name, *found, *expected, 1e-6);
        }
        let shares = model.contributions(data.samples()).unwrap().sum_axis(Axis(1));
        let margins = model.decision_function(data.samples()).unwrap();
        for (sum, margin) in shares.iter().zip(&margins) {
            close(name, *sum, *margin, 1e-12);
        }
        let importances = model.feature_importances();
        assert!(importances.len() == x.ncols() && importances.iter().all(|v| *v >= 0.0));
    }
}

#[test]
fn a_class_without_rows_is_improbable() {
    let x = ndarray::array![[0.0], [1.0], [2.0], [3.0]];
    let classes = Classes::new(["a", "b", "c"]).unwrap();
    let data = Labeled::from_codes(Samples::new(&x).unwrap(), &[0, 0, 2, 2], &classes).unwrap();
    let model = LogisticRegression::new().fit(&data).unwrap();
    let proba = model.predict_proba(data.samples()).unwrap();
    assert!(proba.column(1).iter().all(|p| *p < 1e-4), "{proba}");
    let one = Labeled::from_codes(Samples::new(&x).unwrap(), &[1; 4], &classes).unwrap();
    assert!(LogisticRegression::new().fit(&one).is_err());
}

#[test]
fn categories_and_missing_values_are_refused_by_name() {
    use crm_ml_core::{Column, Schema};
    let x = ndarray::array![[0.0, 1.0], [1.0, 0.0], [f64::NAN, 1.0]];
    let schema =
        Schema::new(vec![Column::real("age"), Column::category("city", vec!["a".into(), "b".into()])])
            .unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let message = LogisticRegression::new()
        .fit(&Labeled::new(samples.clone(), &[0, 1, 1]).unwrap())
        .unwrap_err()
        .to_string();
    assert!(message.contains("age") && message.contains("row 2"), "{message}");
    let complete = samples.select_rows(&[0, 1]);
    let message =
        LogisticRegression::new().fit(&Labeled::new(complete, &[0, 1]).unwrap()).unwrap_err().to_string();
    assert!(message.contains("city"), "{message}");
}
