use proptest::prelude::*;

use crm_ml_core::MonthDay;

use super::*;

fn times(texts: &[&str]) -> Vec<Timestamp> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn frequencies_are_inferred() {
    let infer = |texts: &[&str]| infer_frequency(&[times(texts)]).unwrap();
    assert_eq!(infer(&["2020", "2021", "2024"]), Frequency::YEARLY);
    assert_eq!(infer(&["2020Q1", "2020Q3", "2020Q4"]), Frequency::QUARTERLY);
    assert_eq!(infer(&["2020-01", "2020-02", "2020-04"]), Frequency::MONTHLY);
    assert_eq!(infer(&["2020-01-31", "2020-02-29", "2020-03-31"]), Frequency::MONTHLY);
    assert_eq!(infer(&["2020-02-29", "2020-03-31", "2020-04-30"]), Frequency::Months(1, MonthDay::Last));
    assert_eq!(infer(&["2010-02-05", "2010-02-12", "2010-02-26"]), Frequency::WEEKLY);
    assert_eq!(infer(&["2020-01-01", "2020-01-02", "2020-01-05"]), Frequency::DAILY);
    assert_eq!(infer(&["2020-01-01 00:00", "2020-01-01 06:00", "2020-01-02 03:00"]), Frequency::Minutes(180));
    let business: Vec<Timestamp> = {
        let calendar = Calendar::new("2024-06-03".parse().unwrap(), Frequency::BusinessDays);
        (0..20).map(|step| calendar.time(step)).collect()
    };
    assert_eq!(infer_frequency(&[business]).unwrap(), Frequency::BusinessDays);
    assert!(infer_frequency(&[times(&["2020"]), times(&["2021"])]).is_err());
    assert!(infer_frequency(&[]).is_err());
    for (first, last) in [(i64::MIN, 0), (i64::MIN, i64::MAX), (i64::MAX, i64::MIN)] {
        assert!(infer_frequency(&[[first, last].map(Timestamp::from_seconds).to_vec()]).is_err());
    }
    assert!(infer_frequency(&[times(&["2020-01-01 00:00:00", "2020-01-01 00:00:07"])]).is_err());
}

#[test]
fn problems_are_named() {
    let days = times(&["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-05"]);
    let (ids, values) = (["a"; 4], [1.0, 2.0, 3.0, 4.0]);
    let read = |table: LongTable| table.read(&ids, &days, &values);
    let message = |table: LongTable| read(table).unwrap_err().to_string();
    assert_eq!(message(LongTable::new()), "series 'a', 2024-01-02: there are 2 values");
    let sum = LongTable::new().duplicates(Duplicates::Sum);
    assert_eq!(
        message(sum.clone().fill(Fill::Refuse)),
        "series 'a', 2024-01-03: the value is missing, and the fill policy takes no missing values"
    );
    assert_eq!(
        message(sum.clone().frequency(Frequency::WEEKLY)),
        "series 'a', 2024-01-02: the time is between two steps"
    );
    let far = times(&["2024-01-01 00:00", "2024-01-01 00:01", "2094-01-01"]);
    assert!(LongTable::new().read(&["a"; 3], &far, &[1.0; 3]).unwrap_err().to_string().contains("too long"));
    let panel = read(sum.fill(Fill::Linear)).unwrap();
    let expected = [1.0, 5.0, 14.0 / 3.0, 13.0 / 3.0, 4.0];
    for (found, expected) in panel.get("a").unwrap().values().iter().zip(expected) {
        approx::assert_abs_diff_eq!(*found, expected, epsilon = 1e-12);
    }
    assert_eq!(panel.gaps()[0].to_string(), "series 'a': nothing at 2 times from 2024-01-03 on");
    assert_eq!(panel.duplicates()[0].to_string(), "series 'a': 2 values at 2024-01-02");
    let infinite = LongTable::new().read(&["a", "b"], &days[..2], &[1.0, f64::INFINITY]).unwrap_err();
    assert_eq!(infinite.to_string(), "series 'b', 2024-01-02: inf is no finite number");
    let sum = LongTable::new().duplicates(Duplicates::Sum).read(&["a"; 4], &days, &[1.7e308; 4]).unwrap_err();
    assert_eq!(sum.to_string(), "series 'a', 2024-01-02: inf is no finite number");
    assert!(LongTable::new().read::<&str>(&[], &[], &[]).is_err());
    assert!(LongTable::new().read(&["a"], &[], &[1.0]).is_err());
    assert!(LongTable::new().fill(Fill::Seasonal(0)).read(&ids, &days, &values).is_err());
}

#[test]
fn several_values_are_those_that_are_known() {
    let days = times(&["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03", "2024-01-03"]);
    let (nan, large) = (f64::NAN, 1.7e308);
    let table = LongTable::new().frequency(Frequency::DAILY);
    let read = |by, values: [f64; 6]| {
        let panel = table.clone().duplicates(by).read(&["a"; 6], &days, &values).unwrap();
        panel.series()[0].values().to_vec()
    };
    let sums = read(Duplicates::Sum, [5.0, nan, nan, nan, 1.0, 2.0]);
    assert_eq!((sums[0], sums[1].is_nan(), sums[2]), (5.0, true, 3.0));
    let means = read(Duplicates::Mean, [nan, 5.0, nan, nan, large, large]);
    assert_eq!((means[0], means[1].is_nan(), means[2]), (5.0, true, large));
}

/// Half a million missing values in a row: a search from each would take minutes.
#[test]
fn a_long_gap_is_filled_in_one_pass() {
    let mut values = vec![f64::NAN; 500_000];
    let last = values.len() - 1;
    (values[0], values[last]) = (0.0, last as f64);
    let series = Series::new(&values).unwrap();
    for (fill, middle) in [
        (Fill::Linear, 1000.0),
        (Fill::Previous, 0.0),
        (Fill::Next, last as f64),
        (Fill::Seasonal(7), 1000.0),
    ] {
        approx::assert_relative_eq!(fill.fill(&series).unwrap()[1000], middle, epsilon = 1e-9);
    }
    approx::assert_relative_eq!(Fill::Mean.fill(&series).unwrap()[1000], last as f64 / 2.0);
}

#[test]
fn every_policy_fills() {
    let nan = f64::NAN;
    let values = [nan, 2.0, nan, nan, 8.0, nan];
    let series = Series::new(&values).unwrap();
    let fill = |fill: Fill| fill.fill(&series).unwrap();
    assert_eq!(fill(Fill::Zero), [0.0, 2.0, 0.0, 0.0, 8.0, 0.0]);
    assert_eq!(fill(Fill::Previous), [2.0, 2.0, 2.0, 2.0, 8.0, 8.0]);
    assert_eq!(fill(Fill::Next), [2.0, 2.0, 8.0, 8.0, 8.0, 8.0]);
    assert_eq!(fill(Fill::Linear), [2.0, 2.0, 4.0, 6.0, 8.0, 8.0]);
    assert_eq!(fill(Fill::Mean), [5.0, 2.0, 5.0, 5.0, 8.0, 5.0]);
    // Places 0, 3 know nothing of their season: the line; places 2, 5 neither; 1 and 4 are known.
    assert_eq!(fill(Fill::Seasonal(3)), [2.0, 2.0, 4.0, 6.0, 8.0, 8.0]);
    assert_eq!(fill(Fill::Seasonal(2)), [8.0, 2.0, 8.0, 2.0, 8.0, 2.0]);
    let nothing = [nan; 3];
    assert!(Fill::Mean.fill(&Series::new(&nothing).unwrap()).is_err());
    assert!(Fill::Seasonal(0).fill(&series).unwrap_err().to_string().contains("season_length"));
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(lengths in prop::collection::vec(2usize..20, 1..5), shuffle in any::<u64>()) {
        let calendar = Calendar::new("2020-01-31".parse().unwrap(), Frequency::MONTHLY);
        let mut rows: Vec<(String, Timestamp, f64)> = Vec::new();
        for (i, length) in lengths.iter().enumerate() {
            rows.extend((0..*length).map(|t| (format!("s{i}"), calendar.time(t), (i * 100 + t) as f64)));
        }
        crm_ml_core::Stream::new(shuffle, "panel", 0).shuffle(&mut rows);
        let ids: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
        let times: Vec<Timestamp> = rows.iter().map(|row| row.1).collect();
        let values: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let panel = LongTable::new().frequency(Frequency::MONTHLY).read(&ids, &times, &values).unwrap();
        prop_assert!(panel.gaps().is_empty() && panel.duplicates().is_empty());
        let mut out: Vec<(String, Timestamp, f64)> =
            panel.rows().map(|(name, time, value)| (name.to_owned(), time.unwrap(), value)).collect();
        rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        out.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        prop_assert_eq!(rows, out);
    }
}
