//! The tree classifiers against scikit-learn; numbers by `fixtures/make_trees.py`.

use crm_ml_classifiers::{
    DecisionTreeClassifier, GradientBoostingClassifier, Impurity, RandomForestClassifier,
};
use crm_ml_core::{Classes, Classifier, ClassifierModel, Importances, Labeled, Samples};
use crm_ml_testkit::fixture::{matrix, vector};
use ndarray::Array2;
use serde_json::Value;

fn fixture(section: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/trees.json")).unwrap();
    all[section].clone()
}

/// The data with its three classes, or with the upper two put together.
fn weighted(section: &Value, classes: &str) -> Labeled<'static> {
    let samples = Samples::from_array(matrix(&section["x"])).unwrap();
    let samples = samples.with_weights(&vector(&section["weights"])).unwrap();
    let codes = vector(&section["codes"]);
    let (names, codes): (&[&str], Vec<u32>) = match classes {
        "two" => (&["0", "1"], codes.iter().map(|c| u32::from(*c > 0.0)).collect()),
        _ => (&["0", "1", "2"], codes.iter().map(|c| *c as u32).collect()),
    };
    Labeled::from_codes(samples, &codes, &Classes::new(names.iter().copied()).unwrap()).unwrap()
}

/// Compares the rows that the fixture has: the first hundred.
fn assert_close(found: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
    assert_eq!((100, found.ncols()), expected.dim());
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "differs by {worst}");
}

#[test]
fn a_tree_equals_scikit_learns() {
    let section = fixture("decision_tree");
    for (criterion, impurity) in [("gini", Impurity::Gini), ("entropy", Impurity::Entropy)] {
        for classes in ["two", "three"] {
            let data = weighted(&section, classes);
            let expected = &section["trees"][format!("{criterion}-{classes}")];
            let bounded =
                DecisionTreeClassifier::new().max_depth(5).min_samples_leaf(4).min_impurity_decrease(0.002);
            let model = bounded.criterion(impurity).fit(&data).unwrap();
            assert_close(&model.predict_proba(data.samples()).unwrap(), &matrix(&expected["proba"]), 1e-10);
            let importances = vector(&expected["importances"]);
            assert!((model.feature_importances() - importances).iter().all(|d| d.abs() < 1e-9));

            let model =
                DecisionTreeClassifier::new().max_leaf_nodes(9).criterion(impurity).fit(&data).unwrap();
            assert_close(
                &model.predict_proba(data.samples()).unwrap(),
                &matrix(&expected["best_first"]),
                1e-10,
            );
        }
    }
}

/// scikit-learn keeps gradients in 32 bits: hence the tolerance. For more than two classes its margins differ from ours by a
/// constant a row at most.
#[test]
fn boosting_equals_scikit_learns() {
    let section = fixture("boosting");
    for (classes, rounds, tolerance) in
        [("two", 1, 1e-6), ("two", 30, 2e-5), ("three", 1, 1e-6), ("three", 30, 2e-5)]
    {
        let data = weighted(&section, classes);
        let boosting = GradientBoostingClassifier::new()
            .n_estimators(rounds)
            .max_leaf_nodes(9)
            .min_samples_leaf(10)
            .l2_regularization(0.5);
        let mut found = boosting.fit(&data).unwrap().decision_function(data.samples()).unwrap();
        let mut expected = matrix(&section["margins"][format!("{classes}-{rounds}")]);
        if classes == "three" {
            for margins in [&mut found, &mut expected] {
                for mut row in margins.rows_mut() {
                    let mean = row.sum() / 3.0;
                    row -= mean;
                }
            }
        }
        assert_close(&found, &expected, tolerance);
    }
}

#[test]
fn a_forest_ranks_as_well_as_scikit_learns() {
    let section = fixture("forest");
    let x = matrix(&section["x"]);
    let codes: Vec<u32> = vector(&section["codes"]).iter().map(|c| *c as u32).collect();
    let all = Labeled::new(Samples::new(&x).unwrap(), &codes).unwrap();
    let (train, test): (Vec<usize>, Vec<usize>) = ((0..500).collect(), (500..1000).collect());
    let test = all.select_rows(&test);
    let model = RandomForestClassifier::new()
        .n_estimators(200)
        .oob_score(true)
        .fit(&all.select_rows(&train))
        .unwrap();
    let proba = model.predict_proba(test.samples()).unwrap();
    let auc = auc(&proba.column(1).to_vec(), test.codes());
    let expected = section["auc"].as_f64().unwrap();
    assert!((auc - expected).abs() < 0.01, "{auc} instead of {expected}");

    let right =
        model.predict(test.samples()).unwrap().iter().zip(test.codes()).filter(|(a, b)| a == b).count();
    let accuracy = right as f64 / 500.0;
    assert!(
        (model.oob_score().unwrap() - accuracy).abs() < 0.05,
        "{:?} against {accuracy}",
        model.oob_score()
    );
}

fn auc(scores: &[f64], codes: &[u32]) -> f64 {
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (a, _) in scores.iter().zip(codes).filter(|(_, c)| **c == 1) {
        for (b, _) in scores.iter().zip(codes).filter(|(_, c)| **c == 0) {
            pairs += 1.0;
            wins += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    wins / pairs
}
