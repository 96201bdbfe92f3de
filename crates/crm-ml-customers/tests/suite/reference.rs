//! RFM and cohorts equal what pandas computes, on a small table and on Online Retail.

use std::path::PathBuf;

use crm_ml_customers::{CohortTable, Cohorts, Ledger, Moment, Period, Rfm, SegmentProfiler, Transactions};
use crm_ml_table::Table;
use serde_json::Value;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn reference() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixtures().join("customers.json")).unwrap()).unwrap()
}

fn small() -> Ledger {
    let table = Table::from_csv_path(fixtures().join("transactions.csv")).unwrap();
    Transactions::quantity_price("customer", "time", "quantity", "price").order("order").read(&table).unwrap()
}

fn cents(money: f64) -> i64 {
    (money * 100.0).round() as i64
}

fn assert_cohorts(table: &CohortTable, expected: &Value) {
    let expected = expected.as_array().unwrap();
    assert_eq!(table.cohorts().len(), expected.len());
    for (cohort, expected) in table.cohorts().iter().zip(expected) {
        assert_eq!(cohort.label, expected["label"].as_str().unwrap());
        assert_eq!(cohort.customers as u64, expected["customers"].as_u64().unwrap());
        let active: Vec<u64> = cohort.cells.iter().map(|c| c.active as u64).collect();
        assert_eq!(serde_json::json!(active), expected["active"], "{}", cohort.label);
        let revenue = expected["revenue"].as_array().unwrap();
        for (cell, expected) in cohort.cells.iter().zip(revenue) {
            assert!((cell.revenue - expected.as_f64().unwrap()).abs() < 1e-6, "{}", cohort.label);
        }
    }
}

#[test]
fn rfm_equals_pandas() {
    let reference = reference();
    let cut_off: Moment = reference["cut_off"].as_str().unwrap().parse().unwrap();
    let table = Rfm::new(cut_off).compute(&small()).unwrap();
    let expected = reference["rfm"].as_array().unwrap();
    assert_eq!(table.customers().len(), expected.len());
    for (customer, expected) in table.customers().iter().zip(expected) {
        assert_eq!(customer.customer, expected[0].as_str().unwrap());
        let [r, f, m] = customer.scores.map(f64::from);
        let (recency, tenure) = (f64::from(customer.recency), f64::from(customer.tenure));
        let found = [recency, tenure, customer.frequency as f64, customer.monetary, r, f, m];
        let expected: Vec<f64> = (1..8).map(|i| expected[i].as_f64().unwrap()).collect();
        assert_eq!(found.to_vec(), expected, "{}", customer.customer);
    }
}

#[test]
fn cohorts_equal_pandas() {
    let reference = reference();
    let cut_off: Moment = reference["cut_off"].as_str().unwrap().parse().unwrap();
    assert_cohorts(&Cohorts::new(Period::Month, cut_off).compute(&small()).unwrap(), &reference["cohorts"]);
}

#[test]
fn online_retail_reconciles_to_the_cent() {
    let Some(folder) = std::env::var_os("CRM_ML_DATA").map(PathBuf::from) else {
        println!("skipped: CRM_ML_DATA is not set");
        return;
    };
    let reference = &reference()["online_retail"];
    let money = |key: &str| reference[key].as_str().unwrap().parse::<f64>().unwrap();
    let table = crm_ml_datasets::online_retail(folder.join("online_retail.csv.gz")).unwrap();

    // The raw sum, by integers of its own: prices have three decimals, quantities are whole.
    let quantities = table.column("Quantity").unwrap().integers().unwrap();
    let prices = table.column("UnitPrice").unwrap().numbers().unwrap();
    let raw: i64 =
        quantities.iter().zip(&prices).map(|(q, p)| q.unwrap() * (p * 1000.0).round() as i64).sum();

    let transactions = Transactions::quantity_price("CustomerID", "InvoiceDate", "Quantity", "UnitPrice")
        .order("InvoiceNo")
        .skip_missing_customers(true);
    let ledger = transactions.read(&table).unwrap();
    let cut_off = ledger.last().end_of_day();
    assert_eq!(cut_off.to_string(), "2011-12-10");
    let rfm = Rfm::new(cut_off).compute(&ledger).unwrap();

    let all = rfm.reconciliation();
    assert_eq!(all.total().lines() as u64, reference["lines"].as_u64().unwrap());
    assert_eq!(cents(all.total().amount()), cents(raw as f64 / 1000.0));
    assert_eq!(cents(all.total().amount()), cents(money("total")));
    assert_eq!(cents(all.without_customer.amount()), cents(money("without_customer")));
    let summed: f64 = rfm.customers().iter().map(|c| c.monetary).sum();
    assert_eq!(cents(summed), cents(money("monetary")));
    assert_eq!(cents(all.customers.amount()), cents(money("monetary")));

    assert_eq!(rfm.customers().len() as u64, reference["customers"].as_u64().unwrap());
    let sum = |key: &str| reference["sums"][key].as_u64().unwrap();
    let total = |value: &dyn Fn(&crm_ml_customers::CustomerRfm) -> u64| {
        rfm.customers().iter().map(value).sum::<u64>()
    };
    assert_eq!(total(&|c| u64::from(c.recency)), sum("recency"));
    assert_eq!(total(&|c| u64::from(c.tenure)), sum("tenure"));
    assert_eq!(total(&|c| c.frequency as u64), sum("frequency"));
    for (place, key) in ["r", "f", "m"].into_iter().enumerate() {
        assert_eq!(total(&|c| u64::from(c.scores[place])), sum(key), "{key}");
    }
    for (name, expected) in reference["picked"].as_object().unwrap() {
        let customer = rfm.get(name).unwrap();
        assert_eq!(customer.monetary, expected[3].as_f64().unwrap(), "{name}");
        assert_eq!(
            serde_json::json!(customer.scores.map(f64::from)),
            serde_json::json!(expected.as_array().unwrap()[4..])
        );
    }
    let cohorts = Cohorts::new(Period::Month, cut_off).compute(&ledger).unwrap();
    assert_cohorts(&cohorts, &reference["cohorts"]);
    println!("{rfm}\n{cohorts}\n{all}");
}

#[test]
fn threads_change_no_bit() {
    let shop = crm_ml_datasets::shop_orders(300, 5).unwrap();
    let all = || {
        let transactions = Transactions::quantity_price("customer_id", "time", "quantity", "unit_price")
            .order("order_id")
            .skip_missing_customers(true);
        let ledger = transactions.read(&shop.table).unwrap();
        let cut_off = ledger.last().end_of_day();
        let rfm = Rfm::new(cut_off).compute(&ledger).unwrap();
        let cohorts = Cohorts::new(Period::Week, cut_off).compute(&ledger).unwrap();
        let described = transactions.usual_values(&shop.table, &rfm, &["country", "channel"]).unwrap();
        let labels: Vec<i32> = rfm.customers().iter().map(|c| i32::from(c.scores[0])).collect();
        let profiles = SegmentProfiler::new().profile(&described, &labels).unwrap();
        (rfm, cohorts, profiles)
    };
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = pool(1).install(all);
    for threads in [2, 3, 8] {
        assert_eq!(pool(threads).install(all), one, "{threads} threads");
    }
}
