use super::*;
use crate::{Returns, Transactions};
use crm_ml_core::ErrorKind;
use crm_ml_table::Table;

fn ledger(csv: &str) -> Ledger {
    let table = Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap();
    Transactions::new("c", "d", "a").read(&table).unwrap()
}

fn date(year: i32, month: u32, day: u32) -> Moment {
    Moment::date(year, month, day).unwrap()
}

const ORDERS: &str = "c,d,a\n\
    1,2023-12-31 23:59,10\n1,2024-01-01,1\n1,2024-01-31,-4\n\
    2,2024-01-15,20\n2,2024-03-02,5\n\
    3,2023-12-01,-7\n3,2024-01-20,3\n3,2024-02-10,0\n\
    4,2024-01-02,-1\n\
    5,2024-03-31,6\n";

#[test]
fn cells_hold_who_bought_and_what_it_brought() {
    let table = Cohorts::new(Period::Month, date(2024, 4, 1)).compute(&ledger(ORDERS)).unwrap();
    let cells = |c: &Cohort| c.cells.iter().map(|c| (c.active, c.revenue)).collect::<Vec<_>>();
    let told = table.cohorts().iter().map(|c| (c.label.as_str(), c.customers, cells(c)));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("2023-12", 1, vec![(1, 10.0), (1, -3.0), (0, 0.0), (0, 0.0)]),
            // The free line in February is no purchase.
            ("2024-01", 2, vec![(2, 23.0), (0, 0.0), (1, 5.0)]),
            ("2024-03", 1, vec![(1, 6.0)]),
        ]
    );
    assert_eq!((table.unassigned().lines(), table.unassigned().amount()), (2, -8.0));
    assert_eq!(table.retention(1), Some(1.0 / 3.0));
    assert_eq!(table.retention(2), Some(1.0 / 3.0));
    assert_eq!((table.retention(3), table.retention(4)), (Some(0.0), None));
    assert_eq!(table.cohorts()[1].revenue_per_customer(2), Some(2.5));
}

#[test]
fn what_has_not_ended_is_absent() {
    let lines = ledger(ORDERS);
    let middle = Cohorts::new(Period::Month, date(2024, 3, 15));
    let cells = |table: CohortTable| table.cohorts().iter().map(|c| c.cells.len()).collect::<Vec<_>>();
    assert_eq!(cells(middle.compute(&lines).unwrap()), [3, 2]);
    assert_eq!(cells(middle.clone().partial(true).compute(&lines).unwrap()), [4, 3]);
    // At the very start of a month nothing of it has been seen.
    let start = Cohorts::new(Period::Month, date(2024, 3, 1));
    assert_eq!(
        start.compute(&lines).unwrap().cohorts(),
        start.clone().partial(true).compute(&lines).unwrap().cohorts()
    );
    // A cohort of an unfinished month has customers and no cells.
    let early = Cohorts::new(Period::Month, date(2024, 1, 20)).compute(&lines).unwrap();
    let january = &early.cohorts()[1];
    assert_eq!((january.customers, january.cells.len(), january.retention(0)), (1, 0, None));
    assert!(early.to_string().contains("2024-01"));
    let error = Cohorts::new(Period::Month, date(2023, 1, 1)).compute(&lines).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { .. }));
}

#[test]
fn ignored_returns_are_in_no_cell() {
    let table = Table::from_csv_reader(ORDERS.as_bytes(), "t.csv").unwrap();
    let ledger = Transactions::new("c", "d", "a").returns(Returns::Ignore).read(&table).unwrap();
    let cohorts = Cohorts::new(Period::Month, date(2024, 4, 1)).compute(&ledger).unwrap();
    assert_eq!(cohorts.cohorts()[0].cells[1].revenue, 1.0);
    assert_eq!(cohorts.unassigned(), Tally::default());
}

#[test]
fn quarters_weeks_and_years() {
    let lines = ledger(ORDERS);
    let labels = |period| {
        let table = Cohorts::new(period, date(2024, 4, 1)).compute(&lines).unwrap();
        table.cohorts().iter().map(|c| format!("{}:{}", c.label, c.cells.len())).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(labels(Period::Quarter), "2023 Q4:2 2024 Q1:1");
    assert_eq!(labels(Period::Year), "2023:1 2024:0");
    assert_eq!(labels(Period::Week), "2023-12-25:14 2024-01-15:11 2024-03-25:1");
}

#[test]
fn absurd_spans_are_refused() {
    let many: String = (0..40).map(|i| format!("{i},{:04}-01-01,1\n", 1 + i * 7)).collect();
    let lines = ledger(&("c,d,a\n".to_owned() + &many));
    let end = date(9999, 12, 31);
    let error = Cohorts::new(Period::Week, end).compute(&lines).unwrap_err();
    assert!(error.to_string().contains("choose a longer period"), "{error}");
    assert!(Cohorts::new(Period::Year, end).compute(&lines).is_ok());
}
