//! Every public file at hand loads, and the types that matter are the right ones.

use std::path::PathBuf;

use crm_ml_table::{FieldType, Table};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CRM_ML_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: CRM_ML_DATA is not set");
    }
    folder
}

#[test]
fn every_file_loads_and_reads_back_from_its_own_schema() {
    let Some(folder) = folder() else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !(name.ends_with(".csv") || name.ends_with(".csv.gz")) {
            continue;
        }
        let started = std::time::Instant::now();
        let table = Table::from_csv_path(&path).unwrap_or_else(|e| panic!("{e}"));
        println!("{name}: {} rows, {:?}", table.n_rows(), started.elapsed());
        for field in table.fields() {
            println!("    {field}; {} missing", field.inference.missing);
        }
        let again = table.with_schema(&table.schema()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again.to_record_batch().unwrap(), table.to_record_batch().unwrap(), "{name}");
    }
}

#[test]
fn types_that_matter() {
    let Some(folder) = folder() else { return };
    let expected = [
        ("telco_churn.csv", "customerID", FieldType::Identifier, 0),
        ("telco_churn.csv", "TotalCharges", FieldType::Number, 11),
        ("telco_churn.csv", "Churn", FieldType::Boolean, 0),
        ("telco_churn.csv", "Contract", FieldType::Category, 0),
        ("telco_churn.csv", "SeniorCitizen", FieldType::Integer, 0),
        ("bank_marketing.csv.gz", "job", FieldType::Category, 0),
        ("bank_marketing.csv.gz", "euribor3m", FieldType::Number, 0),
        ("cdnow_sample.csv", "master_id", FieldType::Identifier, 0),
        ("hillstrom.csv.gz", "history_segment", FieldType::Category, 0),
        ("walmart_features.csv", "MarkDown1", FieldType::Number, 4158),
        ("walmart_features.csv", "Date", FieldType::Date, 0),
        ("walmart_features.csv", "IsHoliday", FieldType::Boolean, 0),
        ("airline_tweets.csv.gz", "tweet_id", FieldType::Identifier, 0),
        ("airline_tweets.csv.gz", "text", FieldType::Text, 0),
        ("airline_tweets.csv.gz", "tweet_created", FieldType::DateTime, 0),
        ("banking77_train.csv", "text", FieldType::Text, 0),
        ("aus_retail.csv.gz", "Month", FieldType::Date, 0),
    ];
    let mut table: Option<(&str, Table)> = None;
    for (file, column, field_type, missing) in expected {
        if table.as_ref().is_none_or(|(name, _)| *name != file) {
            table = Some((file, Table::from_csv_path(folder.join(file)).unwrap()));
        }
        let field = table.as_ref().unwrap().1.field(column).unwrap();
        assert_eq!((field.field_type, field.inference.missing), (field_type, missing), "{file}: {field}");
    }
}
