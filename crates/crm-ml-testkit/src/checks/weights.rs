//! Laws about weights.

use crm_ml_core::{ErrorKind, Samples};
use ndarray::Array2;

use super::{ROWS, assert_alike, assert_close, assert_same_bits, data, output, pick, rows, samples};
use crate::laws::Repeats;
use crate::toy::{toy, whole_weights};
use crate::{Laws, Subject};

fn weighted<'a>(x: &'a Array2<f64>, weights: &[f64]) -> Samples<'a> {
    samples(x).with_weights(weights).expect("valid weights")
}

/// Rows of weight 0 are exactly absent; all weights zero is an error.
pub fn zero_weight_is_absent<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let y = S::target(&toy);
    let weights: Vec<f64> = (0..ROWS).map(|i| if i % 3 == 0 { 0.0 } else { 1.0 + (i % 2) as f64 }).collect();
    let left: Vec<usize> = (0..ROWS).filter(|&i| weights[i] > 0.0).collect();
    let with_zeros = laws.subject.fit(weighted(&toy.x, &weights), y).expect("zero weights fit");
    let (x, kept) = (rows(&toy.x, &left), pick(&weights, &left));
    let without = laws.subject.fit(weighted(&x, &kept), &pick(y, &left)).expect("the rows that are left fit");
    let looked_at = if S::TRANSDUCTIVE { &x } else { &toy.x };
    assert_same_bits(&output::<S>(&with_zeros, looked_at), &output::<S>(&without, looked_at), "zero weight");
    let zeros = vec![0.0; ROWS];
    let error = samples(&toy.x).with_weights(&zeros).expect_err("all weights zero");
    assert_eq!(*error.kind(), ErrorKind::AllWeightsZero);
}

/// An integer weight w equals the row w times.
pub fn whole_weights_repeat<S: Subject>(laws: &Laws<S>) {
    let toy = toy(ROWS, 2, 5);
    let y = S::target(&toy);
    let weights = whole_weights(ROWS, 6);
    let repeated: Vec<usize> = (0..ROWS).flat_map(|i| std::iter::repeat_n(i, weights[i] as usize)).collect();
    let (x, repeated_y) = (rows(&toy.x, &repeated), pick(y, &repeated));
    let both = |subject: &S| {
        let weighted = subject.fit(weighted(&toy.x, &weights), y).expect("weights fit");
        let repeated = subject.fit(samples(&x), &repeated_y).expect("repeated rows fit");
        let outputs = if S::TRANSDUCTIVE {
            let kept: Vec<usize> = (0..ROWS).filter(|&i| weights[i] > 0.0).collect();
            let place: Vec<usize> = kept
                .iter()
                .enumerate()
                .flat_map(|(k, &i)| std::iter::repeat_n(k, weights[i] as usize))
                .collect();
            let labels = output::<S>(&weighted, &rows(&toy.x, &kept));
            (rows(&labels, &place), output::<S>(&repeated, &x))
        } else {
            (output::<S>(&weighted, &toy.x), output::<S>(&repeated, &toy.x))
        };
        (S::comparable(outputs.0), S::comparable(outputs.1))
    };
    match laws.repeats {
        Repeats::Within(tolerance) => {
            let (weighted, repeated) = both(&laws.subject);
            assert_close(&weighted, &repeated, tolerance, "whole weights");
        }
        Repeats::InExpectation(tolerance) => {
            const SEEDS: u64 = 12;
            let seeded = laws.seeded.expect("an estimator whose weights hold in expectation is random");
            let mut sums: Option<(Array2<f64>, Array2<f64>)> = None;
            for seed in 0..SEEDS {
                let (w, r) = both(&seeded(&laws.subject, seed));
                sums = Some(match sums {
                    None => (w, r),
                    Some((a, b)) => (a + w, b + r),
                });
            }
            let (weighted, repeated) = sums.expect("at least one seed");
            let mean = (&weighted - &repeated).mapv(f64::abs).mean().unwrap_or(f64::NAN) / SEEDS as f64;
            assert!(mean <= tolerance, "whole weights: mean outputs differ by {mean}, more than {tolerance}");
        }
    }
}

/// Multiplying all weights changes nothing, unless tagged.
pub fn weight_scale<S: Subject>(laws: &Laws<S>) {
    if laws.weight_scale_matters {
        return;
    }
    let toy = data();
    let left: Vec<usize> = (0..ROWS).filter(|&i| whole_weights(ROWS, 6)[i] > 0.0).collect();
    let kept = rows(&toy.x, &left);
    let fit = |scale: f64| {
        let weights: Vec<f64> = whole_weights(ROWS, 6).iter().map(|w| w * scale).collect();
        let model = laws.subject.fit(weighted(&toy.x, &weights), S::target(&toy)).expect("weights fit");
        let looked_at = if S::TRANSDUCTIVE { &kept } else { &toy.x };
        output::<S>(&model, looked_at)
    };
    assert_alike::<S>(fit(1.0), fit(4.0), 1e-8, "weight scale");
}
