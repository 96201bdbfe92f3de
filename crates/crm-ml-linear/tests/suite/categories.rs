//! Categories as codes against their indicators as columns, and every solver against every other.

use crm_ml_core::{Column, Samples, Schema, Stream, UNSEEN};
use crm_ml_linear::{
    Family, GlmFit, GlmSolver, Inference, LogisticSolver, PathSolver, Penalty, Solver, Terms,
};
use ndarray::Array2;

/// Two reals and two categories among them, and (unless levels are many) the same unrolled.
struct Data {
    coded: Array2<f64>,
    schema: Schema,
    unrolled: Array2<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| i.to_string()).collect()
}

fn data(rows: usize, levels: [usize; 2]) -> Data {
    let mut stream = Stream::new(3, "linear/categories", 0);
    let mut coded = Array2::zeros((rows, 4));
    let width = 2 + levels[0] + levels[1];
    let mut unrolled = Array2::zeros(if width < 1000 { (rows, width) } else { (0, 0) });
    let mut target = Vec::new();
    for row in 0..rows {
        let (a, b) = (stream.normal(), 5.0 + stream.normal());
        let codes = levels.map(|count| stream.below(count));
        let unseen = row % 17 == 3;
        coded.row_mut(row).assign(&ndarray::arr1(&[
            if unseen { UNSEEN } else { codes[0] as f64 },
            a,
            codes[1] as f64,
            b,
        ]));
        if !unrolled.is_empty() {
            unrolled[[row, levels[0]]] = a;
            unrolled[[row, width - 1]] = b;
            unrolled[[row, codes[0]]] = f64::from(!unseen);
            unrolled[[row, levels[0] + 1 + codes[1]]] = 1.0;
        }
        let effect = (codes[0] % 5) as f64 * 0.3 - (codes[1] % 3) as f64 * 0.4;
        target.push(f64::from(0.5 * a + 0.3 * (b - 5.0) + effect + stream.normal() > 0.0));
    }
    let schema = Schema::new(vec![
        Column::category("p", names(levels[0])),
        Column::real("a"),
        Column::category("q", names(levels[1])),
        Column::real("b"),
    ])
    .unwrap();
    let weights = (0..rows).map(|i| 1.0 + (i % 3) as f64).collect();
    Data { coded, schema, unrolled, target, weights }
}

impl Data {
    fn coded(&self) -> Samples<'_> {
        Samples::new(&self.coded).unwrap().with_schema(&self.schema).unwrap()
    }

    fn fit(&self, solver: &GlmSolver, unrolled: bool) -> GlmFit {
        let samples = if unrolled { Samples::new(&self.unrolled).unwrap() } else { self.coded() };
        let terms = Terms::of("test", &samples, None, None).unwrap();
        let fit = solver.fit(&samples, &terms, &self.target, Some(&self.weights), None, &()).unwrap();
        assert!(fit.report.converged, "{solver:?}: {:?}", fit.report);
        fit
    }
}

#[track_caller]
fn same<'v>(
    a: impl IntoIterator<Item = &'v f64>,
    b: impl IntoIterator<Item = &'v f64>,
    tolerance: f64,
    what: &str,
) {
    for (a, b) in a.into_iter().zip(b) {
        assert!((a - b).abs() < tolerance, "{what}: {a} against {b}");
    }
}

#[test]
fn codes_are_their_indicators() {
    let data = data(400, [7, 12]);
    for family in [Family::Logistic, Family::Gaussian, Family::Poisson, Family::GaussianLog] {
        for (l1, l2) in [(0.0, 0.01), (0.005, 0.01), (0.01, 0.0)] {
            for intercept in [true, false] {
                let solver =
                    GlmSolver::new(family).l1(l1).l2(l2).tol(1e-12).max_iter(1000).fit_intercept(intercept);
                let (coded, unrolled) = (data.fit(&solver, false), data.fit(&solver, true));
                let what = format!("{family:?} {l1} {l2} {intercept}");
                // With L1 alone a category's levels and the intercept can trade: only the objective is one.
                let tolerance = if l2 > 0.0 { 1e-8 } else { 1.0 };
                same(&coded.coefficients, &unrolled.coefficients, tolerance, &what);
                same([&coded.report.objective], [&unrolled.report.objective], 1e-10, &what);
            }
        }
    }
}

#[test]
fn solvers_agree() {
    let data = data(500, [7, 12]);
    for family in [Family::Logistic, Family::Poisson] {
        let solver = GlmSolver::new(family).l2(0.01).tol(1e-10).max_iter(2000);
        let newton = data.fit(&solver.clone().solver(Solver::NewtonCholesky), false);
        for other in [Solver::NewtonCg, Solver::Lbfgs, Solver::CoordinateDescent] {
            let fit = data.fit(&solver.clone().solver(other), false);
            same(&fit.coefficients, &newton.coefficients, 1e-7, &format!("{other:?}"));
        }
    }
}

#[test]
fn several_classes_with_codes() {
    let data = data(600, [5, 4]);
    let codes: Vec<u32> = (0..600).map(|i| data.target[i] as u32 + u32::from(i % 3 == 0)).collect();
    for penalty in [Penalty::L2, Penalty::ElasticNet] {
        let solver = LogisticSolver::new().penalty(penalty).tol(1e-11).max_iter(1000);
        let coded = data.coded();
        let terms = Terms::of("test", &coded, None, None).unwrap();
        let a = solver.fit_multinomial(&coded, &terms, (&codes, 3), None, None, &()).unwrap();
        let unrolled = Samples::new(&data.unrolled).unwrap();
        let width = Terms::reals(data.unrolled.ncols());
        let b = solver.fit_multinomial(&unrolled, &width, (&codes, 3), None, None, &()).unwrap();
        assert!(a.report.converged && b.report.converged, "{:?} {:?}", a.report, b.report);
        same(&a.coefficients, &b.coefficients, 1e-7, "classes");
        if penalty == Penalty::L2 {
            for other in [Solver::NewtonCg, Solver::Lbfgs] {
                let solver = solver.clone().solver(other);
                let c = solver.fit_multinomial(&coded, &terms, (&codes, 3), None, None, &()).unwrap();
                assert!(c.report.converged, "{other:?} {:?}", c.report);
                same(&a.coefficients, &c.coefficients, 1e-6, "solvers");
            }
        }
    }
}

#[test]
fn paths_of_codes() {
    let data = data(300, [5, 4]);
    for ratio in [1.0, 0.5] {
        let solver =
            PathSolver::new(Family::Gaussian).l1_ratio(ratio).n_alphas(12).tol(1e-12).max_iter(100_000);
        let coded = data.coded();
        let terms = Terms::of("test", &coded, None, None).unwrap();
        let a = solver.fit(&coded, &terms, &data.target, Some(&data.weights), &()).unwrap();
        let unrolled = Samples::new(&data.unrolled).unwrap();
        let width = Terms::reals(data.unrolled.ncols());
        let b = solver.fit(&unrolled, &width, &data.target, Some(&data.weights), &()).unwrap();
        same(&a.alphas, &b.alphas, 1e-12, "alphas");
        same([&a.report.objective], [&b.report.objective], 1e-10, "objective");
        // A path's strength is the single fit's.
        let (alpha, last) = (a.alphas[11], a.coefficients.row(11).to_owned());
        let single = GlmSolver::new(Family::Gaussian).l1(alpha * ratio).l2(alpha * (1.0 - ratio)).tol(1e-12);
        let fit = data.fit(&single.max_iter(1000), false);
        if ratio < 1.0 {
            same(&last, &fit.coefficients, 1e-5, "single");
        }
    }
}

#[test]
fn many_levels() {
    // One category of many levels is eliminated; two of them are too much for a matrix.
    for levels in [[12_000, 40], [4_000, 3_000]] {
        let data = data(30_000, levels);
        let solver = GlmSolver::new(Family::Logistic).l2(1.0 / 30_000.0).tol(1e-9);
        let fit = data.fit(&solver, false);
        // The gradient of a level: its rows' residuals and its penalty.
        let coded = data.coded();
        let total: f64 = data.weights.iter().sum();
        let mut gradient = vec![0.0; levels[0]];
        for row in 0..30_000 {
            let cells = coded.row(row);
            let (b, p) = (&fit.coefficients, levels[0]);
            let first = if cells[0] < 0.0 { 0.0 } else { b[cells[0] as usize] };
            let second = b[p + 1 + cells[2] as usize];
            let margin = fit.intercept + first + b[p] * cells[1] + second + b[p + 1 + levels[1]] * cells[3];
            if cells[0] >= 0.0 {
                let residual = 1.0 / (1.0 + (-margin).exp()) - data.target[row];
                gradient[cells[0] as usize] += data.weights[row] / total * residual;
            }
        }
        for (level, g) in gradient.iter().enumerate() {
            assert!((g + fit.coefficients[level] / 30_000.0).abs() < 2e-9, "{levels:?} {level}");
        }
    }
}

/// How far a coefficient is from where an L1 penalty lets it rest.
fn off(slope: f64, b: f64, l1: f64) -> f64 {
    match b {
        b if b > 0.0 => (slope + l1).abs(),
        b if b < 0.0 => (slope - l1).abs(),
        _ => (slope.abs() - l1).max(0.0),
    }
}

#[test]
fn a_penalty_on_more_levels_than_a_matrix_is_made_for() {
    let data = data(20_000, [4_000, 3_000]);
    let coded = data.coded();
    let total: f64 = data.weights.iter().sum();
    for (l1, positive) in [(2e-5, false), (1e-4, false), (2e-5, true)] {
        let bounds = positive.then(|| vec![(0.0, f64::INFINITY); 7_002]);
        let solver = GlmSolver::new(Family::Logistic).l1(l1).l2(1e-6).tol(1e-8).max_iter(200);
        let terms = Terms::of("test", &coded, None, None).unwrap();
        let fit =
            solver.fit(&coded, &terms, &data.target, Some(&data.weights), bounds.as_deref(), &()).unwrap();
        assert!(fit.report.converged, "{:?}", fit.report);
        let b = &fit.coefficients;
        let left = b.iter().filter(|b| **b != 0.0).count();
        assert!((100..6_500).contains(&left), "{l1}: {left}");
        let mut slopes: Vec<f64> = b.iter().map(|b| 1e-6 * b).collect();
        for row in 0..20_000 {
            let cells = coded.row(row);
            let places = [(cells[0] >= 0.0).then_some(cells[0] as usize), Some(4_001 + cells[2] as usize)];
            let levels: f64 = places.iter().flatten().map(|&at| b[at]).sum();
            let margin = fit.intercept + levels + b[4_000] * cells[1] + b[7_001] * cells[3];
            let slope = data.weights[row] / total * (1.0 / (1.0 + (-margin).exp()) - data.target[row]);
            places.iter().flatten().for_each(|&at| slopes[at] += slope);
            slopes[4_000] += slope * cells[1];
            slopes[7_001] += slope * cells[3];
        }
        for (j, (slope, b)) in slopes.iter().zip(b).enumerate() {
            let slope = if positive && *b == 0.0 { slope.min(0.0) } else { *slope };
            assert!(off(slope, *b, l1) < 1e-7, "{j}: {slope} at {b}");
        }
    }
}

#[test]
fn a_penalty_on_many_classes_and_columns() {
    let (rows, columns, classes) = (600, 900, 5);
    let mut stream = Stream::new(12, "linear/classes", 0);
    let x = Array2::from_shape_simple_fn((rows, columns), || stream.normal());
    let codes: Vec<u32> = (0..rows)
        .map(|i| {
            let scores: Vec<f64> = (0..classes).map(|c| x[[i, 7 * c]] + 0.3 * stream.normal()).collect();
            (0..classes).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap() as u32
        })
        .collect();
    let samples = Samples::new(&x).unwrap();
    let solver = LogisticSolver::new().penalty(Penalty::L1).c(0.2).tol(1e-8).max_iter(500);
    let fit =
        solver.fit_multinomial(&samples, &Terms::reals(columns), (&codes, classes), None, None, &()).unwrap();
    assert!(fit.report.converged, "{:?}", fit.report);
    let mut margins = x.dot(&fit.coefficients.t()) + &fit.intercepts;
    margins.rows_mut().into_iter().for_each(|mut row| {
        let largest = row.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        row.mapv_inplace(|m| (m - largest).exp());
        row /= row.sum();
    });
    codes.iter().enumerate().for_each(|(i, code)| margins[[i, *code as usize]] -= 1.0);
    let slopes = margins.t().dot(&x) / rows as f64;
    let l1 = 1.0 / (0.2 * rows as f64);
    for (slope, b) in slopes.iter().zip(&fit.coefficients) {
        assert!(off(*slope, *b, l1) < 2e-8, "{slope} at {b}");
    }
}

/// One intercept a level and a slope: the textbook's standard errors of fixed effects.
#[test]
fn standard_errors_of_many_levels() {
    let (rows, levels) = (12_000, 2_500);
    let mut stream = Stream::new(13, "linear/effects", 0);
    let level = |row: usize| row % levels;
    let x = Array2::from_shape_fn((rows, 2), |(i, j)| {
        if j == 0 { level(i) as f64 } else { stream.normal() + 0.01 * level(i) as f64 }
    });
    let target: Vec<f64> =
        x.rows().into_iter().map(|row| 0.5 * row[1] + row[0].sin() + stream.normal()).collect();
    let schema =
        Schema::new(vec![Column::category("customer", names(levels)), Column::real("size")]).unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let terms = Terms::of("test", &samples, None, None).unwrap();
    let fit =
        GlmSolver::new(Family::Gaussian).tol(1e-12).fit(&samples, &terms, &target, None, None, &()).unwrap();
    let inference = Inference {
        terms: &terms,
        family: Family::Gaussian,
        target: &target,
        weights: None,
        fit_intercept: true,
    };
    let summary = inference.summary(&samples, &fit.coefficients, fit.intercept).unwrap();
    let (mut count, mut mean, mut mean_y) = (vec![0.0; levels], vec![0.0; levels], vec![0.0; levels]);
    for (i, y) in target.iter().enumerate() {
        count[level(i)] += 1.0;
        mean[level(i)] += x[[i, 1]];
        mean_y[level(i)] += y;
    }
    for l in 0..levels {
        mean[l] /= count[l];
        mean_y[l] /= count[l];
    }
    let within = |i: usize| (x[[i, 1]] - mean[level(i)], target[i] - mean_y[level(i)]);
    let squares: f64 = (0..rows).map(|i| within(i).0.powi(2)).sum();
    let slope = (0..rows).map(|i| within(i).0 * within(i).1).sum::<f64>() / squares;
    let left: f64 = (0..rows).map(|i| (within(i).1 - slope * within(i).0).powi(2)).sum();
    let variance = left / (rows - levels - 1) as f64;
    assert_eq!(summary.residual_df(), (rows - levels - 1) as f64);
    let errors: Vec<f64> = summary.standard_errors().iter().map(|e| e.unwrap()).collect();
    assert_eq!(errors.len(), levels + 1);
    assert!((errors[levels] / (variance / squares).sqrt() - 1.0).abs() < 1e-8);
    // The intercept is the first level's; the others are told against it.
    let intercept = (variance * (1.0 / count[0] + mean[0].powi(2) / squares)).sqrt();
    assert!((errors[0] / intercept - 1.0).abs() < 1e-8, "{} {intercept}", errors[0]);
    for l in 1..levels {
        let apart = 1.0 / count[l] + 1.0 / count[0] + (mean[l] - mean[0]).powi(2) / squares;
        assert!((errors[l] / (variance * apart).sqrt() - 1.0).abs() < 1e-8, "{l}");
    }
}

#[test]
fn offsets_and_exposure_move_the_intercept_alone() {
    let data = data(200, [3, 3]);
    let mut x = data.unrolled.slice(ndarray::s![.., 3..4]).to_owned();
    x.push_column(ndarray::Array1::from_elem(200, 4.0).view()).unwrap();
    let samples = Samples::new(&x).unwrap();
    let solver = GlmSolver::new(Family::Poisson).tol(1e-12);
    let fit = |offset: Option<&str>, exposure: Option<&str>| {
        let terms = Terms::of("test", &samples, offset, exposure).unwrap();
        solver.fit(&samples, &terms, &data.target, None, None, &()).unwrap()
    };
    let (offset, exposure) = (fit(Some("x1"), None), fit(None, Some("x1")));
    assert!((offset.intercept + 4.0 - exposure.intercept - 4f64.ln()).abs() < 1e-9);
    assert!((offset.coefficients[0] - exposure.coefficients[0]).abs() < 1e-9);
    assert!(Terms::of("test", &samples, Some("x7"), None).is_err());
    x[[3, 1]] = 0.0;
    assert!(Terms::of("test", &Samples::new(&x).unwrap(), None, Some("x1")).is_err());
}

#[test]
fn working_sets_find_the_same_minimum() {
    let mut stream = Stream::new(11, "linear/working", 0);
    let x = Array2::from_shape_simple_fn((150, 700), || stream.normal());
    let target: Vec<f64> =
        (0..150).map(|i| f64::from(x[[i, 3]] - x[[i, 600]] + stream.normal() > 0.0)).collect();
    let samples = Samples::new(&x).unwrap();
    let terms = Terms::reals(700);
    for (family, positive) in [(Family::Logistic, false), (Family::Gaussian, false), (Family::Logistic, true)]
    {
        let bounds = positive.then(|| vec![(0.0, f64::INFINITY); 700]);
        let solver = GlmSolver::new(family).l1(0.05).l2(0.001).tol(1e-9).max_iter(1000);
        let fit = solver.fit(&samples, &terms, &target, None, bounds.as_deref(), &()).unwrap();
        assert!(fit.report.converged, "{:?}", fit.report);
        let left = fit.coefficients.iter().filter(|b| **b != 0.0).count();
        assert!((2..150).contains(&left), "{left} coefficients");
        // No column's gradient is beyond the penalty's.
        let margins = x.dot(&fit.coefficients) + fit.intercept;
        for (j, b) in fit.coefficients.iter().enumerate() {
            let slope: f64 =
                (0..150).map(|i| (family.mean(margins[i]) - target[i]) * x[[i, j]] / 150.0).sum::<f64>()
                    + 0.001 * b;
            let off = match *b {
                b if b > 0.0 => (slope + 0.05).abs(),
                b if b < 0.0 => (slope - 0.05).abs(),
                _ if positive => (-slope - 0.05).max(0.0),
                _ => (slope.abs() - 0.05).max(0.0),
            };
            assert!(off < 2e-9, "{family:?} {j}: {slope}");
        }
    }
}
