//! DBSCAN and HDBSCAN on the labelled sets of FCPS, beside scikit-learn (`fixtures/make_fcps.py`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use crm_ml_clustering::{Dbscan, Hdbscan, k_distances};
use crm_ml_core::{ClusterModel, Clusterer, Samples};
use crm_ml_neighbors::Metric;
use ndarray::Array2;
use serde_json::Value;

/// Points and labels of every set.
type Sets = BTreeMap<String, (Vec<Vec<f64>>, Vec<i32>)>;

fn sets(text: &str) -> Sets {
    let mut sets = Sets::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let (points, labels) = sets.entry(fields[0].to_owned()).or_default();
        points.push(fields[1..4].iter().filter_map(|field| field.parse().ok()).collect());
        labels.push(fields[4].parse().unwrap());
    }
    sets
}

/// Hubert and Arabie's index, in integers up to the last step.
fn adjusted_rand(a: &[i32], b: &[i32]) -> f64 {
    let pairs = |n: &u64| (n * (n - 1) / 2) as f64;
    let count = |keys: &mut dyn Iterator<Item = (i32, i32)>| {
        let mut counts = BTreeMap::new();
        keys.for_each(|key| *counts.entry(key).or_insert(0u64) += 1);
        counts.values().map(pairs).sum::<f64>()
    };
    let both = count(&mut a.iter().copied().zip(b.iter().copied()));
    let (of_a, of_b) =
        (count(&mut a.iter().map(|label| (*label, 0))), count(&mut b.iter().map(|label| (*label, 0))));
    let expected = of_a * of_b / pairs(&(a.len() as u64));
    let most = 0.5 * (of_a + of_b);
    if most == expected { 1.0 } else { (both - expected) / (most - expected) }
}

#[test]
fn labelled_sets_are_clustered_as_well_as_by_the_reference() {
    let Some(folder) = std::env::var_os("CRM_ML_DATA").map(PathBuf::from) else {
        println!("skipped: CRM_ML_DATA is not set");
        return;
    };
    let path = folder.join("clustering_fcps.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no {}", path.display());
        return;
    };
    let sets = sets(&text);
    let reference: Value = serde_json::from_str(include_str!("../fixtures/fcps.json")).unwrap();
    for expected in reference["sets"].as_array().unwrap() {
        let name = expected["name"].as_str().unwrap();
        let (points, labels) = &sets[name];
        let x = Array2::from_shape_vec((points.len(), points[0].len()), points.concat()).unwrap();
        let samples = Samples::new(&x).unwrap();
        let eps = k_distances(&samples, 5, Metric::Euclidean).unwrap().eps();
        let number = |field: &str| expected[field].as_f64().unwrap();
        assert!((eps - number("eps")).abs() < 1e-9, "{name}: eps {eps}");
        let dbscan = Dbscan::new(number("eps")).fit(&samples).unwrap();
        let hdbscan = Hdbscan::new().min_cluster_size((points.len() / 50).max(3)).min_samples(5);
        let hdbscan = hdbscan.fit(&samples).unwrap();
        let found = (adjusted_rand(labels, dbscan.labels()), adjusted_rand(labels, hdbscan.labels()));
        println!("{name}: DBSCAN {:.4}, HDBSCAN {:.4}", found.0, found.1);
        assert!((found.0 - number("dbscan")).abs() < 1e-9, "{name}: DBSCAN {}", found.0);
        // Rows held by edges of the same length may differ.
        assert!((found.1 - number("hdbscan")).abs() < 0.02, "{name}: HDBSCAN {}", found.1);
        assert_eq!(hdbscan.n_clusters() as f64, number("hdbscan_clusters"), "{name}");
    }
}
