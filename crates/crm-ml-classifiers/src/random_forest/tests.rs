use crm_ml_core::{
    Attributions, Classifier, ClassifierModel, Importances, Labeled, Persist, Samples, Stream,
};
use ndarray::{Array2, Axis};

use super::*;
use crate::{DecisionTreeClassifier, MaxSamples};

fn cells() -> Array2<f64> {
    let mut stream = Stream::new(2, "test/forest", 0);
    Array2::from_shape_fn((300, 4), |_| stream.normal())
}

/// Noisy classes of the first two columns.
fn data(x: &Array2<f64>) -> Labeled<'_> {
    let mut stream = Stream::new(3, "test/noise", 0);
    let codes: Vec<u32> =
        x.rows().into_iter().map(|r| u32::from(r[0] + r[1] + 0.5 * stream.normal() > 0.0)).collect();
    Labeled::new(Samples::new(x).unwrap(), &codes).unwrap()
}

#[test]
fn without_draws_every_tree_is_the_decision_tree() {
    let x = cells();
    let data = data(&x);
    let forest = RandomForestClassifier::new()
        .bootstrap(false)
        .max_features(MaxFeatures::All)
        .n_estimators(4)
        .max_depth(3);
    let tree = DecisionTreeClassifier::new().max_depth(3).fit(&data).unwrap();
    let forest = forest.fit(&data).unwrap();
    assert_eq!(forest.predict_proba(data.samples()).unwrap(), tree.predict_proba(data.samples()).unwrap());
}

#[test]
fn out_of_bag_accuracy_is_honest() {
    let x = cells();
    let data = data(&x);
    let model = RandomForestClassifier::new().oob_score(true).fit(&data).unwrap();
    let in_bag = model.predict(data.samples()).unwrap();
    assert_eq!(in_bag, data.codes(), "unbounded trees know their rows");
    let score = model.oob_score().unwrap();
    assert!(score > 0.8 && score < 0.95, "{score}");
    assert_eq!(RandomForestClassifier::new().n_estimators(2).fit(&data).unwrap().oob_score(), None);
    let mut lie = model;
    lie.votes.oob_score = Some(f64::NAN);
    assert!(lie.validate().is_err());
}

#[test]
fn contributions_and_importances_tell_the_columns_that_matter() {
    let x = cells();
    let data = data(&x);
    let model = RandomForestClassifier::new().n_estimators(20).max_depth(6).fit(&data).unwrap();
    let importances = model.feature_importances();
    assert!((importances.sum() - 1.0).abs() < 1e-12);
    assert!(importances[0].min(importances[1]) > 2.0 * importances[2].max(importances[3]));
    let shares = model.contributions(data.samples()).unwrap();
    let proba = model.predict_proba(data.samples()).unwrap();
    let sums = shares.sum_axis(Axis(1));
    assert!((sums.column(0).to_owned() - proba.column(1)).iter().all(|d| d.abs() < 1e-12));
}

#[test]
fn shares_of_rows_left_out_are_kept() {
    let x = cells();
    let data = data(&x);
    let forest = RandomForestClassifier::new().oob_score(true);
    let model = forest.clone().n_estimators(60).fit(&data).unwrap();
    let shares = model.oob_decision_function().unwrap();
    assert_eq!(shares.dim(), (300, 2));
    let right = |row: &usize| (shares[[*row, 1]] > 0.5) == (data.codes()[*row] == 1);
    let share = (0..300).filter(right).count() as f64 / 300.0;
    assert!((share - model.oob_score().unwrap()).abs() < 0.01, "{share}");
    assert!(shares.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-9));
    // Of two trees, many have drawn every row between them; the others have an answer.
    let few = forest.clone().n_estimators(2).fit(&data).unwrap();
    let unknown = few.oob_decision_function().unwrap().column(0).iter().filter(|s| s.is_nan()).count();
    assert!(unknown > 80 && unknown < 180, "{unknown}");
    assert_eq!(RandomForestClassifierModel::from_bytes(&few.to_bytes().unwrap()).unwrap(), few);
    let mut lie = few;
    lie.votes.shares = model.votes.shares.clone();
    lie.votes.out_of_bag.as_mut().unwrap().validate(3).unwrap_err();

    // A subsample without replacement leaves out the rest.
    let half =
        forest.bootstrap(false).max_samples(MaxSamples::Share(0.5)).n_estimators(40).fit(&data).unwrap();
    assert!(half.oob_score().unwrap() > 0.8);
    let one =
        RandomForestClassifier::new().bootstrap(false).max_samples(MaxSamples::Count(1)).n_estimators(5);
    assert!(one.fit(&data).unwrap().ensemble().trees().iter().all(|tree| tree.n_leaves() == 1));
}
