use crm_ml_core::{Attributions, Persist, Regressor, RegressorModel, Samples, Stream, Targeted};
use ndarray::{Array1, Array2, Axis};

use super::*;

fn cells() -> Array2<f64> {
    let mut stream = Stream::new(3, "test/boosting", 0);
    Array2::from_shape_fn((400, 3), |_| stream.normal())
}

fn data(x: &Array2<f64>) -> Targeted<'_> {
    let mut stream = Stream::new(4, "test/noise", 0);
    let y: Array1<f64> = x.rows().into_iter().map(|r| r[0] * r[1] + 0.5 * stream.normal()).collect();
    Targeted::new(Samples::new(x).unwrap(), &y).unwrap()
}

#[test]
fn contributions_add_up_to_the_prediction() {
    let x = cells();
    let data = data(&x);
    let model = GradientBoostingRegressor::new().n_estimators(30).fit(&data).unwrap();
    let sums = model.contributions(data.samples()).unwrap().sum_axis(Axis(1));
    let found = model.predict(data.samples()).unwrap();
    assert!((sums.column(0).to_owned() - found).iter().all(|d| d.abs() < 1e-9));
}

#[test]
fn early_stopping_ends_before_all_rounds() {
    let x = cells();
    let stopping = GradientBoostingRegressor::new().n_estimators(500).n_iter_no_change(10);
    let model = stopping.fit(&data(&x)).unwrap();
    assert!(model.report().iterations < 490 && model.report().converged, "{:?}", model.report());
    // The objective is half the mean squared error on the held-out part, which holds noise of variance 0.25.
    assert!(model.report().objective > 0.08 && model.report().objective < 0.4, "{:?}", model.report());
}

#[test]
fn a_mean_of_trees_is_not_boosting() {
    let x = cells();
    let boosted = GradientBoostingRegressor::new().n_estimators(2).fit(&data(&x)).unwrap();
    let tree = crate::DecisionTreeRegressor::new().max_depth(2).fit(&data(&x)).unwrap();
    let mut wrong = boosted.clone();
    wrong.trees.ensemble = tree.ensemble().clone();
    assert!(wrong.validate().is_err());
    assert_eq!(GradientBoostingRegressorModel::from_bytes(&boosted.to_bytes().unwrap()).unwrap(), boosted);
}
