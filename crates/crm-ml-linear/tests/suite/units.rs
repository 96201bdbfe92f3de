//! What a fit finds does not depend on the units of columns and target.

use crm_ml_core::{Samples, Stream};
use crm_ml_linear::{
    Family, GlmFit, GlmSolver, Inference, LogisticSolver, PathSolver, Penalty, Solver, Terms,
};
use ndarray::{Array1, Array2};

fn table(rows: usize, columns: usize) -> (Array2<f64>, Vec<f64>, Vec<f64>) {
    let mut stream = Stream::new(7, "linear/units", 0);
    let x = Array2::from_shape_simple_fn((rows, columns), || stream.normal());
    let margin: Vec<f64> = x.rows().into_iter().map(|row| 0.5 * row[0]).collect();
    let won = margin.iter().map(|m| f64::from(stream.uniform() < 1.0 / (1.0 + (-2.0 * m).exp()))).collect();
    let amounts = margin.iter().map(|m| (m + 0.3 * stream.normal()).exp()).collect();
    (x, won, amounts)
}

fn glm(solver: &GlmSolver, x: &Array2<f64>, y: &[f64]) -> GlmFit {
    solver.fit(&Samples::new(x).unwrap(), &Terms::reals(x.ncols()), y, None, None, &()).unwrap()
}

fn free() -> LogisticSolver {
    LogisticSolver::new().penalty(Penalty::None)
}

#[test]
fn narrow_columns_have_their_effects() {
    let (x, won, _) = table(500, 1);
    let fit = |unit: f64| {
        let x = &x * unit;
        let fit = free().fit_binary(&Samples::new(&x).unwrap(), &Terms::reals(1), &won, None, None, &());
        fit.unwrap().coefficients[[0, 0]] * unit
    };
    let usual = fit(1.0);
    for unit in [1e-3, 1e-6, 1e-12] {
        assert!((fit(unit) - usual).abs() < 1e-5, "{unit:e}: {} and {usual}", fit(unit));
    }
    let path = |unit: f64| {
        let x = &x * unit;
        let solver = PathSolver::new(Family::Logistic).n_alphas(6).eps(0.01);
        let path = solver.fit(&Samples::new(&x).unwrap(), &Terms::reals(1), &won, None, &()).unwrap();
        path.coefficients.column(0).mapv(|b| b * unit)
    };
    for (a, b) in path(1e-3).iter().zip(path(1.0)) {
        assert!((a - b).abs() < 2e-3, "{a} and {b}");
    }
}

#[test]
fn small_and_large_targets_have_the_same_effects() {
    let (x, _, amounts) = table(800, 2);
    for (family, units) in [
        (Family::Poisson, vec![1e-7, 1e-5, 1e5]),
        (Family::Tweedie { power: 3.0 }, vec![1e-3, 1e5, 1e7]),
        (Family::Tweedie { power: 1.5 }, vec![1e-8, 1e6]),
        (Family::Gamma, vec![1e-30, 1e-300, 1e30]),
    ] {
        let usual = glm(&GlmSolver::new(family).tol(1e-10), &x, &amounts);
        for unit in units {
            let told: Vec<f64> = amounts.iter().map(|y| y * unit).collect();
            let fit = glm(&GlmSolver::new(family), &x, &told);
            assert!(fit.report.converged, "{family:?}, {unit:e}: {:?}", fit.report);
            for (a, b) in fit.coefficients.iter().zip(&usual.coefficients) {
                assert!((a - b).abs() < 1e-4, "{family:?}, {unit:e}: {a} and {b}");
            }
            assert!((fit.intercept - unit.ln() - usual.intercept).abs() < 1e-4, "{family:?}, {unit:e}");
        }
    }
}

#[test]
fn rare_events_are_fitted_to_their_end() {
    let mut stream = Stream::new(8, "linear/units", 0);
    let x = Array2::from_shape_simple_fn((60_000, 1), || stream.normal());
    let chance = |v: f64| 1.0 / (1.0 + (8.0 - v).exp());
    let won: Vec<f64> = x.iter().map(|v| f64::from(stream.uniform() < chance(*v))).collect();
    assert!((10.0..100.0).contains(&won.iter().sum::<f64>()));
    let fit = |tol: f64| {
        let samples = Samples::new(&x).unwrap();
        free().tol(tol).fit_binary(&samples, &Terms::reals(1), &won, None, None, &()).unwrap()
    };
    let (usual, exact) = (fit(1e-6), fit(1e-12));
    assert!((usual.coefficients[[0, 0]] - exact.coefficients[[0, 0]]).abs() < 1e-4);
    // Rows are sure of the frequent class, but nothing is separated.
    assert!(usual.report.notes.is_empty(), "{:?}", usual.report);
}

#[test]
fn offsets_of_any_size_only_move_the_intercept() {
    let (x, won, amounts) = table(400, 2);
    let with = |offset: f64| {
        let mut wide = Array2::zeros((400, 3));
        wide.slice_mut(ndarray::s![.., ..2]).assign(&x);
        wide.column_mut(2).fill(offset);
        wide
    };
    let schema = |x: &Array2<f64>| Samples::new(x).map(|samples| samples.schema().clone()).unwrap();
    let name = schema(&with(0.0)).name(2).to_owned();
    let fit = |family: Family, offset: f64, y: &[f64]| {
        let wide = with(offset);
        let samples = Samples::new(&wide).unwrap();
        let terms = Terms::of("test", &samples, Some(&name), None).unwrap();
        let fit = GlmSolver::new(family).fit(&samples, &terms, y, None, None, &()).unwrap();
        let told = Inference { terms: &terms, family, target: y, weights: None, fit_intercept: true };
        (told.summary(&samples, &fit.coefficients, fit.intercept).unwrap(), fit)
    };
    for (family, y, offsets) in [
        (Family::Logistic, &won, [-50.0, 50.0]),
        (Family::Poisson, &amounts, [150.0, -400.0]),
        (Family::Gamma, &amounts, [100.0, -100.0]),
    ] {
        let (summary, usual) = fit(family, 0.0, y);
        for offset in offsets {
            let (moved, found) = fit(family, offset, y);
            assert!(found.report.converged, "{family:?}, {offset}: {:?}", found.report);
            assert!((found.intercept + offset - usual.intercept).abs() < 1e-5, "{family:?}, {offset}");
            assert!((found.coefficients[0] - usual.coefficients[0]).abs() < 1e-5, "{family:?}, {offset}");
            let (a, b) = (moved.null_deviance(), summary.null_deviance());
            assert!((a - b).abs() < 1e-6 * b, "{family:?}, {offset}: {a} and {b}");
        }
    }
}

#[test]
fn least_squares_says_that_it_has_converged_when_it_has() {
    let (x, _, amounts) = table(1000, 5);
    for unit in [1e-6, 1.0, 1e3, 1e9] {
        let y: Vec<f64> = amounts.iter().map(|y| y * unit).collect();
        let bounds = vec![(0.0, f64::INFINITY); 5];
        let solver = GlmSolver::new(Family::Gaussian).tol(1e-14);
        let samples = Samples::new(&x).unwrap();
        let fit = solver.fit(&samples, &Terms::reals(5), &y, None, Some(&bounds), &()).unwrap();
        assert!(fit.report.converged, "{unit:e}: {:?}", fit.report);
    }
}

#[test]
fn wide_columns_are_solved_and_said_to_be() {
    let (mut x, won, _) = table(300, 3);
    x.column_mut(1).mapv_inplace(|v| v * 1e200);
    for penalty in [Penalty::L2, Penalty::L1] {
        let solver = LogisticSolver::new().penalty(penalty);
        let fit = solver.fit_binary(&Samples::new(&x).unwrap(), &Terms::reals(3), &won, None, None, &());
        let fit = fit.unwrap();
        assert!(fit.report.converged, "{penalty:?}: {:?}", fit.report);
    }
}

#[test]
fn more_columns_than_are_factorised_by_default_are_solved() {
    // Neighbouring columns are nearly the same, which first-order steps do not see the end of.
    let mut stream = Stream::new(9, "linear/units", 0);
    let (rows, columns) = (2300, 2100);
    let mut x = Array2::zeros((rows, columns));
    for mut row in x.rows_mut() {
        let mut last = 0.0;
        for cell in &mut row {
            last = 0.99 * last + 0.14 * stream.normal();
            *cell = last;
        }
    }
    let truth = Array1::from_shape_fn(columns, |j| f64::from(u8::from(j % 7 == 0)));
    let y = x.dot(&truth).to_vec();
    let fit = glm(&GlmSolver::new(Family::Gaussian).tol(1e-14), &x, &y);
    assert!(fit.report.converged && fit.report.notes.is_empty(), "{:?}", fit.report);
    assert!(fit.coefficients.iter().zip(&truth).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn solvers_that_cannot_have_bounds_say_so() {
    let (x, won, amounts) = table(60, 2);
    let samples = Samples::new(&x).unwrap();
    let terms = Terms::reals(2);
    let bounds = vec![(0.0, f64::INFINITY); 2];
    let refused = |error: crm_ml_core::Error| assert!(error.to_string().contains("solver"), "{error}");
    for solver in [Solver::Lbfgs, Solver::NewtonCg, Solver::NewtonCholesky] {
        let glm = GlmSolver::new(Family::Poisson).solver(solver);
        refused(glm.fit(&samples, &terms, &amounts, None, Some(&bounds), &()).unwrap_err());
        refused(glm.l1(0.1).fit(&samples, &terms, &amounts, None, None, &()).unwrap_err());
        let logistic = LogisticSolver::new().solver(solver);
        refused(logistic.fit_binary(&samples, &terms, &won, None, Some(&bounds), &()).unwrap_err());
        let codes: Vec<u32> = (0..60).map(|row| row % 3).collect();
        let fit = logistic.fit_multinomial(&samples, &terms, (&codes, 3), None, Some(&bounds), &());
        refused(fit.unwrap_err());
    }
}

#[test]
fn a_penalty_beyond_numbers_is_refused() {
    let (x, won, _) = table(20, 1);
    let weights = vec![1e-300; 20];
    let solver = LogisticSolver::new().c(1e-100);
    let samples = Samples::new(&x).unwrap();
    let fit = solver.fit_binary(&samples, &Terms::reals(1), &won, Some(&weights), None, &());
    assert!(fit.unwrap_err().to_string().contains("penalty"));
}

#[test]
fn rows_are_named_as_they_were_given() {
    let (x, _, mut amounts) = table(4, 1);
    let weights = [0.0, 1.0, 1.0, 1.0];
    amounts[2] = -1.0;
    let samples = Samples::new(&x).unwrap().with_weights(&weights[..]).unwrap();
    // Without the row of weight 0 it is the second.
    let kept = &amounts[1..];
    let fit = GlmSolver::new(Family::Poisson).fit(&samples, &Terms::reals(1), kept, None, None, &());
    assert!(fit.unwrap_err().to_string().contains("row 2"));
}

#[test]
fn an_offset_alone_is_a_model() {
    let x = ndarray::array![[1.0], [2.0], [3.0]];
    let samples = Samples::new(&x).unwrap();
    let name = samples.schema().name(0).to_owned();
    let terms = Terms::of("test", &samples, Some(&name), None).unwrap();
    for (family, target) in [(Family::Gaussian, [1.5, 2.0, 2.5]), (Family::Poisson, [3.0, 7.0, 20.0])] {
        let solver = GlmSolver::new(family).fit_intercept(false);
        let fit = solver.fit(&samples, &terms, &target, None, None, &()).unwrap();
        assert!(fit.coefficients.is_empty() && fit.intercept == 0.0 && fit.report.converged);
    }
    let free = free().fit_intercept(false);
    let fit = free.fit_binary(&samples, &terms, &[0.0, 1.0, 1.0], None, None, &()).unwrap();
    assert!(fit.report.converged);
}
