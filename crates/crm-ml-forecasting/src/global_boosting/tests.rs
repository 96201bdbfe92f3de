use crm_ml_core::{Calendar, ErrorKind, Frequency, Horizon, Persist, Samples, Series, Stream, reseal};
use crm_ml_testkit::forecasts::toy;
use ndarray::Array2;

use super::*;

fn many(count: usize, length: usize) -> Vec<Vec<f64>> {
    (0..count).map(|i| toy(length, i as u64).iter().map(|v| v * (1.0 + i as f64)).collect()).collect()
}

fn series(values: &[Vec<f64>]) -> Vec<Series<'_>> {
    let calendar = Calendar::new("2012-01".parse().unwrap(), Frequency::MONTHLY);
    let one = |(i, values): (usize, &'_ Vec<f64>)| {
        Series::from_vec(values.clone()).unwrap().named(format!("s{i:02}")).with_calendar(calendar)
    };
    values.iter().enumerate().map(one).collect()
}

fn rounds(n_estimators: usize) -> Boosting {
    Boosting { n_estimators, ..Boosting::default() }
}

/// Mean absolute error over that of the seasonal naive method.
fn skill(of: &GlobalBoosting, values: &[Vec<f64>], steps: usize) -> f64 {
    let past: Vec<Vec<f64>> = values.iter().map(|v| v[..v.len() - steps].to_vec()).collect();
    let past = series(&past);
    let forecasts = of.fit(&past).unwrap().forecast(&past, &[Horizon::new(steps).unwrap()]).unwrap();
    let (mut ours, mut naive) = (0.0, 0.0);
    for ((values, past), forecast) in values.iter().zip(&past).zip(&forecasts) {
        let scale: f64 = past.values().iter().sum();
        for (step, value) in values[past.len()..].iter().enumerate() {
            ours += (value - forecast.mean[step]).abs() / scale;
            naive += (value - past.values()[past.len() - 12 + step % 12]).abs() / scale;
        }
    }
    ours / naive
}

#[test]
fn many_series_teach_what_one_cannot() {
    let skill = skill(&GlobalBoosting::new(12), &many(30, 84), 12);
    assert!(skill < 0.6, "{skill}");
}

#[test]
fn intervals_hold_as_many_as_they_say() {
    let values = many(60, 96);
    let past: Vec<Vec<f64>> = values.iter().map(|v| v[..90].to_vec()).collect();
    let past = series(&past);
    let model = GlobalBoosting::new(12).calibration(6).boosting(rounds(60)).fit(&past).unwrap();
    let horizon = Horizon::new(6).unwrap().with_levels(&[80.0, 90.0]).unwrap();
    let forecasts = model.forecast(&past, &[horizon]).unwrap();
    for (place, share) in [(0, 0.8), (1, 0.9)] {
        let inside = |(values, forecast): (&Vec<f64>, &crm_ml_core::Forecast)| {
            let interval = &forecast.intervals[place];
            (0..6)
                .filter(|step| (interval.lower[*step]..=interval.upper[*step]).contains(&values[90 + step]))
                .count()
        };
        let held = values.iter().zip(&forecasts).map(inside).sum::<usize>() as f64 / 360.0;
        assert!((held - share).abs() < 0.08, "{held} of {share}");
    }
    let far = Horizon::new(7).unwrap().with_levels(&[80.0]).unwrap();
    assert!(model.forecast(&past, &[far]).is_err());
    let sure = Horizon::new(6).unwrap().with_levels(&[99.9]).unwrap();
    assert!(model.forecast(&past, &[sure]).unwrap_err().to_string().contains("too few series"));
}

#[test]
fn regressors_count_and_must_be_there() {
    let mut stream = Stream::new(1, "promotions", 0);
    let promotions = Array2::from_shape_fn((120, 1), |_| f64::from(u8::from(stream.below(4) == 0)));
    let values: Vec<f64> = promotions.iter().map(|p| 100.0 + 50.0 * p + stream.normal()).collect();
    let past = Series::new(&values).unwrap().named("a").with_regressors(Samples::new(&promotions).unwrap());
    let past = [past.unwrap()];
    let mut small_leaves = rounds(100);
    small_leaves.growth.min_samples_leaf = 5;
    let model = GlobalBoosting::new(1).scale_window(100).boosting(small_leaves).fit(&past).unwrap();
    let horizon = Horizon::new(6).unwrap();
    assert!(model.forecast(&past, std::slice::from_ref(&horizon)).is_err());
    let known = Array2::from_shape_fn((6, 1), |(step, _)| (step % 2) as f64);
    let horizon = horizon.with_regressors(Samples::new(&known).unwrap()).unwrap();
    let forecast = model.forecast(&past, &[horizon]).unwrap();
    for pair in forecast[0].mean.chunks_exact(2) {
        assert!((30.0..70.0).contains(&(pair[1] - pair[0])), "{pair:?}");
    }
    let mixed = [past[0].clone(), Series::new(&[1.0, 2.0]).unwrap().named("b")];
    let error = GlobalBoosting::new(1).fit(&mixed).unwrap_err().to_string();
    assert_eq!(error, "series 'b': its regressors are not those of the first series");
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    let values = many(12, 60);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let series = series(&values);
            let model = GlobalBoosting::new(12).boosting(rounds(20)).calibration(3).fit(&series).unwrap();
            let horizon = Horizon::new(3).unwrap().with_levels(&[50.0]).unwrap();
            (model.to_bytes().unwrap(), model.forecast(&series, &[horizon]).unwrap())
        })
    };
    let first = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == first, "{threads} threads");
    }
}

#[test]
fn files_cannot_hurt() {
    let values = many(3, 40);
    let series = series(&values);
    let model = GlobalBoosting::new(4).boosting(rounds(2)).calibration(2).fit(&series).unwrap();
    let file = model.to_bytes().unwrap();
    let loaded = GlobalBoostingModel::from_bytes(&file).unwrap();
    let horizon = [Horizon::new(2).unwrap().with_levels(&[50.0]).unwrap()];
    assert_eq!(loaded.forecast(&series, &horizon).unwrap(), model.forecast(&series, &horizon).unwrap());
    for seed in 0..2000 {
        let mut stream = Stream::new(seed, "flip", 0);
        let mut damaged = file.clone();
        let bit = stream.below(damaged.len() * 8);
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(GlobalBoostingModel::from_bytes(&damaged).is_err());
        reseal(&mut damaged);
        if let Ok(model) = GlobalBoostingModel::from_bytes(&damaged) {
            let _ = model.forecast(&series, &horizon);
        }
    }
    for length in (0..file.len()).step_by(file.len() / 200 + 1) {
        assert!(GlobalBoostingModel::from_bytes(&file[..length]).is_err());
    }
}

#[test]
fn bad_input_is_told() {
    let values = many(2, 30);
    let data = series(&values);
    let named = |of: GlobalBoosting, name: &str| match of.fit(&data).unwrap_err().kind() {
        ErrorKind::InvalidParameters { violations, .. } => assert_eq!(violations[0].parameter, name),
        other => panic!("{other:?}"),
    };
    named(GlobalBoosting::new(12).lags(&[]), "lags");
    named(GlobalBoosting::new(usize::MAX), "lags");
    named(GlobalBoosting::new(12).lags(&[0]), "lags");
    named(GlobalBoosting::new(12).windows(&[1]), "windows");
    named(GlobalBoosting::new(12).scale_window(0), "scale_window");
    named(GlobalBoosting::new(12).calibration(0), "calibration");
    named(
        GlobalBoosting::new(12).boosting(Boosting { learning_rate: f64::NAN, ..Boosting::default() }),
        "learning_rate",
    );
    assert!(GlobalBoosting::new(12).fit(&[]).is_err());
    assert!(GlobalBoosting::new(12).fit(&[Series::new(&[1.0]).unwrap()]).is_err());
    assert!(GlobalBoosting::new(12).calibration(50).fit(&data).is_err());
    assert!(GlobalBoosting::new(12).calibration(usize::MAX).fit(&data).is_err());
    let model = GlobalBoosting::new(12).fit(&data).unwrap();
    assert!(model.forecast(&data, &[]).is_err());
    // Constant, zero, gapped, huge and new series.
    let odd = [vec![0.0; 20], vec![5.0; 20], vec![1e300; 20], vec![-3.0, f64::NAN, 4.0]];
    let odd = series(&odd);
    let horizon = [Horizon::new(4).unwrap()];
    for forecast in model.forecast(&odd, &horizon).unwrap() {
        assert!(forecast.mean.iter().all(|value| value.is_finite()));
    }
    let model = GlobalBoosting::new(12).fit(&odd).unwrap();
    assert!(model.forecast(&odd, &horizon).is_ok());
}

/// A series without a value teaches nothing and has no size to forecast it in; one whose values all fall into the calibration
/// is not part of it.
#[test]
fn missing_values_alone_are_told_by_name() {
    let mut values = many(12, 40);
    values.push([vec![f64::NAN; 34], vec![7.0; 6]].concat());
    let model = GlobalBoosting::new(4).boosting(rounds(5)).calibration(6).fit(&series(&values)).unwrap();
    values[3].fill(f64::NAN);
    let gone = series(&values);
    assert!(GlobalBoosting::new(4).boosting(rounds(5)).calibration(6).fit(&gone).is_ok());
    let error = model.forecast(&gone, &[Horizon::new(2).unwrap()]).unwrap_err().to_string();
    assert_eq!(error, "series 's03': all values are missing: nothing tells the size of its forecast");
}
