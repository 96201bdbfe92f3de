//! The losses against scikit-learn and LightGBM; numbers by `fixtures/make_losses.py`.
//!

//! Both keep gradients (LightGBM also leaf sums) in 32 bits: hence the tolerance, relative to the spread of the predictions.

use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
use crm_ml_regression::{GradientBoostingRegressor, RegressionLoss};
use crm_ml_testkit::fixture::vector;
use ndarray::{Array1, Array2};
use serde_json::Value;

fn check(name: &str, loss: RegressionLoss) {
    let all: Value = serde_json::from_str(include_str!("../fixtures/losses.json")).unwrap();
    let case = &all["cases"][name];
    let rows: Vec<Array1<f64>> = all["x"].as_array().unwrap().iter().map(vector).collect();
    let filled = case["filled"].as_bool().unwrap_or(false);
    let cell = |v: f64| if v.is_nan() && filled { 0.0 } else { v };
    let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| cell(rows[i][j]));
    let mut samples = Samples::new(&x).unwrap();
    if case["weighted"].as_bool().unwrap() {
        samples = samples.with_weights(&vector(&all["weights"])).unwrap();
    }
    let target = vector(&all["targets"][case["target"].as_str().unwrap()]);
    let data = Targeted::new(samples, &target).unwrap();
    for (rounds, expected) in case["predictions"].as_object().unwrap() {
        let boosting = GradientBoostingRegressor::new()
            .loss(loss)
            .n_estimators(rounds.parse().unwrap())
            .max_leaf_nodes(case["max_leaf_nodes"].as_u64().unwrap() as usize)
            .min_samples_leaf(case["min_samples_leaf"].as_u64().unwrap() as usize);
        let found = boosting.fit(&data).unwrap().predict(data.samples()).unwrap();
        let expected = vector(expected);

        let spread = expected.std(0.0);
        let worst = (&found - &expected).mapv(f64::abs).fold(0.0, |a: f64, b| a.max(*b));
        assert!(worst <= 1e-6 * spread, "{name}, {rounds} rounds: off by {worst}, the spread is {spread}");
    }
}

#[test]
fn absolute_error_equals_scikit_learns() {
    check("absolute_error", RegressionLoss::AbsoluteError);
    check("absolute_error_weighted", RegressionLoss::AbsoluteError);
}

#[test]
fn quantiles_equal_scikit_learns() {
    check("quantile_weighted", RegressionLoss::Quantile { quantile: 0.7 });
}

#[test]
fn huber_equals_scikit_learns_first_round() {
    let all: Value = serde_json::from_str(include_str!("../fixtures/losses.json")).unwrap();
    check("huber", RegressionLoss::Huber { delta: all["cases"]["huber"]["delta"].as_f64().unwrap() });
}

#[test]
fn poisson_equals_scikit_learns_and_lightgbms() {
    check("poisson", RegressionLoss::Poisson);
    check("poisson_weighted", RegressionLoss::Poisson);
    check("poisson_lightgbm", RegressionLoss::Poisson);
}

#[test]
fn gamma_equals_scikit_learns_and_lightgbms() {
    check("gamma", RegressionLoss::Gamma);
    check("gamma_weighted", RegressionLoss::Gamma);
    check("gamma_lightgbm", RegressionLoss::Gamma);
}
