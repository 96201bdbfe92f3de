//! Exponential smoothing beside statsforecast, statsmodels and the book's matrices.

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series, Stream};
use crm_ml_forecasting::{
    AutoEts, Bounds, Component, ErrorType, Ets, EtsCriterion, EtsForm, EtsModel, SamplePaths,
};
use crm_ml_testkit::{ForecastLaws, fixture::numbers, forecast_laws};
use proptest::prelude::*;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/ets.json")).unwrap()
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("{key} of {case}"))
}

fn form(model: &str, damped: bool) -> EtsForm {
    let component = |c: char| match c {
        'N' => Component::None,
        'A' => Component::Additive,
        _ => Component::Multiplicative,
    };
    let letters: Vec<char> = model.chars().collect();
    let error = if letters[0] == 'A' { ErrorType::Additive } else { ErrorType::Multiplicative };
    EtsForm { error, trend: component(letters[1]), damped, season: component(letters[2]) }
}

fn fit(fixture: &Value, case: &Value, ets: &Ets) -> EtsModel {
    let y = numbers(&fixture["series"][case["series"].as_str().unwrap()]);
    ets.fit(&Series::new(&y).unwrap()).unwrap_or_else(|error| panic!("{error}: {case}"))
}

fn close(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} is not {b}");
}

#[test]
fn likelihoods_at_given_parameters_are_those_of_statsforecast() {
    let fixture = fixture();
    let cases = fixture["likelihoods"].as_array().unwrap();
    assert_eq!(cases.len(), 60);
    for case in cases {
        let form = form(case["model"].as_str().unwrap(), case["damped"].as_bool().unwrap());
        let mut ets = Ets::new(12).form(form).alpha(0.2).beta(0.03).gamma(0.1);
        if form.damped {
            ets = ets.phi(0.93);
        }
        let ets =
            ets.initial_states(number(case, "level"), number(case, "growth"), &numbers(&case["seasons"]));
        let model = fit(&fixture, case, &ets);
        close(-2.0 * model.loglik(), number(case, "objective"), 1e-9, &case.to_string());
        close(model.mse(), number(case, "mse"), 1e-9, &case.to_string());
        close(*model.residuals().last().unwrap(), number(case, "residual_last"), 1e-9, &case.to_string());
        close(model.level(), number(case, "level_last"), 1e-9, &case.to_string());
    }
}

#[test]
fn likelihoods_are_no_worse_than_those_of_statsforecast() {
    let fixture = fixture();
    for case in fixture["fits"].as_array().unwrap() {
        let form = form(case["model"].as_str().unwrap(), case["damped"].as_bool().unwrap());
        let season_length = number(case, "season_length") as usize;
        let model = fit(&fixture, case, &Ets::new(season_length).form(form));
        // statsforecast's search does not keep beta below alpha.
        let inside = case["beta"].as_f64().is_none_or(|beta| beta <= number(case, "alpha"));
        if inside {
            assert!(model.loglik() >= number(case, "loglik") - 1e-6, "{} against {case}", model.loglik());
        }
        let shift = 2.0 * (number(case, "loglik") - model.loglik());
        close(model.aic(), number(case, "aic") + shift, 1e-9, "aic");
        close(model.aicc(), number(case, "aicc") + shift, 1e-9, "aicc");
        close(model.bic(), number(case, "bic") + shift, 1e-9, "bic");
        // Where the optimum is shared, so are parameters and forecasts.
        if inside && shift.abs() < 1e-6 {
            close(model.smoothing().alpha, number(case, "alpha"), 1e-3, &case.to_string());
            let forecast = model.forecast(&Horizon::new(12).unwrap()).unwrap();
            for (a, b) in forecast.mean.iter().zip(numbers(&case["mean"])) {
                close(*a, b, 1e-3, &case.to_string());
            }
        }
    }
}

/// Screening stops at the first optimum it comes to; the model it chooses is estimated as well as that model alone.
#[test]
fn the_chosen_model_is_no_worse_than_alone() {
    let season = [9.0, 4.0, -3.0, -8.0, -2.0, 6.0, 3.0, -5.0, -6.0, 1.0, 7.0, -6.0];
    let mut worst: f64 = 0.0;
    for seed in 0..40 {
        let mut stream = Stream::new(seed, "test/auto-ets", 0);
        let value = |t: usize| 100.0 + 0.5 * t as f64 + season[t % 12] + 3.0 * stream.normal();
        let values: Vec<f64> = (0..48 + 12 * (seed as usize % 3)).map(value).collect();
        let series = Series::new(&values).unwrap();
        let auto = AutoEts::new(12).fit(&series).unwrap();
        let alone = Ets::new(auto.season_length()).form(auto.form()).fit(&series).unwrap();
        worst = worst.max(auto.aicc() - alone.aicc());
    }
    assert!(worst < 1e-3, "{worst}");
}

#[test]
fn optima_are_those_of_statsmodels() {
    let fixture = fixture();
    let mut shared = 0;
    for case in fixture["optima"].as_array().unwrap() {
        let component = |key: &str| match case[key].as_str() {
            None => Component::None,
            Some("add") => Component::Additive,
            Some(_) => Component::Multiplicative,
        };
        let error = if case["error"] == "add" { ErrorType::Additive } else { ErrorType::Multiplicative };
        let form = EtsForm {
            error,
            trend: component("trend"),
            damped: case["damped"].as_bool().unwrap(),
            season: component("season"),
        };
        let model = fit(&fixture, case, &Ets::new(12).form(form));
        // Bounds differ: statsmodels lets beta and gamma come nearer to 0.
        assert!(model.loglik() >= number(case, "loglik") - 0.1, "{} against {case}", model.loglik());
        if (model.loglik() - number(case, "loglik")).abs() < 1e-4 {
            shared += 1;
            close(model.smoothing().alpha, number(case, "alpha"), 1e-4, &case.to_string());
            close(model.smoothing().phi, number(case, "phi"), 1e-4, &case.to_string());
            let forecast = model.forecast(&Horizon::new(12).unwrap()).unwrap();
            for (a, b) in forecast.mean.iter().zip(numbers(&case["mean"])) {
                close(*a, b, 1e-4, &case.to_string());
            }
        }
    }
    assert!(shared >= 2, "{shared} optima are shared");
}

#[test]
fn intervals_are_those_of_statsforecast() {
    let fixture = fixture();
    for case in fixture["intervals"].as_array().unwrap() {
        let form = form(case["model"].as_str().unwrap(), case["damped"].as_bool().unwrap());
        let mut ets = Ets::new(number(case, "season_length") as usize).form(form);
        ets = ets.alpha(number(case, "alpha"));
        // statsforecast's search does not keep beta below alpha, which is asked of what is given.
        if case["beta"].as_f64().is_some_and(|beta| beta > number(case, "alpha")) {
            continue;
        }
        ets = if form.trend == Component::None { ets } else { ets.beta(number(case, "beta")) };
        ets = if form.season == Component::None { ets } else { ets.gamma(number(case, "gamma")) };
        ets = if form.damped { ets.phi(number(case, "phi")) } else { ets };
        let ets =
            ets.initial_states(number(case, "level"), number(case, "growth"), &numbers(&case["seasons"]));
        let model = fit(&fixture, case, &ets);
        let horizon = Horizon::new(30).unwrap().with_levels(&[95.0]).unwrap();
        let forecast = model.forecast(&horizon).unwrap();
        // Nothing was estimated here: the divisor of sigma2 differs.
        let n = model.fitted_values().len() as f64;
        let divisor = ((n - 2.0) / (n - number(case, "parameters") - 1.0)).sqrt();
        close(model.sigma2() * divisor * divisor, number(case, "sigma2"), 1e-9, "sigma2");
        let (mean, half) = (numbers(&case["mean"]), numbers(&case["half"]));
        for step in 0..30 {
            // statsforecast adds phi twice to a damped trend's forecasts; statsmodels' are compared with above.
            if !form.damped {
                close(forecast.mean[step], mean[step], 1e-9, "mean");
            }
            // With seasons statsforecast counts the seasons of the whole horizon for every step.
            let counted = form.season == Component::None || step >= 24;
            if form.error == ErrorType::Additive && counted {
                let width = (forecast.intervals[0].upper[step] - forecast.intervals[0].lower[step]) / 2.0;
                close(width * divisor, half[step], 1e-6, &case.to_string());
            }
        }
    }
}

/// Of many simulated futures the formulas' intervals hold as many as they say.
#[test]
fn formulas_and_simulations_agree() {
    let fixture = fixture();
    let y = numbers(&fixture["series"]["factor"]);
    let horizon = Horizon::new(16).unwrap().with_levels(&[80.0]).unwrap();
    for (model, damped) in
        [("AAA", true), ("MNN", false), ("MAN", false), ("MAA", true), ("MAM", false), ("MNM", false)]
    {
        let ets = Ets::new(12).form(form(model, damped)).alpha(0.3);
        let model = ets.fit(&Series::new(&y).unwrap()).unwrap();
        let interval = &model.forecast(&horizon).unwrap().intervals[0];
        let paths = model.sample_paths(&horizon, 4000, 1).unwrap();
        for step in [0, 3, 11, 15] {
            let held = interval.lower[step]..=interval.upper[step];
            let share = paths.column(step).iter().filter(|v| held.contains(*v)).count() as f64 / 4000.0;
            assert!((share - 0.8).abs() < 0.025, "{} step {step}: {share}", model.form());
        }
        assert_eq!(paths, model.sample_paths(&horizon, 4000, 1).unwrap());
        assert_ne!(paths, model.sample_paths(&horizon, 4000, 2).unwrap());
    }
}

#[test]
fn the_choice_follows_the_series() {
    let fixture = fixture();
    let choose = |name: &str, season: usize| {
        AutoEts::new(season).fit(&Series::new(&numbers(&fixture["series"][name])).unwrap()).unwrap()
    };
    assert_eq!(choose("factor", 12).form().season, Component::Multiplicative);
    assert_eq!(choose("additive", 12).form().trend, Component::Additive);
    assert_eq!(choose("walk", 1).form().trend, Component::None);
    // Scaled by a power of two, the same model to the bit.
    let y = numbers(&fixture["series"]["factor"]);
    let scaled: Vec<f64> = y.iter().map(|v| v * 2f64.powi(40)).collect();
    let (a, b) = (choose("factor", 12), AutoEts::new(12).fit(&Series::new(&scaled).unwrap()).unwrap());
    assert_eq!(a.smoothing(), b.smoothing());
    let horizon = Horizon::new(5).unwrap();
    let mean = |model: &EtsModel| model.forecast(&horizon).unwrap().mean;
    assert!(mean(&a).iter().zip(mean(&b)).all(|(a, b)| a * 2f64.powi(40) == b));
}

#[test]
fn odd_series_are_noted_or_named() {
    let fit = |y: &[f64]| AutoEts::new(12).fit(&Series::new(y).unwrap().named("east"));
    let flat = fit(&[7.0; 30]).unwrap();
    assert!(flat.report().notes[0].contains("same"), "{:?}", flat.report());
    assert_eq!(flat.forecast(&Horizon::new(2).unwrap()).unwrap().mean, [7.0, 7.0]);
    let short = fit(&[7.0, 8.0, 9.0]).unwrap();
    assert_eq!(short.report().notes.len(), 2, "{:?}", short.report());
    let none = Ets::new(1)
        .error(ErrorType::Multiplicative)
        .fit(&Series::new(&[1.0, 0.0, 2.0]).unwrap().named("east"));
    assert_eq!(none.unwrap_err().to_string(), "series 'east', value 1: ETS(M,N,N) takes values above 0 only");
    let none = AutoEts::new(4)
        .season(Component::Multiplicative)
        .fit(&Series::new(&[3.0, 0.0, 2.0, 4.0, 5.0, 6.0]).unwrap());
    assert_eq!(none.unwrap_err().to_string(), "value 1: ETS(M,N,M) takes values above 0 only");
    let short = Ets::holt_winters(12).fit(&Series::new(&[1.0; 13]).unwrap().named("east")).unwrap_err();
    assert_eq!(short.to_string(), "series 'east': ETS(A,A,A) needs 18 values, it has 13");
}

forecast_laws!(
    holt_winters,
    ForecastLaws::new(Ets::holt_winters(12))
        .bad("season_length", |_| Ets::holt_winters(1))
        .bad("season_length", |_| Ets::holt_winters(usize::MAX))
        .bad("season_length", |_| Ets::new(usize::MAX))
        .bad("alpha", |ets| ets.alpha(f64::NAN))
        .bad("alpha", |ets| ets.alpha(1.5))
        .bad("beta", |ets| ets.alpha(0.2).beta(0.3))
        .bad("gamma", |ets| ets.alpha(0.2).gamma(0.9))
        .bad("phi", |ets| ets.phi(0.0))
        .bad("initial_states", |ets| ets.initial_states(1.0, 0.0, &[1.0]))
        .bad("damped", |ets| ets.trend(Component::None).damped(true))
);

forecast_laws!(
    multiplicative,
    ForecastLaws::new(
        Ets::new(12)
            .error(ErrorType::Multiplicative)
            .trend(Component::Additive)
            .season(Component::Multiplicative)
    )
);

forecast_laws!(simple, ForecastLaws::new(Ets::simple()));

forecast_laws!(
    auto_ets,
    ForecastLaws::new(AutoEts::new(12))
        .bad("season_length", |_| AutoEts::new(0))
        .bad("season_length", |_| AutoEts::new(usize::MAX))
        .bad("phi", |ets| ets.phi(0.5))
        .bad("damped", |ets| ets.trend(Component::None).damped(true))
        .bad("restrict", |ets| ets.error(ErrorType::Additive).season(Component::Multiplicative))
);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Models whose intervals are simulated.
    #[test]
    fn simulated_intervals_hold_each_other(
        y in prop::collection::vec(0.1f64..1e3, 20..40),
        damped: bool,
        additive: bool,
    ) {
        let error = if additive { ErrorType::Additive } else { ErrorType::Multiplicative };
        let ets = Ets::new(4).error(error).trend(Component::Multiplicative).damped(damped);
        let model = ets.season(Component::Multiplicative).fit(&Series::new(&y).unwrap());
        prop_assume!(model.is_ok());
        let horizon = Horizon::new(6).unwrap().with_levels(&[50.0, 90.0]).unwrap();
        if let Ok(forecast) = model.unwrap().forecast(&horizon) {
            let [inner, outer] = &forecast.intervals[..] else { panic!("two levels") };
            for step in 0..6 {
                prop_assert!(outer.lower[step] <= inner.lower[step] && inner.lower[step] <= inner.upper[step]);
                prop_assert!(inner.upper[step] <= outer.upper[step]);
            }
        }
    }

    #[test]
    fn forecasts_are_finite_and_parameters_in_bounds(
        y in prop::collection::vec(0.1f64..1e3, 20..60),
        season in 1usize..8,
    ) {
        let model = AutoEts::new(season).fit(&Series::new(&y).unwrap()).unwrap();
        let by = model.smoothing();
        prop_assert!((1e-4..=0.9999).contains(&by.alpha));
        prop_assert!(by.beta >= 0.0 && by.beta <= by.alpha && by.gamma >= 0.0 && by.gamma <= 1.0 - by.alpha + 1e-12);
        prop_assert!(by.phi == 1.0 || (0.8..=0.98).contains(&by.phi));
        let forecast = model.forecast(&Horizon::new(10).unwrap()).unwrap();
        prop_assert!(forecast.mean.iter().all(|v| v.is_finite()));
    }
}

/// Passengers of an airline, the last values held out. statsmodels' Holt-Winters with multiplicative seasons is 2.21 % off for
/// twelve months and 6.39 % for twenty-four, from a local minimum of the sum of squares; the least one is elsewhere.
#[test]
fn the_airline_is_forecast_as_statsmodels_does() {
    let Ok(folder) = std::env::var("CRM_ML_DATA") else {
        println!("skipped: CRM_ML_DATA is not set");
        return;
    };
    let text = std::fs::read_to_string(format!("{folder}/air_passengers.csv")).unwrap();
    let y: Vec<f64> =
        text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!(y.len(), 144);
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/airline.json")).unwrap();
    for (case, published) in fixture["cases"].as_array().unwrap().iter().zip([2.21, 6.39]) {
        let held = number(case, "held") as usize;
        let (train, test) = y.split_at(144 - held);
        let train = Series::new(train).unwrap();
        let holt_winters = Ets::holt_winters(12).season(Component::Multiplicative);
        let found = holt_winters.clone().alpha(number(case, "alpha")).beta(number(case, "beta"));
        let found = found.gamma(number(case, "gamma").min(1.0 - number(case, "alpha")));
        let found =
            found.initial_states(number(case, "level"), number(case, "growth"), &numbers(&case["seasons"]));
        let there = found.fit(&train).unwrap();
        close(there.mse() * (144 - held) as f64, number(case, "sse"), 1e-6, "sum of squares");
        let mut mean = there.forecast(&Horizon::new(held).unwrap()).unwrap().mean;
        let theirs = numbers(&case["mean"]);
        // statsmodels takes the season of each twelfth month from a year too early: without that slip 2.06 % and 6.52 %.
        (11..held).step_by(12).for_each(|step| mean[step] = theirs[step]);
        for (a, b) in mean.iter().zip(&theirs) {
            close(*a, *b, 1e-9, "forecast");
        }
        let share = mean.iter().zip(test).map(|(f, y)| ((y - f) / y).abs()).sum::<f64>() / held as f64;
        close(100.0 * share, number(case, "mape"), 1e-6, "mean absolute percentage error");
        close(100.0 * share, published, 5e-3, "published");
        let free = holt_winters.fit(&train).unwrap();
        assert!(free.mse() < 0.8 * there.mse(), "{} against {}", free.mse(), there.mse());
    }
}

#[test]
fn wider_bounds_reach_higher_and_fixed_states_lower_likelihoods() {
    let fixture = fixture();
    let y = numbers(&fixture["series"]["factor"]);
    let series = Series::new(&y).unwrap();
    for letters in ["AAA", "MAM", "ANN"] {
        let ets = Ets::new(12).form(form(letters, false));
        let both = ets.fit(&series).unwrap();
        let usual = ets.clone().bounds(Bounds::Usual).fit(&series).unwrap();
        let fixed = ets.clone().optimize_states(false).fit(&series).unwrap();
        assert!(usual.loglik() >= both.loglik() - 1e-6, "{letters}");
        assert!(fixed.loglik() < both.loglik(), "{letters}");
        assert_eq!(fixed.aic(), -2.0 * fixed.loglik() + 2.0 * (2.0 + f64::from(letters != "ANN") * 2.0));
        let squares = |criterion| ets.clone().criterion(criterion).fit(&series).unwrap().mse();
        assert!(squares(EtsCriterion::Mse) <= both.mse() * (1.0 + 1e-9), "{letters}");
    }
    let admissible = Ets::holt().bounds(Bounds::Admissible).fit(&series).unwrap();
    assert!(admissible.loglik() >= Ets::holt().fit(&series).unwrap().loglik() - 1e-6);
}
