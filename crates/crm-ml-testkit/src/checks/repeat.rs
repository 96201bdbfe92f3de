//! Laws about repeating a fit.

use super::{assert_same_bits, bytes, data, fit, output};
use crate::toy::toy;
use crate::{Laws, Subject};

/// Fitting twice gives the same bytes.
pub fn fit_twice<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let same = bytes::<S>(&fit(&laws.subject, &toy)) == bytes::<S>(&fit(&laws.subject, &toy));
    assert!(same, "two fits gave two models");
}

/// A random estimator gives another model for another seed.
pub fn seeds<S: Subject>(laws: &Laws<S>) {
    let Some(seeded) = laws.seeded else { return };
    let toy = data();
    let model = |seed| bytes::<S>(&fit(&seeded(&laws.subject, seed), &toy));
    assert!(model(1) == model(1), "the same seed gave two models");
    assert!(model(1) != model(2), "two seeds gave the same model");
}

/// 1, 2, 3 and 8 threads give the same bytes and the same outputs.
pub fn thread_counts<S: Subject>(laws: &Laws<S>) {
    // More rows than one piece of a parallel loop holds.
    let toy = toy(9000, 3, 2);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool");
        pool.install(|| {
            let model = fit(&laws.quick, &toy);
            (bytes::<S>(&model), output::<S>(&model, &toy.x))
        })
    };
    let (model, predicted) = run(1);
    for threads in [2, 3, 8] {
        let (other, other_predicted) = run(threads);
        assert!(model == other, "{threads} threads gave another model than one");
        assert_same_bits(&predicted, &other_predicted, "thread count");
    }
}
