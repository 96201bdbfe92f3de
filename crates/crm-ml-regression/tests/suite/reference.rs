//! Against scikit-learn; numbers by `fixtures/make_trees.py`.

use crm_ml_core::{Importances, Regressor, RegressorModel, Samples, Targeted};
use crm_ml_regression::{DecisionTreeRegressor, GradientBoostingRegressor, RandomForestRegressor};
use crm_ml_testkit::fixture::{matrix, vector};
use ndarray::Array1;
use serde_json::Value;

fn fixture(section: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/trees.json")).unwrap();
    all[section].clone()
}

fn weighted(section: &Value) -> Targeted<'static> {
    let samples = Samples::from_array(matrix(&section["x"])).unwrap();
    let samples = samples.with_weights(&vector(&section["weights"])).unwrap();
    Targeted::new(samples, &vector(&section["y"])).unwrap()
}

fn assert_close(found: &Array1<f64>, expected: &Array1<f64>, tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "differs by {worst}");
}

#[test]
fn a_tree_equals_scikit_learns() {
    let section = fixture("decision_tree");
    let data = weighted(&section);
    let tree = DecisionTreeRegressor::new().max_depth(5).min_samples_leaf(4).min_impurity_decrease(0.01);
    let model = tree.fit(&data).unwrap();
    assert_close(&model.predict(data.samples()).unwrap(), &vector(&section["depth"]), 1e-10);
    assert_close(&model.feature_importances(), &vector(&section["importances"]), 1e-10);
    let model = DecisionTreeRegressor::new().max_leaf_nodes(9).fit(&data).unwrap();
    assert_close(&model.predict(data.samples()).unwrap(), &vector(&section["best_first"]), 1e-10);
}

/// scikit-learn keeps gradients in 32 bits: hence the tolerance.
#[test]
fn boosting_equals_scikit_learns() {
    let section = fixture("boosting");
    let data = weighted(&section);
    for (rounds, tolerance) in [(1, 1e-6), (30, 2e-5)] {
        let boosting = GradientBoostingRegressor::new()
            .n_estimators(rounds)
            .max_leaf_nodes(9)
            .min_samples_leaf(10)
            .l2_regularization(0.5);
        let found = boosting.fit(&data).unwrap().predict(data.samples()).unwrap();
        assert_close(&found, &vector(&section["predictions"][rounds.to_string()]), tolerance);
    }
}

#[test]
fn a_forest_predicts_as_well_as_scikit_learns() {
    let section = fixture("forest");
    let (x, y) = (matrix(&section["x"]), vector(&section["y"]));
    let (train, test): (Vec<usize>, Vec<usize>) = ((0..500).collect(), (500..1000).collect());
    let all = Targeted::new(Samples::new(&x).unwrap(), &y).unwrap();
    let test = all.select_rows(&test);
    let model = RandomForestRegressor::new().oob_score(true).fit(&all.select_rows(&train)).unwrap();
    let prediction = model.predict(test.samples()).unwrap();
    let squares = prediction.iter().zip(test.target()).map(|(p, y)| (p - y).powi(2)).sum::<f64>();
    let rmse = (squares / 500.0).sqrt();
    let expected = section["rmse"].as_f64().unwrap();
    assert!((rmse / expected - 1.0).abs() < 0.03, "{rmse} instead of {expected}");

    let spread = test.target().iter().map(|y| y - test.target().iter().sum::<f64>() / 500.0);
    let r2 = 1.0 - squares / spread.map(|d| d * d).sum::<f64>();
    assert!((model.oob_score().unwrap() - r2).abs() < 0.05, "{:?} against {r2}", model.oob_score());
}
