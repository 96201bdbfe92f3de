//! Logistic regression against scikit-learn's coefficients (`fixtures/make_logistic.py`).

use crm_ml_classifiers::{LogisticRegression, LogisticRegressionModel, Penalty};
use crm_ml_core::{
    Attributions, ClassWeight, Classes, Classifier, ClassifierModel, FitReport, Importances, Labeled,
    Persist, Samples,
};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::Axis;
use serde_json::Value;

#[track_caller]
fn close(name: &str, found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{name}: {found} against {expected}"
    );
}

#[test]
fn coefficients_equal_the_reference() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/logistic.json")).unwrap();
    for case in fixture["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let x = matrix(&case["x"]);
        let mut samples = Samples::new(&x).unwrap();
        if !case["w"].is_null() {
            samples = samples.with_weights(&ndarray::Array1::from(numbers(&case["w"]))).unwrap();
        }
        let codes: Vec<u32> = numbers(&case["y"]).iter().map(|v| *v as u32).collect();
        let k = case["k"].as_u64().unwrap() as usize;
        let classes = Classes::new((0..k).map(|c| c.to_string())).unwrap();
        let data = Labeled::from_codes(samples, &codes, &classes).unwrap();
        let estimator = LogisticRegression::new()
            .c(case["c"].as_f64().unwrap())
            .tol(1e-12)
            .fit_intercept(case["intercept"].as_bool().unwrap())
            .class_weight(if case["balanced"] == true { ClassWeight::Balanced } else { ClassWeight::None });
        let sparse = case["l1_ratio"].as_f64();
        let estimator = match sparse {
            None => estimator,
            Some(1.0) => estimator.penalty(Penalty::L1).max_iter(1000),
            Some(ratio) => estimator.penalty(Penalty::ElasticNet).l1_ratio(ratio).max_iter(1000),
        };
        // The peer's own digits end here where its answer is not polished.
        let tolerance = if sparse.is_some() { 1e-6 } else { 1e-8 };
        let model = estimator.fit(&data).unwrap();
        assert!(model.report().converged, "{name}: {:?}", model.report());
        for (found, expected) in model.coefficients().iter().zip(&matrix(&case["coef"])) {
            close(name, *found, *expected, tolerance);
        }
        for (found, expected) in model.intercepts().iter().zip(&numbers(&case["bias"])) {
            close(name, *found, *expected, tolerance);
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
fn categories_are_taken_and_missing_numbers_refused_by_name() {
    use crm_ml_core::{Column, Schema};
    let x = ndarray::array![[0.0, 1.0], [1.0, 0.0], [2.0, f64::NAN], [3.0, 1.0]];
    let city = Column::category("city", vec!["a".into(), "b".into()]);
    let schema = Schema::new(vec![Column::real("age"), city]).unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let data = Labeled::new(samples, &[0, 1, 1, 0]).unwrap();
    let model = LogisticRegression::new().tol(1e-12).fit(&data).unwrap();
    assert_eq!(model.coefficient_names(), ["age", "city=a", "city=b", "city missing"]);
    // As its indicators would be.
    let unrolled = ndarray::array![
        [0.0, 0.0, 1.0, 0.0],
        [1.0, 1.0, 0.0, 0.0],
        [2.0, 0.0, 0.0, 1.0],
        [3.0, 0.0, 1.0, 0.0]
    ];
    let reals = Labeled::new(Samples::new(&unrolled).unwrap(), &[0, 1, 1, 0]).unwrap();
    let other = LogisticRegression::new().tol(1e-12).fit(&reals).unwrap();
    for (a, b) in model.coefficients().iter().zip(&other.coefficients()) {
        assert!((a - b).abs() < 1e-9, "{a} against {b}");
    }
    let mut x = x.clone();
    x[[2, 0]] = f64::NAN;
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let message = LogisticRegression::new()
        .fit(&Labeled::new(samples, &[0, 1, 1, 0]).unwrap())
        .unwrap_err()
        .to_string();
    assert!(message.contains("age") && message.contains("row 2"), "{message}");
}

/// The layout of model files of version 1.
#[derive(serde::Serialize, serde::Deserialize)]
struct First {
    schema: crm_ml_core::Schema,
    classes: Classes,
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
    means: Vec<f64>,
    report: crm_ml_core::FitReport,
}

impl Persist for First {
    const KIND: &'static str = "logistic-regression";

    fn validate(&self) -> crm_ml_core::Result<()> {
        Ok(())
    }
}

#[test]
fn files_of_version_1_load() {
    let report = FitReport { converged: true, iterations: 3, objective: 1.0, notes: Vec::new() };
    let mut old = First {
        schema: crm_ml_core::Schema::unnamed(2),
        classes: Classes::new(["no", "yes"]).unwrap(),
        coefficients: vec![2.0, -1.0],
        intercepts: vec![0.5],
        means: vec![0.0, 1.0],
        report,
    };
    let model = LogisticRegressionModel::from_bytes(&old.to_bytes().unwrap()).unwrap();
    let x = ndarray::array![[1.0, 3.0]];
    let samples = Samples::new(&x).unwrap();
    assert_eq!(model.decision_function(&samples).unwrap()[[0, 0]], -0.5);
    assert_eq!(model.contributions(&samples).unwrap().iter().copied().collect::<Vec<_>>(), [2.0, -2.0, -0.5]);
    old.means.pop();
    assert!(LogisticRegressionModel::from_bytes(&old.to_bytes().unwrap()).is_err());
}

#[test]
fn offsets_and_signs() {
    use crm_ml_core::{Column, Schema};
    let x = ndarray::array![[0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [3.0, 1.0], [4.0, 1.0], [5.0, 1.0]];
    let schema = Schema::new(vec![Column::real("visits"), Column::real("prior")]).unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let data = Labeled::new(samples, &[1, 1, 0, 1, 0, 0]).unwrap();
    let plain = LogisticRegression::new().tol(1e-12);
    let with = plain.clone().offset("prior").fit(&data).unwrap();
    // A constant offset moves the intercept alone.
    let without = plain.fit(&data).unwrap();
    assert!((with.coefficients()[[0, 0]] - without.coefficients()[[0, 0]]).abs() < 1e-9);
    assert!((with.intercepts()[0] + 1.0 - without.intercepts()[0]).abs() < 1e-9);
    assert_eq!(with.coefficient_names(), ["visits"]);
    let shares = with.contributions(data.samples()).unwrap().sum_axis(Axis(1));
    let margins = with.decision_function(data.samples()).unwrap();
    assert!((shares[[2, 0]] - margins[[2, 0]]).abs() < 1e-12);
    // The coefficient would be negative.
    assert!(without.coefficients()[[0, 0]] < 0.0);
    let positive = plain.clone().positive(true).fit(&data).unwrap();
    assert_eq!(positive.coefficients()[[0, 0]], 0.0);
    assert!(plain.offset("nothing").fit(&data).is_err());
}
