use crm_ml_core::{Forecaster, Series};
use crm_ml_testkit::{ForecastLaws, forecast_laws, forecasts::toy};

use super::stationarity::{kpss, seasonal_strength};
use super::*;

#[test]
fn the_search_over_all_orders_is_no_worse() {
    for seed in 0..3 {
        let values = toy(72, seed);
        let series = Series::new(&values).unwrap();
        let auto = AutoArima::new(12).max_lags(2, 2).max_seasonal_lags(1, 1).max_order(6);
        let (steps, all) = (auto.fit(&series).unwrap(), auto.clone().stepwise(false).fit(&series).unwrap());
        assert!(
            all.aicc() <= steps.aicc() + 1e-9,
            "{} {}, {} {}",
            all.name(),
            all.aicc(),
            steps.name(),
            steps.aicc()
        );
    }
}

#[test]
fn a_level_and_a_walk_are_told_apart() {
    let mut level = toy(120, 1);
    for (t, value) in level.iter_mut().enumerate() {
        *value -= 0.4 * t as f64;
    }
    assert!(kpss(&level).unwrap() < 0.347);
    let walk: Vec<f64> = toy(120, 2)
        .iter()
        .scan(0.0, |sum, v| {
            *sum += v - 80.0;
            Some(*sum)
        })
        .collect();
    assert!(kpss(&walk).unwrap() > 0.739);
    assert_eq!(plain_differences(&level, 2), 0);
    assert_eq!(plain_differences(&walk, 1), 1);
    assert!(kpss(&[3.0; 20]).is_none());
    assert!(seasonal_strength(&toy(120, 3), 12) > 0.8);
    let noise: Vec<f64> = toy(120, 4).iter().zip(toy(120, 5)).map(|(a, b)| a - b).collect();
    assert!(seasonal_strength(&noise, 12) < 0.64);
}

/// statsmodels 0.15: `kpss(y, regression="c", nlags=int(3 * sqrt(n) / 13))`.
#[test]
fn the_kpss_statistic_is_that_of_statsmodels() {
    for (n, expected) in [(60, 0.083_485_619_551_877), (200, 4.173_908_607_797_833)] {
        let value = |t: usize| 10.0 * (t as f64 * 1.7).sin() + ((t * 7) % 11) as f64 + 0.05 * t as f64;
        let values: Vec<f64> = (0..n).map(|t| (value(t) * 1e6).round() / 1e6).collect();
        approx::assert_relative_eq!(kpss(&values).unwrap(), expected, max_relative = 1e-9);
    }
}

#[test]
fn flat_and_straight_series_need_no_lags() {
    let name = |values: &[f64]| AutoArima::new(4).fit(&Series::new(values).unwrap()).unwrap().name();
    assert_eq!(name(&[7.0; 30]), "ARIMA(0,0,0) with mean");
    let line: Vec<f64> = (0..30).map(f64::from).collect();
    assert_eq!(name(&line), "ARIMA(0,1,0) with drift");
    let season: Vec<f64> = (0..32).map(|t| [1.0, 5.0, 2.0, 9.0][t % 4]).collect();
    assert_eq!(name(&season), "ARIMA(0,0,0)(0,1,0)[4] with drift");
}

forecast_laws!(
    auto,
    ForecastLaws::new(AutoArima::new(12))
        .regressors_accepted()
        .missing_accepted()
        .bad("season_length", |_| AutoArima::new(0))
        .bad("d", |auto| auto.d(3))
        .bad("seasonal_d", |auto| auto.seasonal_d(3))
        .bad("max_p", |auto| auto.max_lags(21, 0))
        .bad("max_q", |auto| auto.max_lags(0, 21))
        .bad("max_seasonal_p", |auto| auto.max_seasonal_lags(3, 0))
        .bad("max_seasonal_q", |auto| auto.max_seasonal_lags(0, 3))
        .bad("max_d", |auto| auto.max_differences(3, 0))
        .bad("max_seasonal_d", |auto| auto.max_differences(0, 3))
        .bad("n_models", |auto| auto.n_models(0))
);
forecast_laws!(
    without_season,
    ForecastLaws::new(AutoArima::new(1).criterion(InformationCriterion::Bic).approximation(true))
        .regressors_accepted()
        .missing_accepted()
        .bad("n_models", |auto| auto.n_models(0))
);
