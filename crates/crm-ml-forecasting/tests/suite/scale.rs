//! The unit of values changes nothing but the unit of forecasts, as far as numbers go.

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Samples, Series, Stream};
use crm_ml_forecasting::{
    AnyForecaster, Arima, AutoArima, BackTest, Bootstrap, Croston, CrostonVariant, Drift, Ensemble, Ets,
    HistoricAverage, Mstl, Naive, Pelt, SeasonalNaive, SeriesAnomalies, Theta, Trend, TrendRegression,
    WindowAverage,
};
use ndarray::Array2;

/// Powers of two of which the square is 0, and of which it is infinite.
const POWERS: [i32; 3] = [-900, -600, 530];

fn values() -> Vec<f64> {
    let mut stream = Stream::new(1, "test/scale", 0);
    let value = |t: usize| 50.0 + 0.3 * t as f64 + [6.0, -2.0, -5.0, 1.0][t % 4] + stream.normal();
    (0..60).map(value).collect()
}

fn times(values: &[f64], unit: f64) -> Vec<f64> {
    values.iter().map(|value| value * unit).collect()
}

#[track_caller]
fn close(found: &[f64], unit: f64, expected: &[f64], what: &str) {
    for (found, expected) in found.iter().zip(expected) {
        let found = found / unit;
        assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{what}: {found} is not {expected}");
    }
}

#[test]
fn intervals_are_in_the_unit_of_the_values() {
    let methods: Vec<AnyForecaster> = vec![
        Naive::new().into(),
        Drift::new().into(),
        SeasonalNaive::new(4).into(),
        HistoricAverage::new().into(),
        WindowAverage::new(5).into(),
        Ets::holt_winters(4).into(),
        Arima::new(1, 0, 0).into(),
        AutoArima::new(4).into(),
        Theta::new(4).into(),
        Croston::new().alpha_demand(None).into(),
        Croston::new().variant(CrostonVariant::Tsb).alpha_demand(None).into(),
        TrendRegression::new(Trend::PIECEWISE).season(4, 2).into(),
        Mstl::new(&[4], Box::new(AnyForecaster::from(Ets::holt()))).into(),
        Bootstrap::new(Box::new(AnyForecaster::from(Naive::new()))).n_paths(200).into(),
        Bootstrap::new(Box::new(AnyForecaster::from(Ets::holt()))).n_paths(200).into(),
    ];
    let horizon = Horizon::new(6).unwrap().with_levels(&[80.0]).unwrap();
    let values = values();
    for method in methods {
        let forecast = |unit: f64| {
            let series = times(&values, unit);
            let model = method.fit(&Series::new(&series).unwrap()).unwrap();
            model.forecast(&horizon).unwrap()
        };
        let plain = forecast(1.0);
        assert!(plain.intervals[0].lower[0] < plain.intervals[0].upper[0]);
        for power in POWERS {
            let (unit, what) = (2f64.powi(power), format!("{} at 2^{power}", method.name()));
            let scaled = forecast(unit);
            close(&scaled.mean, unit, &plain.mean, &what);
            close(&scaled.intervals[0].lower, unit, &plain.intervals[0].lower, &what);
            close(&scaled.intervals[0].upper, unit, &plain.intervals[0].upper, &what);
        }
    }
}

#[test]
fn errors_of_a_back_test_are_in_the_unit_of_the_values() {
    let values = values();
    let rmse = |unit: f64| {
        let values = times(&values, unit);
        BackTest::new(4)
            .n_windows(5)
            .run(&Naive::new(), &[Series::new(&values).unwrap()])
            .unwrap()
            .metrics()
            .rmse
    };
    for power in POWERS {
        close(&[rmse(2f64.powi(power))], 2f64.powi(power), &[rmse(1.0)], "rmse");
    }
}

#[test]
fn bounds_beyond_the_numbers_are_an_error() {
    let values: Vec<f64> = (0..30).map(|t| 1e306 * f64::from(t * 7 % 11)).collect();
    let series = Series::new(&values).unwrap();
    let methods: [AnyForecaster; 3] = [
        Naive::new().into(),
        Ensemble::new([Naive::new().into(), Drift::new().into()]).into(),
        Mstl::new(&[4], Box::new(AnyForecaster::from(Naive::new()))).into(),
    ];
    for method in methods {
        let model = method.fit(&series).unwrap();
        assert!(model.forecast(&Horizon::new(3).unwrap()).is_ok(), "{}", method.name());
        let horizon = Horizon::new(600).unwrap().with_levels(&[99.9]).unwrap();
        assert!(model.forecast(&horizon).is_err(), "{}", method.name());
    }
}

/// Regressors of any size, beside others and alone.
#[test]
fn regressors_may_have_any_unit() {
    let mut stream = Stream::new(2, "test/regressors", 0);
    let plain = Array2::from_shape_fn((60, 2), |_| stream.normal());
    let values: Vec<f64> =
        plain.rows().into_iter().map(|x| 5.0 + 3.0 * x[0] - 2.0 * x[1] + 0.1 * stream.normal()).collect();
    let arima = Arima::new(1, 0, 0);
    let regression = TrendRegression::new(Trend::Linear);
    for unit in [1e-14, 1e14, 1e30] {
        let mut known = plain.clone();
        known.column_mut(0).mapv_inplace(|x| x * unit);
        let series = || Series::new(&values).unwrap().with_regressors(Samples::new(&known).unwrap()).unwrap();
        let found = arima.fit(&series()).unwrap().coefficients().regressors.clone();
        assert!((found[0] * unit - 3.0).abs() < 0.1 && (found[1] + 2.0).abs() < 0.1, "{unit}: {found:?}");
        let found = regression.fit(&series()).unwrap().regressors().to_vec();
        assert!((found[0] * unit - 3.0).abs() < 0.1 && (found[1] + 2.0).abs() < 0.1, "{unit}: {found:?}");
    }
    // Such that squares are none.
    let tiny = plain.mapv(|x| x * 1e-170);
    let series = Series::new(&values).unwrap().with_regressors(Samples::new(&tiny).unwrap()).unwrap();
    match regression.fit(&series) {
        Ok(model) => assert!((model.regressors()[0] * 1e-170 - 3.0).abs() < 0.1),
        Err(error) => assert!(error.to_string().contains("too large"), "{error}"),
    }
    // A column that differencing takes away is still refused.
    let line = Array2::from_shape_fn((60, 2), |(row, column)| match column {
        0 => 0.1 * row as f64,
        _ => plain[[row, 0]],
    });
    let series = Series::new(&values).unwrap().with_regressors(Samples::new(&line).unwrap()).unwrap();
    assert!(Arima::new(0, 2, 0).fit(&series).is_err());
}

#[test]
fn changes_and_anomalies_are_found_at_the_ends_of_the_numbers() {
    let level = |t: usize| if t < 20 { -1.5e308 } else { 1.5e308 };
    let values: Vec<f64> = (0..30).map(level).collect();
    assert_eq!(Pelt::new().find(&Series::new(&values).unwrap()).unwrap(), [20]);
    let mut values: Vec<f64> = (0..40).map(|t| 1.5e308 + 1e305 * f64::from(t * 7 % 5)).collect();
    values[25] = -1.5e308;
    for season in [1, 4] {
        let found = SeriesAnomalies::new(season).find(&Series::new(&values).unwrap()).unwrap();
        assert_eq!(found.iter().map(|anomaly| anomaly.step).collect::<Vec<_>>(), [25], "{season}");
        assert_eq!(found[0].value, -1.5e308);
    }
}
