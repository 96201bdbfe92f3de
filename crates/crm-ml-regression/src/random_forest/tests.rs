use crm_ml_core::{Persist, Regressor, RegressorModel, Samples, Stream, Targeted};
use ndarray::{Array1, Array2};

use super::*;
use crate::DecisionTreeRegressor;

#[test]
fn without_draws_every_tree_is_the_decision_tree() {
    let mut stream = Stream::new(2, "test/forest", 0);
    let x = Array2::from_shape_fn((200, 3), |_| stream.normal());
    let y: Array1<f64> = x.rows().into_iter().map(|r| r[0] * r[1] + r[2]).collect();
    let data = Targeted::new(Samples::new(&x).unwrap(), &y).unwrap();
    let forest =
        RandomForestRegressor::new().bootstrap(false).n_estimators(4).max_depth(4).fit(&data).unwrap();
    let tree = DecisionTreeRegressor::new().max_depth(4).fit(&data).unwrap();
    assert_eq!(forest.predict(data.samples()).unwrap(), tree.predict(data.samples()).unwrap());
    assert_eq!(forest.oob_score(), None);
    let mut lie = forest;
    lie.means.oob_score = Some(f64::INFINITY);
    assert!(lie.validate().is_err());
}
