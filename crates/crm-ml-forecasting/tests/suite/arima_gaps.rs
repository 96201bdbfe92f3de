//! ARIMA of series with gaps beside statsmodels' exactly diffuse filter.

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Samples, Series};
use crm_ml_forecasting::{Arima, AutoArima};
use crm_ml_testkit::fixture::numbers;
use ndarray::Array2;
use serde_json::Value;

#[test]
fn likelihoods_coefficients_and_forecasts_are_those_of_the_reference() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/gaps.json")).unwrap();
    for case in fixture["cases"].as_array().unwrap() {
        let (order, seasonal) = (numbers(&case["order"]), numbers(&case["seasonal"]));
        let count = |v: f64| v as usize;
        let values = numbers(&case["values"]);
        let n = values.len();
        let arima = Arima::new(count(order[0]), count(order[1]), count(order[2]))
            .seasonal(count(seasonal[0]), count(seasonal[1]), count(seasonal[2]), 12)
            .include_constant(case["constant"].as_bool().unwrap());
        let mut series = Series::new(&values).unwrap();
        let mut horizon = Horizon::new(12).unwrap().with_levels(&[95.0]).unwrap();
        let known = case["regressor"].as_array().map(|_| {
            let known = numbers(&case["regressor"]);
            Array2::from_shape_vec((n + 12, 1), known).unwrap()
        });
        if let Some(known) = &known {
            let (past, future) = known.view().split_at(ndarray::Axis(0), n);
            series = series.with_regressors(Samples::new(past).unwrap()).unwrap();
            horizon = horizon.with_regressors(Samples::new(future).unwrap()).unwrap();
        }
        let model = arima.fit(&series).unwrap();
        let name = model.name();
        // The reference counts a constant for each value that differencing loses, the likelihood of the differences does not.
        let constants = (order[1] + 12.0 * seasonal[1]) * 0.5 * (2.0 * std::f64::consts::PI).ln();
        let gain = model.log_likelihood() - constants - case["log_likelihood"].as_f64().unwrap();
        // Never worse than the reference.
        assert!((-1e-6..0.01).contains(&gain), "{name}: {gain}");
        let found = model.coefficients();
        let all = [
            found.constant.iter().copied().collect(),
            found.regressors.clone(),
            found.ar.clone(),
            found.ma.clone(),
            found.seasonal_ar.clone(),
            found.seasonal_ma.clone(),
        ]
        .concat();
        for (found, expected) in all.iter().zip(numbers(&case["params"])) {
            assert!((found - expected).abs() < 1e-3 * expected.abs().max(1.0), "{name}: {found} {expected}");
        }
        let forecast = model.forecast(&horizon).unwrap();
        for (found, expected) in forecast.mean.iter().zip(numbers(&case["mean"])) {
            assert!((found - expected).abs() < 1e-4 * expected.abs(), "{name}: {found} {expected}");
        }
        // The reference divides by all values, here the parameters are counted.
        let sigma2 = numbers(&case["params"]).last().copied().unwrap();
        let interval = &forecast.intervals[0];
        for (step, expected) in numbers(&case["deviation"]).iter().enumerate() {
            let half = (interval.upper[step] - interval.lower[step]) / 2.0 / 1.959_963_984_540_054;
            let found = half * (sigma2 / model.sigma2()).sqrt();
            assert!((found / expected - 1.0).abs() < 2e-3, "{name}: {found} {expected}");
        }
        let fitted = model.fitted_values();
        assert!(fitted[13.min(n)..].iter().all(|v| v.is_finite()) || seasonal[1] > 0.0);
        let again = model.apply(&series).unwrap().forecast(&horizon).unwrap();
        assert_eq!(again, forecast);
    }
}

#[test]
fn an_order_is_chosen_past_gaps() {
    let value = |t: usize| {
        20.0 + 0.3 * t as f64 + [0.0, 6.0, -4.0, 3.0][t % 4] + (((t * 7919) % 101) as f64 / 50.0 - 1.0)
    };
    let whole: Vec<f64> = (0..80).map(value).collect();
    let mut values = whole.clone();
    for gap in [0, 5, 17, 18, 19, 20, 33, 60] {
        values[gap] = f64::NAN;
    }
    let horizon = Horizon::new(8).unwrap();
    let model = AutoArima::new(4).fit(&Series::new(&values).unwrap()).unwrap();
    assert_eq!(model.differences().1, 1);
    let mean = model.forecast(&horizon).unwrap().mean;
    for (t, found) in (80..88).zip(mean) {
        assert!((found - value(t)).abs() < 2.5, "{t}: {found} {}", value(t));
    }
    // A season never seen leaves open where it starts.
    let holes: Vec<f64> =
        whole.iter().enumerate().map(|(t, v)| if t % 4 == 1 { f64::NAN } else { *v }).collect();
    let series = Series::new(&holes).unwrap().named("a");
    let error = Arima::new(0, 0, 0).seasonal(0, 1, 0, 4).fit(&series).unwrap_err().to_string();
    assert!(error.contains("leave open where it starts"), "{error}");
    assert!(Arima::new(1, 0, 0).fit(&series).is_ok());
    let few = [1.0, f64::NAN, 2.0, f64::NAN, f64::NAN];
    let error = Arima::new(1, 0, 0).fit(&Series::new(&few).unwrap()).unwrap_err().to_string();
    assert!(error.contains("it has 2 that are not missing"), "{error}");
}
