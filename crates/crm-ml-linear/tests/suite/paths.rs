//! Paths where columns come into question one by one.

use crm_ml_core::{Column, Samples, Schema, Stream};
use crm_ml_linear::{Family, GlmSolver, PathFit, PathSolver, Terms};
use ndarray::Array2;

fn table(rows: usize, columns: usize, seed: u64) -> (Array2<f64>, Vec<f64>) {
    let mut stream = Stream::new(seed, "linear/paths", 0);
    let x = Array2::from_shape_simple_fn((rows, columns), || stream.normal());
    let y = x.rows().into_iter().map(|row| 0.5 * row.sum() + stream.normal()).collect();
    (x, y)
}

fn fit(solver: &PathSolver, x: &Array2<f64>, y: &[f64]) -> PathFit {
    solver.fit(&Samples::new(x).unwrap(), &Terms::reals(x.ncols()), y, None, &()).unwrap()
}

/// The largest violation of optimality along a path of elastic nets, as a share of the strength.
fn violation(path: &PathFit, l1_ratio: f64, x: &Array2<f64>, y: &[f64]) -> f64 {
    let rows = y.len() as f64;
    let mut worst = 0.0f64;
    for (i, alpha) in path.alphas.iter().enumerate() {
        let b = path.coefficients.row(i);
        let residuals: Vec<f64> =
            x.rows().into_iter().zip(y).map(|(row, y)| y - row.dot(&b) - path.intercepts[i]).collect();
        for (column, b) in x.columns().into_iter().zip(b) {
            let slope = column.iter().zip(&residuals).map(|(x, r)| x * r).sum::<f64>() / rows;
            let pull = slope - alpha * (1.0 - l1_ratio) * b;
            let l1 = alpha * l1_ratio;
            let off = if *b == 0.0 { (pull.abs() - l1).max(0.0) } else { (pull - l1 * b.signum()).abs() };
            worst = worst.max(off / alpha);
        }
    }
    worst
}

#[test]
fn paths_of_more_columns_than_rows_end_at_their_optimum() {
    for (rows, columns) in [(20, 22), (40, 45), (48, 50), (60, 80)] {
        for (seed, l1_ratio) in [(0, 0.1), (1, 0.5), (2, 1.0)] {
            let (x, y) = table(rows, columns, seed);
            let path = fit(&PathSolver::new(Family::Gaussian).l1_ratio(l1_ratio).tol(1e-12), &x, &y);
            let worst = violation(&path, l1_ratio, &x, &y);
            assert!(worst < 1e-4, "{rows} x {columns}, {l1_ratio}: {worst:e}");
        }
    }
}

#[test]
fn a_single_strength_among_many_columns_is_that_of_the_path() {
    let (x, y) = table(60, 900, 3);
    let path = fit(&PathSolver::new(Family::Gaussian).n_alphas(30).tol(1e-10), &x, &y);
    let alone = PathSolver::new(Family::Gaussian).alphas(vec![path.alphas[20]]).tol(1e-10);
    let alone = fit(&alone, &x, &y);
    for (a, b) in alone.coefficients.row(0).iter().zip(path.coefficients.row(20)) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
    assert!(violation(&alone, 1.0, &x, &y) < 1e-3);
    // Nothing is left at a strength beyond the largest, and 0 is a strength.
    let ends = PathSolver::new(Family::Gaussian).alphas(vec![10.0 * path.alphas[0], 0.0]);
    let ends = fit(&ends, &x, &y);
    assert!(ends.coefficients.row(0).iter().all(|b| *b == 0.0));
}

#[test]
fn many_levels_are_not_unrolled() {
    let levels = 4200usize;
    let mut stream = Stream::new(4, "linear/paths", 0);
    let rows = 3 * levels;
    let x = Array2::from_shape_fn((rows, 1), |(row, _)| (row % levels) as f64);
    let y: Vec<f64> = (0..rows).map(|row| f64::from(row % levels < 40) * 3.0 + stream.normal()).collect();
    let schema = Schema::new(vec![Column::category("city", (0..levels).map(|l| l.to_string()).collect())]);
    let schema = schema.unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let terms = Terms::of("test", &samples, None, None).unwrap();
    let alpha = 2e-4;
    let path = PathSolver::new(Family::Gaussian).alphas(vec![alpha]).tol(1e-9);
    let path = path.fit(&samples, &terms, &y, None, &()).unwrap();
    assert!(path.report.converged, "{:?}", path.report);
    // A level's best coefficient is its mean residual, drawn to 0 by alpha over its share of the rows.
    for level in 0..levels {
        let mean = (0..3).map(|i| y[i * levels + level] - path.intercepts[0]).sum::<f64>() / 3.0;
        let drawn = mean.signum() * (mean.abs() - alpha * levels as f64).max(0.0);
        assert!((path.coefficients[[0, level]] - drawn).abs() < 1e-4, "{level}");
    }
}

#[test]
fn columns_of_hardly_any_spread_stay_at_nothing() {
    let (mut x, y) = table(50, 3, 5);
    x.column_mut(1).mapv_inplace(|v| v * 1e-160);
    let counts: Vec<f64> = y.iter().map(|y| y.abs().round()).collect();
    for (family, target) in [(Family::Gaussian, &y), (Family::Poisson, &counts)] {
        let path = fit(&PathSolver::new(family).l1_ratio(0.5).n_alphas(5), &x, target);
        assert!(path.report.converged && path.report.objective.is_finite(), "{:?}", path.report);
        assert!(path.coefficients.column(1).iter().all(|b| *b == 0.0));
        assert!(path.coefficients[[4, 0]] != 0.0);
    }
}

#[test]
fn an_intercept_that_has_moved_asks_for_no_column() {
    let (x, y) = table(300, 600, 6);
    let positive: Vec<f64> = y.iter().map(|y| 1e-20 * (0.1 * y).exp()).collect();
    let samples = Samples::new(&x).unwrap();
    let solver = GlmSolver::new(Family::Gamma).l1(0.5);
    let fit = solver.fit(&samples, &Terms::reals(600), &positive, None, None, &()).unwrap();
    assert!(fit.report.converged && fit.coefficients.iter().all(|b| *b == 0.0));
    assert!((fit.intercept - (positive.iter().sum::<f64>() / 300.0).ln()).abs() < 1e-5);
}
