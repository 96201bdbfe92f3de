use super::*;
use crate::{Returns, Transactions};
use crm_ml_core::ErrorKind;
use crm_ml_table::{FieldType, Role, Table};

fn ledger(csv: &str) -> Ledger {
    let table = Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap();
    Transactions::new("c", "d", "a").read(&table).unwrap()
}

fn march() -> Rfm {
    Rfm::new(Moment::date(2024, 3, 1).unwrap())
}

#[test]
fn figures_of_a_customer() {
    let csv = "c,d,a\n1,2024-01-10 23:59,10\n1,2024-02-28 00:01,5.5\n1,2024-02-29 10:00,-2.25\n";
    let table = march().compute(&ledger(csv)).unwrap();
    let one = &table.customers()[0];
    assert_eq!((one.recency, one.tenure, one.frequency), (2, 51, 2));
    assert_eq!((one.monetary, one.average_purchase, one.returned), (13.25, 6.625, 2.25));
    assert_eq!(one.last_purchase.to_string(), "2024-02-28T00:01:00Z");
}

#[test]
fn returns_are_subtracted_or_ignored() {
    let csv = "c,d,a\n1,2024-01-10,10\n1,2024-02-01,-4\n2,2024-02-01,-3\n";
    let table = Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap();
    let rfm = |returns| {
        let ledger = Transactions::new("c", "d", "a").returns(returns).read(&table).unwrap();
        march().compute(&ledger).unwrap()
    };
    let (net, gross) = (rfm(Returns::Subtract), rfm(Returns::Ignore));
    assert_eq!((net.customers()[0].monetary, gross.customers()[0].monetary), (6.0, 10.0));
    assert_eq!(net.reconciliation().without_purchase.amount(), -3.0);
    assert_eq!(gross.reconciliation().ignored_returns.amount(), -7.0);
    for table in [net, gross] {
        assert_eq!(table.reconciliation().total().amount(), 3.0);
        assert_eq!(table.reconciliation().customers_without_purchase, 1);
        assert!(table.get("2").is_none());
    }
}

#[test]
fn the_window_is_half_open() {
    let csv = "c,d,a\n1,2024-02-01,1\n1,2024-02-15,2\n1,2024-03-01,4\n";
    let lines = ledger(csv);
    let at = |start: (i32, u32, u32)| {
        march().start(Moment::date(start.0, start.1, start.2).unwrap()).compute(&lines).unwrap().customers()
            [0]
        .monetary
    };
    assert_eq!(at((2024, 2, 1)), 3.0);
    assert_eq!(at((2024, 2, 2)), 2.0);
    let error = march().start(Moment::date(2024, 3, 1).unwrap()).compute(&lines).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidParameters { .. }), "{error}");
    let error = Rfm::new(Moment::date(2024, 1, 1).unwrap()).compute(&lines).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { .. }), "{error}");
}

#[test]
fn quintiles_count_who_is_strictly_worse() {
    assert_eq!(quintiles(vec![]), [0.0; 0]);
    assert_eq!(quintiles(vec![3.0]), [0.0; 0]);
    assert_eq!(quintiles(vec![7.0; 9]), [0.0; 0]);
    assert_eq!(quintiles((1..=10).map(f64::from).collect()), [3.0, 5.0, 7.0, 9.0]);
    // Three in five are equal: they keep the lowest score.
    assert_eq!(quintiles(vec![1.0, 1.0, 1.0, 2.0, 3.0]), [2.0, 2.0, 2.0, 3.0]);
    assert_eq!(quintiles(vec![1.0, 2.0, 2.0, 2.0, 2.0]), [2.0]);
}

#[test]
fn one_customer_and_one_date_score_1() {
    let one = march().compute(&ledger("c,d,a\n1,2024-02-01,1\n")).unwrap();
    assert_eq!(one.customers()[0].scores, [1, 1, 1]);
    let same = march().compute(&ledger("c,d,a\n1,2024-02-01,1\n2,2024-02-01,1\n3,2024-02-01,1\n")).unwrap();
    assert!(same.customers().iter().all(|c| c.scores == [1, 1, 1]));
}

#[test]
fn kept_cuts_score_later_customers_alike() {
    let many: String = (1..=10).map(|i| format!("{i:02},2024-02-{i:02},{i}\n")).collect();
    let first = march().compute(&ledger(&("c,d,a\n".to_owned() + &many))).unwrap();
    assert_eq!(first.customers()[9].scores, [5, 1, 5]);
    assert_eq!(first.customers()[0].rfm_score(), "111");
    let later = march().cuts(first.cuts().clone()).compute(&ledger("c,d,a\n10,2024-02-10,10\n")).unwrap();
    assert_eq!(later.customers()[0].scores, [5, 1, 5]);
    let json = serde_json::to_string(first.cuts()).unwrap();
    assert_eq!(serde_json::from_str::<RfmCuts>(&json).unwrap(), *first.cuts());

    let bad = RfmCuts { recency: vec![1.0, 2.0], frequency: vec![f64::NAN], monetary: vec![1.0; 5] };
    let error = march().cuts(bad).compute(&ledger("c,d,a\n1,2024-02-01,1\n")).unwrap_err();
    let ErrorKind::InvalidParameters { violations, .. } = error.kind() else { panic!("{error}") };
    assert_eq!(violations.len(), 3);
}

#[test]
fn the_usual_map_has_eleven_segments_and_no_hole() {
    let map = SegmentMap::usual();
    let names = map.names();
    assert_eq!(names.len(), 11);
    let again = SegmentMap::new(SegmentAxis::Frequency, {
        let json: serde_json::Value = serde_json::from_str(&map.to_json()).unwrap();
        serde_json::from_value(json["cells"].clone()).unwrap()
    });
    assert_eq!(again.unwrap(), map);
    assert_eq!(
        [map.segment(4, 1), map.segment(3, 3), map.segment(2, 1)],
        ["Promising", "Needs Attention", "Hibernating"]
    );
    assert_eq!([map.segment(0, 9), map.segment(1, 1)], ["Cannot Lose Them", "Lost"]);
    assert_eq!(map.of([5, 3, 5]), "Potential Loyalist");
    assert_eq!(map.axis(SegmentAxis::FrequencyMonetary).of([5, 3, 5]), "Champions");
}

#[test]
fn a_map_with_holes_or_overlaps_is_refused() {
    let cells =
        |f: [u8; 2]| vec![SegmentCells::new("Low", [1, 5], f), SegmentCells::new("High", [1, 5], [4, 5])];
    let make = |f| SegmentMap::new(SegmentAxis::Frequency, cells(f));
    assert_eq!(make([1, 3]).unwrap().segment(2, 4), "High");
    let hole = make([1, 2]).unwrap_err().to_string();
    assert!(hole.contains("recency 1, frequency 3 is in 0 segments, must be in exactly one"), "{hole}");
    assert!(make([1, 4]).unwrap_err().to_string().contains("in 2 segments"));
    assert!(make([0, 3]).is_err() && make([3, 1]).is_err());
    for bad in ["", "{}", r#"{"cells": [{"segment": "x", "recency": [1, 5], "frequency": [1, 4]}]}"#] {
        assert!(SegmentMap::from_json(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_table_says_what_each_column_is() {
    let table = march().compute(&ledger("c,d,a\n1,2024-02-01,1\n2,2024-02-03,4\n")).unwrap();
    let columns = table.to_table().unwrap();
    assert_eq!(columns.field("customer").unwrap().role, Role::Id);
    assert_eq!(columns.field("rfm_score").unwrap().field_type, FieldType::Category);
    let features: Vec<&str> = columns.features().map(|f| f.name.as_str()).collect();
    assert_eq!(features, ["recency", "frequency", "monetary", "average_purchase", "tenure"]);
    assert_eq!(columns.column("monetary").unwrap().numbers().unwrap(), [1.0, 4.0]);
    let logs = table.log_features().unwrap();
    assert_eq!(logs.row(1), [28.0_f64.ln(), 2.0_f64.ln(), 5.0_f64.ln()]);
    assert_eq!(logs.schema().name(2), "monetary");
}

#[test]
fn segments_and_grid_count_every_customer() {
    let many: String = (1..=20).map(|i| format!("{:02},2024-02-{i:02},{i}\n", i % 13)).collect();
    let table = march().compute(&ledger(&("c,d,a\n".to_owned() + &many))).unwrap();
    let segments = table.segments();
    assert_eq!(segments.iter().map(|s| s.customers).sum::<usize>(), 13);
    assert!((segments.iter().filter_map(|s| s.monetary_share).sum::<f64>() - 1.0).abs() < 1e-12);
    assert_eq!(table.grid().iter().flatten().sum::<usize>(), 13);
    assert!(table.to_string().contains("13 customers before 2024-03-01"));
}
