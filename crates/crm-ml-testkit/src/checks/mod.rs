//! The laws, one function each. Every function panics with a message when its law is broken.

mod clusters;
mod data;
pub(crate) mod files;
mod outliers;
mod output;
mod parameters;
mod repeat;
mod weights;

pub use clusters::cluster_contract;
pub use data::{
    category_policy, column_order, constant_and_duplicate_columns, extreme_magnitudes,
    layouts_give_the_same_bits, missing_policy, one_row_one_column, renamed_columns_are_refused, row_order,
    single_class, wrong_width_is_refused,
};
pub use files::{flipped_bits, save_and_load, truncated_files};
pub use outliers::outlier_contract;
pub use output::{
    batch_equals_row_by_row, labels_keep_their_names, no_panic_search, output_names, shared_between_threads,
    valid_output,
};
pub use parameters::{bad_params_are_named, default_params_fit, params_round_trip};
pub use repeat::{fit_twice, seeds, thread_counts};
pub use weights::{weight_scale, whole_weights_repeat, zero_weight_is_absent};

use crm_ml_core::{Samples, Stream};
use ndarray::{Array2, ArrayView2, Axis};

use crate::Subject;
use crate::toy::{Toy, toy};

const ROWS: usize = 150;

fn data() -> Toy {
    toy(ROWS, 2, 1)
}

fn samples(x: &Array2<f64>) -> Samples<'_> {
    Samples::new(x).expect("finite data makes samples")
}

fn fit<S: Subject>(subject: &S, toy: &Toy) -> S::Model {
    fit_xy(subject, &toy.x, S::target(toy))
}

fn fit_xy<S: Subject>(subject: &S, x: &Array2<f64>, y: &[f64]) -> S::Model {
    subject.fit(samples(x), y).expect("the estimator fits the toy data")
}

fn output<S: Subject>(model: &S::Model, x: &Array2<f64>) -> Array2<f64> {
    S::output(model, &samples(x)).expect("the model predicts the toy data")
}

fn bytes<S: Subject>(model: &S::Model) -> Vec<u8> {
    crm_ml_core::Persist::to_bytes(model).expect("a model can be saved")
}

#[track_caller]
fn assert_same_bits(a: &Array2<f64>, b: &Array2<f64>, law: &str) {
    assert_eq!(a.dim(), b.dim(), "{law}: shapes differ");
    let same = a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
    assert!(
        same,
        "{law}: outputs differ in bits, largest difference {}",
        largest_difference(a.view(), b.view())
    );
}

#[track_caller]
fn assert_close(a: &Array2<f64>, b: &Array2<f64>, tolerance: f64, law: &str) {
    assert_eq!(a.dim(), b.dim(), "{law}: shapes differ");
    let difference = largest_difference(a.view(), b.view());
    assert!(difference <= tolerance, "{law}: outputs differ by {difference:e}, more than {tolerance:e}");
}

fn largest_difference(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> f64 {
    let scale = a.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    a.iter().zip(&b).fold(0.0f64, |m, (a, b)| {
        let difference = if a.to_bits() == b.to_bits() { 0.0 } else { (a - b).abs() / scale };
        if difference.is_nan() { f64::INFINITY } else { m.max(difference) }
    })
}

/// Compares what two fits say of the same rows, whatever their clusters are called.
#[track_caller]
fn assert_alike<S: Subject>(a: Array2<f64>, b: Array2<f64>, tolerance: f64, law: &str) {
    assert_close(&S::comparable(a), &S::comparable(b), tolerance, law);
}

fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    Stream::new(seed, "testkit/shuffle", 0).permutation(n)
}

fn rows(x: &Array2<f64>, order: &[usize]) -> Array2<f64> {
    x.select(Axis(0), order)
}

fn pick(y: &[f64], order: &[usize]) -> Vec<f64> {
    order.iter().map(|&i| y[i]).collect()
}
