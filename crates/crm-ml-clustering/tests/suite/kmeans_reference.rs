//! K-means against scikit-learn, from the same starts.

use approx::assert_relative_eq;
use crm_ml_clustering::{
    Algorithm, BisectingKMeans, BisectingStrategy, KMeans, KMeansInit, MiniBatchKMeans, MiniBatchKMeansState,
};
use crm_ml_core::{ClusterModel, ClusterPredict, Clusterer, Persist, Samples, TransformerModel};
use crm_ml_testkit::fixture::matrix;
use ndarray::s;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/kmeans.json")).unwrap()
}

#[test]
fn labels_centres_inertia_and_iterations_are_scikit_learns() {
    for case in fixture()["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (x, start) = (matrix(&case["x"]), matrix(&case["start"]));
        let mut samples = Samples::new(&x).unwrap();
        if let Ok(weights) = serde_json::from_value::<Vec<f64>>(case["weights"].clone()) {
            samples = samples.with_weights(&weights).unwrap();
        }
        for algorithm in [Algorithm::Auto, Algorithm::Lloyd, Algorithm::Hamerly] {
            let estimator = KMeans::new(start.nrows())
                .init(KMeansInit::Centers(start.clone()))
                .max_iter(case["max_iter"].as_u64().unwrap() as usize)
                .tol(case["tol"].as_f64().unwrap())
                .algorithm(algorithm);
            let model = estimator.fit(&samples).unwrap();
            let labels: Vec<i32> = serde_json::from_value(case["labels"].clone()).unwrap();
            assert_eq!(model.labels(), labels, "{name}, {algorithm:?}");
            assert_eq!(model.n_iter() as u64, case["n_iter"].as_u64().unwrap(), "{name}, {algorithm:?}");
            let centers = matrix(&case["centers"]);
            for (ours, theirs) in model.cluster_centers().iter().zip(&centers) {
                assert_relative_eq!(ours, theirs, max_relative = 1e-9, epsilon = 1e-9);
            }
            assert_relative_eq!(
                model.inertia(),
                case["inertia"].as_f64().unwrap(),
                max_relative = 1e-9,
                epsilon = 1e-9
            );
            let few = x.slice(s![..5, ..]);
            let distances = model.transform(&Samples::new(few).unwrap()).unwrap();
            for (ours, theirs) in distances.dense().iter().zip(&matrix(&case["transform"])) {
                // scikit-learn expands the square, which costs it half the digits of a small distance.
                assert_relative_eq!(ours, theirs, max_relative = 1e-6, epsilon = 1e-3);
            }
            let nine = x.slice(s![..9.min(x.nrows()), ..]);
            let score = model.score(&Samples::new(nine).unwrap()).unwrap();
            assert_relative_eq!(score, case["score"].as_f64().unwrap(), max_relative = 1e-9, epsilon = 1e-9);
            assert_eq!(model.predict(&Samples::new(&x).unwrap()).unwrap(), labels, "{name}");
        }
    }
}

/// Clusters apart enough that every start halves them alike.
#[test]
fn halvings_are_scikit_learns() {
    for case in fixture()["bisections"].as_array().unwrap() {
        let (name, x) = (case["name"].as_str().unwrap(), matrix(&case["x"]));
        let strategy = match case["strategy"].as_str().unwrap() {
            "biggest_inertia" => BisectingStrategy::BiggestInertia,
            _ => BisectingStrategy::LargestCluster,
        };
        let k = case["k"].as_u64().unwrap() as usize;
        let estimator = BisectingKMeans::new(k).n_init(10).tol(0.0).bisecting_strategy(strategy);
        let model = estimator.fit(&Samples::new(&x).unwrap()).unwrap();
        assert_relative_eq!(model.inertia(), case["inertia"].as_f64().unwrap(), max_relative = 1e-9);
        let mut centers: Vec<Vec<f64>> =
            model.cluster_centers().rows().into_iter().map(|c| c.to_vec()).collect();
        centers.sort_by(|a, b| a[1].total_cmp(&b[1]).then(a[0].total_cmp(&b[0])));
        for (ours, theirs) in centers.concat().iter().zip(&matrix(&case["centers"])) {
            assert_relative_eq!(ours, theirs, max_relative = 1e-9, epsilon = 1e-9);
        }
        assert_eq!(model.n_clusters(), k, "{name}");
    }
}

/// Also where the state is saved and loaded between batches.
#[test]
fn batches_teach_what_they_teach_scikit_learn() {
    for case in fixture()["batches"].as_array().unwrap() {
        let (name, x, start) = (case["name"].as_str().unwrap(), matrix(&case["x"]), matrix(&case["start"]));
        let weights: Option<Vec<f64>> = serde_json::from_value(case["weights"].clone()).unwrap();
        let size = case["size"].as_u64().unwrap() as usize;
        let estimator =
            MiniBatchKMeans::new(start.nrows()).init(KMeansInit::Centers(start)).reassignment_ratio(0.0);
        let mut state: Option<MiniBatchKMeansState> = None;
        for first in (0..x.nrows()).step_by(size) {
            let last = (first + size).min(x.nrows());
            let mut batch = Samples::new(x.slice(s![first..last, ..])).unwrap();
            if let Some(weights) = &weights {
                batch = batch.with_weights(&weights[first..last]).unwrap();
            }
            state = Some(match state {
                None => estimator.partial_fit(&batch).unwrap(),
                Some(state) => {
                    let mut loaded = MiniBatchKMeansState::from_bytes(&state.to_bytes().unwrap()).unwrap();
                    assert_eq!(loaded, state);
                    loaded.partial_fit(&batch).unwrap();
                    loaded
                }
            });
        }
        let state = state.unwrap();
        assert_eq!(state.n_steps(), case["n_steps"].as_u64().unwrap(), "{name}");
        for (ours, theirs) in state.model().unwrap().cluster_centers().iter().zip(&matrix(&case["centers"])) {
            assert_relative_eq!(ours, theirs, max_relative = 1e-9, epsilon = 1e-9);
        }
    }
}
