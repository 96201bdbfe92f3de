//! Errors run forward beside statsmodels, and the coverage of intervals that draw them anew.

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series, Stream};
use crm_ml_forecasting::{
    Arima, Bootstrap, Component, Drift, ErrorType, Ets, EtsForm, Naive, Reach, Recursion, SamplePaths,
    SeasonalNaive, Theta, Trend, TrendRegression, joint_sample_paths,
};
use crm_ml_testkit::fixture::numbers;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/paths.json")).unwrap()
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{found:?} {expected:?}");
    }
}

/// The model of a case, with parameters and initial states given.
fn given(fixture: &Value, case: &Value) -> Ets {
    let component = |name: &str| match case[name].as_str() {
        None => Component::None,
        Some("add") => Component::Additive,
        Some(_) => Component::Multiplicative,
    };
    let error = if case["error"] == "add" { ErrorType::Additive } else { ErrorType::Multiplicative };
    let damped = case["damped"].as_bool().unwrap();
    let form = EtsForm { error, trend: component("trend"), damped, season: component("season") };
    let smoothing = |name: &str| fixture["smoothing"][name].as_f64().unwrap();
    let seasons = match form.season {
        Component::None => Vec::new(),
        Component::Additive => numbers(&fixture["states"]["additive"]),
        Component::Multiplicative => numbers(&fixture["states"]["multiplicative"]),
    };
    let mut ets = Ets::new(4).form(form).alpha(smoothing("alpha")).initial_states(40.0, 0.5, &seasons);
    if form.trend != Component::None {
        ets = ets.beta(smoothing("beta"));
    }
    if form.season != Component::None {
        ets = ets.gamma(smoothing("gamma"));
    }
    if damped { ets.phi(smoothing("phi")) } else { ets }
}

#[test]
fn smoothing_follows_errors_as_the_reference_does() {
    let fixture = fixture();
    let values = numbers(&fixture["series"]);
    let horizon = Horizon::new(10).unwrap().with_levels(&[80.0]).unwrap();
    for case in fixture["ets"].as_array().unwrap() {
        let ets = given(&fixture, case);
        let model = ets.fit(&Series::new(&values).unwrap()).unwrap();
        close(&model.errors()[59..], &[case["last_residual"].as_f64().unwrap()], 1e-9);
        let made = model.simulate(&horizon, &numbers(&case["errors"])).unwrap();
        close(&made, &numbers(&case["values"]), 1e-9);
        // Quantiles of 40,000 paths there and 20,000 here; one step ahead they lie on one of two errors.
        let drawn = Bootstrap::new(ets).n_paths(20_000).fit(&Series::new(&values).unwrap()).unwrap();
        let forecast = drawn.forecast(&horizon).unwrap();
        let quantiles: Vec<Vec<f64>> = case["quantiles"].as_array().unwrap().iter().map(numbers).collect();
        close(&forecast.intervals[0].lower[1..], &quantiles[0][1..], 0.01);
        close(&forecast.intervals[0].upper[1..], &quantiles[1][1..], 0.01);
        assert_eq!(forecast.mean, model.forecast(&horizon).unwrap().mean);
    }
}

#[test]
fn arima_follows_errors_as_the_reference_does() {
    let fixture = fixture();
    let values = numbers(&fixture["series"]);
    let horizon = Horizon::new(10).unwrap();
    for case in fixture["arima"].as_array().unwrap() {
        let order: Vec<usize> = numbers(&case["order"]).iter().map(|v| *v as usize).collect();
        let seasonal: Vec<usize> = numbers(&case["seasonal"]).iter().map(|v| *v as usize).collect();
        let arima = Arima::new(order[0], order[1], order[2])
            .seasonal(seasonal[0], seasonal[1], seasonal[2], 4)
            .include_constant(false);
        let model = arima.fit(&Series::new(&values).unwrap()).unwrap();
        let made = model.simulate(&horizon, &numbers(&case["errors"])).unwrap();
        // Parameters agree to about 1e-5.
        close(&made, &numbers(&case["values"]), 1e-3);
        let none = model.simulate(&horizon, &[0.0; 10]).unwrap();
        close(&none, &model.forecast(&horizon).unwrap().mean, 1e-9);
    }
}

/// From an earlier origin, the errors that came make the values that came.
#[test]
fn errors_make_the_values_they_are_of() {
    let fixture = fixture();
    let values = numbers(&fixture["series"]);
    let (whole, past) = (Series::new(&values).unwrap(), Series::new(&values[..53]).unwrap());
    let horizon = Horizon::new(7).unwrap();
    fn check<F: Forecaster<Model: Recursion>>(method: &F, series: [&Series<'_>; 2], horizon: &Horizon<'_>) {
        let model = method.fit(series[0]).unwrap();
        let earlier = model.apply(series[1]).unwrap();
        let made = earlier.simulate(horizon, &model.errors()[53..]).unwrap();
        close(&made, &series[0].values()[53..], 1e-6);
        assert!(earlier.simulate(horizon, &[0.0]).is_err());
    }
    let both = [&whole, &past];
    let factors = Ets::holt_winters(4).error(ErrorType::Multiplicative).season(Component::Multiplicative);
    check(&factors, both, &horizon);
    check(&Ets::holt().damped(true), both, &horizon);
    check(&Theta::new(4), both, &horizon);
    check(&Theta::dynamic_optimized(4), both, &horizon);
    check(&SeasonalNaive::new(4), both, &horizon);
    check(&Arima::new(1, 1, 0).seasonal(0, 1, 0, 4), both, &horizon);
    check(&TrendRegression::new(Trend::PIECEWISE).season(4, 2).logarithm(true), both, &horizon);
}

/// Intervals by formula hold as many normal paths as they say.
#[test]
fn formulas_and_paths_agree() {
    let mut stream = Stream::new(1, "test/paths", 0);
    let walk: Vec<f64> = (0..80)
        .scan(100.0, |level, t| {
            *level += stream.normal();
            Some(*level + [0.0, 5.0, -3.0, 2.0][t % 4])
        })
        .collect();
    let series = Series::new(&walk).unwrap();
    let horizon = Horizon::new(8).unwrap().with_levels(&[80.0]).unwrap();
    fn check<M: SamplePaths>(model: &M, horizon: &Horizon<'_>, slack: f64) {
        let interval = &model.forecast(horizon).unwrap().intervals[0];
        let paths = model.sample_paths(horizon, 4000, 2).unwrap();
        for step in 0..8 {
            let held = interval.lower[step]..=interval.upper[step];
            let share = paths.column(step).iter().filter(|v| held.contains(*v)).count() as f64 / 4000.0;
            assert!((share - 0.8).abs() < slack, "step {step}: {share}");
        }
    }
    check(&Arima::new(1, 1, 1).seasonal(1, 0, 0, 4).fit(&series).unwrap(), &horizon, 0.025);
    check(&Arima::new(2, 0, 0).fit(&series).unwrap(), &horizon, 0.025);
    check(&Theta::new(4).fit(&series).unwrap(), &horizon, 0.025);
    check(&Theta::dynamic_optimized(4).fit(&series).unwrap(), &horizon, 0.025);
    check(&Naive::new().fit(&series).unwrap(), &horizon, 0.025);
    // These formulas know that a drift and a line are estimates.
    check(&Drift::new().fit(&series).unwrap(), &horizon, 0.06);
    check(&TrendRegression::new(Trend::Linear).fit(&series).unwrap(), &horizon, 0.04);
}

/// Errors of a skewed distribution: each side of the interval errs as often as it says, where a normal one is far off.
#[test]
fn skewed_errors_have_skewed_intervals() {
    let horizon = Horizon::new(1).unwrap().with_levels(&[90.0]).unwrap();
    let (mut drawn, mut normal) = ([0usize; 2], [0usize; 2]);
    let runs = 600;
    for seed in 0..runs {
        let mut stream = Stream::new(seed, "test/skewed", 0);
        let values: Vec<f64> = (0..121)
            .scan(50.0, |level, _| {
                *level += -stream.uniform().max(1e-12).ln() - 1.0;
                Some(*level)
            })
            .collect();
        let series = Series::new(&values[..120]).unwrap();
        let model = Bootstrap::new(Naive::new()).n_paths(500).seed(seed).fit(&series).unwrap();
        for (forecast, out) in [
            (model.forecast(&horizon).unwrap(), &mut drawn),
            (model.model().forecast(&horizon).unwrap(), &mut normal),
        ] {
            let interval = &forecast.intervals[0];
            out[0] += usize::from(values[120] < interval.lower[0]);
            out[1] += usize::from(values[120] > interval.upper[0]);
        }
    }
    // The binomial 99 % band around 5 % of 600 is 16 to 44; estimated bounds add a little.
    assert!((14..=48).contains(&drawn[0]) && (14..=48).contains(&drawn[1]), "{drawn:?}");
    assert!(normal[0] == 0, "{normal:?}");
}

#[test]
fn paths_of_series_move_together() {
    let mut stream = Stream::new(4, "test/joint", 0);
    let (mut a, mut b) = (vec![10.0], vec![20.0]);
    for t in 0..60 {
        let (shared, own) = (stream.normal(), stream.normal());
        a.push(a[t] + shared);
        b.push(b[t] - shared + 0.3 * own);
    }
    let models = [&a, &b].map(|values| Naive::new().fit(&Series::new(values).unwrap()).unwrap());
    let horizon = Horizon::new(4).unwrap();
    let paths = joint_sample_paths(&models, &horizon, 2000, 7).unwrap();
    let moved = |i: usize| paths[i].column(3).mapv(|v| v - paths[i].column(3).sum() / 2000.0);
    let (a, b) = (moved(0), moved(1));
    let correlation = a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt();
    assert!(correlation < -0.9, "{correlation}");
    // One alone, fewer, and with other threads: the same paths.
    let alone = joint_sample_paths(&models[1..], &horizon, 100, 7).unwrap();
    assert_eq!(alone[0], paths[1].slice(ndarray::s![..100, ..]));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(pool.install(|| joint_sample_paths(&models, &horizon, 2000, 7).unwrap()), paths);
    assert!(joint_sample_paths::<crm_ml_forecasting::SimpleModel>(&[], &horizon, 1, 0).is_err());
    assert!(joint_sample_paths(&models, &horizon, 0, 0).is_err());
    let chance = models[0].probability_of_reaching(-1e9, Reach::AnyStep, &horizon, 100, 0).unwrap();
    assert_eq!(chance, 1.0);
}
