use crm_ml_core::{
    Attributions, ClassWeight, Classes, Classifier, ClassifierModel, ErrorKind, Importances, Labeled,
    Persist, Samples, Stream,
};
use ndarray::{Array2, Axis};

use super::*;

fn cells() -> Array2<f64> {
    let mut stream = Stream::new(4, "test/boosting", 0);
    Array2::from_shape_fn((500, 4), |_| stream.normal())
}

/// Noisy classes; the third one only if asked for.
fn data(x: &Array2<f64>, classes: usize) -> Labeled<'_> {
    let mut stream = Stream::new(5, "test/noise", 0);
    let code = |r: ndarray::ArrayView1<'_, f64>| match r[0] * r[1] + 0.3 * stream.normal() {
        v if v > 0.5 && classes == 3 => 2,
        v => u32::from(v > 0.0),
    };
    let codes: Vec<u32> = x.rows().into_iter().map(code).collect();
    Labeled::new(Samples::new(x).unwrap(), &codes).unwrap()
}

#[test]
fn contributions_add_up_to_the_margins() {
    let x = cells();
    for (classes, outputs) in [(2, 1), (3, 3)] {
        let data = data(&x, classes);
        let model = GradientBoostingClassifier::new().n_estimators(20).fit(&data).unwrap();
        let shares = model.contributions(data.samples()).unwrap();
        assert_eq!(shares.dim(), (500, 5, outputs));
        let margins = model.decision_function(data.samples()).unwrap();
        assert!((shares.sum_axis(Axis(1)) - margins).iter().all(|d| d.abs() < 1e-9));
        let importances = model.feature_importances();
        assert!(importances[0] + importances[1] > 0.7, "{importances}");
    }
}

#[test]
fn probabilities_follow_from_the_margins() {
    let x = cells();
    let data = data(&x, 2);
    let model = GradientBoostingClassifier::new().n_estimators(5).fit(&data).unwrap();
    let (proba, margins) =
        (model.predict_proba(data.samples()).unwrap(), model.decision_function(data.samples()).unwrap());
    for (row, margin) in proba.rows().into_iter().zip(&margins) {
        assert!((row[1] / row[0] - margin.exp()).abs() < 1e-9 * margin.exp());
    }
}

#[test]
fn early_stopping_ends_before_all_rounds() {
    let x = cells();
    let data = data(&x, 2);
    let all = GradientBoostingClassifier::new().n_estimators(400);
    let model = all.clone().n_iter_no_change(5).validation_fraction(0.2).seed(1).fit(&data).unwrap();
    let rounds = model.report().iterations;
    assert!(rounds > 3 && rounds < 395 && model.report().converged, "{:?}", model.report());
    assert_eq!(model.ensemble().trees().len(), rounds);
    assert_eq!(all.fit(&data).unwrap().report().iterations, 400);
    let few = data.select_rows(&[0, 1]);
    let error = GradientBoostingClassifier::new().n_iter_no_change(5).fit(&few).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { .. }), "{error}");
}

#[test]
fn class_weights_move_the_probabilities() {
    let x = cells();
    let data = data(&x, 2);
    let mean = |weights: ClassWeight| {
        let model =
            GradientBoostingClassifier::new().class_weight(weights).n_estimators(10).fit(&data).unwrap();
        model.predict_proba(data.samples()).unwrap().column(1).mean().unwrap()
    };
    assert!(mean(ClassWeight::Custom(vec![1.0, 9.0])) > mean(ClassWeight::None) + 0.2);
}

#[test]
fn a_class_without_rows_has_almost_no_probability() {
    let x = cells();
    for names in [&["a", "b"][..], &["a", "b", "c"]] {
        let classes = Classes::new(names.iter().copied()).unwrap();
        let data = Labeled::from_codes(Samples::new(&x).unwrap(), &[0; 500], &classes).unwrap();
        let proba =
            GradientBoostingClassifier::new().fit(&data).unwrap().predict_proba(data.samples()).unwrap();
        assert!(proba.column(0).iter().all(|p| *p > 1.0 - 1e-12));
    }
    let one =
        Labeled::from_codes(Samples::new(&x).unwrap(), &[0; 500], &Classes::new(["a"]).unwrap()).unwrap();
    let proba = GradientBoostingClassifier::new().fit(&one).unwrap().predict_proba(one.samples()).unwrap();
    assert!(proba.iter().all(|p| *p == 1.0));
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let x = cells();
    let model = GradientBoostingClassifier::new().n_estimators(3).fit(&data(&x, 3)).unwrap();
    assert_eq!(GradientBoostingClassifierModel::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
    let mut few = model.clone();
    few.classes = Classes::new(["a", "b"]).unwrap();
    assert!(few.validate().is_err());
    let mut narrow = model.clone();
    narrow.schema = narrow.schema.select(&[0]);
    assert!(narrow.validate().is_err());
    let mut endless = model;
    endless.report.objective = f64::NAN;
    assert!(endless.validate().is_err());
}
