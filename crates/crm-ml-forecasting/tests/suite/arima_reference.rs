//! ARIMA beside statsmodels, choices of an order beside statsforecast (which has R's).

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
use crm_ml_forecasting::{Arima, AutoArima};
use crm_ml_testkit::fixture::numbers;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/arima.json")).unwrap()
}

fn counts(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

#[test]
fn likelihoods_coefficients_and_forecasts_are_those_of_the_reference() {
    let mut elsewhere = 0;
    for case in fixture()["fits"].as_array().unwrap() {
        let (order, seasonal) = (counts(&case["order"]), counts(&case["seasonal"]));
        let values = numbers(&case["values"]);
        let arima = Arima::new(order[0], order[1], order[2])
            .seasonal(seasonal[0], seasonal[1], seasonal[2], 12)
            .include_constant(case["constant"].as_bool().unwrap());
        let model = arima.fit(&Series::new(&values).unwrap()).unwrap();
        let name = model.name();
        let number = |name: &str| case[name].as_f64().unwrap();
        // Never worse than the reference, and better only where its search ended early or elsewhere.
        let gain = model.log_likelihood() - number("log_likelihood");
        assert!((-1e-7..0.5).contains(&gain), "{name}: {gain}");
        let estimated = case["coefficients"].as_object().unwrap().len() + 1;
        assert_eq!(model.aic(), 2.0 * estimated as f64 - 2.0 * model.log_likelihood(), "{name}");
        if gain > 1e-6 {
            elsewhere += 1;
            continue;
        }
        let found = model.coefficients();
        let named = |prefix: &str, lag: usize, of: &[f64]| -> Vec<(String, f64)> {
            of.iter().enumerate().map(|(i, c)| (format!("{prefix}.L{}", (i + 1) * lag), *c)).collect()
        };
        let all = [
            named("ar", 1, &found.ar),
            named("ma", 1, &found.ma),
            named("ar.S", 12, &found.seasonal_ar),
            named("ma.S", 12, &found.seasonal_ma),
            found.constant.iter().map(|c| ("const".to_owned(), *c)).collect(),
        ];
        for (coefficient, value) in all.concat() {
            let difference = (value - case["coefficients"][&coefficient].as_f64().unwrap()).abs();
            assert!(difference < 1e-4 * value.abs().max(1.0), "{name} {coefficient}: {difference}");
        }
        let horizon = Horizon::new(15).unwrap().with_levels(&[95.0]).unwrap();
        let forecast = model.forecast(&horizon).unwrap();
        for (found, expected) in forecast.mean.iter().zip(numbers(&case["mean"])) {
            assert!((found - expected).abs() < 1e-5 * expected, "{name}: {found} {expected}");
        }
        // The reference divides by the number of values, ours by those left after the coefficients.
        let unbiased = (model.sigma2() / number("sigma2")).sqrt();
        for ((upper, mean), expected) in
            forecast.intervals[0].upper.iter().zip(&forecast.mean).zip(numbers(&case["deviation"]))
        {
            let deviation = (upper - mean) / 1.959963984540054 / unbiased;
            assert!((deviation / expected - 1.0).abs() < 0.01, "{name}: {deviation} {expected}");
        }
    }
    assert!(elsewhere <= 2, "{elsewhere} of 8 searches of the reference ended elsewhere");
}

#[test]
fn choices_are_as_good_as_those_of_the_reference() {
    let fixture = fixture();
    let choices = fixture["choices"].as_array().unwrap();
    let (mut as_good, mut total) = (0, 0.0);
    for case in choices {
        let values = numbers(&case["values"]);
        let series = Series::new(&values).unwrap();
        let model = AutoArima::new(12).fit(&series).unwrap();
        let order = counts(&case["order"]);
        // The same differences, or criteria are not comparable.
        assert_eq!(model.differences(), (order[1], order[4]), "{} {order:?}", model.name());
        let theirs = |constant: bool| {
            let arima = Arima::new(order[0], order[1], order[2]).seasonal(order[3], order[4], order[5], 12);
            arima.include_constant(constant).fit(&series).map_or(f64::INFINITY, |model| model.aicc())
        };
        let worse = model.aicc() - theirs(true).min(theirs(false));
        println!("{} {order:?} {worse}", model.name());
        as_good += usize::from(worse < 1e-3);
        total += worse;
    }
    assert!(as_good + 3 >= choices.len(), "{as_good}");
    assert!(total < 0.0, "{total}");
}
