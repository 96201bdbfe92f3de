//! Loaders of public sets, on the files at hand.

use std::path::PathBuf;

use crm_ml_datasets as datasets;
use crm_ml_table::{FieldType, Role, Table};

fn file(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("CRM_ML_DATA").map(|folder| PathBuf::from(folder).join(name));
    if path.is_none() {
        println!("skipped: CRM_ML_DATA is not set");
    }
    path
}

fn share(table: &Table, positive: &str) -> f64 {
    let target = table.target().unwrap().name.clone();
    let texts = table.column(&target).unwrap().texts();
    texts.iter().flatten().filter(|t| *t == positive).count() as f64 / texts.len() as f64
}

#[test]
fn bank_marketing_without_its_leak() {
    let Some(path) = file("bank_marketing.csv.gz") else { return };
    let table = datasets::bank_marketing(path).unwrap();
    assert_eq!((table.n_rows(), table.n_columns()), (41_188, 21));
    assert!((share(&table, "yes") - 0.1127).abs() < 1e-4);
    assert_eq!(table.field("duration").unwrap().role, Role::Ignored);
    assert!(table.features().all(|f| f.name != "duration"));
    assert!(table.column("job").unwrap().levels().0.contains(&"unknown".to_owned()));
}

#[test]
fn telco_churn_with_its_blanks() {
    let Some(path) = file("telco_churn.csv") else { return };
    let table = datasets::telco_churn(path).unwrap();
    assert_eq!(table.n_rows(), 7043);
    assert!((share(&table, "Yes") - 0.2654).abs() < 1e-4);
    assert_eq!(table.column("TotalCharges").unwrap().missing_count(), 11);
}

#[test]
fn hillstrom_outcomes_are_no_features() {
    let Some(path) = file("hillstrom.csv.gz") else { return };
    let table = datasets::hillstrom(path).unwrap();
    assert_eq!(table.n_rows(), 64_000);
    assert!(table.features().all(|f| !["visit", "conversion", "spend"].contains(&f.name.as_str())));
    assert!((share(&table, "1") - 0.1468).abs() < 1e-3);
}

#[test]
fn retail_cdnow_wholesale_and_texts() {
    let Some(path) = file("online_retail.csv.gz") else { return };
    let table = datasets::online_retail(&path).unwrap();
    assert_eq!((table.n_rows(), table.column("CustomerID").unwrap().missing_count()), (541_909, 135_080));
    let table = datasets::cdnow(path.with_file_name("cdnow_sample.csv")).unwrap();
    assert_eq!(table.field("date").unwrap().field_type, FieldType::Date);
    assert_eq!(table.column("date").unwrap().days().unwrap()[0], Some(9862));
    assert_eq!(table.column("master_id").unwrap().text(0).unwrap(), "00004");
    let table = datasets::wholesale_customers(path.with_file_name("wholesale_customers.csv")).unwrap();
    assert_eq!(table.column("Channel").unwrap().levels().0, ["1", "2"]);
    let table = datasets::banking77(path.with_file_name("banking77_train.csv")).unwrap();
    assert_eq!((table.n_rows(), table.column("category").unwrap().levels().0.len()), (10_003, 77));
    let table = datasets::airline_tweets(path.with_file_name("airline_tweets.csv.gz")).unwrap();
    assert!((share(&table, "negative") - 9178.0 / 14_640.0).abs() < 1e-9);
}
