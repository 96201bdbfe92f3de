//! Which type is inferred, and the evidence shown for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crm_ml_table::{Decimal, Field, FieldType, Role, Table};

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
    assert!(infer("price", ["1,234", "5,678"]).inference.reason.contains("declare"));
    assert_eq!(numbers("share", &["45%", "5.5 %"]), [0.45, 0.055]);
    let mixed = infer("share", ["45%", "0.5", "3%"]);
    assert!(mixed.inference.reason.contains("only 2 carry a percent sign"), "{mixed}");
    // Both notations at once are no numbers.
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
    assert_eq!(
        infer("email", (0..30).map(|i| format!("p{i}@example.com"))).field_type,
        FieldType::Identifier
    );
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
