//! DBSCAN and HDBSCAN against scikit-learn and hdbscan (`fixtures/make_density.py`).

use crm_ml_testkit::fixture::numbers;
use std::collections::BTreeMap;

use crm_ml_clustering::{ClusterSelectionMethod, Dbscan, Hdbscan};
use crm_ml_core::{ClusterModel, Clusterer, Samples};
use crm_ml_neighbors::{Metric, NearestNeighbors};
use ndarray::{Array1, Array2};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/density.json")).unwrap()
}

fn data(fixture: &Value, case: &Value) -> Array2<f64> {
    let rows = &fixture["data"][case["data"].as_str().unwrap()];
    let rows: Vec<Vec<f64>> = rows.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn metric(case: &Value) -> Metric {
    match case["metric"].as_str().unwrap() {
        "euclidean" => Metric::Euclidean,
        "manhattan" => Metric::Manhattan,
        "cosine" => Metric::Cosine,
        other => panic!("{other}"),
    }
}

#[test]
fn dbscan_gives_the_same_labels() {
    let fixture = fixture();
    for case in fixture["dbscan"].as_array().unwrap() {
        let x = data(&fixture, case);
        let mut samples = Samples::new(&x).unwrap();
        if !case["weights"].is_null() {
            samples = samples.with_weights(&Array1::from(numbers(&case["weights"]))).unwrap();
        }
        let model = Dbscan::new(case["eps"].as_f64().unwrap())
            .min_samples(case["min_samples"].as_u64().unwrap() as usize)
            .metric(metric(case))
            .fit(&samples)
            .unwrap();
        let name = format!("{} {} {}", case["data"], case["metric"], case["eps"]);
        let labels: Vec<f64> = model.labels().iter().map(|label| f64::from(*label)).collect();
        assert_eq!(labels, numbers(&case["labels"]), "{name}");
        let core: Vec<f64> = model.core_sample_indices().iter().map(|row| *row as f64).collect();
        assert_eq!(core, numbers(&case["core"]), "{name}");
    }
}

fn hdbscan(case: &Value) -> Hdbscan {
    let mut estimator = Hdbscan::new().metric(metric(case));
    for (name, value) in case["parameters"].as_object().unwrap() {
        let count = || value.as_u64().unwrap() as usize;
        estimator = match name.as_str() {
            "min_cluster_size" => estimator.min_cluster_size(count()),
            "min_samples" => estimator.min_samples(count()),
            "max_cluster_size" => estimator.max_cluster_size(count()),
            "alpha" => estimator.alpha(value.as_f64().unwrap()),
            "cluster_selection_epsilon" => estimator.cluster_selection_epsilon(value.as_f64().unwrap()),
            "allow_single_cluster" => estimator.allow_single_cluster(value.as_bool().unwrap()),
            "cluster_selection_method" => estimator.cluster_selection_method(ClusterSelectionMethod::Leaf),
            other => panic!("{other}"),
        };
    }
    estimator
}

#[test]
fn hdbscan_gives_the_same_labels_up_to_renaming() {
    let fixture = fixture();
    for case in fixture["hdbscan"].as_array().unwrap() {
        let name = format!("{} {} {}", case["data"], case["metric"], case["parameters"]);
        let x = data(&fixture, case);
        let model = hdbscan(case).fit(&Samples::new(&x).unwrap()).unwrap();
        let expected = numbers(&case["labels"]);
        assert_eq!(differing(model.labels(), &expected), [0usize; 0], "{name}");
        assert_eq!(
            model.n_clusters(),
            expected.iter().fold(0.0f64, |m, v| m.max(v + 1.0)) as usize,
            "{name}"
        );
        let pairs = [("probabilities", model.probabilities()), ("outlier_scores", model.outlier_scores())];
        for (what, ours) in pairs {
            for (row, (ours, theirs)) in ours.iter().zip(numbers(&case[what])).enumerate() {
                assert!((ours - theirs).abs() < 1e-9, "{name}: {what} of row {row}, {ours} against {theirs}");
            }
        }
    }
}

/// scikit-learn leaves edges of the same length to an unstable sort: a row that leaves a cluster at its own core
/// distance has several of them, and may go to either side.
#[test]
fn hdbscan_as_a_whole_differs_by_tied_rows_alone() {
    let fixture = fixture();
    let (mut moved, mut all) = (0, 0);
    for case in fixture["hdbscan"].as_array().unwrap() {
        let name = format!("{} {} {}", case["data"], case["metric"], case["parameters"]);
        let x = data(&fixture, case);
        let model = hdbscan(case).fit(&Samples::new(&x).unwrap()).unwrap();
        let parameter = |name: &str| case["parameters"].get(name).and_then(Value::as_u64);
        let k = parameter("min_samples").or(parameter("min_cluster_size")).unwrap() as usize;
        let near = NearestNeighbors::new().metric(metric(case)).fit(&Samples::new(&x).unwrap()).unwrap();
        let cores = near.kneighbors_of_fitted(k - 1).unwrap().distances.column(k - 2).to_vec();
        for row in differing(model.labels(), &numbers(&case["scikit_learn"])) {
            let leaves = model.condensed_tree().points()[row].distance;
            assert!((leaves - cores[row]).abs() < 1e-12, "{name}: row {row} leaves at {leaves}");
            moved += 1;
        }
        all += model.labels().len();
    }
    assert!(moved * 100 <= all, "{moved} of {all} rows");
}

/// The rows whose labels differ, once ours are renamed to those of theirs they share the most rows with.
fn differing(ours: &[i32], theirs: &[f64]) -> Vec<usize> {
    let mut shared = BTreeMap::new();
    for (ours, theirs) in ours.iter().zip(theirs) {
        *shared.entry((*ours, *theirs as i32)).or_insert(0) += 1;
    }
    let renamed = |label: i32| {
        let best = shared.iter().filter(|((ours, _), _)| *ours == label).max_by_key(|(_, count)| **count);
        if label == -1 { -1 } else { best.unwrap().0.1 }
    };
    (0..ours.len()).filter(|row| f64::from(renamed(ours[*row])) != theirs[*row]).collect()
}
