use crm_ml_core::{Persist, Samples, Schema, Stream, reseal};
use ndarray::{Array2, s};

use super::*;
use crate::{IsolationForest, MaxSamples};

fn numbers(rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, 1), |(row, _)| row as f64)
}

fn rolling(capacity: usize, seed: u64) -> RollingIsolationForest {
    let forest = IsolationForest::new().n_estimators(5).seed(seed).max_samples(MaxSamples::Count(32));
    RollingIsolationForest::new(forest).capacity(capacity).refit_every(100)
}

fn kept(rolling: &RollingIsolationForest, rows: usize) -> Vec<f64> {
    let mut state = rolling.start(&Schema::unnamed(1)).unwrap();
    state.update(&Samples::new(&numbers(rows)).unwrap()).unwrap();
    state.rows().unwrap().cells().to_vec()
}

#[test]
fn pieces_give_what_the_whole_gives() {
    let mut stream = Stream::new(1, "test/rolling", 0);
    let x = Array2::from_shape_fn((730, 3), |_| stream.normal());
    for half_life in [None, Some(90.0)] {
        let rolling = rolling(60, 3).half_life(half_life);
        let mut whole = rolling.start(&Schema::unnamed(3)).unwrap();
        assert!(whole.update(&Samples::new(&x).unwrap()).unwrap());
        let mut pieces = rolling.start(&Schema::unnamed(3)).unwrap();
        for rows in [0..1, 1..99, 99..350, 350..730] {
            pieces.update(&Samples::new(x.slice(s![rows, ..])).unwrap()).unwrap();
        }
        assert_eq!(pieces, whole);
        assert_eq!((whole.seen(), whole.rows().unwrap().n_rows()), (730, 60));
    }
}

#[test]
fn without_half_life_all_rows_are_kept_alike() {
    let (mut first, seeds) = (0.0, 200);
    for seed in 0..seeds {
        first += kept(&rolling(50, seed), 400).iter().filter(|row| **row < 200.0).count() as f64;
    }
    // Half of 50 on average; the deviation of the mean is about 0.24.
    approx::assert_abs_diff_eq!(first / seeds as f64, 25.0, epsilon = 1.0);
}

#[test]
fn with_a_half_life_older_rows_are_forgotten() {
    let (mut old, mut new, seeds) = (0.0, 0.0, 200);
    for seed in 0..seeds {
        let rows = kept(&rolling(50, seed).half_life(Some(100.0)), 1000);
        new += rows.iter().filter(|row| **row >= 900.0).count() as f64;
        old += rows.iter().filter(|row| (800.0..900.0).contains(*row)).count() as f64;
    }
    approx::assert_abs_diff_eq!(old / new, 0.5, epsilon = 0.05);
    approx::assert_abs_diff_eq!(new / seeds as f64, 25.0, epsilon = 1.5);
}

#[test]
fn a_forest_comes_with_enough_rows_and_follows_the_stream() {
    let mut stream = Stream::new(1, "test/rolling", 0);
    let mut around = |middle: f64, rows| Array2::from_shape_fn((rows, 1), |_| middle + stream.normal());
    let mut state = rolling(80, 1).half_life(Some(60.0)).start(&Schema::unnamed(1)).unwrap();
    state.update(&Samples::new(&around(0.0, 99)).unwrap()).unwrap();
    assert!(state.model().is_none());
    state.update(&Samples::new(&around(0.0, 1)).unwrap()).unwrap();
    let odd =
        |state: &RollingIsolationForestModel, value| -state.model().unwrap().score_row(&[value]).unwrap();
    assert!(odd(&state, 100.0) > odd(&state, 0.0) + 0.1);
    state.update(&Samples::new(&around(100.0, 900)).unwrap()).unwrap();
    assert!(odd(&state, 100.0) < odd(&state, 0.0) - 0.1);
}

#[test]
fn bad_parameters_and_data_are_refused() {
    for bad in [
        rolling(0, 1),
        rolling(5, 1).refit_every(0),
        rolling(5, 1).half_life(Some(f64::NAN)),
        RollingIsolationForest::new(IsolationForest::new().n_estimators(0)),
    ] {
        bad.start(&Schema::unnamed(1)).unwrap_err();
    }
    rolling(5, 1).start(&Schema::unnamed(0)).unwrap_err();
    let mut state = rolling(5, 1).start(&Schema::unnamed(2)).unwrap();
    let (x, wide) = (numbers(4), Array2::zeros((4, 2)));
    state.update(&Samples::new(&x).unwrap()).unwrap_err();
    state.update(&Samples::new(&wide).unwrap().with_weights(&[1.0, 2.0, 1.0, 1.0]).unwrap()).unwrap_err();
    state.rows().unwrap_err();
}

#[test]
fn files_are_safe() {
    let mut state = rolling(30, 1).start(&Schema::unnamed(1)).unwrap();
    state.update(&Samples::new(&numbers(250)).unwrap()).unwrap();
    let file = state.to_bytes().unwrap();
    assert_eq!(RollingIsolationForestModel::from_bytes(&file).unwrap(), state);
    for seed in 0..3000 {
        let mut stream = Stream::new(seed, "test/flip", 0);
        let mut damaged = file.clone();
        damaged[stream.below(file.len())] ^= 1 << stream.below(8);
        reseal(&mut damaged);
        if let Ok(mut state) = RollingIsolationForestModel::from_bytes(&damaged) {
            let _ = state.update(&Samples::new(&numbers(3)).unwrap());
        }
    }
}
