use crm_ml_core::{ClassifierModel, Importances, Samples, Stream};
use ndarray::Array2;

use super::*;

fn cells() -> Array2<f64> {
    let mut stream = Stream::new(4, "test/extra", 0);
    Array2::from_shape_fn((400, 4), |_| stream.normal())
}

fn data(x: &Array2<f64>) -> Labeled<'_> {
    let codes: Vec<u32> = x.rows().into_iter().map(|r| u32::from(r[0] + r[1] > 0.0)).collect();
    Labeled::new(Samples::new(x).unwrap(), &codes).unwrap()
}

#[test]
fn every_tree_is_another_and_all_know_their_rows() {
    let x = cells();
    let data = data(&x);
    let model = ExtraTreesClassifier::new().n_estimators(20).fit(&data).unwrap();
    assert_eq!(model.predict(data.samples()).unwrap(), data.codes());
    let trees = model.ensemble().trees();
    assert!(trees.windows(2).all(|pair| pair[0] != pair[1]));
    let importances = model.feature_importances();
    assert!(importances[0].min(importances[1]) > 1.5 * importances[2].max(importances[3]), "{importances}");
    assert_eq!((model.oob_score(), model.oob_decision_function()), (None, None));
    let drawn = ExtraTreesClassifier::new().bootstrap(true).oob_score(true).fit(&data).unwrap();
    assert!(drawn.oob_score().unwrap() > 0.85);
}
