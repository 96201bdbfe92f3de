use crm_ml_core::{ForecastModel, Forecaster, Horizon, Persist, Series};
use crm_ml_testkit::{ForecastLaws, forecast_laws};

use super::*;
use crate::Trend;

fn all() -> Vec<AnyForecaster> {
    vec![
        Naive::new().into(),
        SeasonalNaive::new(4).into(),
        Drift::new().into(),
        HistoricAverage::new().into(),
        WindowAverage::new(3).into(),
        SeasonalWindowAverage::new(4, 2).into(),
        Ets::simple().into(),
        AutoEts::new(4).into(),
        Arima::new(1, 0, 0).into(),
        AutoArima::new(1).into(),
        Theta::new(4).into(),
        AutoTheta::new(4).into(),
        Croston::new().into(),
        TrendRegression::new(Trend::Linear).into(),
        Mstl::new(&[4], Box::new(Naive::new().into())).into(),
        Conformal::new(Box::new(Naive::new().into()), 4).into(),
        Ensemble::new([Naive::new().into(), Drift::new().into()]).into(),
        AutoForecaster::new(4).candidates([Naive::new().into(), Drift::new().into()]).into(),
        Bootstrap::new(Box::new(Ets::holt().into())).n_paths(100).into(),
    ]
}

/// Every method is in the list, keeps its name, and its model survives a file.
#[test]
fn every_method_fits_forecasts_and_is_saved() {
    let values: Vec<f64> = (0..48).map(|t| 60.0 + f64::from(t) + f64::from(t * 37 % 11)).collect();
    let series = Series::new(&values).unwrap();
    let horizon = Horizon::new(4).unwrap().with_levels(&[80.0]).unwrap();
    let mut names = Vec::new();
    for method in all() {
        let text = serde_json::to_string(&method).unwrap();
        assert!(text.contains(method.name()), "{text}");
        assert_eq!(serde_json::from_str::<AnyForecaster>(&text).unwrap(), method);
        let model = method.fit(&series).unwrap();
        let loaded = AnyForecastModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(loaded.forecast(&horizon).unwrap(), model.forecast(&horizon).unwrap());
        names.push(method.name());
    }
    names.dedup();
    assert_eq!(names.len(), 19);
}

/// A file of models within each other is an error before the stack ends.
#[test]
fn models_within_each_other_end() {
    let values = [1.0, 2.0, 4.0, 3.0];
    let nested = |depth: usize| {
        let mut method: AnyForecaster = Naive::new().into();
        for _ in 0..depth {
            method = Ensemble::new([method]).into();
        }
        let model = method.fit(&Series::new(&values).unwrap()).unwrap();
        AnyForecastModel::from_bytes(&model.to_bytes().unwrap())
    };
    assert!(nested(10).is_ok());
    assert!(nested(20).unwrap_err().to_string().contains("within each other"));
}

forecast_laws!(any, ForecastLaws::new(AnyForecaster::from(SeasonalNaive::new(12))));
forecast_laws!(
    decomposed,
    ForecastLaws::new(AnyForecaster::from(Mstl::new(&[12], Box::new(AutoTheta::new(1).into()))))
);
