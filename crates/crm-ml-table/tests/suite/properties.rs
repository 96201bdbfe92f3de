//! Whatever the bytes: a table or an error.

use crm_ml_table::{CsvOptions, FieldType, Table, TableSchema};
use proptest::prelude::*;

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,20}",
        "-?[0-9]{1,4}[.,][0-9]{0,3}",
        "[$€£(]?[0-9]{1,3}(,[0-9]{3}){0,2}[)%]?",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?( ?([Zz]|[+-][0-9]{2}:?[0-9]{2}))?)?",
        "(yes|no|NA|unknown|true|-|)",
        "\\PC{0,12}",
        "[a \"\n,;]{0,8}",
        "[a-z.]{1,6}@[a-z.-]{1,8}",
        "[+0]{0,2}[0-9 ()/x-]{1,16}",
    ]
}

fn use_everything(table: &Table) {
    for column in table.columns() {
        let _ = (
            column.numbers(),
            column.integers(),
            column.booleans(),
            column.days(),
            column.micros(),
            column.levels(),
        );
        assert_eq!(column.len(), table.n_rows());
    }
    let again = table.with_schema(&table.schema()).unwrap();
    assert_eq!(again.to_record_batch().unwrap(), table.to_record_batch().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(table) = Table::from_csv_reader(bytes.as_slice(), "bytes") {
            use_everything(&table);
        }
    }

    #[test]
    fn bytes_that_matter_to_csv(bytes in prop::collection::vec(prop::sample::select(b"ab1.,;|\t\"\r\n \xff\x1f\x8b-".to_vec()), 0..200)) {
        if let Ok(table) = Table::from_csv_reader(bytes.as_slice(), "bytes") {
            use_everything(&table);
        }
    }

    #[test]
    fn any_cells_are_read_back(rows in prop::collection::vec((cell(), cell()), 1..30), delimiter in prop::sample::select(b",;\t|".to_vec())) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["a", "b"]).unwrap();
        rows.iter().for_each(|(a, b)| writer.write_record([a, b]).unwrap());
        let bytes = writer.into_inner().unwrap();
        let table = CsvOptions::new().delimiter(delimiter as char).read(bytes.as_slice(), "cells").unwrap();
        prop_assert_eq!(table.n_rows(), rows.len());
        use_everything(&table);
        // What a cell says survives a way out and in again.
        let mut out = Vec::new();
        table.write_csv_to(&mut out).unwrap();
        let again = CsvOptions::new().delimiter(',').schema(table.schema()).read(out.as_slice(), "again").unwrap();
        for name in ["a", "b"] {
            prop_assert_eq!(again.column(name).unwrap().texts(), table.column(name).unwrap().texts());
        }
        // Any declared type: parsed or refused.
        for field_type in [FieldType::Number, FieldType::Integer, FieldType::Boolean, FieldType::Date, FieldType::DateTime, FieldType::Category, FieldType::Email, FieldType::Phone] {
            let _ = table.with_schema(&TableSchema::new().with_type("a", field_type));
        }
    }
}
