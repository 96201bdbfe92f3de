use crm_ml_core::{ForecastModel, Horizon, Persist, Stream};
use crm_ml_testkit::{ForecastLaws, forecast_laws};

use super::*;
use crate::{Drift, HistoricAverage, Naive};

fn toy(length: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, "test/auto", 0);
    let value = |t: usize| 60.0 + 0.4 * t as f64 + [0.0, -5.0, 3.0][t % 12 % 3] + stream.normal();
    (0..length).map(value).collect()
}

fn trio() -> [AnyForecaster; 3] {
    [Drift::new().into(), HistoricAverage::new().into(), Naive::new().into()]
}

/// The windows of an ensemble made of its parts' are those it would have of its own.
#[test]
fn an_ensemble_is_tested_as_if_alone() {
    let values = toy(60, 1);
    let series = Series::new(&values).unwrap();
    let ensemble: AnyForecaster = Ensemble::new(trio()).into();
    let mut candidates = vec![ensemble.clone()];
    candidates.extend(trio());
    let together = AutoForecaster::new(12).candidates(candidates).fit(&series).unwrap();
    let alone = AutoForecaster::new(12).candidates([ensemble]).fit(&series).unwrap();
    assert_eq!(together.candidates()[0].metrics, alone.candidates()[0].metrics);
    assert_eq!(alone.name(), "Ensemble");
    let horizon = Horizon::new(5).unwrap();
    let plain = Ensemble::new(trio()).fit(&series).unwrap().forecast(&horizon).unwrap();
    assert_eq!(alone.forecast(&horizon).unwrap(), plain);
}

#[test]
fn the_first_is_kept_unless_clearly_beaten() {
    let values: Vec<f64> = (0..80).map(|t| 100.0 + f64::from(t) + f64::from(t * 37 % 11)).collect();
    let series = Series::new(&values).unwrap();
    let auto = AutoForecaster::new(1).candidates([Naive::new().into(), Drift::new().into()]);
    let errors: Vec<f64> =
        auto.fit(&series).unwrap().candidates().iter().map(|candidate| candidate.error.unwrap()).collect();
    let needed = 1.0 - errors[1] / errors[0];
    assert!(needed > 0.0 && needed < 0.9, "{errors:?}");
    assert_eq!(auto.clone().margin(needed * 0.9).fit(&series).unwrap().name(), "Drift");
    assert_eq!(auto.margin((needed * 1.1).min(0.99)).fit(&series).unwrap().name(), "Naive");
}

/// Values of the last windows are easy, and the second candidate can forecast no others.
#[test]
fn errors_of_fewer_windows_do_not_win() {
    let value = |t: usize| match t {
        0..9 => 101.0,
        45..53 => 100.0 + [40.0, -40.0][t % 2],
        _ => 100.0 + (t % 3) as f64,
    };
    let values: Vec<f64> = (0..60).map(value).collect();
    let auto = AutoForecaster::new(1).candidates([Naive::new().into(), SeasonalNaive::new(52).into()]);
    let model = auto.fit(&Series::new(&values).unwrap()).unwrap();
    let [naive, seasonal] = model.candidates() else { panic!("{:?}", model.candidates()) };
    assert!(seasonal.windows < naive.windows && seasonal.error < naive.error.map(|error| 0.5 * error));
    assert_eq!(model.name(), "Naive");
}

#[test]
fn who_cannot_is_told() {
    let values = toy(20, 2);
    let series = Series::new(&values).unwrap();
    let auto = AutoForecaster::new(30).candidates([SeasonalNaive::new(30).into(), Naive::new().into()]);
    let model = auto.fit(&series).unwrap();
    assert_eq!(model.name(), "Naive");
    assert!(model.candidates()[0].note.is_some() && model.candidates()[0].error.is_none());
    // Too short for any test: the first that fits, with its own intervals.
    let short = Series::new(&values[..4]).unwrap();
    let model = AutoForecaster::new(12).candidates(trio()).fit(&short).unwrap();
    assert_eq!(model.name(), "Drift");
    assert!(model.report().notes.iter().any(|note| note.contains("too short")), "{:?}", model.report());
    assert!(auto_none().fit(&Series::new(&[f64::NAN; 9]).unwrap()).is_err());
}

fn auto_none() -> AutoForecaster {
    AutoForecaster::new(12).candidates(trio())
}

#[test]
fn seasons_too_long_for_one_method_are_left_to_the_others() {
    let values = toy(40, 4);
    let model = AutoForecaster::new(365).fit(&Series::new(&values).unwrap()).unwrap();
    assert!(model.candidates().iter().all(|candidate| candidate.name != "AutoArima"));
}

#[test]
fn the_default_fits_and_is_saved() {
    let values = toy(72, 3);
    let model = AutoForecaster::new(12).fit(&Series::new(&values).unwrap()).unwrap();
    assert_eq!(model.candidates().len(), 5);
    assert_eq!(AutoForecaster::fast(12).fit(&Series::new(&values).unwrap()).unwrap().candidates().len(), 4);
    assert!(model.candidates().iter().all(|candidate| candidate.windows == 12), "{:?}", model.candidates());
    let bytes = model.to_bytes().unwrap();
    let loaded = AutoForecasterModel::from_bytes(&bytes).unwrap();
    assert_eq!(loaded.candidates(), model.candidates());
    assert_eq!(loaded.to_bytes().unwrap(), bytes);
}

forecast_laws!(
    auto,
    ForecastLaws::new(AutoForecaster::new(12).candidates([
        Ensemble::new([SeasonalNaive::new(12).into(), Theta::new(12).into()]).into(),
        SeasonalNaive::new(12).into(),
        Theta::new(12).into(),
    ]))
    .bad("season_length", |_| AutoForecaster::new(0))
    .bad("season_length", |_| AutoForecaster::new(usize::MAX))
    .bad("candidates", |auto| auto.candidates([]))
    .bad("horizon", |auto| auto.horizon(0))
    .bad("n_windows", |auto| auto.n_windows(0))
    .bad("margin", |auto| auto.margin(f64::NAN))
    .bad("season_length", |auto| auto.candidates([SeasonalNaive::new(0).into()]))
);
