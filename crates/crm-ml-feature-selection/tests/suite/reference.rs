//! PCA and RFE against scikit-learn (`fixtures/make_selection.py`).

use crm_ml_classifiers::LogisticRegression;
use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples, Transformer, TransformerModel};
use crm_ml_feature_selection::{Pca, Rfe};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array1, Array2};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/selection.json")).unwrap()
}

#[track_caller]
fn close<'a>(
    name: &str,
    found: impl IntoIterator<Item = &'a f64>,
    expected: impl IntoIterator<Item = &'a f64>,
) {
    let (found, expected): (Vec<&f64>, Vec<&f64>) =
        (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len(), "{name}");
    for (f, e) in found.iter().zip(&expected) {
        assert!((**f - **e).abs() <= 1e-8 * e.abs().max(1.0), "{name}: {f} against {e}");
    }
}

#[test]
fn components_equal_the_reference() {
    for case in fixture()["pca"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let x = matrix(&case["x"]);
        let mut pca = Pca::new().whiten(case["whiten"].as_bool().unwrap());
        if let Some(count) = case["n_components"].as_u64() {
            pca = pca.n_components(count as usize);
        } else if let Some(share) = case["n_components"].as_f64() {
            pca = pca.variance_share(share);
        }
        let samples = Samples::new(&x).unwrap();
        let model = pca.fit(&samples).unwrap();
        close(name, model.components().iter(), &matrix(&case["components"]));
        close(name, model.explained_variance().iter(), &numbers(&case["variance"]));
        close(name, model.explained_variance_ratio().iter(), &numbers(&case["ratio"]));
        close(name, model.mean().iter(), &numbers(&case["mean"]));
        close(name, [&model.noise_variance()], [&case["noise"].as_f64().unwrap()]);
        let transformed = model.transform(&samples).unwrap();
        close(name, transformed.dense().rows().into_iter().take(5).flatten(), &matrix(&case["transformed"]));
        assert_eq!(transformed.schema().name(1), "pca1");
        let back = model.inverse_transform(&transformed).unwrap();
        if model.components().nrows() == x.ncols() {
            close(name, back.cells(), &x);
        }
    }
}

#[test]
fn rankings_equal_the_reference() {
    for case in fixture()["rfe"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let x = matrix(&case["x"]);
        let mut samples = Samples::new(&x).unwrap();
        if !case["w"].is_null() {
            samples = samples.with_weights(&Array1::from(numbers(&case["w"]))).unwrap();
        }
        let labels: Vec<u32> = numbers(&case["y"]).iter().map(|v| *v as u32).collect();
        let data = Labeled::new(samples, &labels).unwrap();
        let mut rfe = Rfe::new(LogisticRegression::new().tol(1e-10));
        match (case["keep"].as_u64(), case["keep"].as_f64()) {
            (Some(count), _) => rfe = rfe.n_features_to_select(count as usize),
            (None, Some(share)) => rfe = rfe.share_to_select(share),
            (None, None) => {}
        }
        rfe = match case["step"].as_u64() {
            Some(count) => rfe.step(count as usize),
            None => rfe.step_share(case["step"].as_f64().unwrap()),
        };
        let model = rfe.fit(&data).unwrap();
        let ranking: Vec<f64> = model.selection().ranking().iter().map(|r| *r as f64).collect();
        close(name, &ranking, &numbers(&case["ranking"]));
        // It predicts as its estimator does on the columns it keeps.
        let kept = model.transform(data.samples()).unwrap();
        assert_eq!(
            model.predict_proba(data.samples()).unwrap(),
            model.estimator().predict_proba(&kept).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn a_regressor_keeps_its_signal() {
    use crm_ml_core::{Persist, Regressor, RegressorModel, Stream, Targeted};
    use crm_ml_feature_selection::SelectedModel;
    use crm_ml_regression::{DecisionTreeRegressor, DecisionTreeRegressorModel};

    let mut stream = Stream::new(5, "rfe/regressor", 0);
    let x = Array2::from_shape_simple_fn((200, 5), || stream.normal());
    let y: Array1<f64> = x.rows().into_iter().map(|r| 3.0 * r[1] - 2.0 * r[4]).collect();
    let data = Targeted::new(Samples::new(&x).unwrap(), &y).unwrap();
    let model = Rfe::new(DecisionTreeRegressor::new()).n_features_to_select(2).fit(&data).unwrap();
    assert_eq!(model.selection().selected(), [1, 4]);
    assert_eq!(model.selection().support(), [false, true, false, false, true]);
    let loaded = SelectedModel::<DecisionTreeRegressorModel>::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded.predict(data.samples()).unwrap(), model.predict(data.samples()).unwrap());
    // The file of another estimator is no such model.
    assert!(
        SelectedModel::<crm_ml_classifiers::LogisticRegressionModel>::from_bytes(&model.to_bytes().unwrap())
            .is_err()
    );
}
