//! Agglomerative clustering against SciPy and scikit-learn (`fixtures/make_agglomerative.py`).

use crm_ml_testkit::fixture::matrix;
use std::collections::BTreeMap;

use crm_ml_clustering::{AgglomerativeClustering, Linkage};
use crm_ml_core::{ClusterModel, Clusterer, Samples};
use crm_ml_neighbors::Metric;
use serde_json::Value;

/// Labels numbered by their first row.
fn in_order(labels: &Value) -> Vec<i32> {
    let mut names = BTreeMap::new();
    let name = |label: &Value| {
        let next = names.len() as i32;
        *names.entry(label.as_i64().unwrap()).or_insert(next)
    };
    labels.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn tables_and_cuts_are_scipys() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/agglomerative.json")).unwrap();
    let cases = fixture["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 31);
    for case in cases {
        let x = matrix(&fixture["data"][case["data"].as_str().unwrap()]);
        let linkage = match case["linkage"].as_str().unwrap() {
            "ward" => Linkage::Ward,
            "complete" => Linkage::Complete,
            "average" => Linkage::Average,
            "single" => Linkage::Single,
            _ => Linkage::Weighted,
        };
        let metric = match case["metric"].as_str().unwrap() {
            "euclidean" => Metric::Euclidean,
            "cityblock" => Metric::Manhattan,
            _ => Metric::Cosine,
        };
        let name = format!("{} {} {}", case["data"], case["linkage"], case["metric"]);
        let estimator = AgglomerativeClustering::new(4).linkage(linkage).metric(metric);
        let model = estimator.fit(&Samples::new(&x).unwrap()).unwrap();
        let (found, expected) = (model.dendrogram().linkage_table(), matrix(&case["table"]));
        for (found, expected) in found.rows().into_iter().zip(expected.rows()) {
            assert_eq!([found[0], found[1], found[3]], [expected[0], expected[1], expected[3]], "{name}");
            assert!((found[2] - expected[2]).abs() < 1e-10, "{name}: {} for {}", found[2], expected[2]);
        }
        for (k, labels) in case["cuts"].as_object().unwrap() {
            assert_eq!(model.dendrogram().cut(k.parse().unwrap()), in_order(labels), "{name} {k}");
        }
        if !case["scikit_learn"].is_null() {
            assert_eq!(model.labels(), in_order(&case["scikit_learn"]), "{name}");
        }
    }
}
