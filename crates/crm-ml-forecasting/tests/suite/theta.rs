//! The Theta family beside statsforecast.

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series, Stream};
use crm_ml_forecasting::{AutoTheta, Theta, ThetaKind, ThetaModel};
use crm_ml_testkit::{ForecastLaws, fixture::numbers, forecast_laws};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/theta.json")).unwrap()
}

fn kind(name: &str) -> ThetaKind {
    match name {
        "STM" => ThetaKind::Standard,
        "OTM" => ThetaKind::Optimized,
        "DSTM" => ThetaKind::DynamicStandard,
        _ => ThetaKind::DynamicOptimized,
    }
}

fn fit(y: &[f64], name: Option<&str>) -> ThetaModel {
    let series = Series::new(y).unwrap();
    match name {
        Some(name) => Theta::new(12).kind(kind(name)).fit(&series).unwrap(),
        None => AutoTheta::new(12).fit(&series).unwrap(),
    }
}

#[test]
fn forecasts_are_those_of_statsforecast() {
    let fixture = fixture();
    let mut shared = 0;
    for case in fixture["thetas"].as_array().unwrap() {
        let y = numbers(&fixture["series"][case["series"].as_str().unwrap()]);
        let model = fit(&y, case["kind"].as_str());
        assert_eq!(model.seasonal_pattern().is_some(), case["decomposed"].as_bool().unwrap(), "{case}");
        // Its objective is divided by the mean magnitude of the values without seasons.
        let adjusted: Vec<f64> = match (model.seasonal_pattern(), case["type"].as_str()) {
            (Some(p), Some("multiplicative")) => y.iter().enumerate().map(|(i, v)| v / p[i % 12]).collect(),
            (Some(p), _) => y.iter().enumerate().map(|(i, v)| v - p[i % 12]).collect(),
            (None, _) => y.clone(),
        };
        let mean = adjusted.iter().map(|v| v.abs()).sum::<f64>() / y.len() as f64;
        let squares = model.report().objective * scale(&y).powi(2) / mean;
        let theirs = case["squares"].as_f64().unwrap();
        let most = adjusted.iter().fold(0.0f64, |most, v| most.max(v.abs()));
        // Its initial level may be anywhere, where ours is at most twice the largest value.
        let inside = case["level"].as_f64().unwrap().abs() <= 2.0 * most;
        assert!(!inside || squares <= theirs * (1.0 + 1e-6), "{squares} against {case}");
        // Where the search there came as near, forecasts agree too.
        if squares > theirs * (1.0 - 1e-3) && squares < theirs * 1.001 {
            shared += 1;
            assert!(
                (model.alpha() - case["alpha"].as_f64().unwrap()).abs() < 5e-2,
                "{} {case}",
                model.alpha()
            );
            let forecast = model.forecast(&Horizon::new(18).unwrap()).unwrap().mean;
            let size = y.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            for (a, b) in forecast.iter().zip(numbers(&case["mean"])) {
                assert!((a - b).abs() < 2e-3 * size, "{a} is not {b}: {case}");
            }
        }
    }
    assert!(shared >= 14, "{shared} optima are shared");
}

/// The power of two the model divides by.
fn scale(y: &[f64]) -> f64 {
    2f64.powi(y.iter().fold(0.0f64, |m, v| m.max(v.abs())).log2().floor() as i32)
}

#[test]
fn intervals_hold_what_they_say() {
    // Random walks with drift: of many, four in five end inside 80 % intervals.
    let mut inside = [0; 3];
    let horizon = Horizon::new(12).unwrap().with_levels(&[80.0]).unwrap();
    for seed in 0..400 {
        let mut stream = Stream::new(seed, "test/theta", 0);
        let mut level = 100.0;
        let y: Vec<f64> = (0..92)
            .map(|_| {
                level += 0.3 + stream.normal();
                level
            })
            .collect();
        let model = Theta::new(1).fit(&Series::new(&y[..80]).unwrap()).unwrap();
        let interval = &model.forecast(&horizon).unwrap().intervals[0];
        for (count, step) in inside.iter_mut().zip([0, 5, 11]) {
            *count += usize::from((interval.lower[step]..=interval.upper[step]).contains(&y[80 + step]));
        }
    }
    assert!(inside.iter().all(|count| (280..=350).contains(count)), "{inside:?}");
}

forecast_laws!(standard, ForecastLaws::new(Theta::new(12)).bad("season_length", |_| Theta::new(0)));
forecast_laws!(dynamic_optimized, ForecastLaws::new(Theta::dynamic_optimized(12)));
forecast_laws!(auto, ForecastLaws::new(AutoTheta::new(12)).bad("season_length", |_| AutoTheta::new(0)));
