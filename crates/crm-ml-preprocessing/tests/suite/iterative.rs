//! The iterative imputer: equal to scikit-learn's (see `fixtures/make_iterative.py`), and what that does not have.

use crm_ml_core::{Column, ErrorKind, Persist, Samples, Schema, Stream, Transformer, TransformerModel};
use crm_ml_preprocessing::*;
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array2, Axis, array, concatenate};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../fixtures/iterative.json")).unwrap()
}

fn samples(x: &Array2<f64>) -> Samples<'_> {
    Samples::new(x).unwrap()
}

/// Two factors behind five columns, and gaps in a fifth of the cells.
fn customers(rows: usize, seed: u64) -> (Array2<f64>, Array2<f64>) {
    let mut stream = Stream::new(seed, "test/customers", 0);
    let mut whole = Array2::zeros((rows, 5));
    for mut row in whole.rows_mut() {
        let (a, b) = (stream.normal(), stream.normal());
        let means = [a, 10.0 + 4.0 * b, a - b, 2.0 * a + b, -b];
        row.iter_mut().zip(means).for_each(|(cell, mean)| *cell = mean + 0.2 * stream.normal());
    }
    let gaps = whole.mapv(|v| if stream.uniform() < 0.2 { f64::NAN } else { v });
    (whole, gaps)
}

/// Root of the mean squared error of the gaps, in standard deviations of the columns.
fn error(whole: &Array2<f64>, gaps: &Array2<f64>, filled: &Samples<'_>) -> f64 {
    let deviation = whole.std_axis(Axis(0), 0.0);
    let (mut sum, mut count) = (0.0, 0.0);
    for ((place, truth), given) in whole.indexed_iter().zip(gaps) {
        if given.is_nan() {
            sum += ((filled.dense()[place] - truth) / deviation[place.1]).powi(2);
            count += 1.0;
        }
    }
    f64::sqrt(sum / count)
}

#[test]
fn equal_to_scikit_learn() {
    let reference = reference();
    let imputer = IterativeImputer::new;
    let none = f64::INFINITY;
    let cases = [
        ("default", imputer()),
        ("rounds", imputer().max_iter(40).tol(1e-4)),
        ("all_rounds", imputer().max_iter(5).tol(0.0)),
        ("no_rounds", imputer().max_iter(0)),
        ("ridge", imputer().estimator(ImputerEstimator::Ridge(2.5))),
        ("least_squares", imputer().estimator(ImputerEstimator::Ridge(0.0))),
        ("descending", imputer().imputation_order(ImputationOrder::Descending).max_iter(3)),
        ("roman", imputer().imputation_order(ImputationOrder::Roman).max_iter(3)),
        ("arabic", imputer().imputation_order(ImputationOrder::Arabic).max_iter(3)),
        ("median", imputer().initial_strategy(Strategy::Median).max_iter(2)),
        ("most_frequent", imputer().initial_strategy(Strategy::MostFrequent).max_iter(2)),
        ("constant", imputer().initial_strategy(Strategy::Constant(1.5)).max_iter(2)),
        ("complete", imputer().max_iter(4)),
        ("skip_complete", imputer().skip_complete(true).max_iter(4)),
        (
            "limits",
            imputer()
                .min_value(vec![-0.5, 30_000.0, -0.01, 0.0, 1.0, -none])
                .max_value(vec![0.5, 45_000.0, 0.01, 1.0, 4.0, none]),
        ),
        ("limit", imputer().min_value(0.2)),
        ("indicator", imputer().add_indicator(true).max_iter(2)),
        ("empty", imputer().max_iter(3)),
        ("keep_empty", imputer().keep_empty_features(true).max_iter(3)),
        ("half", imputer().max_iter(6)),
        ("flagged", imputer().max_iter(6)),
        ("fewer_rows_than_columns", imputer().max_iter(3)),
    ];
    assert_eq!(cases.len(), reference["cases"].as_object().unwrap().len());
    for (name, imputer) in cases {
        // With few rows the search ends where noise is next to nothing, and their singular values lose digits.
        let tolerance = if name == "fewer_rows_than_columns" { 1e-7 } else { 1e-8 };
        let case = &reference["cases"][name];
        let train = matrix(&reference[case["data"].as_str().unwrap()]);
        let new = matrix(&reference[case["rows"].as_str().unwrap()]);
        let model = imputer.fit(&samples(&train)).unwrap();
        assert_eq!(model.n_iter() as u64, case["n_iter"].as_u64().unwrap(), "{name}: rounds");
        for (rows, key) in [(&train, "train"), (&new, "new")] {
            let (filled, expected) = (model.transform(&samples(rows)).unwrap(), matrix(&case[key]));
            assert_eq!(filled.dense().dim(), expected.dim(), "{name}");
            for (column, (found, expected)) in
                filled.dense().columns().into_iter().zip(expected.columns()).enumerate()
            {
                let scale = expected.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                for (row, (a, b)) in found.iter().zip(expected).enumerate() {
                    assert!(
                        (a - b).abs() <= tolerance * scale,
                        "{name}, {key}, ({row}, {column}): {a} is not {b}"
                    );
                }
            }
        }
        let bytes = model.to_bytes().unwrap();
        assert_eq!(IterativeImputerModel::from_bytes(&bytes).unwrap(), model);
    }
}

#[test]
fn gaps_come_nearer_to_the_truth_than_means() {
    let (whole, gaps) = customers(600, 1);
    let by_mean = SimpleImputer::new().fit(&samples(&gaps)).unwrap().transform(&samples(&gaps)).unwrap();
    let model = IterativeImputer::new().max_iter(30).fit(&samples(&gaps)).unwrap();
    assert!(model.report().converged, "{:?}", model.report());
    let filled = model.transform(&samples(&gaps)).unwrap();
    let (means, regressions) = (error(&whole, &gaps, &by_mean), error(&whole, &gaps, &filled));
    assert!(means > 0.9 && regressions < 0.45, "{means} {regressions}");
    let near =
        IterativeImputer::new().n_nearest_features(2).max_iter(15).tol(0.0).fit(&samples(&gaps)).unwrap();
    let near = error(&whole, &gaps, &near.transform(&samples(&gaps)).unwrap());
    assert!(near < 0.75, "{near}");
}

#[test]
fn weights_count_rows() {
    let (_, gaps) = customers(120, 2);
    let weights: Vec<f64> = (0..120).map(|i| (i % 4) as f64).collect();
    let repeated: Vec<usize> = (0..120).flat_map(|i| std::iter::repeat_n(i, i % 4)).collect();
    let repeated = gaps.select(Axis(0), &repeated);
    let imputer = IterativeImputer::new().max_iter(4).tol(0.0).initial_strategy(Strategy::Median);
    let weighted = imputer.fit(&samples(&gaps).with_weights(weights.as_slice()).unwrap()).unwrap();
    let plain = imputer.fit(&samples(&repeated)).unwrap();
    let (a, b) = (weighted.transform(&samples(&gaps)).unwrap(), plain.transform(&samples(&gaps)).unwrap());
    assert!(a.cells().iter().zip(b.cells()).all(|(a, b)| (a - b).abs() < 1e-9));
}

#[test]
fn draws_spread_as_the_posterior_says() {
    let reference = &reference()["posterior"];
    let (x, y, weights) = (matrix(&reference["x"]), numbers(&reference["y"]), numbers(&reference["weights"]));
    let whole = concatenate![Axis(1), x, Array2::from_shape_vec((y.len(), 1), y).unwrap()];
    let mut rows = whole.select(Axis(0), &[0, 1, 2, 3, 4, 5]);
    rows.column_mut(3).fill(f64::NAN);
    let train = samples(&whole).with_weights(weights.as_slice()).unwrap();
    const SEEDS: usize = 3000;
    let mut draws: Vec<Vec<f64>> = vec![Vec::new(); 6];
    for seed in 0..SEEDS as u64 {
        let imputer = IterativeImputer::new().sample_posterior(true).max_iter(1).seed(seed);
        let drawn = imputer.fit(&train).unwrap().transform(&samples(&rows)).unwrap();
        draws.iter_mut().enumerate().for_each(|(row, draws)| draws.push(drawn.row(row)[3]));
    }
    let (means, deviations) = (numbers(&reference["mean"]), numbers(&reference["std"]));
    for ((draws, mean), deviation) in draws.iter().zip(means).zip(deviations) {
        let found = draws.iter().sum::<f64>() / SEEDS as f64;
        let spread = (draws.iter().map(|v| (v - found).powi(2)).sum::<f64>() / SEEDS as f64).sqrt();
        assert!((found - mean).abs() < 0.08 * deviation, "{found} {mean} {deviation}");
        assert!((spread / deviation - 1.0).abs() < 0.06, "{spread} {deviation}");
    }
}

#[test]
fn draws_belong_to_the_row() {
    let (_, gaps) = customers(200, 3);
    let imputer =
        IterativeImputer::new().sample_posterior(true).max_iter(3).min_value(-3.0).max_value(vec![2.0; 5]);
    let model = imputer.fit(&samples(&gaps)).unwrap();
    let filled = model.transform(&samples(&gaps)).unwrap();
    for row in [0, 17, 199] {
        let alone = gaps.select(Axis(0), &[row]);
        assert_eq!(model.transform(&samples(&alone)).unwrap().row(0), filled.row(row));
    }
    let other = imputer.clone().seed(9).fit(&samples(&gaps)).unwrap().transform(&samples(&gaps)).unwrap();
    for ((given, a), b) in gaps.iter().zip(filled.cells()).zip(other.cells()) {
        assert!(if given.is_nan() { a != b || *a == -3.0 || *a == 2.0 } else { a == given && b == given });
        assert!(!given.is_nan() || (-3.0..=2.0).contains(a));
    }
    let random = IterativeImputer::new().imputation_order(ImputationOrder::Random).max_iter(2).tol(0.0);
    let fit = |seed| random.clone().seed(seed).fit(&samples(&gaps)).unwrap();
    assert_eq!(fit(1), fit(1));
    assert_ne!(
        fit(1).transform(&samples(&gaps)).unwrap().cells(),
        fit(2).transform(&samples(&gaps)).unwrap().cells()
    );
}

#[test]
fn sums_that_would_lose_digits_are_made_anew() {
    // Where the second column is missing the others are huge: what is left of their sums is nothing beside what goes.
    let (mut gaps, _) = customers(400, 4);
    let mut expected = gaps.clone();
    for row in 0..8 {
        gaps.row_mut(row).fill(1e13);
        gaps[[row, 1]] = f64::NAN;
    }
    expected.slice_axis_inplace(Axis(0), (8..).into());
    let imputer = IterativeImputer::new().max_iter(1);
    let model = imputer.fit(&samples(&gaps)).unwrap();
    // A gap in a row of ordinary values: its regression is that of the ordinary rows.
    let row = array![[0.3, f64::NAN, -0.2, 0.7, 0.4]];
    let found = model.transform(&samples(&row)).unwrap().row(0)[1];
    let plain = imputer.fit(&samples(&expected)).unwrap().transform(&samples(&row)).unwrap().row(0)[1];
    assert!((found - plain).abs() < 1e-9 * plain.abs(), "{found} {plain}");
}

#[test]
fn what_cannot_be_filled_is_said() {
    let (_, gaps) = customers(50, 5);
    let short = IterativeImputer::new().min_value(vec![0.0; 4]).fit(&samples(&gaps)).unwrap_err();
    assert!(matches!(short.kind(), ErrorKind::LengthMismatch { expected: 5, found: 4, .. }), "{short}");
    let crossed = IterativeImputer::new().min_value(2.0).max_value(vec![3.0, 3.0, 1.0, 3.0, 3.0]);
    let crossed = crossed.fit(&samples(&gaps)).unwrap_err().to_string();
    assert_eq!(crossed, "IterativeImputer: min_value is 2, must be below max_value, 1");
    let bad = IterativeImputer::new()
        .sample_posterior(true)
        .estimator(ImputerEstimator::Ridge(-1.0))
        .tol(f64::NAN)
        .max_value(f64::NAN)
        .n_nearest_features(0);
    let bad = bad.fit(&samples(&gaps)).unwrap_err().to_string();
    for name in ["sample_posterior", "estimator.alpha", "tol", "max_value", "n_nearest_features"] {
        assert!(bad.contains(name), "{name}: {bad}");
    }
    let schema = Schema::new(vec![Column::category("plan", vec!["a".into()]), Column::real("x")]).unwrap();
    let x = array![[0.0, 1.0], [f64::NAN, 2.0]];
    let error =
        IterativeImputer::new().fit(&samples(&x).with_schema(&schema).unwrap()).unwrap_err().to_string();
    assert!(error.contains("'plan'"), "{error}");
    let empty = Array2::from_elem((3, 2), f64::NAN);
    assert!(IterativeImputer::new().fit(&samples(&empty)).is_err());
    // Not converging is told, not refused.
    let model = IterativeImputer::new().max_iter(1).fit(&samples(&gaps)).unwrap();
    assert!(
        !model.report().converged
            && model.report().notes[0].starts_with("after 1 rounds a row still changed by")
    );
    // Constant and repeated columns, and gaps in both.
    let copies = array![[1.0, 1.0, 5.0], [2.0, 2.0, 5.0], [3.0, f64::NAN, 5.0], [f64::NAN, 4.0, f64::NAN]];
    let filled = IterativeImputer::new()
        .max_iter(100)
        .fit(&samples(&copies))
        .unwrap()
        .transform(&samples(&copies))
        .unwrap();
    assert_eq!(filled.row(3)[2], 5.0);
    assert!(
        (filled.row(2)[1] - 3.0).abs() < 0.05 && (filled.row(3)[0] - 4.0).abs() < 0.05,
        "{:?}",
        filled.cells()
    );
}
