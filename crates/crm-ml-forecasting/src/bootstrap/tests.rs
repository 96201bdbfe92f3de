use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
use crm_ml_testkit::{ForecastLaws, forecast_laws};

use super::*;
use crate::{AnyForecaster, Arima, Croston, Ets, Mstl, Naive, SeasonalNaive, Theta, Trend, TrendRegression};

#[test]
fn few_errors_are_told_and_none_refused() {
    let values: Vec<f64> = (0..24).map(|t| 30.0 + f64::from(t * 37 % 11)).collect();
    let series = Series::new(&values).unwrap();
    let model = Bootstrap::new(SeasonalNaive::new(4)).fit(&series).unwrap();
    assert!(model.report().notes[0].contains("no more than 20 errors"), "{:?}", model.report());
    let short = Series::new(&values[..4]).unwrap();
    let model = Bootstrap::new(SeasonalNaive::new(4)).fit(&short).unwrap();
    let horizon = Horizon::new(3).unwrap();
    assert!(model.forecast(&horizon).is_ok());
    assert!(model.forecast(&horizon.with_levels(&[80.0]).unwrap()).is_err());
    let croston: AnyForecaster = Croston::new().into();
    let error = Bootstrap::new(Box::new(croston)).fit(&series).unwrap_err().to_string();
    assert!(error.contains("run errors forward"), "{error}");
}

/// Errors that are all the same vary by their rounding alone.
#[test]
fn errors_that_do_not_vary_are_none() {
    for (length, slope) in [(10, 2.0), (30, 0.1)] {
        let line: Vec<f64> = (0..length).map(|t| 100.0 + slope * f64::from(t)).collect();
        let model = Bootstrap::new(Naive::new()).n_paths(200).fit(&Series::new(&line).unwrap()).unwrap();
        let forecast = model.forecast(&Horizon::new(3).unwrap().with_levels(&[95.0]).unwrap()).unwrap();
        assert_eq!(forecast.intervals[0].lower, forecast.mean);
        assert_eq!(forecast.intervals[0].upper, forecast.mean);
    }
}

forecast_laws!(
    seasonal,
    ForecastLaws::new(Bootstrap::new(SeasonalNaive::new(12)).n_paths(200))
        .bad("n_paths", |bootstrap| bootstrap.n_paths(0))
        .bad("n_paths", |bootstrap| bootstrap.n_paths(usize::MAX))
);
forecast_laws!(smoothing, ForecastLaws::new(Bootstrap::new(Ets::holt_winters(12)).n_paths(200)));
forecast_laws!(
    arima,
    ForecastLaws::new(Bootstrap::new(Arima::new(0, 1, 1).seasonal(0, 1, 1, 12)).n_paths(200))
        .missing_accepted()
        .regressors_accepted()
);
forecast_laws!(theta, ForecastLaws::new(Bootstrap::new(Theta::dynamic_optimized(12)).n_paths(200)));
forecast_laws!(
    regression,
    ForecastLaws::new(Bootstrap::new(TrendRegression::new(Trend::PIECEWISE).season(12.0, 3)).n_paths(200))
        .missing_accepted()
        .regressors_accepted()
);
forecast_laws!(decomposed, ForecastLaws::new(Bootstrap::new(Mstl::new(&[12], Ets::holt())).n_paths(200)));
