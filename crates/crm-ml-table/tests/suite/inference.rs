//! Which type is inferred, and the evidence shown for it.

use crm_ml_table::{CsvOptions, Decimal, Field, FieldType, Role, Table, TableSchema};

fn infer(name: &str, cells: impl IntoIterator<Item = impl std::fmt::Display>) -> Field {
    let rows: String = cells.into_iter().map(|cell| format!("\"{cell}\"\tx\n")).collect();
    let table = Table::from_csv_reader(format!("{name}\tother\n{rows}").as_bytes(), "t").unwrap();
    table.field(name).unwrap().clone()
}

fn numbers(name: &str, cells: &[&str]) -> Vec<f64> {
    let rows: String = cells.iter().map(|cell| format!("\"{cell}\"\tx\n")).collect();
    let table = Table::from_csv_reader(format!("{name}\tother\n{rows}").as_bytes(), "t").unwrap();
    table.column(name).unwrap().numbers().unwrap()
}

#[test]
fn plain_types() {
    for (cells, expected) in [
        (["1", "2", "-3"], FieldType::Integer),
        (["0", "1", "1"], FieldType::Integer),
        (["1", "2.5", "-3e2"], FieldType::Number),
        (["yes", "No", "YES"], FieldType::Boolean),
        (["y", "n", "n"], FieldType::Boolean),
        (["TRUE", "false", ""], FieldType::Boolean),
        (["2024-01-31", "2024-02-29", ""], FieldType::Date),
        (["2024-01-31 10:00", "2024-02-29T23:59:59.5Z", "2024-01-01"], FieldType::DateTime),
        (["2024-02-30", "2024-02-28", ""], FieldType::Category),
        (["red", "green", "red"], FieldType::Category),
        (["inf", "1", "2"], FieldType::Category),
        (["", " ", "NA"], FieldType::Category),
    ] {
        let field = infer("c", cells);
        assert_eq!(field.field_type, expected, "{field}");
    }
}

#[test]
fn currency_percent_and_decimal_commas() {
    let field = infer("price", ["$1,234.50", "$5", "-$7.25"]);
    assert_eq!((field.field_type, field.decimal), (FieldType::Number, Decimal::Point));
    assert!(field.inference.reason.contains("3 with currency"), "{field}");
    assert_eq!(numbers("price", &["€ 5", "1.234,50 €"]), [5.0, 1234.5]);
    assert_eq!(numbers("price", &["12,5", "1,234"]), [12.5, 1.234]);
    assert_eq!(numbers("price", &["1,234", "5,678"]), [1234.0, 5678.0]);
    let declare = "(declare \"decimal\": \"comma\" if they are not)";
    for (cells, taken) in [
        (["1,234", "5,678"], Some("commas taken as digit groups")),
        (["1.000", "12.500"], Some("points taken as decimal marks")),
        (["1.000", "2,500"], Some("commas taken as digit groups and points as decimal marks")),
        (["1.000", "2.5"], None),
        (["0.125", "1.250"], None),
    ] {
        let reason = infer("price", cells).inference.reason;
        match taken {
            Some(taken) => assert!(reason.ends_with(&format!(", {taken} {declare}")), "{reason}"),
            None => assert!(!reason.contains("declare"), "{reason}"),
        }
    }
    assert_eq!(numbers("share", &["45%", "5.5 %"]), [0.45, 0.055]);
    let mixed = infer("share", ["45%", "0.5", "3%"]);
    assert!(mixed.inference.reason.contains("only 2 carry a percent sign"), "{mixed}");
    // No group of digits begins with a zero.
    assert_eq!(numbers("share", &["0,125", "0,250", "0,375"]), [0.125, 0.25, 0.375]);
    assert_eq!(numbers("share", &["1,234", "0,500"]), [1.234, 0.5]);
    // Both notations at once are no numbers.
    assert!(infer("share", ["1,5", "0.123", "7"]).field_type.is_text());
    assert!(infer("price", ["1.234,50", "1,234.50", "7"]).field_type.is_text());
}

#[test]
fn leading_zeros_stay_codes() {
    let zip = infer("zip", (0..40).map(|i| format!("0{}", 1000 + i % 7)));
    assert_eq!(zip.field_type, FieldType::Category);
    assert!(zip.inference.reason.contains("leading zeros"), "{zip}");
    assert_eq!(infer("code", (0..40).map(|i| format!("{i:05}"))).field_type, FieldType::Identifier);
    assert_eq!(
        infer("customer_id", (0..40).map(|i| format!("{:05}", i / 2))).field_type,
        FieldType::Identifier
    );
    assert_eq!(infer("postal code", (0..40).map(|i| 10_115 + i % 5)).field_type, FieldType::Category);
}

#[test]
fn large_ids_lose_no_digit() {
    let table =
        Table::from_csv_reader("key,x\n9223372036854775808,1\n9223372036854775809,2\n".as_bytes(), "t")
            .unwrap();
    let field = table.field("key").unwrap();
    assert_eq!((field.field_type, field.role), (FieldType::Identifier, Role::Id));
    assert_eq!(table.column("key").unwrap().text(1).unwrap(), "9223372036854775809");
    let table =
        Table::from_csv_reader("n,x\n9007199254740993,1\n9007199254740995,1\n".as_bytes(), "t").unwrap();
    assert_eq!(table.column("n").unwrap().integers().unwrap()[0], Some(9_007_199_254_740_993));
}

#[test]
fn identifiers_by_name_or_by_value() {
    assert_eq!(infer("userID", (0..60).map(|i| i * 17 % 55)).field_type, FieldType::Identifier);
    assert_eq!(infer("region_id", (0..60).map(|i| i % 4)).field_type, FieldType::Category);
    assert_eq!(infer("key", (0..30).map(|i| format!("p{i}-x"))).field_type, FieldType::Identifier);
    assert_eq!(infer("row", 1..=30).field_type, FieldType::Identifier);
    assert_eq!(infer("revenue", (0..30).map(|i| i * i * 31 % 977)).field_type, FieldType::Integer);
    for name in ["paid", "valid", "bid", "grid"] {
        assert_eq!(infer(name, (0..60).map(|i| i * 17 % 55)).field_type, FieldType::Integer, "{name}");
    }
}

#[test]
fn words_for_no_value_do_not_spoil_a_number() {
    let cells = ["1.5", "unknown", "2.5", "-", "3.5", "unknown", " "];
    let field = infer("size", cells);
    assert_eq!(field.field_type, FieldType::Number);
    assert_eq!((field.inference.missing, field.inference.distinct), (4, 3));
    let shown: Vec<(&str, usize)> =
        field.inference.exceptions.iter().map(|e| (e.value.as_str(), e.count)).collect();
    assert_eq!(shown, [("-", 1), ("unknown", 2)]);
    assert_eq!(field.inference.exceptions[1].line, Some(3));
    assert!(field.missing_markers.contains(&"unknown".to_owned()));
    // A stray value does: it is shown, and how to go on.
    let field = infer("size", (0..50).map(|i| if i == 20 { "about 7".to_owned() } else { format!("{i}.5") }));
    assert!(field.field_type.is_text());
    assert_eq!(field.inference.exceptions[0].value, "about 7");
    assert_eq!(field.inference.exceptions[0].line, Some(22));
    assert!(field.inference.reason.contains("49 are numbers, but not 'about 7'"), "{field}");
    // "unknown" among words stays a level.
    assert_eq!(infer("housing", ["yes", "no", "unknown"]).inference.distinct, 3);
}

#[test]
fn text_and_category_by_how_often_values_repeat() {
    let sentence =
        |i: usize| format!("the customer called {i} times and asked about the delivery of order {i}");
    assert_eq!(infer("notes", (0..40).map(sentence)).field_type, FieldType::Text);
    assert_eq!(infer("title", (0..40).map(|i| format!("Ada {i} Smith"))).field_type, FieldType::Text);
    assert_eq!(
        infer("industry", (0..40).map(|i| format!("industry {}", i % 9))).field_type,
        FieldType::Category
    );
    let field = infer("notes", (0..40).map(sentence));
    assert!(field.inference.reason.contains("40 different values in 40"), "{field}");
}

#[test]
fn truth_values_have_two_levels_however_spelt() {
    let table = Table::from_csv_reader("won,x\nYes,1\nyes,2\nYes,3\nNO,4\n".as_bytes(), "t").unwrap();
    let (levels, codes) = table.column("won").unwrap().levels();
    assert_eq!(levels, ["NO", "Yes"]);
    assert_eq!(codes, [Some(1), Some(1), Some(1), Some(0)]);
}

#[test]
fn record_ids_are_verified_and_joined() {
    let mut csv = "Id,OwnerId,amount\n".to_owned();
    for i in 0..30 {
        let id = format!("0061t00000AbC{}x", if i % 2 == 0 { "d" } else { "D" });
        let long = crm_ml_table::record_id(&id).unwrap();
        csv += &format!("{long},{id},{i}.5\n");
    }
    let table = Table::from_csv_reader(csv.as_bytes(), "deals.csv").unwrap();
    for name in ["Id", "OwnerId"] {
        let field = table.field(name).unwrap();
        assert_eq!(
            (field.field_type, field.role),
            (FieldType::RecordId, Role::Id),
            "{}",
            field.inference.reason
        );
    }
    // Both forms of one record are one value.
    assert_eq!(table.column("Id").unwrap().levels(), table.column("OwnerId").unwrap().levels());
    assert_eq!(table.column("OwnerId").unwrap().text(0).unwrap().len(), 15);
    let mut out = Vec::new();
    table.write_csv_to(&mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), csv);
    let schema = TableSchema::new().with_type("Id", FieldType::RecordId);
    let error =
        CsvOptions::new().schema(schema).read("Id\n0061t00000AbCdxAAB\n".as_bytes(), "x.csv").unwrap_err();
    assert_eq!(
        error.to_string(),
        "x.csv, line 2, column 'Id', value '0061t00000AbCdxAAB': the column is declared record_id: expected a record id of 15 characters, or of 18 with its checksum, or a missing marker"
    );
}

#[test]
fn record_ids_that_look_like_numbers_are_record_ids() {
    let ids = (0..40).map(|i| match i % 4 {
        0 => format!("0060000000000{i:02}"),
        1 => format!("00600000{i:02}12e34"),
        2 => format!("0061t00000AbC{i:02}"),
        _ => crm_ml_table::record_id(&format!("0061t00000aBc{i:02}")).unwrap(),
    });
    let field = infer("owner", ids);
    assert_eq!(field.field_type, FieldType::RecordId, "{field}");
    assert_eq!(
        infer("account", (0..40).map(|i| 100_000_000_000_000_i64 + i * i)).field_type,
        FieldType::Integer
    );
}

#[test]
fn lists_of_options_are_told_from_text() {
    let mut csv = "products,notes,plain\n".to_owned();
    for i in 0..40 {
        let products = ["A", "A;B", "B; C;B", ""][i % 4];
        csv += &format!("{products},\"called {i}; will {i} return\",one;\n");
    }
    let table = Table::from_csv_reader(csv.as_bytes(), "leads.csv").unwrap();
    let products = table.column("products").unwrap();
    assert_eq!(products.field().field_type, FieldType::MultiSelect, "{}", products.field().inference.reason);
    let chosen = products.selections().unwrap();
    assert_eq!(chosen[0], Some(vec!["A"]));
    assert_eq!(chosen[2], Some(vec!["B", "C"]));
    assert_eq!(chosen[3], None);
    assert_ne!(table.field("notes").unwrap().field_type, FieldType::MultiSelect);
    assert_eq!(table.field("plain").unwrap().field_type, FieldType::Category);
    assert!(table.column("plain").unwrap().selections().is_err());
}

#[test]
fn deleted_records_are_marked() {
    let csv = "IsDeleted,name,won\ntrue,a,yes\nfalse,b,no\n,c,no\n";
    let table = Table::from_csv_reader(csv.as_bytes(), "leads.csv").unwrap();
    assert_eq!(table.field("IsDeleted").unwrap().role, Role::Deleted);
    assert_eq!(table.deleted().unwrap(), Some(vec![true, false, false]));
    let live = table.without_deleted().unwrap();
    assert_eq!((live.n_rows(), live.line(0)), (2, Some(3)));
    assert!(live.features().all(|field| field.name != "IsDeleted"));
    for (cells, role) in [
        (["0", "1", ""], Role::Deleted),
        (["yes", "no", ""], Role::Deleted),
        (["3", "0", "7"], Role::Feature),
    ] {
        assert_eq!(infer("deleted", cells).role, role, "{cells:?}");
    }
    let plain = Table::from_csv_reader("name\na\nb\n".as_bytes(), "x").unwrap();
    assert_eq!(plain.deleted().unwrap(), None);
    let mut wrong = plain.clone();
    wrong.set_role("name", Role::Deleted).unwrap();
    assert!(wrong.deleted().is_err());
}

#[test]
fn addresses_and_numbers_of_people_by_their_values_or_their_name() {
    let field = infer("contact", ["ann@example.org", "BOB@example.co.uk", "", "unknown"]);
    assert_eq!((field.field_type, field.role), (FieldType::Email, Role::Feature), "{field}");
    assert_eq!(field.inference.missing, 2);
    assert!(field.inference.reason.starts_with("all 2 values are e-mail addresses"), "{field}");
    assert_eq!(infer("contact", ["+49 30 1234567", "+1 415 555 2671"]).field_type, FieldType::Phone);

    // Where the name says so, a few may be otherwise: they stay, and are shown.
    let mails: Vec<String> =
        (0..9).map(|i| format!("p{i}@example.org")).chain(["asked twice".into()]).collect();
    let field = infer("Work E-mail", &mails);
    assert_eq!(field.field_type, FieldType::Email, "{field}");
    assert_eq!(
        (field.inference.exceptions[0].value.as_str(), field.inference.exceptions[0].line),
        ("asked twice", Some(11))
    );
    assert_ne!(infer("remark", &mails).field_type, FieldType::Email);
    let phones =
        ["0301234567", "030/765 43 21 x5", "(415) 555-2671", "none", "555 1234", "ask Ann", "040 123456"];
    let field = infer("Mobile Phone", phones);
    assert_eq!(field.field_type, FieldType::Phone, "{field}");
    assert!(field.inference.reason.contains("5 of 6 values are telephone numbers"), "{field}");
    assert!(field.inference.exceptions.iter().any(|e| e.value == "ask Ann"));
    assert_ne!(infer("reach", phones).field_type, FieldType::Phone);

    // Counts of calls and flags are none.
    assert_eq!(infer("phone", ["1", "0", "1"]).field_type, FieldType::Category);
    assert_eq!(infer("mobile", ["yes", "no", "yes"]).field_type, FieldType::Boolean);
    assert_eq!(infer("phone_calls", ["123456", "765432"]).field_type, FieldType::Integer);
}

#[test]
fn declared_contacts_keep_what_is_none_and_travel() {
    let schema = TableSchema::new().with_type("a", FieldType::Email).with_type("b", FieldType::Phone);
    let table =
        CsvOptions::new().schema(schema).read("a,b\n x ,5\nNA,+49 30 1234567\n".as_bytes(), "t").unwrap();
    assert_eq!(table.column("a").unwrap().text(0).unwrap(), "x");
    assert!(table.column("a").unwrap().is_missing(1) && table.column("a").unwrap().numbers().is_err());
    let again = Table::from_record_batch(&table.to_record_batch().unwrap()).unwrap();
    assert_eq!(again.field("b").unwrap().field_type, FieldType::Phone);
    let json = table.schema().to_json();
    assert!(json.contains("\"email\"") && TableSchema::from_json(&json).unwrap() == table.schema());
}
