//! The state of mini-batch k-means: damaged files, other data, threads.

use crm_ml_clustering::{MiniBatchKMeans, MiniBatchKMeansState};
use crm_ml_core::{ClusterPredict, ErrorKind, Persist, Samples, Stream, reseal};
use ndarray::{Array2, array};

fn data(rows: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "tests/state", 0);
    Array2::from_shape_fn((rows, 3), |(i, j)| (i % 4 * (j + 1)) as f64 * 5.0 + stream.normal())
}

#[test]
fn damaged_files_are_refused_or_harmless() {
    let x = data(60, 1);
    let batch = Samples::new(&x).unwrap();
    let file = MiniBatchKMeans::new(4).partial_fit(&batch).unwrap().to_bytes().unwrap();
    for length in 0..file.len() {
        assert!(MiniBatchKMeansState::from_bytes(&file[..length]).is_err());
    }
    for seed in 0..5_000 {
        let mut stream = Stream::new(seed, "tests/flip", 0);
        let mut damaged = file.clone();
        let bit = stream.below(damaged.len() * 8);
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(MiniBatchKMeansState::from_bytes(&damaged).is_err());
        reseal(&mut damaged);
        if let Ok(mut state) = MiniBatchKMeansState::from_bytes(&damaged) {
            let _ = state.partial_fit(&batch);
            if let Ok(model) = state.model() {
                let _ = model.predict(&batch);
            }
        }
    }
}

#[test]
fn other_data_leaves_the_state_as_it_was() {
    let x = data(60, 1);
    let mut state = MiniBatchKMeans::new(4).partial_fit(&Samples::new(&x).unwrap()).unwrap();
    let before = state.clone();
    let error = state.partial_fit(&Samples::new(&array![[1.0]]).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WidthMismatch { .. }), "{error}");
    let error = state.partial_fit(&Samples::new(&array![[1.0, f64::NAN, 0.0]]).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingValue { .. }), "{error}");
    assert_eq!(state, before);
    let few = Samples::new(&array![[1.0], [2.0]]).unwrap().n_rows();
    assert!(
        MiniBatchKMeans::new(few + 1).partial_fit(&Samples::new(&array![[1.0], [2.0]]).unwrap()).is_err()
    );
}

#[test]
fn many_batches_find_the_clusters_at_any_thread_count() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut state =
                MiniBatchKMeans::new(4).seed(5).partial_fit(&Samples::new(&data(5000, 0)).unwrap()).unwrap();
            for seed in 1..8 {
                state.partial_fit(&Samples::new(&data(5000, seed)).unwrap()).unwrap();
            }
            state.to_bytes().unwrap()
        })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
    let state = MiniBatchKMeansState::from_bytes(&one).unwrap();
    let model = state.model().unwrap();
    let mut first: Vec<f64> = model.cluster_centers().column(0).to_vec();
    first.sort_by(f64::total_cmp);
    for (center, expected) in first.iter().zip([0.0, 5.0, 10.0, 15.0]) {
        assert!((center - expected).abs() < 0.1, "{first:?}");
    }
}
