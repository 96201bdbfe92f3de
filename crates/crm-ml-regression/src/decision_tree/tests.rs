use crm_ml_core::{
    Attributions, ErrorKind, Importances, Regressor, RegressorModel, Samples, Stream, Targeted,
};
use ndarray::{Array1, Array2, Axis, array};

use super::*;

#[test]
fn an_unbounded_tree_learns_its_data() {
    let mut stream = Stream::new(1, "test/tree", 0);
    let x = Array2::from_shape_fn((200, 2), |_| stream.normal());
    // A large common offset costs no digits.
    let y: Array1<f64> = x.rows().into_iter().map(|r| 1e9 + r[0] * r[1]).collect();
    let data = Targeted::new(Samples::new(&x).unwrap(), &y).unwrap();
    let model = DecisionTreeRegressor::new().fit(&data).unwrap();
    let found = model.predict(data.samples()).unwrap();
    assert!((&found - &y).iter().all(|d| d.abs() < 1e-6));
    let sums = model.contributions(data.samples()).unwrap().sum_axis(Axis(1));
    assert!((sums.column(0).to_owned() - found).iter().all(|d| d.abs() < 1e-5));
    assert!((model.feature_importances().sum() - 1.0).abs() < 1e-12);
}

#[test]
fn weights_move_the_means() {
    let x = array![[0.0], [0.0], [1.0], [1.0]];
    let samples = Samples::new(&x).unwrap().with_weights(&array![1.0, 3.0, 1.0, 1.0]).unwrap();
    let data = Targeted::new(samples, &array![0.0, 4.0, 10.0, 20.0]).unwrap();
    let found = DecisionTreeRegressor::new().fit(&data).unwrap().predict(data.samples()).unwrap();
    assert_eq!(found.to_vec(), [3.0, 3.0, 15.0, 15.0]);
}

#[test]
fn targets_out_of_reach_are_refused_with_their_row() {
    let x = array![[0.0], [1.0]];
    let data = Targeted::new(Samples::new(&x).unwrap(), &array![0.0, 1e300]).unwrap();
    let error = DecisionTreeRegressor::new().fit(&data).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidTarget { row: 1, .. }), "{error}");
}

#[test]
fn medians_and_counts_have_their_criteria() {
    let x = array![[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]];
    let samples = || Samples::new(&x).unwrap();
    let tree = |criterion| DecisionTreeRegressor::new().criterion(criterion);
    // One wild value moves the mean but not the median.
    let data = Targeted::new(samples(), &array![1.0, 2.0, 900.0, 5.0, 6.0, 8.0]).unwrap();
    let model = tree(RegressionCriterion::AbsoluteError).fit(&data).unwrap();
    assert_eq!(model.predict(data.samples()).unwrap().to_vec(), [2.0, 2.0, 2.0, 6.0, 6.0, 6.0]);

    let counts = Targeted::new(samples(), &array![0.0, 0.0, 3.0, 5.0, 6.0, 7.0]).unwrap();
    let model = tree(RegressionCriterion::Poisson).fit(&counts).unwrap();
    assert_eq!(model.predict(counts.samples()).unwrap().to_vec(), [1.0, 1.0, 1.0, 6.0, 6.0, 6.0]);
    // A leaf of zeros would have no deviance to speak of.
    let zeros = Targeted::new(samples(), &array![0.0, 0.0, 0.0, 5.0, 6.0, 7.0]).unwrap();
    let model = tree(RegressionCriterion::Poisson).fit(&zeros).unwrap();
    assert_eq!(model.ensemble().trees()[0].n_leaves(), 1);
    for wrong in [array![0.0, 1.0, -1.0, 0.0, 0.0, 0.0], Array1::zeros(6)] {
        let data = Targeted::new(samples(), &wrong).unwrap();
        let error = tree(RegressionCriterion::Poisson).fit(&data).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidTarget { .. }), "{error}");
    }
}
