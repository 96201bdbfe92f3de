use crm_ml_core::{ForecastModel, Forecaster, Frequency, Horizon, MonthDay, Series, Stream};

use super::*;
use crate::{Trend, TrendRegression};

fn days(texts: &[&str]) -> Vec<Timestamp> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn cells(holidays: &Holidays, start: &str, frequency: Frequency, steps: std::ops::Range<usize>) -> Vec<f64> {
    let calendar = Calendar::new(start.parse().unwrap(), frequency);
    holidays.regressors(&calendar, steps).unwrap().cells().to_vec()
}

#[test]
fn days_are_counted_in_every_frequency() {
    let one = Holidays::new().on("a", &days(&["2024-02-14"]), 0, 0).unwrap();
    assert_eq!(cells(&one, "2024-02-12", Frequency::DAILY, 0..4), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(cells(&one, "2024-02-12", Frequency::DAILY, 2..3), [1.0]);
    assert_eq!(cells(&one, "2024-02-13 12:00", Frequency::Minutes(720), 0..4), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(cells(&one, "2024-01-01", Frequency::MONTHLY, 0..3), [0.0, 1.0, 0.0]);
    // Stamps that end: the week to Friday the 16th, the month to its last day.
    let ends = one.clone().stamps_end(true);
    assert_eq!(cells(&ends, "2024-02-09", Frequency::WEEKLY, 0..3), [0.0, 1.0, 0.0]);
    assert_eq!(cells(&ends, "2024-02-16", Frequency::WEEKLY, 0..2), [1.0, 0.0]);
    assert_eq!(cells(&ends, "2024-01-31", Frequency::Months(1, MonthDay::Last), 0..3), [0.0, 1.0, 0.0]);
    // Windows that meet count each day once.
    let wide = Holidays::new().on("a", &days(&["2024-02-14", "2024-02-15"]), 1, 1).unwrap();
    assert_eq!(cells(&wide, "2024-02-12", Frequency::WEEKLY, 0..1), [4.0]);
}

#[test]
fn hours_belong_to_the_day_they_end_in() {
    let one = Holidays::new().on("a", &days(&["2024-05-02"]), 0, 0).unwrap();
    let marked = |holidays: &Holidays, start: &str, minutes: u32| -> Vec<usize> {
        let cells = cells(holidays, start, Frequency::Minutes(minutes), 0..72);
        (0..72).filter(|step| cells[*step] > 0.0).collect()
    };
    let ends = one.clone().stamps_end(true);
    assert_eq!(marked(&ends, "2024-05-01 00:00", 60), (25..49).collect::<Vec<_>>());
    assert_eq!(marked(&ends, "2024-05-01 08:00", 480), [3, 4, 5]);
    assert_eq!(marked(&ends, "2024-05-02 00:30", 60), (0..24).collect::<Vec<_>>());
    assert_eq!(marked(&one, "2024-05-01 00:00", 60), (24..48).collect::<Vec<_>>());
    // Whole days are named, not ended, by their stamps.
    assert_eq!(cells(&ends, "2024-05-01", Frequency::DAILY, 0..3), [0.0, 1.0, 0.0]);
}

#[test]
fn bad_holidays_are_told() {
    let day = days(&["2024-02-14"]);
    let one = || Holidays::new().on("a", &day, 0, 0).unwrap();
    assert!(one().on("a", &day, 0, 0).is_err());
    assert!(one().on("b", &[], 0, 0).is_err());
    assert!(one().on("b", &day, 400, 0).is_err());
    let calendar = Calendar::new(day[0], Frequency::DAILY);
    assert!(Holidays::new().regressors(&calendar, 0..3).is_err());
    assert!(one().regressors(&calendar, 3..3).is_err());
}

#[test]
fn a_forecast_knows_the_next_one() {
    let calendar = Calendar::new("2020-01-01".parse().unwrap(), Frequency::DAILY);
    let eves: Vec<Timestamp> = (2020..2024).map(|year| Timestamp::from_ymd(year, 12, 24).unwrap()).collect();
    let holidays = Holidays::new().on("eve", &eves, 0, 0).unwrap();
    let mut stream = Stream::new(1, "eve", 0);
    let known = holidays.regressors(&calendar, 0..1400).unwrap();
    let values: Vec<f64> = known.cells().iter().map(|eve| 50.0 - 30.0 * eve + stream.normal()).collect();
    let series = Series::new(&values[..1080]).unwrap().with_calendar(calendar);
    let series = series.with_regressors(holidays.regressors(&calendar, 0..1080).unwrap()).unwrap();
    let model = TrendRegression::new(Trend::Flat).season(7, 3).fit(&series).unwrap();
    let horizon =
        Horizon::new(30).unwrap().with_regressors(holidays.regressors(&calendar, 1080..1110).unwrap());
    let forecast = model.forecast(&horizon.unwrap()).unwrap();
    // 2022-12-24 is day 1088 of the calendar.
    assert!((forecast.mean[8] - 20.0).abs() < 3.0, "{:?}", forecast.mean);
    assert!((forecast.mean[7] - 50.0).abs() < 3.0);
}
