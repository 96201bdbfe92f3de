//! Laws about outputs.

use crm_ml_core::{Samples, Stream, most_probable};
use ndarray::{Array2, Axis, s};

use super::{assert_close, assert_same_bits, data, fit, output, samples};
use crate::toy::toy;
use crate::{Laws, Missing, Spelling, Subject};

/// Outputs are finite; probabilities are in [0, 1] and sum to 1.
pub fn valid_output<S: Subject>(laws: &Laws<S>) {
    for classes in [2, 3] {
        let toy = toy(super::ROWS, classes, 4);
        let predicted = output::<S>(&fit(&laws.subject, &toy), &toy.x);
        assert!(predicted.iter().all(|v| v.is_finite()), "not finite");
        if S::PROBABILITIES {
            assert_eq!(predicted.ncols(), classes, "one column a class");
            assert!(predicted.iter().all(|p| (0.0..=1.0).contains(p)), "a probability outside [0, 1]");
            let sums = predicted.sum_axis(Axis(1));
            assert!(sums.iter().all(|s| (s - 1.0).abs() < 1e-12), "probabilities do not sum to 1");
        }
    }
}

/// Labels survive as they are: words sorted as words, numbers as numbers, and the predicted label is that of the most
/// probable class, ties to the lowest.
pub fn labels_keep_their_names<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let classify = |spelling| laws.subject.classify(&samples(&toy.x), &toy.codes, spelling);
    let (Some(words), Some(numbers)) = (classify(Spelling::Words), classify(Spelling::Numbers)) else {
        return;
    };
    let (words, numbers) = (words.expect("words are labels"), numbers.expect("numbers are labels"));
    assert_eq!(words.classes, ["no", "yes"], "words are sorted");
    assert_eq!(numbers.classes, ["3", "17"], "numbers are sorted as numbers");
    assert_same_bits(&words.proba, &numbers.proba, "spelling of the labels");
    for named in [&words, &numbers] {
        for (row, code) in most_probable(&named.proba).into_iter().enumerate() {
            assert_eq!(named.labels[row], named.classes[code as usize], "label of row {row}");
        }
    }
}

/// A transformer names the columns it gives, each once.
pub fn output_names<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let model = fit(&laws.subject, &toy);
    let Some(schema) = S::output_schema(&model) else { return };
    assert_eq!(schema.width(), output::<S>(&model, &toy.x).ncols(), "one name a column");
    let mut names: Vec<&str> = schema.columns().iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name occurs twice: {names:?}");
}

/// Rows predicted together and alone are equal.
pub fn batch_equals_row_by_row<S: Subject>(laws: &Laws<S>) {
    if S::TRANSDUCTIVE {
        return;
    }
    let toy = data();
    let model = fit(&laws.subject, &toy);
    let together = output::<S>(&model, &toy.x);
    for row in 0..toy.x.nrows() {
        let alone = S::output(&model, &Samples::new(toy.x.slice(s![row..row + 1, ..])).unwrap()).unwrap();
        let expected = together.slice(s![row..row + 1, ..]).to_owned();
        if laws.subset == 0.0 {
            assert_same_bits(&alone, &expected, "row by row");
        } else {
            assert_close(&alone, &expected, laws.subset, "row by row");
        }
    }
}

/// Small random data of every kind: a model or an error, no panic, no infinite output.
pub fn no_panic_search<S: Subject>(laws: &Laws<S>) {
    for seed in 0..200 {
        let mut stream = Stream::new(seed, "testkit/search", 0);
        let (rows, columns) = (1 + stream.below(12), 1 + stream.below(5));
        let missing = laws.missing == Missing::Accepted && seed % 2 == 0;
        let x = Array2::from_shape_fn((rows, columns), |_| match stream.below(8) {
            0 if missing => f64::NAN,
            0 | 1 => 0.0,
            2 => 1e12 * stream.normal(),
            3 => stream.below(3) as f64,
            _ => stream.normal(),
        });
        let y: Vec<f64> = (0..rows).map(|_| stream.below(3) as f64).collect();
        let weights: Vec<f64> = (0..rows).map(|_| stream.uniform() + 1e-3).collect();
        let Ok(model) = laws.quick.fit(samples(&x).with_weights(&weights).unwrap(), &y) else { continue };
        if let Ok(predicted) = S::output(&model, &samples(&x)) {
            assert!(!predicted.iter().any(|v| v.is_infinite()), "infinite output for seed {seed}");
        }
    }
}

/// A model is shared: eight threads that predict agree.
pub fn shared_between_threads<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let model = fit(&laws.quick, &toy);
    let expected = output::<S>(&model, &toy.x);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_same_bits(&output::<S>(&model, &toy.x), &expected, "shared model"));
        }
    });
}
