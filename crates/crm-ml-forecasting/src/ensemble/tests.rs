use approx::assert_abs_diff_eq;
use crm_ml_core::{Horizon, Persist};
use crm_ml_testkit::{ForecastLaws, forecast_laws};

use super::*;
use crate::{AutoTheta, Drift, Ets, HistoricAverage, Naive, SeasonalNaive, WindowAverage};

const VALUES: [f64; 8] = [3.0, 5.0, 4.0, 8.0, 7.0, 9.0, 8.0, 12.0];

fn members() -> Vec<AnyForecaster> {
    vec![
        Naive::new().into(),
        Drift::new().into(),
        HistoricAverage::new().into(),
        WindowAverage::new(2).into(),
    ]
}

fn alone(steps: usize) -> Vec<crm_ml_core::Forecast> {
    let series = Series::new(&VALUES).unwrap();
    let horizon = Horizon::new(steps).unwrap().with_levels(&[80.0]).unwrap();
    members().iter().map(|member| member.fit(&series).unwrap().forecast(&horizon).unwrap()).collect()
}

#[test]
fn combinations_are_those_by_hand() {
    let series = Series::new(&VALUES).unwrap();
    let horizon = Horizon::new(2).unwrap().with_levels(&[80.0]).unwrap();
    let fit = |combination| Ensemble::new(members()).combination(combination).fit(&series).unwrap();
    let alone = alone(2);
    let median = fit(Combination::Median);
    let forecast = median.forecast(&horizon).unwrap();
    let mut lower: Vec<f64> = alone.iter().map(|forecast| forecast.intervals[0].lower[1]).collect();
    lower.sort_by(f64::total_cmp);
    // 12, 13.3, 7, 10: the middle of 10 and 12.
    assert_abs_diff_eq!(forecast.mean[0], 11.0, epsilon = 1e-12);
    assert_abs_diff_eq!(forecast.intervals[0].lower[1], (lower[1] + lower[2]) / 2.0, epsilon = 1e-12);
    assert_eq!(median.weights(), None);
    let mean = fit(Combination::Mean);
    let sum: f64 = alone.iter().map(|forecast| forecast.mean[1]).sum();
    assert_abs_diff_eq!(mean.forecast(&horizon).unwrap().mean[1], sum / 4.0, epsilon = 1e-12);
    assert_eq!(mean.weights().unwrap(), [0.25; 4]);
    // The average knows no value before the first; the others fill in.
    assert_eq!(mean.fitted_values().len(), 8);

    let inverse = Combination::InverseError { horizon: 1, n_windows: 3, metric: ForecastMetric::Mae };
    let weighted = fit(inverse);
    let weights = weighted.weights().unwrap();
    let error = |member: &AnyForecaster| {
        let test = BackTest::new(1).n_windows(3).refit(Refit::First);
        test.run(member, &[Series::new(&VALUES).unwrap()]).unwrap().metrics().mae
    };
    let inverse: Vec<f64> = members().iter().map(|member| 1.0 / error(member)).collect();
    let total: f64 = inverse.iter().sum();
    for (weight, inverse) in weights.iter().zip(&inverse) {
        assert_abs_diff_eq!(*weight, inverse / total, epsilon = 1e-12);
    }
    let expected: f64 = alone.iter().zip(&weights).map(|(forecast, weight)| forecast.mean[0] * weight).sum();
    assert_abs_diff_eq!(weighted.forecast(&horizon).unwrap().mean[0], expected, epsilon = 1e-12);
}

#[test]
fn who_cannot_fit_is_left_out() {
    let series = Series::new(&VALUES).unwrap();
    let ensemble = Ensemble::new([SeasonalNaive::new(12).into(), Naive::new().into()]);
    let model = ensemble.fit(&series).unwrap();
    assert_eq!(model.names(), ["Naive"]);
    assert!(model.report().notes[0].starts_with("SeasonalNaive is left out"), "{:?}", model.report());
    assert!(Ensemble::new([SeasonalNaive::new(12).into()]).fit(&series).is_err());
    // Too short for weights of a back-test.
    let inverse = Combination::InverseError { horizon: 9, n_windows: 1, metric: ForecastMetric::Mase };
    let model = Ensemble::new(members()).combination(inverse).fit(&series).unwrap();
    assert_eq!(model.weights().unwrap(), [0.25; 4]);
    assert!(model.report().notes.iter().any(|note| note.contains("the weights are equal")));
    assert!(model.validate().is_ok());
}

fn inverse(horizon: usize, n_windows: usize) -> Combination {
    Combination::InverseError { horizon, n_windows, metric: ForecastMetric::Mase }
}

fn toy_ensemble() -> Ensemble {
    Ensemble::new([
        SeasonalNaive::new(12).into(),
        Ets::simple().into(),
        AutoTheta::new(12).into(),
        Drift::new().into(),
    ])
}

forecast_laws!(
    median,
    ForecastLaws::new(toy_ensemble())
        .bad("forecasters", |_| Ensemble::new([]))
        .bad("season_length", |_| Ensemble::new([Naive::new().into(), SeasonalNaive::new(0).into()]))
);
forecast_laws!(
    weighted,
    ForecastLaws::new(toy_ensemble().combination(inverse(6, 3)))
        .bad("horizon", |ensemble| ensemble.combination(inverse(0, 3)))
        .bad("n_windows", |ensemble| ensemble.combination(inverse(6, 0)))
);
