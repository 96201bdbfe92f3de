//! Arrow batches in and out.

use std::sync::Arc;

use crm_ml_table::arrow_array::builder::StringDictionaryBuilder;
use crm_ml_table::arrow_array::types::Int8Type;
use crm_ml_table::arrow_array::*;
use crm_ml_table::arrow_schema::{DataType, Field, Schema};
use crm_ml_table::{CsvOptions, Decimal, FieldSpec, FieldType, Role, Table, TableSchema};

fn one(array: ArrayRef) -> Result<Table, crm_ml_core::Error> {
    Table::from_record_batch(&RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap())
}

#[test]
fn every_common_type_has_a_counterpart() {
    let mut dictionary = StringDictionaryBuilder::<Int8Type>::new();
    dictionary.append_value("b");
    dictionary.append_null();
    dictionary.append_value("b");
    let cases: Vec<(ArrayRef, FieldType, &str)> = vec![
        (Arc::new(Int8Array::from(vec![Some(3), None, Some(-4)])), FieldType::Integer, "3"),
        (Arc::new(Int64Array::from(vec![Some(3), None, Some(5)])), FieldType::Integer, "3"),
        (
            Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, Some(1)])),
            FieldType::Identifier,
            "18446744073709551615",
        ),
        (Arc::new(Float32Array::from(vec![Some(0.5), None, Some(f32::NAN)])), FieldType::Number, "0.5"),
        (Arc::new(Float64Array::from(vec![Some(1.0), None, Some(2.0)])), FieldType::Number, "1"),
        (Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])), FieldType::Boolean, "true"),
        (Arc::new(Date32Array::from(vec![Some(0), None, Some(1)])), FieldType::Date, "1970-01-01"),
        (Arc::new(Date64Array::from(vec![Some(86_400_000), None, Some(0)])), FieldType::Date, "1970-01-02"),
        (
            Arc::new(TimestampSecondArray::from(vec![Some(60), None, Some(0)])),
            FieldType::DateTime,
            "1970-01-01T00:01:00Z",
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![Some(-1), None, Some(0)])),
            FieldType::DateTime,
            "1969-12-31T23:59:59.999999Z",
        ),
        (Arc::new(StringArray::from(vec![Some("a"), None, Some("a")])), FieldType::Category, "a"),
        (Arc::new(StringViewArray::from(vec![Some("a"), None, Some("a")])), FieldType::Category, "a"),
        (Arc::new(LargeStringArray::from(vec![Some("1.5"), None, Some("2")])), FieldType::Number, "1.5"),
        (Arc::new(dictionary.finish()), FieldType::Category, "b"),
        (
            Arc::new(
                Decimal128Array::from(vec![Some(1250), None, Some(3)])
                    .with_precision_and_scale(6, 2)
                    .unwrap(),
            ),
            FieldType::Number,
            "12.50",
        ),
        (Arc::new(NullArray::new(3)), FieldType::Category, "<missing>"),
    ];
    for (array, field_type, first) in cases {
        let data_type = array.data_type().clone();
        let table = one(array).unwrap();
        let column = table.column("c").unwrap();
        assert_eq!(column.field().field_type, field_type, "{data_type}");
        assert_eq!(column.text(0).as_deref().unwrap_or("<missing>"), first, "{data_type}");
        assert!(column.is_missing(1));
        assert_eq!(table.line(0), None);
        // Out and in again: types, roles and values stay.
        let again = Table::from_record_batch(&table.to_record_batch().unwrap()).unwrap();
        assert_eq!(again.to_record_batch().unwrap(), table.to_record_batch().unwrap(), "{data_type}");
    }
}

#[test]
fn what_has_no_counterpart_is_refused() {
    let error = one(Arc::new(BinaryArray::from(vec![Some(b"x".as_slice())]))).unwrap_err();
    assert_eq!(error.to_string(), "column 'c': the Arrow type Binary has no counterpart in a table");
    let error = one(Arc::new(Float64Array::from(vec![1.0, f64::INFINITY]))).unwrap_err();
    assert_eq!(error.to_string(), "record batch, column 'c', value 'inf': row 1: an infinite number");
    let error = one(Arc::new(TimestampSecondArray::from(vec![i64::MAX]))).unwrap_err();
    assert!(error.to_string().contains("beyond 64 bits"), "{error}");
    for millis in [i64::MAX, i64::MIN] {
        let error = one(Arc::new(Date64Array::from(vec![None, Some(millis)]))).unwrap_err().to_string();
        let place = format!("record batch, column 'c', value '{millis}': row 1: ");
        assert_eq!(error, place + "a date beyond 32 bits of days");
    }
    assert!(
        one(Arc::new(Float64Array::from(Vec::<f64>::new()))).unwrap_err().to_string().contains("no rows")
    );
    let twice =
        Schema::new(vec![Field::new("a", DataType::Null, true), Field::new("a", DataType::Null, true)]);
    let nulls: ArrayRef = Arc::new(NullArray::new(1));
    let batch = RecordBatch::try_new(Arc::new(twice), vec![nulls.clone(), nulls]).unwrap();
    assert!(Table::from_record_batch(&batch).is_err());
}

#[test]
fn a_declared_decimal_comma_is_for_text_and_not_for_numbers() {
    let declared = |field_type| FieldSpec::new("c").field_type(field_type).decimal(Decimal::Comma);
    let schema = TableSchema::new().with(declared(FieldType::Number));
    let values = [1.234, 1.5, 999.0];
    let floats: ArrayRef = Arc::new(Float64Array::from(values.to_vec()));
    let decimals = Decimal128Array::from(vec![1234, 1500, 999_000]).with_precision_and_scale(9, 3).unwrap();
    for array in [floats.clone(), Arc::new(decimals) as ArrayRef] {
        let batch = RecordBatch::try_from_iter([("c", array)]).unwrap();
        for table in [
            Table::from_record_batch_with(&batch, &schema).unwrap(),
            Table::from_record_batch(&batch).unwrap().with_schema(&schema).unwrap(),
        ] {
            assert_eq!(table.column("c").unwrap().numbers().unwrap(), values);
            assert_eq!(table.field("c").unwrap().decimal, Decimal::Comma, "files are still read so");
            // Other markers ask for the values to be parsed again: as they are shown, with a point.
            let marked =
                TableSchema::new().with(declared(FieldType::Number).missing_markers(["999", "999.000"]));
            let again = table.with_schema(&marked).unwrap();
            assert_eq!(again.column("c").unwrap().numbers().unwrap()[..2], values[..2]);
            assert!(again.column("c").unwrap().is_missing(2));
            let back = again.with_schema(&schema).unwrap().select_rows(&[0, 2]).unwrap();
            assert_eq!(back.column("c").unwrap().numbers().unwrap()[0], 1.234);
            let named = table.with_schema(&TableSchema::new().with_type("c", FieldType::Category)).unwrap();
            assert_eq!(named.with_schema(&schema).unwrap().column("c").unwrap().numbers().unwrap(), values);
        }
    }
    let whole = TableSchema::new().with(declared(FieldType::Integer));
    let batch = RecordBatch::try_from_iter([("c", floats)]).unwrap();
    assert!(Table::from_record_batch_with(&batch, &whole).is_err(), "1.234 is no whole number");

    // Text is read by the mark that is declared, and stays what it was.
    let csv = "c;d\n1.234;1\n2.500;2\n";
    let table = CsvOptions::new().schema(schema).read(csv.as_bytes(), "t").unwrap();
    assert_eq!(table.column("c").unwrap().numbers().unwrap(), [1234.0, 2500.0]);
    assert_eq!(table.column("c").unwrap().text(0).unwrap(), "1.234");
    let point = TableSchema::new().with(FieldSpec::new("c").decimal(Decimal::Point));
    assert_eq!(table.with_schema(&point).unwrap().column("c").unwrap().numbers().unwrap(), [1.234, 2.5]);
}

#[test]
fn text_that_becomes_a_number_later_finds_its_own_decimal_mark() {
    let csv = "c;d\n0,5;1\nasked twice;2\n0,75;3\n";
    let table = Table::from_csv_reader(csv.as_bytes(), "t").unwrap();
    assert_eq!(table.field("c").unwrap().field_type, FieldType::Category);
    let number = FieldSpec::new("c").field_type(FieldType::Number).missing_markers(["asked twice"]);
    let numbers = table.with_schema(&TableSchema::new().with(number)).unwrap();
    assert_eq!(numbers.column("c").unwrap().numbers().unwrap()[0], 0.5);
}

#[test]
fn declared_types_hold_for_batches_too() {
    let batch = RecordBatch::try_from_iter([
        ("n", Arc::new(Float64Array::from(vec![1.0, 2.0])) as ArrayRef),
        ("s", Arc::new(StringArray::from(vec!["x", "7"])) as ArrayRef),
    ])
    .unwrap();
    let schema = TableSchema::new().with_type("n", FieldType::Category).with_role("s", Role::Target);
    let table = Table::from_record_batch_with(&batch, &schema).unwrap();
    assert_eq!(table.field("n").unwrap().field_type, FieldType::Category);
    assert_eq!(table.target().unwrap().name, "s");
    let error = Table::from_record_batch_with(&batch, &TableSchema::new().with_type("s", FieldType::Number))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("record batch, column 's', value 'x': row 0: the column is declared number")
    );
    let array: ArrayRef = Arc::new(Float64Array::from(vec![0.25, 0.75]));
    let scored = table.with_column(FieldSpec::new("score"), array.clone()).unwrap();
    assert_eq!(scored.column("score").unwrap().numbers().unwrap(), [0.25, 0.75]);
    assert!(scored.with_column(FieldSpec::new("score"), array.clone()).is_err());
    assert!(scored.select_rows(&[0]).unwrap().with_column(FieldSpec::new("other"), array).is_err());
}
