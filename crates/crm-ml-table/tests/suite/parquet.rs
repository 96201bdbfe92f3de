//! Parquet: out and in again, and files that are none.

use crm_ml_table::{CsvOptions, FieldSpec, FieldType, Role, Table, TableSchema};

fn table() -> Table {
    let mut csv = "lead_id,created,industry,products,revenue,won\n".to_owned();
    for i in 0..70 {
        let industry = ["retail", "energy", ""][i % 3];
        csv += &format!(
            "L-{i},2024-03-{:02},{industry},{},{}.25,{}\n",
            1 + i % 28,
            ["A;B", "A"][i % 2],
            i * 37,
            i % 2 == 0
        );
    }
    let mut table = Table::from_csv_reader(csv.as_bytes(), "leads.csv").unwrap();
    table.set_role("won", Role::Target).unwrap();
    table
}

#[test]
fn a_table_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.parquet");
    let table = table();
    table.write_parquet(&path).unwrap();
    let back = Table::from_parquet_path(&path, &TableSchema::new()).unwrap();
    for (a, b) in table.columns().zip(back.columns()) {
        let (found, expected) = (b.field(), a.field());
        assert_eq!(
            (&found.name, found.field_type, found.role),
            (&expected.name, expected.field_type, expected.role)
        );
        assert_eq!(a.texts(), b.texts());
    }
    let declared = TableSchema::new().with_type("industry", FieldType::Text);
    let other = Table::from_parquet_path(&path, &declared).unwrap();
    assert_eq!(other.field("industry").unwrap().field_type, FieldType::Text);
}

#[test]
fn what_is_no_missing_value_stays_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countries.parquet");
    let none = FieldSpec::new("country").missing_markers(Vec::<String>::new());
    let options = CsvOptions::new().schema(TableSchema::new().with(none));
    let table = options.read("country,n\nNA,1\nDE,2\nNA,unknown\n".as_bytes(), "t").unwrap();
    table.write_parquet(&path).unwrap();
    let back = Table::from_parquet_path(&path, &TableSchema::new()).unwrap();
    assert_eq!(back.column("country").unwrap().missing_count(), 0);
    assert_eq!(back.schema(), table.schema());
    // What is declared comes before what the file says.
    let of_country = TableSchema::new().with(FieldSpec::new("country").missing_markers(["DE"]));
    let of_all = TableSchema { missing_markers: Some(vec!["DE".into()]), fields: Vec::new() };
    for declared in [of_country, of_all] {
        let other = Table::from_parquet_path(&path, &declared).unwrap();
        assert_eq!(other.column("country").unwrap().missing_count(), 1);
    }
}

#[test]
fn damaged_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.parquet");
    table().write_parquet(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let bad = folder.path().join("bad.parquet");
    let open = || Table::from_parquet_path(&bad, &TableSchema::new());
    assert!(open().is_err());
    for length in (0..whole.len()).step_by(97) {
        std::fs::write(&bad, &whole[..length]).unwrap();
        assert!(open().is_err(), "{length} bytes");
    }
    // A flipped byte is an error or another table, but never a crash.
    for position in (0..whole.len()).step_by(41) {
        let mut flipped = whole.clone();
        flipped[position] ^= 0x55;
        std::fs::write(&bad, &flipped).unwrap();
        let _ = open();
    }
}
