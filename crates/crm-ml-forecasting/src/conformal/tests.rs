use approx::assert_abs_diff_eq;
use crm_ml_core::{ForecastModel, Horizon, Stream};
use crm_ml_testkit::{ForecastLaws, forecast_laws};

use super::*;
use crate::{AutoTheta, Ets, HistoricAverage, Naive, Reach, SamplePaths, SeasonalNaive};

fn noise(length: usize, seed: u64, mut value: impl FnMut(&mut Stream) -> f64) -> Vec<f64> {
    let mut stream = Stream::new(seed, "test/conformal", 0);
    (0..length).map(|_| value(&mut stream)).collect()
}

/// The errors of the naive method by hand: of n errors the one of rank ceil((n + 1) level).
#[test]
fn factors_are_ranks_of_errors() {
    let values: Vec<f64> = (0..60).map(|t| f64::from(t * t % 23)).collect();
    let series = Series::new(&values).unwrap();
    let model = Conformal::new(Naive::new(), 1).n_windows(29).refit(Refit::Always).fit(&series).unwrap();
    let horizon = Horizon::new(1).unwrap().with_levels(&[80.0]).unwrap();
    let width = |origin: usize| {
        let past = Series::new(&values[..origin]).unwrap();
        let wide = horizon.clone().with_levels(&[95.0]).unwrap();
        let forecast = Naive::new().fit(&past).unwrap().forecast(&wide).unwrap();
        (forecast.intervals[0].upper[0] - forecast.mean[0]) * (1.0 + 1.0 / origin as f64).sqrt()
    };
    let mut scores: Vec<f64> =
        (31..60).map(|origin| (values[origin] - values[origin - 1]).abs() / width(origin)).collect();
    scores.sort_by(f64::total_cmp);
    let forecast = model.forecast(&horizon).unwrap();
    let half = forecast.intervals[0].upper[0] - forecast.mean[0];
    // 30 x 0.8 = 24.
    assert_abs_diff_eq!(half, scores[23] * width(60), epsilon = 1e-9);
    assert_abs_diff_eq!(model.highest_level(), 100.0 * 29.0 / 30.0, epsilon = 1e-9);
    assert!(model.report().notes[0].contains("29 windows"));
}

#[test]
fn too_few_errors_keep_the_own_intervals_widened() {
    let values = noise(12, 1, Stream::normal);
    let series = Series::new(&values).unwrap();
    let model = Conformal::new(HistoricAverage::new(), 2).n_windows(2).fit(&series).unwrap();
    assert!(model.highest_level() < 95.0);
    let horizon = Horizon::new(2).unwrap().with_levels(&[99.0]).unwrap();
    let own = HistoricAverage::new().fit(&series).unwrap().forecast(&horizon).unwrap();
    let wide = model.forecast(&horizon).unwrap();
    assert!(wide.intervals[0].upper[1] >= own.intervals[0].upper[1] - 1e-9);
    // Nothing to test on at all.
    let short = Series::new(&values[..3]).unwrap();
    let model = Conformal::new(HistoricAverage::new(), 5).fit(&short).unwrap();
    assert!(model.report().notes[0].contains("too short"));
    let own = HistoricAverage::new().fit(&short).unwrap().forecast(&horizon).unwrap();
    let wide = model.forecast(&horizon).unwrap();
    assert!(wide.intervals[0].upper[0] > own.intervals[0].upper[0]);
}

/// Errors with heavy tails, and a walk: the share inside is near the level where normal intervals are off.
#[test]
fn coverage_is_near_the_level() {
    let heavy = |stream: &mut Stream| stream.normal() / stream.uniform().max(0.02).sqrt();
    let horizon = Horizon::new(4).unwrap().with_levels(&[80.0, 95.0]).unwrap();
    let (mut inside, mut own) = ([0.0; 2], [0.0; 2]);
    let runs = 150;
    for seed in 0..runs {
        let values = noise(104, seed, heavy);
        let series = Series::new(&values[..100]).unwrap();
        let conformal = Conformal::new(HistoricAverage::new(), 4).n_windows(45).fit(&series).unwrap();
        let found = conformal.forecast(&horizon).unwrap();
        let plain = conformal.model().forecast(&horizon).unwrap();
        for (forecast, shares) in [(&found, &mut inside), (&plain, &mut own)] {
            for (interval, share) in forecast.intervals.iter().zip(shares.iter_mut()) {
                let (lower, upper) = (&interval.lower, &interval.upper);
                *share +=
                    crm_ml_metrics::interval_coverage(&values[100..], lower, upper).unwrap() / runs as f64;
            }
        }
    }
    assert!((0.77..0.85).contains(&inside[0]), "{inside:?}");
    assert!((0.93..0.98).contains(&inside[1]), "{inside:?}");
    // Normal intervals of heavy tails are too wide in the middle.
    assert!(own[0] > 0.85, "{own:?}");
}

#[test]
fn paths_have_the_spread_of_the_intervals() {
    let values = noise(160, 5, |stream| 50.0 + stream.normal());
    let model = Conformal::new(Ets::simple(), 6).n_windows(60).fit(&Series::new(&values).unwrap()).unwrap();
    let horizon = Horizon::new(6).unwrap().with_levels(&[80.0]).unwrap();
    let paths = model.sample_paths(&horizon, 4000, 3).unwrap();
    assert_eq!(paths.dim(), (4000, 6));
    let interval = &model.forecast(&horizon).unwrap().intervals[0];
    for step in 0..6 {
        let column = paths.column(step);
        let inside = column.iter().filter(|v| (interval.lower[step]..=interval.upper[step]).contains(v));
        let share = inside.count() as f64 / 4000.0;
        assert!((0.74..0.86).contains(&share), "step {step}: {share}");
    }
    // The first paths of more are the same; so is everything at any number of threads.
    let fewer = model.sample_paths(&horizon, 100, 3).unwrap();
    assert_eq!(fewer, paths.slice(ndarray::s![..100, ..]));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(pool.install(|| model.sample_paths(&horizon, 4000, 3).unwrap()), paths);
    assert_ne!(model.sample_paths(&horizon, 100, 4).unwrap(), fewer);

    let chance = |target, reach| model.probability_of_reaching(target, reach, &horizon, 4000, 3).unwrap();
    let total: f64 = model.forecast(&horizon).unwrap().mean.iter().sum();
    assert!((0.35..0.65).contains(&chance(total, Reach::Total)));
    assert!(chance(total - 20.0, Reach::Total) > 0.99 && chance(total + 20.0, Reach::Total) < 0.01);
    assert!(chance(51.0, Reach::LastStep) < chance(51.0, Reach::AnyStep));
    let refused =
        |target, count| model.probability_of_reaching(target, Reach::Total, &horizon, count, 3).is_err();
    assert!(refused(f64::NAN, 10) && refused(1.0, 0) && refused(1.0, usize::MAX));
}

/// Short walks with a drift, 6 steps ahead: near the level at the last step too, where intervals that take the drift as known are not.
#[test]
fn short_series_are_covered_far_ahead() {
    let horizon = Horizon::new(6).unwrap().with_levels(&[95.0]).unwrap();
    let (mut inside, mut own, runs) = ([0.0; 6], [0.0; 6], 400);
    for seed in 0..runs {
        let mut level = 100.0;
        let values = noise(16 + seed as usize % 12 + 6, seed, |stream| {
            level += 1.0 + 2.0 * stream.normal();
            level
        });
        let (past, next) = values.split_at(values.len() - 6);
        let model = Conformal::new(Ets::holt(), 6).fit(&Series::new(past).unwrap()).unwrap();
        for (forecast, shares) in [
            (model.forecast(&horizon).unwrap(), &mut inside),
            (model.model().forecast(&horizon).unwrap(), &mut own),
        ] {
            let interval = &forecast.intervals[0];
            for step in 0..6 {
                let held = (interval.lower[step]..=interval.upper[step]).contains(&next[step]);
                shares[step] += f64::from(u8::from(held)) / runs as f64;
            }
        }
    }
    assert!(inside.iter().all(|share| (0.91..=0.995).contains(share)), "{inside:?} {own:?}");
    assert!(own[5] < 0.9, "{own:?}");
}

forecast_laws!(
    seasonal,
    ForecastLaws::new(Conformal::new(SeasonalNaive::new(12), 6))
        .bad("season_length", |_| Conformal::new(SeasonalNaive::new(0), 6))
        .bad("horizon", |_| Conformal::new(SeasonalNaive::new(12), 0))
        .bad("n_windows", |conformal| conformal.n_windows(0))
        .bad("step_size", |conformal| conformal.step_size(0))
        .bad("refit", |conformal| conformal.refit(Refit::Every(0)))
);
forecast_laws!(theta, ForecastLaws::new(Conformal::new(AutoTheta::new(12), 12)));
