use approx::assert_abs_diff_eq;
use crm_ml_core::{ForecastModel, Forecaster, Horizon, Samples, Series, Stream};
use crm_ml_testkit::{ForecastLaws, forecast_laws, forecasts::toy};
use ndarray::Array2;

use super::*;

/// A line that turns down at a third, with noise.
fn bent(length: usize) -> Vec<f64> {
    let mut stream = Stream::new(1, "bent", 0);
    let line = |t: usize| {
        if t < length / 3 { 2.0 * t as f64 } else { 2.0 * (length / 3) as f64 - (t - length / 3) as f64 }
    };
    (0..length).map(|t| 100.0 + line(t) + stream.normal()).collect()
}

#[test]
fn a_bend_is_found_and_a_straight_line_kept() {
    let values = bent(120);
    let series = Series::new(&values).unwrap();
    let horizon = Horizon::new(10).unwrap();
    let model = TrendRegression::new(Trend::PIECEWISE).fit(&series).unwrap();
    let forecast = model.forecast(&horizon).unwrap();
    // The line goes on downwards from 100 + 80 - 80.
    assert_abs_diff_eq!(forecast.mean[9], 100.0 - 10.0, epsilon = 4.0);
    let line = TrendRegression::new(Trend::Linear).fit(&series).unwrap().forecast(&horizon).unwrap();
    assert!((line.mean[9] - 90.0).abs() > 20.0);
    let turn: f64 =
        model.changepoints().iter().filter(|(step, _)| (30..50).contains(step)).map(|(_, bend)| bend).sum();
    assert_abs_diff_eq!(turn, -3.0, epsilon = 0.5);

    let mut stream = Stream::new(2, "straight", 0);
    let straight: Vec<f64> = (0..120).map(|t| 5.0 + 0.5 * t as f64 + stream.normal()).collect();
    let model = TrendRegression::new(Trend::PIECEWISE).fit(&Series::new(&straight).unwrap()).unwrap();
    let largest = model.changepoints().iter().fold(0.0f64, |a, (_, bend)| a.max(bend.abs()));
    assert!(largest < 0.05, "{largest}");
}

#[test]
fn regressors_are_estimated_beside_trend_and_waves() {
    let mut stream = Stream::new(3, "regressors", 0);
    let x = Array2::from_shape_fn((80, 2), |_| stream.normal());
    let values: Vec<f64> = (0..80)
        .map(|t| {
            3.0 + 0.2 * t as f64 + 4.0 * (t as f64 * std::f64::consts::TAU / 7.0).sin() + 2.0 * x[[t, 0]]
                - x[[t, 1]]
        })
        .collect();
    let series = Series::new(&values).unwrap().with_regressors(Samples::new(&x).unwrap()).unwrap();
    let model = TrendRegression::new(Trend::Linear).season(7, 2).fit(&series).unwrap();
    assert_abs_diff_eq!(model.regressors()[0], 2.0, epsilon = 1e-9);
    assert_abs_diff_eq!(model.regressors()[1], -1.0, epsilon = 1e-9);
    // Missing values are left out, and the rest still tells all.
    let mut gaps = values.clone();
    gaps[10] = f64::NAN;
    let series = Series::new(&gaps).unwrap().with_regressors(Samples::new(&x).unwrap()).unwrap();
    let model = TrendRegression::new(Trend::Linear).season(7, 2).fit(&series).unwrap();
    assert_abs_diff_eq!(model.fitted_values()[10], values[10], epsilon = 1e-9);
    assert_eq!(model.report().notes, ["1 missing values were left out"]);
}

#[test]
fn intervals_are_those_of_least_squares() {
    let values = [1.0, 2.0, 4.0, 3.0, 6.0, 5.0];
    let model = TrendRegression::new(Trend::Linear).fit(&Series::new(&values).unwrap()).unwrap();
    let forecast = model.forecast(&Horizon::new(1).unwrap().with_levels(&[80.0]).unwrap()).unwrap();
    // Mean 3.5, slope 31 / 35; the variance is 1.2 * (1 + 1/6 + 3.5^2 / 17.5) by the textbook.
    let (slope, centre) = (31.0 / 35.0, 3.5);
    let squares: f64 =
        values.iter().enumerate().map(|(t, y)| (y - centre - slope * (t as f64 - 2.5)).powi(2)).sum();
    let variance = squares / 4.0 * (1.0 + 1.0 / 6.0 + 3.5 * 3.5 / 17.5);
    assert_abs_diff_eq!(forecast.mean[0], centre + slope * 3.5, epsilon = 1e-12);
    let half = forecast.intervals[0].upper[0] - forecast.mean[0];
    assert_abs_diff_eq!(half, 1.2815515655446004 * variance.sqrt(), epsilon = 1e-9);
}

#[test]
fn logarithms_multiply() {
    let values: Vec<f64> = (0..36).map(|t| 1.05f64.powi(t) * [1.0, 2.0, 0.5][t as usize % 3]).collect();
    let model = TrendRegression::new(Trend::Linear)
        .season(3, 1)
        .logarithm(true)
        .fit(&Series::new(&values).unwrap())
        .unwrap();
    let forecast = model.forecast(&Horizon::new(2).unwrap()).unwrap();
    assert_abs_diff_eq!(forecast.mean[1], 1.05f64.powi(37) * 2.0, epsilon = 1e-9);
    let zero = [1.0, 0.0, 2.0, 3.0];
    let error =
        TrendRegression::new(Trend::Flat).logarithm(true).fit(&Series::new(&zero).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "value 1: the value is not above 0, and has no logarithm");
}

forecast_laws!(
    piecewise,
    ForecastLaws::new(TrendRegression::new(Trend::PIECEWISE).season(12, 3))
        .regressors_accepted()
        .missing_accepted()
        .bad("changepoints", |_| TrendRegression::new(Trend::Piecewise { changepoints: 0, range: 0.8 }))
        .bad("range", |_| TrendRegression::new(Trend::Piecewise { changepoints: 5, range: f64::NAN }))
        .bad("period", |regression| regression.season(1.0, 1))
        .bad("order", |regression| regression.season(5, 0))
);
forecast_laws!(
    flat,
    ForecastLaws::new(TrendRegression::new(Trend::Flat))
        .regressors_accepted()
        .missing_accepted()
        .bad("order", |regression| regression.season(5, 0))
);

#[test]
fn a_whole_season_is_as_good_as_dummies() {
    let values = toy(60, 3);
    let waves = TrendRegression::new(Trend::Flat).season(12, 6).fit(&Series::new(&values).unwrap()).unwrap();
    // Each month's mean.
    for (t, fitted) in waves.fitted_values().iter().enumerate() {
        let months = values.iter().skip(t % 12).step_by(12);
        assert_abs_diff_eq!(*fitted, months.sum::<f64>() / 5.0, epsilon = 1e-9);
    }
}
