//! Reading CSV: what is accepted, and what is said of what is not.

use std::io::Write;

use crm_ml_core::ErrorKind;
use crm_ml_table::{CsvOptions, Decimal, FieldSpec, FieldType, Role, Table, TableSchema};

fn read(csv: impl AsRef<[u8]>) -> Table {
    Table::from_csv_reader(csv.as_ref(), "leads.csv").unwrap()
}

fn refusal(csv: impl AsRef<[u8]>) -> String {
    Table::from_csv_reader(csv.as_ref(), "leads.csv").unwrap_err().to_string()
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    table
        .column(column)
        .unwrap()
        .texts()
        .into_iter()
        .map(|t| t.unwrap_or("<missing>".into()).into_owned())
        .collect()
}

#[test]
fn a_ragged_row() {
    assert_eq!(
        refusal("name,city\nAda,London\n\nBob,Paris,France\n"),
        "leads.csv, line 4, value 'Bob,Paris,France': the row has 3 cells, the header has 2"
    );
    assert_eq!(
        refusal("name,city,note\r\nAda,\"Lon\ndon\",x\r\nBob,Paris\r\n"),
        "leads.csv, line 4, value 'Bob,Paris': the row has 2 cells, the header has 3"
    );
}

#[test]
fn a_byte_that_is_no_utf8() {
    assert_eq!(
        refusal(b"name,city\nAda,London\nJos\xe9,Lisboa\n"),
        "leads.csv, line 3, column 'name', value 'Jos\u{fffd}': byte 0xE9 is not valid UTF-8; save the file as UTF-8"
    );
    assert_eq!(
        refusal(b"name,note\nAda,\"one\ntwo\n\xff\"\n"),
        "leads.csv, line 4, column 'note', value 'one\ntwo\n\u{fffd}': byte 0xFF is not valid UTF-8; save the file as UTF-8"
    );
    assert!(refusal(b"na\xffme,city\nAda,London\n").contains("line 1"));
    assert_eq!(refusal(b"\xff\xfea\x00,\x00"), "leads.csv: it is UTF-16; save it as UTF-8");
    let damaged =
        "leads.csv, line 3: byte 0x00 is no text: the file is damaged, or UTF-16 to be saved as UTF-8";
    assert_eq!(refusal(b"a,b\n1,2\n3,\x004\n"), damaged);
}

#[test]
fn an_empty_file() {
    for empty in ["", "\n \n", "\u{feff}", "   "] {
        assert_eq!(refusal(empty), "leads.csv: the file is empty");
    }
}

#[test]
fn a_header_and_no_rows() {
    assert_eq!(refusal("name,city\n"), "leads.csv, line 1: a header and no rows below it");
}

#[test]
fn a_header_that_names_a_column_twice_or_not_at_all() {
    assert_eq!(
        refusal("name,city, name\n1,2,3\n"),
        "leads.csv, line 1, column 'name': the header names it twice, at positions 1 and 3"
    );
    assert_eq!(refusal("name,,city\n1,2,3\n"), "leads.csv, line 1: column 2 of 3 has no name in the header");
}

#[test]
fn a_value_that_does_not_parse_under_a_declared_type() {
    let options = |field_type| CsvOptions::new().schema(TableSchema::new().with_type("size", field_type));
    let csv = "name,size\nAda,5\nBob,\"many\"\n";
    let expected = [
        (FieldType::Number, "a number, such as 1234.5, $1,234.50 or 45%"),
        (FieldType::Integer, "a whole number of at most 64 bits"),
        (FieldType::Boolean, "true or false (yes/no, y/n, t/f and 1/0 will do)"),
        (FieldType::Date, "a date, such as 2024-05-31"),
        (FieldType::DateTime, "a time, such as 2024-05-31T14:00:00+02:00"),
    ];
    for (field_type, accepted) in expected {
        let error = options(field_type).read(csv.as_bytes(), "leads.csv").unwrap_err().to_string();
        let line =
            if matches!(field_type, FieldType::Number | FieldType::Integer) { (3, "many") } else { (2, "5") };
        assert_eq!(
            error,
            format!(
                "leads.csv, line {}, column 'size', value '{}': the column is declared {field_type}: expected {accepted}, or a missing marker",
                line.0, line.1
            )
        );
    }
    assert_eq!(options(FieldType::Category).read(csv.as_bytes(), "x").unwrap().n_rows(), 2);
    let error = CsvOptions::new()
        .schema(TableSchema::new().with_type("siez", FieldType::Number))
        .read(csv.as_bytes(), "leads.csv")
        .unwrap_err();
    assert_eq!(error.to_string(), "column 'siez' is missing; the data has 'name', 'size'");
}

#[test]
fn a_quote_that_never_closes() {
    assert_eq!(
        refusal("name,note\nAda,\"fine\"\nBob,\"open\nCyd,x\nDan,y\n"),
        "leads.csv, line 3: a quote opened in this row is never closed"
    );
    for cut_off in ["1,\"cut off", "1,\"cut \"\"off\"\"", "1,\"cut\noff\n"] {
        let message = "leads.csv, line 2: a quote opened in this row is never closed";
        assert_eq!(refusal(format!("name,note\n{cut_off}")), message);
    }
    // Inches in a last row are no open quote, nor is what follows a closed one.
    for (row, note) in [
        ("Ada,5\" pipe\n", "5\" pipe"),
        ("3\" pipe,\"one\ntwo\"", "one\ntwo"),
        ("3\" pipe,\"one\n\"\"two\"\"\"\n\n", "one\n\"two\""),
        ("Ada,\"one\" more\"\n", "one more\""),
    ] {
        assert_eq!(texts(&read(format!("name,note\n{row}")), "note"), [note]);
    }
}

#[test]
fn other_formats_are_named() {
    assert!(refusal(b"PK\x03\x04rest").contains(".xlsx workbook"));
    assert!(refusal(b"PAR1rest").contains("Parquet"));
    let error = Table::from_csv_path("no/such/file.csv").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Io { path, .. } if path == "no/such/file.csv"));
    let error = CsvOptions::new().delimiter('é').read("a\n1\n".as_bytes(), "x").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidParameters { .. }), "{error}");
    let error = CsvOptions::new().max_bytes(3).read("a\n1\n".as_bytes(), "x").unwrap_err();
    assert_eq!(error.to_string(), "x: it has more than 3 bytes");
}

#[test]
fn bom_crlf_quoted_newlines_and_blank_lines() {
    let table = read("\u{feff}name,note\r\n\r\nAda,\"one\r\ntwo, \"\"three\"\"\"\r\n   \r\nBob,four\r\n");
    assert_eq!(table.fields().next().unwrap().name, "name");
    assert_eq!(texts(&table, "note"), ["one\r\ntwo, \"three\"", "four"]);
    assert_eq!((table.line(0), table.line(1), table.line(2)), (Some(3), Some(6), None));
    // Old line ends.
    let old = read("a,b\r1,2\r3,4\r");
    assert_eq!(old.column("b").unwrap().numbers().unwrap(), [2.0, 4.0]);
    assert_eq!(old.line(1), Some(3));
}

#[test]
fn every_delimiter_is_found() {
    for delimiter in [',', ';', '\t', '|'] {
        let csv =
            "a,b,c\n1,\"x,;\t|\",3\n4,y,6\n".replace("a,b,c", &["a", "b", "c"].join(&delimiter.to_string()));
        let csv = csv.replace("1,", &format!("1{delimiter}")).replace("\",3", &format!("\"{delimiter}3"));
        let csv = csv.replace("4,y,6", &["4", "y", "6"].join(&delimiter.to_string()));
        let table = read(&csv);
        assert_eq!(table.n_columns(), 3, "{csv}");
        assert_eq!(texts(&table, "b"), ["x,;\t|", "y"]);
    }
    let table = CsvOptions::new().delimiter(':').read("a:b\n1:2\n".as_bytes(), "x").unwrap();
    assert_eq!(table.n_columns(), 2);
}

#[test]
fn gzip_is_known_by_its_bytes() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"a,b\n1,2\n").unwrap();
    let bytes = encoder.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain-name.csv");
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(Table::from_csv_path(&path).unwrap().column("b").unwrap().numbers().unwrap(), [2.0]);
    // Cut short, it is refused.
    assert!(Table::from_csv_reader(&bytes[..bytes.len() - 9], "cut").is_err());
    let bomb = CsvOptions::new().max_bytes(4).read(bytes.as_slice(), "bomb").unwrap_err();
    assert_eq!(bomb.to_string(), "bomb: it has more than 4 bytes");
}

#[test]
fn missing_markers_by_default_and_by_choice() {
    let csv = "a,b\nNA,unknown\n n/a ,NULL\n\"\",nan\n-,x\n5,y\n";
    let table = read(csv);
    assert_eq!(table.column("a").unwrap().missing_count(), 4, "with '-', which is no number");
    assert_eq!(table.field("a").unwrap().inference.exceptions[0].value, "-");
    assert_eq!(texts(&table, "b"), ["unknown", "<missing>", "<missing>", "x", "y"]);
    let table = CsvOptions::new().missing_markers(["UNKNOWN"]).read(csv.as_bytes(), "x").unwrap();
    assert_eq!(texts(&table, "b"), ["<missing>", "NULL", "nan", "x", "y"]);
    let own = TableSchema::new().with(FieldSpec::new("b").missing_markers(["x"]));
    let table = CsvOptions::new().schema(own).read(csv.as_bytes(), "x").unwrap();
    assert_eq!(texts(&table, "b"), ["unknown", "NULL", "nan", "<missing>", "y"]);
}

#[test]
fn a_schema_file_overrides_and_round_trips() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    let csv = "id,zip,won,size\n1,12345,yes,\"1,5\"\n2,12345,no,\"2,5\"\n3,54321,no,\"1,0\"\n";
    std::fs::write(
        &path,
        r#"{"fields": [{"name": "size", "type": "text"}, {"name": "won", "role": "target"}]}"#,
    )
    .unwrap();
    let declared = TableSchema::read(&path).unwrap();
    let table = CsvOptions::new().schema(declared).read(csv.as_bytes(), "x").unwrap();
    assert_eq!(table.field("size").unwrap().field_type, FieldType::Text);
    assert!(table.field("size").unwrap().inference.declared);
    assert_eq!(table.target().unwrap().name, "won");
    let inferred = read(csv);
    assert_eq!(inferred.column("size").unwrap().numbers().unwrap(), [1.5, 2.5, 1.0]);
    inferred.schema().write(&path).unwrap();
    assert_eq!(TableSchema::read(&path).unwrap(), inferred.schema());
    let again = CsvOptions::new().schema(inferred.schema()).read(csv.as_bytes(), "x").unwrap();
    assert_eq!(again.to_record_batch().unwrap(), inferred.to_record_batch().unwrap());

    let error = TableSchema::from_json("{\"fields\": [\n{\"name\": \"a\", \"typ\": \"text\"}]}")
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("schema, line 2: unknown field `typ`"), "{error}");
    assert!(TableSchema::from_json(r#"{"fields": [{"name": "a"}, {"name": "a"}]}"#).is_err());
    assert!(TableSchema::from_json(r#"{"fields": [{"name": "a", "type": "money"}]}"#).is_err());
}

#[test]
fn writing_gives_back_what_was_read() {
    let csv = "id,price,when,ok,note\n1,\"$1,200.50\",2024-01-31 10:00,Yes,\"a, \"\"b\"\"\"\n2,NA,2024-02-01 11:30,No,\"c\nd\"\n";
    let table = read(csv);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    table.write_csv(&path).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, csv.replace("NA", ""));
    let again = Table::from_csv_path(&path).unwrap();
    assert_eq!(again.to_record_batch().unwrap(), table.to_record_batch().unwrap());
}

#[test]
fn roles_rows_and_columns() {
    let mut table =
        read("id,a,b,w,t,y\n1,2,x,1,2024-01-01,no\n2,3,y,2,2024-01-02,yes\n3,4,x,1,2024-01-03,no\n");
    table.set_role("y", Role::Target).unwrap();
    table.set_role("w", Role::Weight).unwrap();
    table.set_role("t", Role::Time).unwrap();
    assert_eq!(table.features().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    table.set_role("b", Role::Target).unwrap();
    assert_eq!((table.target().unwrap().name.as_str(), table.field("y").unwrap().role), ("b", Role::Feature));
    assert!(table.set_role("zzz", Role::Id).is_err());
    let picked = table.select_rows(&[2, 0, 2]).unwrap();
    assert_eq!(picked.column("a").unwrap().integers().unwrap(), [Some(4), Some(2), Some(4)]);
    assert_eq!((picked.line(0), picked.line(1)), (Some(4), Some(2)));
    assert_eq!(picked.target().unwrap().name, "b");
    assert_eq!(table.select_rows(&[3]).unwrap_err().to_string(), "row 3 is asked for, the table has 3 rows");
    assert_eq!(table.drop_columns(&["a", "b"]).unwrap().n_columns(), 4);
    assert!(table.drop_columns(&["q"]).is_err());
    assert_eq!(table.select_columns(&["b", "a"]).unwrap().fields().next().unwrap().name, "b");
    assert!(table.select_columns(&["b", "b"]).is_err());
    let error = table.cell_error("b", 1, "not today");
    assert_eq!(error.to_string(), "leads.csv, line 3, column 'b', value 'y': not today");
    let days = table.column("t").unwrap().days().unwrap();
    assert_eq!(days[1].unwrap() - days[0].unwrap(), 1);
    assert!(table.column("b").unwrap().numbers().unwrap_err().to_string().contains("type category"));
    let (levels, codes) = table.column("b").unwrap().levels();
    assert_eq!((levels, codes), (vec!["x".to_owned(), "y".into()], vec![Some(0), Some(1), Some(0)]));
}

#[test]
fn levels_count_values_not_spellings() {
    let table = read("a,b\n1,x\n1.0,x\n2.5,x\n");
    assert_eq!(
        table.column("a").unwrap().levels(),
        (vec!["1".into(), "2.5".into()], vec![Some(0), Some(0), Some(1)])
    );
    assert_eq!(table.column("a").unwrap().text(1).unwrap(), "1.0");
}

#[test]
fn a_declared_number_finds_its_own_decimal_mark() {
    let schema = TableSchema::new().with_type("a", FieldType::Number);
    let table = CsvOptions::new().schema(schema).read("a;b\n1.234,5;x\n12,25;y\n".as_bytes(), "x").unwrap();
    assert_eq!(table.column("a").unwrap().numbers().unwrap(), [1234.5, 12.25]);
}

#[test]
fn declared_integers_keep_every_digit_or_are_refused() {
    let read = |cell: &str, decimal| {
        let spec = FieldSpec::new("n").field_type(FieldType::Integer).decimal(decimal);
        let options = CsvOptions::new().delimiter(';').schema(TableSchema::new().with(spec));
        let table = options.read(format!("n;x\n{cell};1\n").as_bytes(), "x").ok()?;
        table.column("n").unwrap().integers().unwrap()[0]
    };
    for (cell, value) in [
        ("9007199254740993.0", 9_007_199_254_740_993),
        ("-9007199254740993.00", -9_007_199_254_740_993),
        ("+3.", 3),
        (".0", 0),
        ("007", 7),
        ("1e3", 1000),
        ("$1,234.00", 1234),
        ("300%", 3),
        ("$9007199254740991", 9_007_199_254_740_991),
    ] {
        assert_eq!(read(cell, Decimal::Point), Some(value), "{cell}");
    }
    for cell in [
        "0.99999999999999999999",
        "3.0000000000000000001",
        "9223372036854775808.0",
        "$9007199254740992",
        ".",
        "-.",
    ] {
        assert_eq!(read(cell, Decimal::Point), None, "{cell}");
    }
    assert_eq!(read("9007199254740993,0", Decimal::Comma), Some(9_007_199_254_740_993));
    assert_eq!(read("1.234,0", Decimal::Comma), Some(1234));
    assert_eq!(read("3,0000000000000000001", Decimal::Comma), None);
}

#[test]
fn a_table_tells_what_it_holds_and_why() {
    let mut table = read("lead_id,size,won\n1,5,yes\n2,,no\n");
    table.set_role("won", Role::Target).unwrap();
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "leads.csv: 2 rows, 3 columns");
    assert_eq!(lines[2], "size     integer     feature        1 missing  all 1 values are whole numbers");
    assert!(lines[3].starts_with("won      boolean     target"), "{text}");
}

#[test]
fn one_record() {
    let schema = TableSchema::new().with_type("size", FieldType::Number);
    let table = Table::from_record([("city", "Porto"), ("size", "")], &schema).unwrap();
    assert_eq!((table.n_rows(), table.line(0)), (1, None));
    assert!(table.column("size").unwrap().is_missing(0));
    let error = Table::from_record([("size", "big")], &schema).unwrap_err().to_string();
    assert!(error.starts_with("record, line 1, column 'size', value 'big'"), "{error}");
    assert!(Table::from_record([("a", "1"), ("a", "2")], &TableSchema::new()).is_err());
    assert!(Table::from_record(Vec::<(String, String)>::new(), &TableSchema::new()).is_err());
    assert!(
        Table::from_record([("city", "Porto")], &schema)
            .unwrap_err()
            .to_string()
            .contains("'size' is missing")
    );
}

#[test]
fn a_number_can_be_a_marker() {
    let table = read("pdays,x\n999,1\n6,2\n999,3\n");
    let again = table
        .with_schema(&TableSchema::new().with(FieldSpec::new("pdays").missing_markers(["999"])))
        .unwrap();
    assert_eq!(again.n_columns(), 1);
    assert_eq!(again.column("pdays").unwrap().integers().unwrap(), [None, Some(6), None]);
    // What is not declared stays; the text is still there.
    let kept = again.with_schema(&TableSchema::new().with_type("pdays", FieldType::Number)).unwrap();
    assert_eq!(kept.column("pdays").unwrap().missing_count(), 2);
    let none = FieldSpec::new("pdays").field_type(FieldType::Number).missing_markers(Vec::<String>::new());
    let back = again.with_schema(&TableSchema::new().with(none)).unwrap();
    assert_eq!(back.column("pdays").unwrap().numbers().unwrap(), [999.0, 6.0, 999.0]);
}
