use crm_ml_core::{Calendar, Forecaster, Frequency, Series, Stream};
use crm_ml_testkit::forecasts::toy;

use super::*;
use crate::{Arima, Naive};

#[test]
fn planted_values_are_found_and_none_invented() {
    let (mut planted, mut found, mut invented) = (0, 0, 0);
    for seed in 0..20 {
        let mut values = toy(96, seed);
        let places = [17 + seed as usize, 60, 90];
        for place in places {
            values[place] *= 0.8;
        }
        let anomalies = SeriesAnomalies::new(12).find(&Series::new(&values).unwrap()).unwrap();
        planted += places.len();
        found += anomalies.iter().filter(|a| places.contains(&a.step) && a.score < 0.0).count();
        invented += anomalies.iter().filter(|a| !places.contains(&a.step)).count();
    }
    assert!(found * 100 >= planted * 95, "{found} of {planted}");
    // Noise is normal: five robust deviations are rare, though the deviation is estimated from what is left of it.
    assert!(invented <= 20 * 96 / 100, "{invented}");
}

#[test]
fn times_and_gaps_are_kept() {
    let mut values = toy(60, 3);
    values[20] = f64::NAN;
    values[40] = 300.0;
    let series = Series::new(&values)
        .unwrap()
        .with_calendar(Calendar::new("2020-01".parse().unwrap(), Frequency::MONTHLY));
    let found = SeriesAnomalies::new(12).find(&series).unwrap();
    assert_eq!(found.iter().map(|a| a.step).collect::<Vec<_>>(), [40]);
    assert_eq!(found[0].time.unwrap().to_string(), "2023-05-01");
    // Without a season the neighbours tell.
    let found = SeriesAnomalies::new(1).threshold(8.0).find(&series).unwrap();
    assert_eq!(found.iter().map(|a| a.step).collect::<Vec<_>>(), [40]);
}

#[test]
fn a_model_tells_what_was_expected() {
    let mut values = toy(72, 5);
    values[50] += 60.0;
    let series = Series::new(&values).unwrap();
    let model = Arima::new(0, 1, 1).seasonal(0, 1, 1, 12).fit(&series).unwrap();
    let found = SeriesAnomalies::new(12).find_by(&series, &model).unwrap();
    assert!(found.iter().any(|a| a.step == 50 && a.score > 5.0));
    let other = Naive::new().fit(&Series::new(&[1.0, 2.0]).unwrap()).unwrap();
    assert!(SeriesAnomalies::new(12).find_by(&series, &other).is_err());
}

#[test]
fn odd_series_are_no_trouble() {
    let find = |values: &[f64]| SeriesAnomalies::new(12).find(&Series::new(values).unwrap());
    assert!(find(&[3.0; 40]).unwrap().is_empty());
    assert!(find(&[3.0]).unwrap().is_empty());
    assert!(find(&[f64::NAN; 5]).is_err());
    let mut one = vec![3.0; 40];
    one[7] = 4.0;
    assert_eq!(find(&one).unwrap().len(), 1);
    assert!(find(&[f64::MAX, -f64::MAX, f64::MAX]).is_ok());
    assert!(SeriesAnomalies::new(0).find(&Series::new(&[1.0]).unwrap()).is_err());
    assert!(SeriesAnomalies::new(12).threshold(f64::NAN).find(&Series::new(&[1.0]).unwrap()).is_err());
}

/// Two years of hours, of which only some days are regressed on all others.
#[test]
fn anomalies_of_long_series_are_found() {
    let n = 20_000;
    let mut noise = Stream::new(1, "hours", 0);
    let mut values: Vec<f64> =
        (0..n).map(|t| 50.0 + 20.0 * (t % 24) as f64 + t as f64 * 1e-3 + noise.normal()).collect();
    for place in [3, 10_000, n - 2] {
        values[place] += 15.0;
    }
    let found = SeriesAnomalies::new(24).threshold(7.0).find(&Series::new(&values).unwrap()).unwrap();
    assert_eq!(found.iter().map(|a| a.step).collect::<Vec<_>>(), [3, 10_000, n - 2]);
}
