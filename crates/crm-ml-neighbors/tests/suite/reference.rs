//! Nearest neighbours against scikit-learn (`fixtures/make_neighbors.py`).

use crm_ml_core::{Column, Samples, Schema};
use crm_ml_neighbors::{Metric, NearestNeighbors, SearchAlgorithm};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::ArrayView1;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/neighbors.json")).unwrap()
}

#[track_caller]
fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        // scikit-learn finds distances from products, which costs it half the digits near 0.
        assert!((found - expected).abs() < 1e-7, "{found} against {expected}");
    }
}

#[track_caller]
fn same(rows: ArrayView1<'_, usize>, expected: &[f64]) {
    assert_eq!(rows.iter().map(|row| *row as f64).collect::<Vec<_>>(), expected);
}

#[test]
fn neighbours_equal_the_reference() {
    let fixture = fixture();
    let (x, queries) = (matrix(&fixture["x"]), matrix(&fixture["queries"]));
    for case in fixture["cases"].as_array().unwrap() {
        let metric = match case["metric"].as_str().unwrap() {
            "euclidean" => Metric::Euclidean,
            "manhattan" => Metric::Manhattan,
            _ => Metric::Cosine,
        };
        let (k, radius) = (case["k"].as_u64().unwrap() as usize, case["radius"].as_f64().unwrap());
        for algorithm in [SearchAlgorithm::Auto, SearchAlgorithm::KdTree, SearchAlgorithm::Brute] {
            let search = NearestNeighbors::new().metric(metric).algorithm(algorithm);
            let model = search.fit(&Samples::new(&x).unwrap()).unwrap();
            let of_queries = model.kneighbors(&Samples::new(&queries).unwrap(), k).unwrap();
            let own = model.kneighbors_of_fitted(k).unwrap();
            for (near, distances, indices) in
                [(of_queries, "distances", "indices"), (own, "own_distances", "own_indices")]
            {
                for (row, expected) in case[distances].as_array().unwrap().iter().enumerate() {
                    close(&near.distances.row(row).to_vec(), &numbers(expected));
                    same(near.indices.row(row), &numbers(&case[indices][row]));
                }
            }
            let within = model.radius_neighbors(&Samples::new(&queries).unwrap(), radius).unwrap();
            assert_eq!(within.n_queries(), queries.nrows());
            for query in 0..queries.nrows() {
                let (rows, distances) = within.of(query);
                close(distances, &numbers(&case["within"][query]));
                same(ArrayView1::from(rows), &numbers(&case["within_rows"][query]));
            }
        }
    }
}

#[test]
fn gower_follows_its_definition() {
    let fixture = fixture();
    let (x, expected) = (matrix(&fixture["mixed"]), matrix(&fixture["gower"]));
    let levels = || ["a", "b", "c"].map(str::to_owned).to_vec();
    let schema = Schema::new(vec![
        Column::real("age"),
        Column::real("score"),
        Column::category("plan", levels()),
        Column::category("channel", levels()),
    ])
    .unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let model = NearestNeighbors::new().metric(Metric::Gower).fit(&samples).unwrap();
    let near = model.kneighbors(&samples, x.nrows()).unwrap();
    for row in 0..x.nrows() {
        for (distance, index) in near.distances.row(row).iter().zip(near.indices.row(row)) {
            assert!((distance - expected[[row, *index]]).abs() < 1e-11, "{row} {index}: {distance}");
        }
        assert!(near.distances.row(row).windows(2).into_iter().all(|pair| pair[0] <= pair[1]));
    }
}
