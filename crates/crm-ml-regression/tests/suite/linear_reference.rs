//! Linear regressors against statsmodels and scikit-learn (`fixtures/make_linear.py`).

use crm_ml_core::{Column, Regressor, Samples, Schema, Targeted};
use crm_ml_linear::{Family, GlmSolver, Inference, PathSolver, Terms};
use crm_ml_regression::{
    ElasticNet, GammaRegressor, GlmSummary, Lasso, LassoCv, LinearModel, LinearRegression, PoissonRegressor,
    Ridge, TweedieRegressor,
};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array1, Array2};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/linear.json")).unwrap()
}

#[track_caller]
fn close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1e-3), "{name}: {found:?} against {expected:?}");
    }
}

/// The columns of a case: three reals, then (where asked for) a category and the months of exposure.
fn columns(fixture: &Value, category: bool, months: bool) -> (Array2<f64>, Schema) {
    let x = matrix(&fixture["x"]);
    let mut columns: Vec<Column> = ["a", "b", "c"].map(Column::real).to_vec();
    let mut cells: Vec<Vec<f64>> = x.rows().into_iter().map(|row| row.to_vec()).collect();
    if category {
        columns.push(Column::category("level", ["p", "q", "r", "s"].map(String::from).to_vec()));
        cells.iter_mut().zip(numbers(&fixture["level"])).for_each(|(row, v)| row.push(v));
    }
    if months {
        columns.push(Column::real("months"));
        cells.iter_mut().zip(numbers(&fixture["months"])).for_each(|(row, v)| row.push(v));
    }
    let x = Array2::from_shape_vec((cells.len(), columns.len()), cells.concat()).unwrap();
    (x, Schema::new(columns).unwrap())
}

fn data<'a>(x: &'a Array2<f64>, schema: &Schema, case: &Value, fixture: &Value) -> Targeted<'a> {
    let mut samples = Samples::new(x).unwrap().with_schema(schema).unwrap();
    if case["weighted"] == true {
        samples = samples.with_weights(&Array1::from(numbers(&fixture["weights"]))).unwrap();
    }
    Targeted::new(samples, &Array1::from(numbers(&case["y"]))).unwrap()
}

fn check(name: &str, summary: &GlmSummary, case: &Value) {
    let flat = |values: &[Option<f64>]| values.iter().map(|v| v.unwrap()).collect::<Vec<f64>>();
    close(name, summary.coefficients(), &numbers(&case["params"]), 1e-6);
    close(name, &flat(summary.standard_errors()), &numbers(&case["bse"]), 1e-6);
    for (found, expected) in flat(&summary.p_values()).iter().zip(numbers(&case["p"])) {
        assert!((found - expected).abs() < 1e-6, "{name}: p {found} against {expected}");
    }
    let intervals = summary.confidence_intervals(0.95).unwrap();
    let low: Vec<f64> = intervals.iter().map(|i| i.unwrap().0).collect();
    let high: Vec<f64> = intervals.iter().map(|i| i.unwrap().1).collect();
    close(name, &low, &numbers(&case["low"]), 1e-5);
    close(name, &high, &numbers(&case["high"]), 1e-5);
    let figures = [summary.deviance(), summary.dispersion(), summary.residual_df()];
    let expected = ["deviance", "dispersion", "df"].map(|key| case[key].as_f64().unwrap());
    close(name, &figures, &expected, 1e-7);
    if case["intercept"] == true {
        close(name, &[summary.null_deviance()], &[case["null_deviance"].as_f64().unwrap()], 1e-7);
    }
    match case["ll"].as_f64() {
        None => assert!(summary.log_likelihood().is_none() && summary.aic().is_none(), "{name}"),
        Some(ll) => {
            let found = [summary.log_likelihood().unwrap(), summary.aic().unwrap()];
            close(name, &found, &[ll, case["aic"].as_f64().unwrap()], 1e-7);
        }
    }
}

#[test]
fn inference_equals_statsmodels() {
    let fixture = fixture();
    for case in fixture["inference"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (x, schema) = columns(&fixture, case["category"] == true, case["offset"] == true);
        let data = data(&x, &schema, case, &fixture);
        let intercept = case["intercept"].as_bool().unwrap();
        let power = case["power"].as_f64().unwrap();
        macro_rules! glm {
            ($estimator:expr) => {{
                let estimator = $estimator.alpha(0.0).tol(1e-12).inference(true).fit_intercept(intercept);
                let estimator = if case["offset"] == true { estimator.exposure("months") } else { estimator };
                estimator.fit(&data).unwrap().summary().unwrap().clone()
            }};
        }
        let summary = match case["kind"].as_str().unwrap() {
            "gaussian" => {
                let estimator = LinearRegression::new().inference(true).fit_intercept(intercept);
                estimator.fit(&data).unwrap().summary().unwrap().clone()
            }
            "poisson" => glm!(PoissonRegressor::new()),
            "gamma" => glm!(GammaRegressor::new()),
            "tweedie" => glm!(TweedieRegressor::new().power(power)),
            _ => {
                let (samples, family) = (data.samples(), Family::Logistic);
                let terms = Terms::of(name, samples, None, None).unwrap();
                let solver = GlmSolver::new(family).tol(1e-12);
                let fit = solver.fit(samples, &terms, data.target(), None, None, &()).unwrap();
                let target = data.target();
                let inference =
                    Inference { terms: &terms, family, target, weights: None, fit_intercept: true };
                inference.summary(samples, &fit.coefficients, fit.intercept).unwrap()
            }
        };
        check(name, &summary, case);
        let table = summary.to_string();
        assert!(table.contains("Null deviance") && table.contains("Pr(>|"), "{table}");
    }
}

#[test]
fn fits_equal_the_references() {
    let fixture = fixture();
    for case in fixture["fits"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (x, schema) = columns(&fixture, case["category"] == true, false);
        let data = data(&x, &schema, case, &fixture);
        let number = |key: &str| case[key].as_f64().unwrap_or(0.0);
        let model: LinearModel = match case["kind"].as_str().unwrap() {
            "ols" => LinearRegression::new().fit(&data),
            "nnls" => LinearRegression::new().positive(true).fit(&data),
            "ridge" => Ridge::new().alpha(number("alpha")).fit(&data),
            "lasso" => Lasso::new().alpha(number("alpha")).tol(1e-15).fit(&data),
            "positive lasso" => Lasso::new().alpha(number("alpha")).positive(true).tol(1e-15).fit(&data),
            "elastic net" => {
                ElasticNet::new().alpha(number("alpha")).l1_ratio(number("l1_ratio")).tol(1e-15).fit(&data)
            }
            "poisson" => PoissonRegressor::new().alpha(number("alpha")).tol(1e-12).fit(&data),
            "gamma" => GammaRegressor::new().alpha(number("alpha")).tol(1e-12).fit(&data),
            _ => TweedieRegressor::new().alpha(number("alpha")).tol(1e-12).fit(&data),
        }
        .unwrap();
        assert!(model.report().converged, "{name}: {:?}", model.report());
        close(name, &model.coefficients().to_vec(), &numbers(&case["coef"]), 1e-6);
        close(name, &[model.intercept()], &[number("intercept")], 1e-6);
    }
}

#[test]
fn paths_equal_the_reference() {
    for case in fixture()["paths"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (x, y) = (matrix(&case["x"]), numbers(&case["y"]));
        let solver = PathSolver::new(Family::Gaussian)
            .l1_ratio(case["l1_ratio"].as_f64().unwrap())
            .n_alphas(20)
            .eps(1e-2)
            .tol(1e-13)
            .max_iter(100_000);
        let path = solver.fit(&Samples::new(&x).unwrap(), &Terms::reals(x.ncols()), &y, None, &()).unwrap();
        assert!(path.report.converged, "{name}: {:?}", path.report);
        close(name, &path.alphas, &numbers(&case["alphas"]), 1e-12);
        for (found, expected) in path.coefficients.iter().zip(&matrix(&case["coefs"])) {
            assert!((found - expected).abs() < 1e-6, "{name}: {found} against {expected}");
        }
    }
}

/// One sweep a strength is too few for the folds' paths; that is told even where the chosen fit itself needs no more.
#[test]
fn unfinished_paths_of_folds_are_told() {
    let x = Array2::from_shape_fn((60, 3), |(i, j)| ((i * (7 + 4 * j)) % 11 + (i * j) % 5) as f64);
    let y = Array1::from_shape_fn(60, |i| 2.0 * x[[i, 0]] - x[[i, 1]] + ((i * 5) % 7) as f64);
    let data = Targeted::new(Samples::new(&x).unwrap(), &y).unwrap();
    let notes = |cv: LassoCv| cv.fit(&data).unwrap().report().notes.join("; ");
    let told = "5 of 5 paths of the folds did not converge";
    assert!(notes(LassoCv::new().max_iter(1)).contains(told));
    assert!(notes(LassoCv::new()).is_empty());
}
