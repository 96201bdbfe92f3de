use approx::assert_abs_diff_eq;
use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
use crm_ml_testkit::{ForecastLaws, forecast_laws};

use super::*;

const DEMAND: [f64; 16] = [0.0, 3.0, 0.0, 0.0, 1.0, 0.0, 4.0, 0.0, 0.0, 0.0, 2.0, 5.0, 0.0, 0.0, 1.0, 0.0];

const CLASSIC: f64 = 1.2695152417087878;
const OPTIMIZED: f64 = 1.2695152417082733;
const TSB: f64 = 0.96258720041447;

fn mean(croston: Croston) -> f64 {
    let model = croston.fit(&Series::new(&DEMAND).unwrap()).unwrap();
    model.forecast(&Horizon::new(1).unwrap()).unwrap().mean[0]
}

/// statsforecast 2.1.1: CrostonClassic, CrostonSBA, CrostonOptimized, TSB(alpha_d=.2, alpha_p=.3).
#[test]
fn forecasts_are_those_of_statsforecast() {
    assert_abs_diff_eq!(mean(Croston::new()), CLASSIC, epsilon = 1e-9);
    assert_abs_diff_eq!(mean(Croston::new().variant(CrostonVariant::Sba)), 0.95 * CLASSIC, epsilon = 1e-9);
    assert_abs_diff_eq!(
        mean(Croston::new().alpha_demand(None).alpha_occurrence(None)),
        OPTIMIZED,
        epsilon = 1e-4
    );
    let tsb = Croston::new().variant(CrostonVariant::Tsb).alpha_demand(0.2).alpha_occurrence(0.3);
    assert_abs_diff_eq!(mean(tsb), TSB, epsilon = 1e-9);
}

#[test]
fn what_was_never_wanted_is_not_forecast() {
    let values = [0.0; 12];
    let model = Croston::new().fit(&Series::new(&values).unwrap()).unwrap();
    assert_eq!(model.forecast(&Horizon::new(2).unwrap()).unwrap().mean, [0.0, 0.0]);
    assert_eq!(model.report().notes, ["nothing was ever wanted"]);
    let values = [1.0, -2.0];
    let error = Croston::new().fit(&Series::new(&values).unwrap().named("a")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "series 'a', value 1: the value is negative, and Croston takes demand of at least 0"
    );
}

forecast_laws!(
    classic,
    ForecastLaws::new(Croston::new())
        .bad("alpha_demand", |croston| croston.alpha_demand(1.5))
        .bad("alpha_occurrence", |croston| croston.alpha_occurrence(f64::NAN))
);
forecast_laws!(
    tsb,
    ForecastLaws::new(Croston::new().variant(CrostonVariant::Tsb).alpha_demand(None))
        .bad("alpha_demand", |croston| croston.alpha_demand(-0.1))
);
