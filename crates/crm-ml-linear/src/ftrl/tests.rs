#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crm_ml_core::{Column, Samples, Schema, Stream, UNSEEN};
use ndarray::Array2;
use proptest::prelude::*;

use super::{FtrlSolver, FtrlTarget};

/// The paper's algorithm, word for word, for two classes.
fn paper(x: &Array2<f64>, codes: &[u32], (alpha, beta, l1, l2): (f64, f64, f64, f64)) -> Vec<f64> {
    let width = x.ncols();
    let (mut z, mut n) = (vec![0.0; width], vec![0.0f64; width]);
    let weights = |z: &[f64], n: &[f64]| -> Vec<f64> {
        let weight = |(z, n): (&f64, &f64)| {
            if z.abs() <= l1 { 0.0 } else { -(z - z.signum() * l1) / ((beta + n.sqrt()) / alpha + l2) }
        };
        z.iter().zip(n).map(weight).collect()
    };
    for (row, code) in x.rows().into_iter().zip(codes) {
        let w = weights(&z, &n);
        let margin: f64 = row.iter().zip(&w).map(|(x, w)| x * w).sum();
        let p = 1.0 / (1.0 + (-margin).exp());
        for i in 0..width {
            let g = (p - f64::from(*code)) * row[i];
            let sigma = ((n[i] + g * g).sqrt() - n[i].sqrt()) / alpha;
            z[i] += g - sigma * w[i];
            n[i] += g * g;
        }
    }
    weights(&z, &n)
}

fn data(rows: usize, seed: u64) -> (Array2<f64>, Vec<u32>) {
    let mut stream = Stream::new(seed, "ftrl/tests", 0);
    let x = Array2::from_shape_simple_fn((rows, 4), || stream.normal());
    let codes = x.rows().into_iter().map(|r| u32::from(r[0] - 0.5 * r[1] + 0.7 * stream.normal() > 0.0));
    let codes = codes.collect();
    (x, codes)
}

#[test]
fn as_in_the_paper() {
    let (x, codes) = data(300, 1);
    for rates in [(0.1, 1.0, 0.0, 1.0), (0.5, 0.1, 3.0, 0.0), (0.05, 0.0, 0.5, 2.0)] {
        let (alpha, beta, l1, l2) = rates;
        let solver = FtrlSolver {
            alpha,
            beta,
            l1,
            l2,
            epochs: 1,
            shuffle: false,
            fit_intercept: false,
            ..FtrlSolver::new()
        };
        let samples = Samples::new(&x).unwrap();
        let target = FtrlTarget::classes(&codes, 2).unwrap();
        let state = solver.fit("test", &samples, target, None, &()).unwrap();
        let expected = paper(&x, &codes, rates);
        for (found, expected) in state.predictor().line(0).iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-12, "{found} against {expected}");
        }
        assert!(l1 < 1.0 || expected.contains(&0.0), "nothing was taken to zero: {expected:?}");
    }
}

#[test]
fn levels_are_their_indicators() {
    let mut stream = Stream::new(3, "ftrl/tests", 1);
    let x = Array2::from_shape_fn((200, 3), |(row, column)| match column {
        1 if row % 17 == 0 => f64::NAN,
        1 if row % 13 == 0 => UNSEEN,
        1 => stream.below(3) as f64,
        _ => stream.normal(),
    });
    let codes: Vec<u32> = x.rows().into_iter().map(|r| u32::from(r[0] + r[1].max(0.0) > 1.0)).collect();
    let levels = ["a", "b", "c"].map(String::from).to_vec();
    let columns = vec![Column::real("x"), Column::category("level", levels), Column::real("y")];
    let coded = Samples::new(&x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap();
    let unrolled = Array2::from_shape_fn((200, 6), |(row, column)| {
        let level = x[[row, 1]];
        match column {
            0 => x[[row, 0]],
            4 => f64::from(u8::from(level.is_nan())),
            5 => x[[row, 2]],
            _ => f64::from(u8::from(level == (column - 1) as f64)),
        }
    });
    let target = FtrlTarget::classes(&codes, 2).unwrap();
    let fit = |samples: &Samples<'_>| {
        FtrlSolver { l1: 0.3, ..FtrlSolver::new() }.fit("test", samples, target, None, &()).unwrap()
    };
    let (coded, unrolled) = (fit(&coded), fit(&Samples::new(&unrolled).unwrap()));
    for (a, b) in coded.predictor().line(0).iter().zip(unrolled.predictor().line(0)) {
        assert!((a - b).abs() < 1e-12, "{a} against {b}");
    }
    assert!(
        (coded.progressive_loss().mean().unwrap() - unrolled.progressive_loss().mean().unwrap()).abs()
            < 1e-12
    );
}

#[test]
fn losses_are_those_of_rows_not_yet_learned() {
    let (x, codes) = data(100, 5);
    let solver = FtrlSolver::new();
    let mut state = solver.start(&Schema::unnamed(4), 1).unwrap();
    let mut losses = Vec::new();
    for (row, code) in x.rows().into_iter().zip(&codes) {
        let samples = Samples::new(row.insert_axis(ndarray::Axis(0))).unwrap();
        let margin = state.predictor().margins("test", &samples).unwrap()[[0, 0]];
        let p = 1.0 / (1.0 + (-margin).exp());
        losses.push(-if *code == 1 { p.ln() } else { (1.0 - p).ln() });
        state.partial_fit("test", &samples, FtrlTarget::classes(&[*code], 2).unwrap(), None).unwrap();
    }
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let progressive = state.progressive_loss();
    assert_eq!((progressive.rows(), progressive.points().len()), (100, 7));
    assert!((progressive.mean().unwrap() - mean(&losses)).abs() < 1e-12);
    assert!((progressive.since_last().unwrap() - mean(&losses[64..])).abs() < 1e-12);
    let point = progressive.points()[5];
    assert_eq!(point.rows, 32);
    assert!((point.mean - mean(&losses[..32])).abs() < 1e-12);
    assert!((point.since_last - mean(&losses[16..32])).abs() < 1e-12);
}

#[test]
fn what_cannot_be_learned() {
    let schema = Schema::unnamed(1);
    for solver in [
        FtrlSolver { alpha: 0.0, ..FtrlSolver::new() },
        FtrlSolver { l2: f64::NAN, ..FtrlSolver::new() },
        FtrlSolver { epochs: 0, ..FtrlSolver::new() },
    ] {
        assert!(solver.start(&schema, 1).is_err());
    }
    assert!(FtrlSolver::new().start(&schema, 0).is_err());
    assert!(FtrlTarget::classes(&[0, 2], 2).is_err() && FtrlTarget::classes(&[0], 1).is_err());
    let mut state = FtrlSolver::new().start(&schema, 1).unwrap();
    let before = state.clone();
    let x = ndarray::array![[1.0], [1e41]];
    let samples = Samples::new(&x).unwrap();
    let mut refused = |samples: &Samples<'_>, target: FtrlTarget<'_>, weights: Option<&[f64]>| {
        let error = state.partial_fit("test", samples, target, weights).unwrap_err().to_string();
        assert_eq!(state, before, "{error}");
        error
    };
    let both = FtrlTarget::classes(&[0, 1], 2).unwrap();
    let error = refused(&samples, both, None);
    assert!(error.contains("row 1") && error.contains("x0"), "{error}");
    let x = ndarray::array![[1.0], [2.0]];
    let samples = Samples::new(&x).unwrap();
    refused(&samples, FtrlTarget::Values(&[0.0, 1e300]), None);
    refused(&samples, FtrlTarget::Values(&[0.0, f64::NAN]), None);
    refused(&samples, FtrlTarget::Values(&[0.0]), None);
    refused(&samples, FtrlTarget::classes(&[0, 1], 3).unwrap(), None);
    refused(&samples, both, Some(&[1.0]));
    refused(&samples, both, Some(&[1.0, f64::INFINITY]));
    let wide = ndarray::array![[1.0, 2.0], [2.0, 1.0]];
    refused(&Samples::new(&wide).unwrap(), both, None);
    let gap = ndarray::array![[1.0], [f64::NAN]];
    refused(&Samples::new(&gap).unwrap(), both, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// However large cells, weights and rates are: numbers stay finite, and sums make the coefficients.
    #[test]
    fn steps_stay_in_range(
        cells in prop::collection::vec((-41f64..40.0, any::<bool>()), 20),
        (alpha, weight) in (-6f64..6.0, -20f64..20.0),
        (beta, l1, l2) in (0f64..2.0, 0f64..2.0, 0f64..2.0),
        kind in 0usize..3,
    ) {
        let cell = |(power, negative): &(f64, bool)| 10f64.powf(*power) * if *negative { -1.0 } else { 1.0 };
        let x = Array2::from_shape_vec((10, 2), cells.iter().map(cell).collect()).unwrap();
        let samples = Samples::new(&x).unwrap();
        let codes: Vec<u32> = (0..10).map(|row| row % 3).collect();
        let two: Vec<u32> = (0..10).map(|row| row % 2).collect();
        let values: Vec<f64> = x.column(1).to_vec();
        let target = match kind {
            0 => FtrlTarget::classes(&two, 2).unwrap(),
            1 => FtrlTarget::classes(&codes, 3).unwrap(),
            _ => FtrlTarget::Values(&values),
        };
        let weights = vec![10f64.powf(weight); 10];
        let off = |v: f64| if v < 0.5 { 0.0 } else { v };
        let (alpha, beta, l1, l2) = (10f64.powf(alpha), off(beta), off(l1), off(l2));
        let solver = FtrlSolver { alpha, beta, l1, l2, epochs: 20, ..FtrlSolver::new() };
        let state = solver.fit("test", &samples, target, Some(&weights), &()).unwrap();
        let numbers = state.predictor().coefficients();
        prop_assert!(numbers.iter().all(|v| v.is_finite()), "{numbers}");
        let sound = state.validate(samples.schema(), target.outputs());
        prop_assert!(sound.is_ok(), "{sound:?}");
    }
}
