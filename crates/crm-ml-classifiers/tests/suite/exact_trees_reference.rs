//! Exact trees, pruning and forests against scikit-learn; numbers by `fixtures/make_exact_trees.py`.

use crm_ml_classifiers::{
    DecisionTreeClassifier, Drawing, ExtraTreesClassifier, Impurity, MaxSamples, RandomForestClassifier,
};
use crm_ml_core::{Classes, Classifier, ClassifierModel, Importances, Labeled, Samples};
use crm_ml_testkit::fixture::{matrix, vector};
use ndarray::Array2;
use serde_json::Value;

fn fixture(section: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/exact_trees.json")).unwrap();
    all[section].clone()
}

fn codes(value: &Value) -> Vec<u32> {
    vector(value).iter().map(|code| *code as u32).collect()
}

/// Compares the rows that the fixture has: the first ones.
fn assert_close(found: &Array2<f64>, expected: &Array2<f64>) {
    assert_eq!(found.ncols(), expected.ncols());
    let worst =
        expected.indexed_iter().map(|(place, value)| (found[place] - value).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-10, "differs by {worst}");
}

/// The thresholds of a drawn tree, left before right: column and value.
fn splits(text: &str) -> Vec<(usize, f64)> {
    let split = |line: &str| {
        let (before, after) = line.split_once(" <= ")?;
        let column = before.rsplit_once('x')?.1.parse().ok()?;
        Some((column, after.split(' ').next()?.parse().ok()?))
    };
    text.lines().filter_map(split).collect()
}

#[test]
fn splits_shares_and_pruning_are_scikit_learns() {
    let section = fixture("trees");
    let weights = vector(&section["weights"]);
    for (name, expected) in section["trees"].as_object().unwrap() {
        let samples = Samples::from_array(matrix(&section["x"])).unwrap().with_weights(&weights).unwrap();
        let codes = codes(&expected["codes"]);
        let names = (0..=*codes.iter().max().unwrap()).map(|code| code.to_string());
        let data = Labeled::from_codes(samples, &codes, &Classes::new(names).unwrap()).unwrap();
        let criterion = if name.starts_with("gini") { Impurity::Gini } else { Impurity::LOG_LOSS };
        let tree = DecisionTreeClassifier::new().criterion(criterion).min_samples_leaf(5);
        let model = tree.fit(&data).unwrap();

        let text = model.export_text(&Drawing::new().decimals(9)).unwrap();
        let known = expected["nodes"].as_array().unwrap();
        for (found, known) in splits(&text).iter().zip(known) {
            assert_eq!(found.0 as u64, known[0].as_u64().unwrap(), "{name}");
            assert!((found.1 - known[1].as_f64().unwrap()).abs() < 1e-6, "{name}: {found:?} {known}");
        }
        let grown = &model.ensemble().trees()[0];
        assert_eq!(grown.n_leaves() as u64, expected["leaves"].as_u64().unwrap(), "{name}");
        assert_eq!(grown.depth() as u64, expected["depth"].as_u64().unwrap(), "{name}");
        assert_close(&model.predict_proba(data.samples()).unwrap(), &matrix(&expected["proba"]));
        let importances = model.feature_importances() - vector(&expected["importances"]);
        assert!(importances.iter().all(|d| d.abs() < 1e-9), "{name}");

        let path = tree.cost_complexity_pruning_path(&data).unwrap();
        for (found, key) in [(path.ccp_alphas, "ccp_alphas"), (path.impurities, "impurities")] {
            let known = vector(&expected[key]);
            assert_eq!(found.len(), known.len(), "{name} {key}");
            assert!(found.iter().zip(&known).all(|(a, b)| (a - b).abs() < 1e-9), "{name} {key}");
        }
        let pruned = tree.ccp_alpha(expected["alpha"].as_f64().unwrap()).fit(&data).unwrap();
        let leaves = pruned.ensemble().trees()[0].n_leaves();
        assert_eq!(leaves as u64, expected["pruned_leaves"].as_u64().unwrap(), "{name}");
        assert_close(&pruned.predict_proba(data.samples()).unwrap(), &matrix(&expected["pruned_proba"]));
    }
}

/// Different draws: equal within what seeds differ by.
#[test]
fn forests_are_as_good_in_and_out_of_bag() {
    let section = fixture("forests");
    let (x, all) = (matrix(&section["x"]), codes(&section["codes"]));
    let all = Labeled::new(Samples::new(&x).unwrap(), &all).unwrap();
    let (train, test): (Vec<usize>, Vec<usize>) = ((0..600).collect(), (600..1200).collect());
    let (train, test) = (all.select_rows(&train), all.select_rows(&test));
    let random = || RandomForestClassifier::new().n_estimators(400).oob_score(true);
    let half = random().max_samples(MaxSamples::Share(0.5));
    let extra = ExtraTreesClassifier::new().n_estimators(400).bootstrap(true).oob_score(true);
    let (random, half, extra) =
        (random().fit(&train).unwrap(), half.fit(&train).unwrap(), extra.fit(&train).unwrap());
    let of = |model: &dyn ClassifierModel| model.predict_proba(test.samples()).unwrap();
    for (name, proba, score, left_out, ensemble) in [
        ("random", of(&random), random.oob_score(), random.oob_decision_function(), random.ensemble()),
        ("half", of(&half), half.oob_score(), half.oob_decision_function(), half.ensemble()),
        ("extra", of(&extra), extra.oob_score(), extra.oob_decision_function(), extra.ensemble()),
    ] {
        let expected = |key: &str| section["forests"][name][key].as_f64().unwrap();
        let close = |found: f64, key: &str, tolerance: f64| {
            assert!((found - expected(key)).abs() < tolerance, "{name} {key}: {found} for {}", expected(key));
        };
        close(auc(&proba.column(1).to_vec(), test.codes()), "auc", 0.012);
        close(score.unwrap(), "oob_score", 0.02);
        close(auc(&left_out.unwrap().column(1).to_vec(), train.codes()), "oob_auc", 0.015);
        let leaves = ensemble.trees().iter().map(|tree| tree.n_leaves()).sum::<usize>() as f64 / 400.0;
        close(leaves, "leaves", 0.03 * expected("leaves"));
    }
}

fn auc(scores: &[f64], codes: &[u32]) -> f64 {
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (a, _) in scores.iter().zip(codes).filter(|(_, code)| **code == 1) {
        for (b, _) in scores.iter().zip(codes).filter(|(_, code)| **code == 0) {
            pairs += 1.0;
            wins += f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b));
        }
    }
    wins / pairs
}
