//! Gaussian mixtures against scikit-learn, from the same starts.

use crm_ml_clustering::{CovarianceType, GaussianMixture, GaussianMixtureModel, Matrices, MixtureInit};
use crm_ml_core::{ClusterModel, ClusterPredict, Clusterer, Samples};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array1, Array2, Array3};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/mixture.json")).unwrap()
}

fn kind(value: &Value) -> CovarianceType {
    match value.as_str().unwrap() {
        "full" => CovarianceType::Full,
        "tied" => CovarianceType::Tied,
        "diag" => CovarianceType::Diag,
        _ => CovarianceType::Spherical,
    }
}

fn matrices(kind: CovarianceType, value: &Value) -> Matrices {
    match kind {
        CovarianceType::Full => {
            let cells: Vec<Vec<Vec<f64>>> = serde_json::from_value(value.clone()).unwrap();
            let shape = (cells.len(), cells[0].len(), cells[0].len());
            Matrices::Full(Array3::from_shape_fn(shape, |(k, i, j)| cells[k][i][j]))
        }
        CovarianceType::Tied => Matrices::Tied(matrix(value)),
        CovarianceType::Diag => Matrices::Diag(matrix(value)),
        CovarianceType::Spherical => Matrices::Spherical(Array1::from(numbers(value))),
    }
}

#[track_caller]
fn close(ours: impl IntoIterator<Item = f64>, theirs: impl IntoIterator<Item = f64>, what: &str) {
    let (ours, theirs): (Vec<f64>, Vec<f64>) = (ours.into_iter().collect(), theirs.into_iter().collect());
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a - b).abs() <= 1e-7 * b.abs().max(1.0), "{what}: {a} against {b}");
    }
}

fn estimator(case: &Value) -> GaussianMixture {
    let kind = kind(&case["kind"]);
    GaussianMixture::new(case["k"].as_u64().unwrap() as usize)
        .covariance_type(kind)
        .max_iter(case["max_iter"].as_u64().unwrap() as usize)
        .tol(case["tol"].as_f64().unwrap())
        .reg_covar(case["reg_covar"].as_f64().unwrap_or(1e-6))
        .means_init(&matrix(&case["start"]["means_init"]))
}

fn compare(case: &Value, model: &GaussianMixtureModel, samples: &Samples<'_>, x: &Array2<f64>) {
    let (name, kind) = (case["name"].as_str().unwrap(), kind(&case["kind"]));
    close(model.weights().to_vec(), numbers(&case["fitted_weights"]), name);
    close(model.means().iter().copied(), matrix(&case["means"]), name);
    close(model.covariances().values(), matrices(kind, &case["covariances"]).values(), name);
    close(model.precisions().unwrap().values(), matrices(kind, &case["precisions"]).values(), name);
    close([model.report().objective], [case["lower_bound"].as_f64().unwrap()], name);
    assert_eq!(model.report().iterations as u64, case["n_iter"].as_u64().unwrap(), "{name}");
    assert_eq!(model.report().converged, case["converged"].as_bool().unwrap(), "{name}");
    let rows = Samples::new(x).unwrap();
    let tenth = |count: usize| (0..count).step_by(10);
    let proba = model.predict_proba(&rows).unwrap();
    close(tenth(x.nrows()).flat_map(|row| proba.row(row).to_vec()), matrix(&case["proba"]), name);
    let scores = model.score_samples(&rows).unwrap();
    close(tenth(x.nrows()).map(|row| scores[row]), numbers(&case["scores"]), name);
    let labels: Vec<i32> = serde_json::from_value(case["labels"].clone()).unwrap();
    assert_eq!(model.predict(&rows).unwrap(), labels, "{name}");
    assert_eq!(model.labels(), labels, "{name}");
    for (ours, theirs) in [
        (model.score(samples), &case["score"]),
        (model.aic(samples), &case["aic"]),
        (model.bic(samples), &case["bic"]),
    ] {
        let (ours, theirs) = (ours.unwrap(), theirs.as_f64().unwrap());
        assert!((ours - theirs).abs() <= 1e-8 * theirs.abs(), "{name}: {ours} against {theirs}");
    }
}

#[test]
fn mixtures_are_scikit_learns() {
    for case in fixture()["cases"].as_array().unwrap() {
        let x = matrix(&case["x"]);
        let mut samples = Samples::new(&x).unwrap();
        if case["weights"].is_array() {
            samples = samples.with_weights(&numbers(&case["weights"])).unwrap();
        }
        let start = &case["start"];
        let given = estimator(case)
            .weights_init(&numbers(&start["weights_init"]))
            .precisions_init(matrices(kind(&case["kind"]), &start["precisions_init"]));
        compare(case, &given.fit(&samples).unwrap(), &samples, &x);
        if !case["name"].as_str().unwrap().contains("all given") {
            // The same start, worked out from the data.
            let even = estimator(case).init_params(MixtureInit::Even);
            compare(case, &even.fit(&samples).unwrap(), &samples, &x);
        }
    }
}
