//! MSTL beside statsforecast.

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
use crm_ml_forecasting::{AutoEts, Ets, Mstl, SeasonalNaive, forecast_many};
use crm_ml_testkit::{ForecastLaws, fixture::numbers, forecast_laws};
use serde_json::Value;

#[test]
fn decompositions_are_those_of_statsforecast() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/mstl.json")).unwrap();
    let values = numbers(&fixture["values"]);
    let near = |found: &[f64], expected: Vec<f64>| {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-10), "{found:?} {expected:?}");
    };
    for case in fixture["cases"].as_array().unwrap() {
        let periods: Vec<usize> = numbers(&case["periods"]).iter().map(|p| *p as usize).collect();
        let found = Mstl::new(&periods, Ets::simple()).decompose(&Series::new(&values).unwrap()).unwrap();
        near(&found.trend, numbers(&case["trend"]));
        for ((_, part), expected) in found.seasonal.iter().zip(case["seasonal"].as_array().unwrap()) {
            near(part, numbers(expected));
        }
    }
}

#[test]
fn seasons_go_on_and_short_ones_are_noted() {
    let value = |t: usize| [5.0, -2.0, -3.0][t % 3] + if t % 10 < 5 { 1.0 } else { -1.0 } + 20.0;
    let values: Vec<f64> = (0..90).map(value).collect();
    let model = Mstl::new(&[10, 3, 60], Ets::simple()).fit(&Series::new(&values).unwrap()).unwrap();
    assert_eq!(model.season_lengths(), [3, 10]);
    assert!(model.report().notes.iter().any(|note| note.contains("seasons of 60")), "{:?}", model.report());
    let forecast = model.forecast(&Horizon::new(30).unwrap().with_levels(&[80.0]).unwrap()).unwrap();
    for (step, mean) in forecast.mean.iter().enumerate() {
        assert!((mean - value(90 + step)).abs() < 0.2, "{step}: {mean}");
    }
}

#[test]
fn many_series_are_the_same_bits_at_any_number_of_threads() {
    let values: Vec<Vec<f64>> = (0..9)
        .map(|k| (0..50 + k).map(|t| 100.0 + ((t * (7 + k)) % 12) as f64 + ((t * t) % 7) as f64).collect())
        .collect();
    let series: Vec<Series<'_>> = values.iter().map(|v| Series::new(v).unwrap()).collect();
    let horizon = Horizon::new(6).unwrap().with_levels(&[90.0]).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let all = pool.install(|| forecast_many(&AutoEts::new(12), &series, &horizon));
        all.into_iter().map(|forecast| forecast.unwrap()).collect::<Vec<_>>()
    };
    let first = run(1);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), first);
    }
}

forecast_laws!(
    mstl,
    ForecastLaws::new(Mstl::new(&[12], AutoEts::new(1)))
        .bad("season_length", |_| Mstl::new(&[1], AutoEts::new(1)))
        .bad("season_length", |_| Mstl::new(&[], AutoEts::new(1)))
        .bad("iterate", |mstl| mstl.iterate(0))
        .bad("s_window", |mstl| mstl.s_window(&[4]))
);

forecast_laws!(two_seasons, ForecastLaws::new(Mstl::new(&[4, 12], SeasonalNaive::new(1))));
