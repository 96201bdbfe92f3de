use crm_ml_core::{ForecastModel, Horizon};
use crm_ml_testkit::fixture::numbers;
use serde_json::Value;

use super::*;

/// With the parameters statsforecast found, its forecasts.
#[test]
fn the_recursion_is_that_of_statsforecast() {
    let fixture: Value = serde_json::from_str(include_str!("../../tests/fixtures/theta.json")).unwrap();
    for case in fixture["thetas"].as_array().unwrap() {
        let values = numbers(&fixture["series"][case["series"].as_str().unwrap()]);
        let number = |key: &str| case[key].as_f64().unwrap();
        let kind = match case["chosen"].as_str().unwrap() {
            "STM" => ThetaKind::Standard,
            "OTM" => ThetaKind::Optimized,
            "DSTM" => ThetaKind::DynamicStandard,
            _ => ThetaKind::DynamicOptimized,
        };
        let found = Best {
            alpha: number("alpha"),
            level: number("level"),
            weight: 1.0 - 1.0 / number("theta"),
            squares: 0.0,
        };
        let pattern = Pattern::of(&values, 12, DecompositionType::Multiplicative);
        let y: Vec<f64> = values.iter().enumerate().map(|(i, v)| pattern.take_out(i, *v)).collect();
        let series = Series::new(&values).unwrap();
        let model = ThetaModel::new(&series, &y, kind, found, fixed_line(&y), pattern, 1.0).unwrap();
        let forecast = model.forecast(&Horizon::new(18).unwrap()).unwrap();
        for (a, b) in forecast.mean.iter().zip(numbers(&case["mean"])) {
            assert!((a - b).abs() < 1e-8 * b.abs().max(1.0), "{a} is not {b}: {case}");
        }
        let mean = y.iter().map(|v| v.abs()).sum::<f64>() / y.len() as f64;
        assert!((model.report().objective / mean / number("squares") - 1.0).abs() < 1e-8, "{case}");
    }
}

/// What is solved for an alpha is the sum of squares of the recursion.
#[test]
fn the_quadratic_is_the_sum_of_squares() {
    let y: Vec<f64> = (0..30).map(|t| 1.0 + 0.02 * t as f64 + 0.2 * (1.3 * t as f64).sin()).collect();
    for kind in ThetaKind::ALL {
        let found = Problem::new(&y, kind.dynamic(), kind.weight()).solve();
        let series = Series::new(&y).unwrap();
        let model =
            ThetaModel::new(&series, &y, kind, found, fixed_line(&y), Pattern::default(), 1.0).unwrap();
        assert!((model.report().objective - found.squares).abs() < 1e-9, "{kind:?}");
    }
}
