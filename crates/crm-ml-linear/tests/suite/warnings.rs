//! What a report says of fits without finite best coefficients, and what it does not.

use crm_ml_core::{Column, Samples, Schema, Stream};
use crm_ml_linear::{Family, GlmSolver, Inference, LogisticSolver, Penalty, Terms};
use ndarray::Array2;

/// Rows of two levels, the second in the last `few` rows alone, with a target that is `y` there and drawn elsewhere.
fn few_of_a_level(rows: usize, few: usize, y: f64) -> (Array2<f64>, Vec<f64>, Schema) {
    let mut stream = Stream::new(11, "linear/warnings", 0);
    let x = Array2::from_shape_fn((rows, 1), |(row, _)| f64::from(u8::from(row + few >= rows)));
    let target = x.iter().map(|v| if *v == 1.0 { y } else { f64::from(stream.uniform() < 0.3) }).collect();
    let levels = vec!["usual".to_owned(), "rare".to_owned()];
    (x, target, Schema::new(vec![Column::category("source", levels)]).unwrap())
}

#[test]
fn a_level_of_one_class_is_named_however_few_its_rows_are() {
    for rows in [2_000, 20_000] {
        let (x, won, schema) = few_of_a_level(rows, 2, 1.0);
        let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
        let terms = Terms::of("test", &samples, None, None).unwrap();
        let free = LogisticSolver::new().penalty(Penalty::None);
        let fit = free.fit_binary(&samples, &terms, &won, None, None, &()).unwrap();
        assert!(fit.report.notes.iter().any(|note| note.contains("'source=rare'")), "{:?}", fit.report);
        let kept = LogisticSolver::new().fit_binary(&samples, &terms, &won, None, None, &()).unwrap();
        assert!(kept.report.notes.is_empty());
    }
}

#[test]
fn a_level_without_counts_is_named() {
    let (x, counts, schema) = few_of_a_level(5_000, 20, 0.0);
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let terms = Terms::of("test", &samples, None, None).unwrap();
    let fit = GlmSolver::new(Family::Poisson).fit(&samples, &terms, &counts, None, None, &()).unwrap();
    assert!(fit.report.notes.iter().any(|note| note.contains("'source=rare'")), "{:?}", fit.report);
    let kept = GlmSolver::new(Family::Poisson).l2(1e-3).fit(&samples, &terms, &counts, None, None, &());
    assert!(kept.unwrap().report.notes.is_empty());
}

#[test]
fn nothing_is_known_of_errors_without_degrees_of_freedom() {
    let x = ndarray::array![[1.0, 0.0], [2.0, 1.0], [4.0, 5.0]];
    let y = [1.0, 3.0, 2.0];
    let (samples, terms) = (Samples::new(&x).unwrap(), Terms::reals(2));
    let fit = GlmSolver::new(Family::Gaussian).fit(&samples, &terms, &y, None, None, &()).unwrap();
    for weights in [None, Some(&[0.3; 3][..])] {
        let told =
            Inference { terms: &terms, family: Family::Gaussian, target: &y, weights, fit_intercept: true };
        let summary = told.summary(&samples, &fit.coefficients, fit.intercept).unwrap();
        assert!(summary.standard_errors().iter().all(Option::is_none));
    }
}

#[test]
fn intervals_of_many_rows_are_student_s() {
    let mut stream = Stream::new(12, "linear/warnings", 0);
    let x = Array2::from_shape_simple_fn((2000, 1), || stream.normal());
    let y: Vec<f64> = x.iter().map(|v| v + stream.normal()).collect();
    let (samples, terms) = (Samples::new(&x).unwrap(), Terms::reals(1));
    let fit = GlmSolver::new(Family::Gaussian).fit(&samples, &terms, &y, None, None, &()).unwrap();
    // R's qt(.975, df).
    for (total, quantile) in [
        (1.1e3, 1.962_124_6),
        (1e5, 1.959_988),
        (1e7, 1.959_964_2),
        (3e7, 1.959_964_06),
        (1e12, 1.959_963_985),
    ] {
        let weights = vec![total / 2000.0; 2000];
        let told = Inference {
            terms: &terms,
            family: Family::Gaussian,
            target: &y,
            weights: Some(&weights),
            fit_intercept: true,
        };
        let summary = told.summary(&samples, &fit.coefficients, fit.intercept).unwrap();
        let (low, high) = summary.confidence_intervals(0.95).unwrap()[1].unwrap();
        let error = summary.standard_errors()[1].unwrap();
        assert!(
            ((high - low) / 2.0 / error - quantile).abs() < 1e-5,
            "{total:e}: {}",
            (high - low) / 2.0 / error
        );
    }
}
