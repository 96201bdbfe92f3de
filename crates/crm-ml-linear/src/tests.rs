use crm_ml_core::{Result, Samples, Stream};
use ndarray::{Array2, ArrayView2, array};

use crate::{Family, GlmFit, GlmSolver, LinearFit, LogisticSolver, Penalty, Terms};

/// Real columns, no weights.
fn binary(solver: &LogisticSolver, x: ArrayView2<'_, f64>, y: &[f64]) -> Result<LinearFit> {
    weighted(solver, x, y, None)
}

fn weighted(
    solver: &LogisticSolver,
    x: ArrayView2<'_, f64>,
    y: &[f64],
    w: Option<&[f64]>,
) -> Result<LinearFit> {
    solver.fit_binary(&Samples::new(x)?, &Terms::reals(x.ncols()), y, w, None, &())
}

fn multinomial(solver: &LogisticSolver, x: ArrayView2<'_, f64>, y: &[u32], k: usize) -> Result<LinearFit> {
    solver.fit_multinomial(&Samples::new(x)?, &Terms::reals(x.ncols()), (y, k), None, None, &())
}

/// Least squares with `alpha |b|^2`.
fn ridge(alpha: f64, x: ArrayView2<'_, f64>, y: &[f64], w: &[f64]) -> Result<GlmFit> {
    let solver = GlmSolver::new(Family::Gaussian).l2(alpha / w.iter().sum::<f64>()).tol(0.0);
    solver.fit(&Samples::new(x)?, &Terms::reals(x.ncols()), y, Some(w), None, &())
}

fn toy(rows: usize, columns: usize, seed: u64) -> (Array2<f64>, Vec<f64>) {
    let mut stream = Stream::new(seed, "linear/tests", 0);
    let x = Array2::from_shape_simple_fn((rows, columns), || stream.normal());
    let y = x.rows().into_iter().map(|r| f64::from(r.sum() + 2.0 * stream.normal() > 0.3)).collect();
    (x, y)
}

#[test]
fn the_gradient_vanishes_at_the_fit() {
    let (x, y) = toy(300, 4, 1);
    for c in [1e-12, 1e-3, 1.0, 1e12] {
        for intercept in [true, false] {
            let solver = LogisticSolver::new().c(c).tol(1e-12).fit_intercept(intercept);
            let fit = binary(&solver, x.view(), &y).unwrap();
            assert!(fit.report.converged, "{c} {:?}", fit.report);
            let margins = x.dot(&fit.coefficients.row(0)) + fit.intercepts[0];
            let residuals: Vec<f64> =
                margins.iter().zip(&y).map(|(m, y)| 1.0 / (1.0 + (-m).exp()) - y).collect();
            for j in 0..4 {
                let g: f64 = residuals.iter().zip(x.column(j)).map(|(r, v)| r * v).sum::<f64>() / 300.0;
                assert!((g + fit.coefficients[[0, j]] / (c * 300.0)).abs() < 1e-11);
            }
        }
    }
}

#[test]
fn a_tolerance_of_zero_runs_until_nothing_improves() {
    let (x, y) = toy(300, 4, 7);
    // A large mean and a tiny unit: hard without standardised columns.
    let x = x * &array![1.0, 1e-6, 1e6, 1.0] + &array![0.0, 0.0, 1e9, 100.0];
    let free = LogisticSolver::new().penalty(Penalty::None);
    let tight = binary(&free.clone().tol(1e-3), x.view(), &y).unwrap();
    let zero = binary(&free.clone().tol(0.0), x.view(), &y).unwrap();
    assert!(zero.report.iterations < 30, "{:?}", zero.report);
    assert!(zero.report.objective <= tight.report.objective * (1.0 + 1e-14));
    let codes: Vec<u32> = y.iter().map(|v| *v as u32).collect();
    let both = multinomial(&free.tol(0.0), x.view(), &codes, 2).unwrap();
    for j in 0..4 {
        let difference = both.coefficients[[1, j]] - both.coefficients[[0, j]];
        assert!((difference / zero.coefficients[[0, j]] - 1.0).abs() < 1e-8);
    }
}

#[test]
fn two_classes_by_either_way() {
    let (x, y) = toy(200, 3, 2);
    let codes: Vec<u32> = y.iter().map(|v| *v as u32).collect();
    let solver = LogisticSolver::new().tol(1e-13);
    let two = binary(&solver, x.view(), &y).unwrap();
    // Two rows b and -b carry the penalty |b|^2 where one row 2b carries 2 |b|^2: half of C gives the same margins.
    let both = multinomial(&solver.clone().c(0.5), x.view(), &codes, 2).unwrap();
    for j in 0..3 {
        assert!((both.coefficients[[1, j]] + both.coefficients[[0, j]]).abs() < 1e-10);
        assert!((2.0 * both.coefficients[[1, j]] - two.coefficients[[0, j]]).abs() < 1e-9);
    }
    assert!((2.0 * both.intercepts[1] - two.intercepts[0]).abs() < 1e-9);
}

#[test]
fn hard_cases_end_well() {
    let (x, y) = toy(60, 3, 3);
    // Separated classes, no penalty: no finite optimum.
    let separated: Vec<f64> = x.column(0).iter().map(|v| f64::from(*v > 0.0)).collect();
    let free = LogisticSolver::new().penalty(Penalty::None);
    let fit = binary(&free.clone().tol(0.0).max_iter(1000), x.view(), &separated).unwrap();
    assert!(fit.coefficients.iter().all(|v| v.is_finite()) && !fit.report.notes.is_empty());
    // A column twice: the weight is shared.
    let twice = Array2::from_shape_fn((60, 2), |(i, _)| x[[i, 0]]);
    let fit = binary(&free, twice.view(), &y).unwrap();
    assert!(fit.report.converged && (fit.coefficients[[0, 0]] - fit.coefficients[[0, 1]]).abs() < 1e-8);
    // Wide, beyond the direct limit too.
    for columns in [200, 2100] {
        let (x, y) = toy(40, columns, 4);
        let fit = binary(&LogisticSolver::new().tol(1e-9), x.view(), &y).unwrap();
        assert!(fit.report.converged, "{:?}", fit.report);
    }
    // Extreme magnitudes, constant columns, one class.
    for factor in [1e-300, 1e300, 5e-324] {
        let x = x.mapv(|v| v * factor);
        if let Ok(fit) = binary(&LogisticSolver::new(), x.view(), &y) {
            assert!(fit.coefficients.iter().chain(&fit.intercepts).all(|v| v.is_finite()));
        }
    }
    let constant = Array2::from_elem((60, 1), 3.7);
    let fit = binary(&LogisticSolver::new().tol(1e-12), constant.view(), &y).unwrap();
    assert_eq!(fit.coefficients[[0, 0]], 0.0);
    assert!(binary(&free, x.view(), &[1.0; 60]).is_ok());
}

#[test]
fn bad_input_is_refused() {
    let (x, y) = toy(10, 2, 5);
    let solver = LogisticSolver::new();
    assert!(binary(&solver.clone().c(f64::NAN), x.view(), &y).is_err());
    assert!(binary(&solver.clone().tol(-1.0), x.view(), &y).is_err());
    assert!(binary(&solver, x.view(), &y[..9]).is_err());
    assert!(binary(&solver, x.view(), &[2.0; 10]).is_err());
    assert!(weighted(&solver, x.view(), &y, Some(&[0.0; 10])).is_err());
    assert!(binary(&solver, array![[f64::NAN]].view(), &[1.0]).is_err());
    assert!(multinomial(&solver, x.view(), &[3; 10], 3).is_err());
    assert!(ridge(f64::NAN, x.view(), &y, &[1.0; 10]).is_err());
}

#[test]
fn ridge_meets_its_normal_equations() {
    let (x, y) = toy(100, 4, 6);
    let w: Vec<f64> = (0..100).map(|i| 1.0 + f64::from(i % 3)).collect();
    for alpha in [0.0, 1.0, 1e6] {
        let fit = ridge(alpha, x.view(), &y, &w).unwrap();
        let errors = x.dot(&fit.coefficients) + fit.intercept - ndarray::Array1::from(y.clone());
        for j in 0..4 {
            let g: f64 = errors.iter().zip(&w).zip(x.column(j)).map(|((e, w), v)| e * w * v).sum();
            assert!((g + alpha * fit.coefficients[j]).abs() < 1e-9, "{alpha}");
        }
        assert!(errors.iter().zip(&w).map(|(e, w)| e * w).sum::<f64>().abs() < 1e-10);
    }
}

#[test]
fn separation_is_said_by_name() {
    let (x, _) = toy(60, 3, 8);
    let free = LogisticSolver::new().penalty(Penalty::None);
    // Perfectly, by one column.
    let y: Vec<f64> = x.column(1).iter().map(|v| f64::from(*v > 0.2)).collect();
    let fit = binary(&free, x.view(), &y).unwrap();
    assert!(fit.report.notes.iter().any(|n| n.contains("perfectly, by 'x1' alone")), "{:?}", fit.report);
    let codes: Vec<u32> = y.iter().map(|v| *v as u32).collect();
    let fit = multinomial(&free, x.view(), &codes, 2).unwrap();
    assert!(fit.report.notes.iter().any(|n| n.contains("perfectly, by 'x1' alone")), "{:?}", fit.report);
    // By two columns together.
    let y: Vec<f64> = x.rows().into_iter().map(|r| f64::from(r[0] + r[2] > 0.0)).collect();
    let fit = binary(&free, x.view(), &y).unwrap();
    assert!(fit.report.notes.iter().any(|n| n.contains("separated perfectly:")), "{:?}", fit.report);
    // In part: one side of a flag holds one class alone.
    let (mut x, y) = toy(200, 3, 9);
    for (row, y) in y.iter().enumerate() {
        x[[row, 2]] = f64::from(*y == 1.0 && row % 3 == 0);
    }
    let fit = binary(&free, x.view(), &y).unwrap();
    assert!(fit.report.notes.iter().any(|n| n.contains("by 'x2' alone: where part")), "{:?}", fit.report);
    // A penalty has a finite best, overlapping classes too.
    assert!(binary(&LogisticSolver::new(), x.view(), &y).unwrap().report.notes.is_empty());
    let (x, y) = toy(200, 3, 10);
    assert!(binary(&free, x.view(), &y).unwrap().report.notes.is_empty());
}

#[test]
fn many_rows_start_from_a_tenth() {
    let (x, y) = toy(40_000, 3, 11);
    let codes: Vec<u32> = (0..40_000).map(|i| y[i] as u32 + u32::from(i % 4 == 0)).collect();
    for (tol, most) in [(1e-6, 6), (1e-13, 16)] {
        let fit = binary(&LogisticSolver::new().tol(tol), x.view(), &y).unwrap();
        assert!(fit.report.converged && fit.report.iterations <= most, "{:?}", fit.report);
        let fit = multinomial(&LogisticSolver::new().tol(tol), x.view(), &codes, 3).unwrap();
        assert!(fit.report.converged && fit.report.iterations <= most, "{:?}", fit.report);
    }
    // Collinear columns are told of, and share what they tell.
    let twice = Array2::from_shape_fn((40_000, 2), |(i, _)| x[[i, 0]]);
    let fit = binary(&LogisticSolver::new().penalty(Penalty::None).tol(1e-10), twice.view(), &y).unwrap();
    assert!(fit.report.notes.iter().any(|n| n.contains("collinear")), "{:?}", fit.report);
    assert!((fit.coefficients[[0, 0]] - fit.coefficients[[0, 1]]).abs() < 1e-8);
    // A tenth that is nothing like the whole costs steps, not the minimum: its rows are of one class.
    let (mut x, mut y) = toy(20_000, 2, 12);
    (0..20_000).step_by(10).for_each(|i| y[i] = 1.0);
    let odd = binary(&LogisticSolver::new().tol(1e-10), x.view(), &y).unwrap();
    let order: Vec<usize> = (0..20_000).map(|i| i * 7 % 20_000).collect();
    x = x.select(ndarray::Axis(0), &order);
    y = order.iter().map(|&i| y[i]).collect();
    let even = binary(&LogisticSolver::new().tol(1e-10), x.view(), &y).unwrap();
    assert!(odd.report.converged && (odd.coefficients[[0, 0]] - even.coefficients[[0, 0]]).abs() < 1e-8);
}

#[test]
fn a_penalty_on_columns_that_share_their_causes() {
    let mut stream = Stream::new(14, "linear/tests", 0);
    let causes = Array2::from_shape_simple_fn((600, 3), || stream.normal());
    let effects = Array2::from_shape_simple_fn((3, 80), || stream.normal());
    let x = causes.dot(&effects) + 0.1 * Array2::from_shape_simple_fn((600, 80), || stream.normal());
    let y: Vec<f64> = x.rows().into_iter().map(|r| f64::from(r[0] + r[7] + stream.normal() > 0.0)).collect();
    for positive in [false, true] {
        let bounds = positive.then(|| vec![(0.0, f64::INFINITY); 80]);
        let solver = LogisticSolver::new().penalty(Penalty::L1).c(10.0).tol(1e-10);
        let (samples, terms) = (Samples::new(&x).unwrap(), Terms::reals(80));
        let fit = solver.fit_binary(&samples, &terms, &y, None, bounds.as_deref(), &()).unwrap();
        assert!(fit.report.converged && fit.report.iterations <= 15, "{:?}", fit.report);
    }
}
