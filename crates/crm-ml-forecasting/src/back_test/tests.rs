use std::sync::Mutex;

use crm_ml_core::{Calendar, FitReport, Forecast, Frequency, Samples, Stream};
use ndarray::Array2;

use super::*;
use crate::{Drift, Ets, Naive, SeasonalNaive, SimpleModel};

/// Notes what it is given.
struct Canary {
    seen: Mutex<Vec<(char, Vec<f64>)>>,
}

impl Canary {
    fn new() -> Self {
        Self { seen: Mutex::new(Vec::new()) }
    }
}

static APPLIED: Mutex<Vec<Vec<f64>>> = Mutex::new(Vec::new());

struct CanaryModel(SimpleModel);

impl Forecaster for Canary {
    type Model = CanaryModel;

    fn fit(&self, series: &Series<'_>) -> Result<CanaryModel> {
        self.seen.lock().unwrap().push(('f', series.values().to_vec()));
        Naive::new().fit(series).map(CanaryModel)
    }
}

impl ForecastModel for CanaryModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        self.0.forecast(horizon)
    }

    fn fitted_values(&self) -> &[f64] {
        self.0.fitted_values()
    }

    fn report(&self) -> &FitReport {
        self.0.report()
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        APPLIED.lock().unwrap().push(series.values().to_vec());
        self.0.apply(series).map(Self)
    }
}

fn counting(length: usize) -> Vec<f64> {
    (0..length).map(|t| t as f64).collect()
}

#[test]
fn only_the_past_is_seen() {
    let values = counting(20);
    let series = [Series::new(&values).unwrap()];
    let canary = Canary::new();
    let test = BackTest::new(3).n_windows(4).step_size(2);
    let report = test.run(&canary, &series).unwrap();
    let origins: Vec<usize> = report.windows().iter().map(|window| window.origin).collect();
    assert_eq!(origins, [11, 13, 15, 17]);
    let seen = canary.seen.into_inner().unwrap();
    let expected: Vec<(char, Vec<f64>)> = origins.iter().map(|origin| ('f', counting(*origin))).collect();
    assert_eq!(seen, expected);

    // Fitted to the last five values at the first and third origin, applied from the same start at the others.
    let canary = Canary::new();
    let report = test.refit(Refit::Every(2)).training(Training::Rolling(5)).run(&canary, &series).unwrap();
    let refitted: Vec<bool> = report.windows().iter().map(|window| window.refitted).collect();
    assert_eq!(refitted, [true, false, true, false]);
    let seen = canary.seen.into_inner().unwrap();
    assert_eq!(seen, [('f', values[6..11].to_vec()), ('f', values[10..15].to_vec())]);
    assert_eq!(*APPLIED.lock().unwrap(), [values[6..13].to_vec(), values[10..17].to_vec()]);
}

/// A season that starts elsewhere than in the fit is another season.
#[test]
fn rolling_training_keeps_the_season_of_the_fit() {
    let mut stream = Stream::new(5, "test/rolling", 0);
    let values: Vec<f64> = (0..120)
        .map(|t| 100.0 + 2.0 * t as f64 + [30.0, -10.0, -25.0, 5.0][t % 4] + stream.normal())
        .collect();
    let series = [Series::new(&values).unwrap()];
    let test = BackTest::new(4).n_windows(12).training(Training::Rolling(48));
    let error = |refit| test.clone().refit(refit).run(&Ets::holt_winters(4), &series).unwrap().metrics().mae;
    let always = error(Refit::Always);
    for refit in [Refit::First, Refit::Every(5)] {
        assert!(error(refit) < 1.5 * always, "{refit:?}: {} after {always}", error(refit));
    }
}

#[test]
fn numbers_are_those_by_hand() {
    // The naive forecast of 0, 1, ... is off by 1, 2, 3; each step inside the training is 1.
    let values = counting(20);
    let series = [Series::new(&values).unwrap().named("line")];
    let test = BackTest::new(3).n_windows(4).levels(&[80.0]);
    let report = test.run(&Naive::new(), &series).unwrap();
    let metrics = report.metrics();
    assert_eq!((metrics.points, metrics.mae, metrics.bias), (12, 2.0, -2.0));
    assert_eq!((metrics.mase, metrics.skill), (Some(2.0), Some(0.0)));
    approx::assert_abs_diff_eq!(metrics.rmsse.unwrap(), (14.0f64 / 3.0).sqrt(), epsilon = 1e-12);
    let by_step: Vec<f64> = report.by_step().iter().map(|metrics| metrics.mae).collect();
    assert_eq!(by_step, [1.0, 2.0, 3.0]);
    // 1.28 deviations of 1, of their root for further steps: 1 and 2 > 1.81 and 3 > 2.2.
    approx::assert_abs_diff_eq!(metrics.intervals[0].coverage, 1.0 / 3.0, epsilon = 1e-12);
    assert_eq!(report.by_series()[0], metrics);
    let drift = test.run(&Drift::new(), &series).unwrap().metrics();
    assert_eq!((drift.mae, drift.skill), (0.0, Some(1.0)));
}

#[test]
fn the_seasonal_naive_method_has_no_skill_over_itself() {
    let values: Vec<f64> = (0..40).map(|t| f64::from(t % 4 * 10 + t * 7 % 5)).collect();
    let calendar = Calendar::new("2010Q1".parse().unwrap(), Frequency::QUARTERLY);
    let series = [Series::new(&values).unwrap().with_calendar(calendar)];
    let report = BackTest::new(6).n_windows(5).run(&SeasonalNaive::new(4), &series).unwrap();
    assert!(report.windows().iter().all(|window| window.naive == window.forecast.mean));
    assert_eq!(report.metrics().skill, Some(0.0));
}

#[test]
fn what_is_left_out_is_told() {
    let (long, short, gap) = (counting(20), counting(3), [1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0]);
    let series = [
        Series::new(&long).unwrap().named("long"),
        Series::new(&short).unwrap().named("short"),
        Series::new(&gap).unwrap().named("gap"),
    ];
    let report = BackTest::new(3).n_windows(2).run(&Naive::new(), &series).unwrap();
    assert_eq!(report.skipped(), [1]);
    let failures: Vec<(usize, Option<usize>)> =
        report.failures().iter().map(|failure| (failure.series, failure.origin)).collect();
    assert_eq!(failures, [(1, None), (2, Some(3))]);
    assert_eq!(report.by_series()[1].points, 0);
    assert_eq!(report.by_series()[1].get(ForecastMetric::Mase), None);
    // A missing value among the actual ones is no point.
    let values = [1.0, 2.0, 3.0, 4.0, f64::NAN, 6.0];
    let one = [Series::new(&values).unwrap()];
    assert_eq!(BackTest::new(3).run(&Naive::new(), &one).unwrap().metrics().points, 2);
}

#[test]
fn regressors_come_with_the_horizon() {
    let known = Array2::from_shape_fn((30, 1), |(row, _)| f64::from(u8::from(row % 7 == 0)));
    let values: Vec<f64> = known.iter().map(|flag| 10.0 + 5.0 * flag).collect();
    let series = Series::new(&values).unwrap().with_regressors(Samples::new(&known).unwrap()).unwrap();
    let regression = crate::TrendRegression::new(crate::Trend::Linear);
    let report = BackTest::new(8).n_windows(3).run(&regression, &[series]).unwrap();
    assert!(report.failures().is_empty() && report.metrics().mae < 1e-6, "{:?}", report.metrics());
}

#[test]
fn parameters_out_of_range_are_named() {
    let values = counting(9);
    let series = [Series::new(&values).unwrap()];
    let named = |test: BackTest, name: &str| {
        let error = test.run(&Naive::new(), &series).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    let test = || BackTest::new(2);
    named(BackTest::new(0), "horizon");
    named(test().n_windows(0), "n_windows");
    named(test().step_size(0), "step_size");
    named(test().min_train(0), "min_train");
    named(test().season_length(0), "season_length");
    named(test().training(Training::Rolling(0)), "training");
    named(test().refit(Refit::Every(0)), "refit");
    named(test().levels(&[120.0]), "level");
    let error = test().run(&SeasonalNaive::new(0), &series).unwrap_err().to_string();
    assert!(error.contains("season_length"), "{error}");
    assert!(
        BackTest::new(usize::MAX).step_size(usize::MAX).n_windows(3).run(&Naive::new(), &series).is_err()
    );
    let none = test().n_windows(usize::MAX).run(&Naive::new(), &series).unwrap();
    assert_eq!(none.windows().len(), 7);
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    let many: Vec<Vec<f64>> = (0..70)
        .map(|seed| {
            let mut stream = Stream::new(seed, "test/back-test", 0);
            (0..40).map(|_| 10.0 + stream.normal()).collect()
        })
        .collect();
    let series: Vec<Series<'_>> = many.iter().map(|values| Series::new(values).unwrap()).collect();
    let test = BackTest::new(4).n_windows(3).levels(&[80.0]);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| test.run(&Ets::simple(), &series).unwrap())
    };
    let one = run(1);
    assert_eq!(one.windows().len(), 210);
    assert!(run(3) == one);
}
