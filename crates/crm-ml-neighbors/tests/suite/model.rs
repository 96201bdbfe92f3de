//! A fitted search: files, refusals, the ends of f64, threads.

use crm_ml_core::{Column, ErrorKind, Persist, Samples, Schema, Stream, reseal};
use crm_ml_neighbors::{Metric, NearestNeighbors, NearestNeighborsModel, SearchAlgorithm};
use ndarray::{Array2, array};

const METRICS: [Metric; 4] = [Metric::Euclidean, Metric::Manhattan, Metric::Cosine, Metric::Gower];

fn random(rows: usize, columns: usize) -> Array2<f64> {
    let mut stream = Stream::new(11, "neighbors/model", 0);
    Array2::from_shape_simple_fn((rows, columns), || (stream.normal() * 20.0).round() / 10.0)
}

fn fit(x: &Array2<f64>, metric: Metric) -> NearestNeighborsModel {
    NearestNeighbors::new().metric(metric).fit(&Samples::new(x).unwrap()).unwrap()
}

#[test]
fn a_file_keeps_all_and_hurts_nobody() {
    for metric in METRICS {
        let mut x = random(60, 3);
        if metric == Metric::Gower {
            x[[3, 1]] = f64::NAN;
        }
        let model = fit(&x, metric);
        let bytes = model.to_bytes().unwrap();
        let loaded = NearestNeighborsModel::from_bytes(&bytes).unwrap();
        assert_eq!(loaded, model);
        assert_eq!(loaded.to_bytes().unwrap(), bytes);
        assert_eq!(loaded.kneighbors_of_fitted(7).unwrap(), model.kneighbors_of_fitted(7).unwrap());
        for length in 0..bytes.len() {
            assert!(NearestNeighborsModel::from_bytes(&bytes[..length]).is_err());
        }
        let mut stream = Stream::new(5, "neighbors/flips", 0);
        for _ in 0..3000 {
            let mut flipped = bytes.clone();
            let place = stream.below(flipped.len());
            flipped[place] ^= 1 << stream.below(8);
            reseal(&mut flipped);
            if let Ok(other) = NearestNeighborsModel::from_bytes(&flipped) {
                let _ = other.kneighbors_of_fitted(3);
                let _ = other.radius_neighbors(&Samples::new(&random(2, 3)).unwrap(), 1.0);
            }
        }
    }
}

#[test]
fn refusals_say_why() {
    let x = random(10, 2);
    let samples = Samples::new(&x).unwrap();
    let model = fit(&x, Metric::Euclidean);
    let kind = |error: crm_ml_core::Error| error.kind().clone();
    assert!(matches!(kind(model.kneighbors(&samples, 0).unwrap_err()), ErrorKind::InvalidParameters { .. }));
    assert!(matches!(kind(model.kneighbors(&samples, 11).unwrap_err()), ErrorKind::TooFew { found: 10, .. }));
    assert!(matches!(kind(model.kneighbors_of_fitted(10).unwrap_err()), ErrorKind::TooFew { found: 9, .. }));
    for radius in [-1.0, f64::NAN, f64::INFINITY] {
        let error = model.radius_neighbors(&samples, radius).unwrap_err();
        assert!(matches!(kind(error), ErrorKind::InvalidParameters { .. }));
    }
    let wide = random(3, 5);
    let error = model.kneighbors(&Samples::new(&wide).unwrap(), 1).unwrap_err();
    assert!(matches!(kind(error), ErrorKind::WidthMismatch { expected: 2, found: 5 }));
    let holed = array![[1.0, f64::NAN]];
    let error = model.kneighbors(&Samples::new(&holed).unwrap(), 1).unwrap_err();
    assert_eq!(error.to_string(), "NearestNeighbors takes no missing values: row 0, column 'x1'");
    let tree_of_gower = NearestNeighbors::new().metric(Metric::Gower).algorithm(SearchAlgorithm::KdTree);
    assert!(matches!(kind(tree_of_gower.fit(&samples).unwrap_err()), ErrorKind::Unsupported { .. }));
    let weighted = samples.clone().with_weights(&vec![2.0; 10]).unwrap();
    assert!(matches!(
        kind(NearestNeighbors::new().fit(&weighted).unwrap_err()),
        ErrorKind::Unsupported { .. }
    ));
    let plans = Schema::new(vec![
        Column::real("age"),
        Column::category("plan", (0..20).map(|i| format!("p{i}")).collect()),
    ])
    .unwrap();
    let coded = array![[1.0, 3.0], [2.0, 0.0]];
    let error =
        NearestNeighbors::new().fit(&Samples::new(&coded).unwrap().with_schema(&plans).unwrap()).unwrap_err();
    assert!(error.to_string().contains("'plan'"), "{error}");
}

#[test]
fn the_ends_of_f64_are_right_or_refused() {
    for scale in [1e300, 1e-300, 1e160, 1e-200] {
        let x = array![[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]] * scale;
        let near = fit(&x, Metric::Euclidean).kneighbors_of_fitted(1).unwrap();
        assert_eq!(near.indices, array![[1], [0], [1]]);
        assert!(near.distances.iter().all(|d| (d / scale - 5.0).abs() < 1e-12), "{scale:e}: {near:?}");
        let cosine = fit(&(&x + scale), Metric::Cosine).kneighbors_of_fitted(2).unwrap();
        assert!(cosine.distances.iter().all(|d| (0.0..=1.0).contains(d)));
    }
    let model = fit(&array![[0.0], [1.0]], Metric::Euclidean);
    let error = model.kneighbors(&Samples::new(&array![[1e200]]).unwrap(), 1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Numerical { .. }), "{error}");
    let far = fit(&array![[-1.7e308], [1.7e308]], Metric::Manhattan).kneighbors_of_fitted(1).unwrap();
    assert_eq!(far.distances[[0, 0]], f64::MAX);
    let gower = fit(&array![[0.0], [1e-300]], Metric::Gower);
    let near = gower.kneighbors(&Samples::new(&array![[1e300]]).unwrap(), 2).unwrap();
    assert!(near.distances.iter().all(|d| d.is_finite()));
}

#[test]
fn threads_change_nothing() {
    let x = random(3000, 4);
    for metric in METRICS {
        let model = fit(&x, metric);
        let answer = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (fit(&x, metric), model.kneighbors_of_fitted(6).unwrap()))
        };
        let one = answer(1);
        for threads in [2, 3, 8] {
            assert!(answer(threads) == one, "{metric:?} with {threads} threads");
        }
    }
}

#[test]
fn rows_of_zeros_are_orthogonal_to_all() {
    let x = array![[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]];
    let near = fit(&x, Metric::Cosine).kneighbors_of_fitted(3).unwrap();
    assert_eq!(near.indices.row(0).to_vec(), [2, 1, 3]);
    assert_eq!(near.distances.row(0).to_vec(), [0.0, 1.0, 1.0]);
    assert_eq!(near.distances.row(1).to_vec(), [1.0, 1.0, 2.0]);
}
