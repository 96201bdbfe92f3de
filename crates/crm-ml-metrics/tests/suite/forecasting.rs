//! Metrics of forecasts against utilsforecast, and where they are not defined.

use crm_ml_metrics::*;
use serde_json::Value;

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn as_utilsforecast() {
    let case: Value = serde_json::from_str(include_str!("../fixtures/forecasting.json")).unwrap();
    let numbers = |key: &str| -> Vec<f64> {
        case[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let number = |key: &str| case[key].as_f64().unwrap();
    let (y, f, history) = (numbers("truth"), numbers("forecast"), numbers("history"));
    let (lower, upper) = (numbers("lower"), numbers("upper"));
    close(symmetric_mean_absolute_percentage_error(&y, &f).unwrap(), number("smape"));
    close(mean_absolute_scaled_error(&y, &f, &history, 4).unwrap(), number("mase"));
    close(root_mean_squared_scaled_error(&y, &f, &history, 4).unwrap(), number("rmsse"));
    close(interval_coverage(&y, &lower, &upper).unwrap(), number("coverage"));
    close(winkler_score(&y, &lower, &upper, 90.0).unwrap(), number("winkler"));
    close(mean_scaled_interval_score(&y, &lower, &upper, 90.0, &history, 4).unwrap(), number("msis"));
}

#[test]
fn zeros_and_huge_values() {
    assert_eq!(symmetric_mean_absolute_percentage_error(&[0.0, 0.0], &[0.0, 1.0]).unwrap(), 100.0);
    close(symmetric_mean_absolute_percentage_error(&[f64::MAX], &[f64::MAX / 3.0]).unwrap(), 100.0);
    // Gaps of the history are left out: |3 - 1| is the one pair.
    assert_eq!(seasonal_naive_error(&[1.0, f64::NAN, 3.0, 5.0], 2).unwrap(), 2.0);
    assert_eq!(seasonal_naive_error(&[4.0; 5], 1).unwrap(), 0.0);
    close(overall_weighted_average((12.0, 0.8), (15.0, 1.0)).unwrap(), 0.8);
}

#[test]
fn what_is_not_defined_is_refused() {
    let (y, f) = ([1.0, 2.0], [1.0, 3.0]);
    assert!(symmetric_mean_absolute_percentage_error(&[], &[]).is_err());
    assert!(symmetric_mean_absolute_percentage_error(&y, &f[..1]).is_err());
    assert!(symmetric_mean_absolute_percentage_error(&y, &[1.0, f64::NAN]).is_err());
    let message = |result: crm_ml_core::Result<f64>| result.unwrap_err().to_string();
    assert!(message(mean_absolute_scaled_error(&y, &f, &[4.0; 5], 1)).contains("no error in the history"));
    assert!(message(mean_absolute_scaled_error(&y, &f, &[4.0; 5], 5)).contains("no two that are 5 apart"));
    assert!(message(mean_absolute_scaled_error(&y, &f, &[4.0; 5], 0)).contains("season_length"));
    assert!(seasonal_naive_error(&[1.0, f64::INFINITY, 2.0], 1).is_err());
    assert!(seasonal_naive_error(&[f64::NAN; 9], 1).is_err());
    assert!(root_mean_squared_scaled_error(&y, &f, &[1.0], 1).is_err());
    assert!(overall_weighted_average((1.0, 1.0), (0.0, 1.0)).is_err());
    assert!(overall_weighted_average((1.0, f64::NAN), (1.0, 1.0)).is_err());
    assert!(interval_coverage(&y, &f, &[1.0]).is_err());
    for level in [0.0, 100.0, f64::NAN] {
        assert!(message(winkler_score(&y, &f, &f, level)).contains("level"));
    }
}
