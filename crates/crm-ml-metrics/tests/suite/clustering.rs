//! Clustering metrics against scikit-learn (`fixtures/make_clustering.py`).

use crm_ml_core::Samples;
use crm_ml_metrics::{
    adjusted_mutual_info_score, adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score,
    fowlkes_mallows_score, mutual_info_score, normalized_mutual_info_score, rand_score, silhouette_samples,
    silhouette_score, v_measure,
};
use ndarray::Array2;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/clustering.json")).unwrap()
}

fn labels(value: &Value) -> Vec<i32> {
    value.as_array().unwrap().iter().map(|label| label.as_i64().unwrap() as i32).collect()
}

fn near(name: &str, found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{name}: {found} for {expected}");
}

#[test]
fn agreement_is_scikit_learns() {
    for (name, case) in fixture()["agreement"].as_object().unwrap() {
        let (a, b) = (labels(&case["first"]), labels(&case["second"]));
        near(name, rand_score(&a, &b).unwrap(), &case["rand"]);
        near(name, adjusted_rand_score(&a, &b).unwrap(), &case["adjusted_rand"]);
        near(name, fowlkes_mallows_score(&a, &b).unwrap(), &case["fowlkes_mallows"]);
        near(name, mutual_info_score(&a, &b).unwrap(), &case["mutual_info"]);
        near(name, normalized_mutual_info_score(&a, &b).unwrap(), &case["normalized"]);
        near(name, adjusted_mutual_info_score(&a, &b).unwrap(), &case["adjusted_mutual_info"]);
        let found = v_measure(&a, &b).unwrap();
        near(name, found.homogeneity, &case["homogeneity"]);
        near(name, found.completeness, &case["completeness"]);
        near(name, found.v_measure, &case["v_measure"]);
    }
}

#[test]
fn shape_is_scikit_learns() {
    let fixture = fixture();
    let cell = |value: &Value| value.as_f64().unwrap();
    let rows = fixture["x"].as_array().unwrap();
    let x = Array2::from_shape_fn((rows.len(), 3), |(i, j)| cell(&rows[i][j]));
    let samples = Samples::new(&x).unwrap();
    for (name, case) in fixture["shape"].as_object().unwrap() {
        let labels = labels(&case["labels"]);
        let silhouettes = silhouette_samples(&samples, &labels).unwrap();
        for (found, expected) in silhouettes.iter().zip(case["samples"].as_array().unwrap()) {
            near(name, *found, expected);
        }
        near(name, silhouette_score(&samples, &labels).unwrap(), &case["silhouette"]);
        near(name, davies_bouldin_score(&samples, &labels).unwrap(), &case["davies_bouldin"]);
        near(name, calinski_harabasz_score(&samples, &labels).unwrap(), &case["calinski_harabasz"]);
    }
}
