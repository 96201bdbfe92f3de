use crm_ml_core::{RegressorModel, Samples, Stream};
use ndarray::{Array1, Array2};

use super::*;
use crate::MaxSamples;

#[test]
fn drawn_thresholds_smooth_the_prediction() {
    let mut stream = Stream::new(5, "test/extra", 0);
    let x = Array2::from_shape_fn((500, 2), |_| stream.uniform());
    let y: Array1<f64> = x.rows().into_iter().map(|r| r[0] * 3.0 + r[1]).collect();
    let data = Targeted::new(Samples::new(&x).unwrap(), &y).unwrap();
    let trees =
        ExtraTreesRegressor::new().n_estimators(50).max_samples(MaxSamples::Share(0.7)).oob_score(true);
    let model = trees.fit(&data).unwrap();
    assert!(model.oob_score().unwrap() > 0.98, "{:?}", model.oob_score());
    let left_out = model.oob_prediction().unwrap();
    assert!((&left_out - &y).iter().all(|d| d.abs() < 0.6));
    let fitted = model.predict(data.samples()).unwrap();
    let error = |p: &Array1<f64>| (p - &y).mapv(|d| d * d).sum();
    assert!(error(&fitted) < error(&left_out));
}
