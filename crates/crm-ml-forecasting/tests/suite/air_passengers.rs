//! The airline data: published and measured results.

use approx::assert_abs_diff_eq;
use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
use crm_ml_forecasting::{Arima, SeasonalNaive, Trend, TrendRegression};

fn passengers() -> Option<Vec<f64>> {
    let Some(folder) = std::env::var_os("CRM_ML_DATA") else {
        println!("skipped: CRM_ML_DATA is not set");
        return None;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("air_passengers.csv")).unwrap();
    Some(text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect())
}

/// Mean absolute percentage error of the last `steps` values.
fn mape<F: Forecaster>(forecaster: &F, values: &[f64], steps: usize, logarithms: bool) -> f64 {
    let (past, future) = values.split_at(values.len() - steps);
    let past: Vec<f64> = past.iter().map(|v| if logarithms { v.ln() } else { *v }).collect();
    let model = forecaster.fit(&Series::new(&past).unwrap()).unwrap();
    let mean = model.forecast(&Horizon::new(steps).unwrap()).unwrap().mean;
    let errors =
        mean.iter().zip(future).map(|(f, y)| ((if logarithms { f.exp() } else { *f }) / y - 1.0).abs());
    100.0 * errors.sum::<f64>() / steps as f64
}

fn airline() -> Arima {
    Arima::new(0, 1, 1).seasonal(0, 1, 1, 12)
}

#[test]
fn the_airline_model_has_its_published_coefficients() {
    let Some(values) = passengers() else { return };
    let logarithms: Vec<f64> = values.iter().map(|v| v.ln()).collect();
    let model = airline().fit(&Series::new(&logarithms).unwrap()).unwrap();
    // R's documentation of arima().
    assert_abs_diff_eq!(model.coefficients().ma[0], -0.4018, epsilon = 5e-5);
    assert_abs_diff_eq!(model.coefficients().seasonal_ma[0], -0.5569, epsilon = 5e-5);
    assert_abs_diff_eq!(model.log_likelihood(), 244.70, epsilon = 5e-3);
    assert_abs_diff_eq!(model.aic(), -483.40, epsilon = 1e-2);
}

#[test]
fn held_out_months_are_forecast_as_well_as_measured_elsewhere() {
    let Some(values) = passengers() else { return };
    for (steps, naive, regression, arima) in [(12, 9.99, 7.07, 2.90), (24, 15.52, 6.88, 8.52)] {
        assert_abs_diff_eq!(mape(&SeasonalNaive::new(12), &values, steps, false), naive, epsilon = 5e-3);
        let months = TrendRegression::new(Trend::Linear).season(12, 6);
        assert_abs_diff_eq!(mape(&months, &values, steps, false), regression, epsilon = 5e-3);
        assert_abs_diff_eq!(mape(&airline(), &values, steps, true), arima, epsilon = 5e-3);
    }
}
