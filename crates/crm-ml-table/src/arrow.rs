//! Between Arrow's types and ours.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{
    Array, ArrayRef, ArrowNativeTypeOp, BooleanArray, Date32Array, Float64Array, PrimitiveArray,
    TimestampMicrosecondArray, downcast_dictionary_array,
};
use arrow_schema::{DataType, Field as ArrowField, TimeUnit};
use crm_ml_core::{Error, ErrorKind, Result};

use crate::text::TextCells;
use crate::{Field, FieldSpec, FieldType, Role, TableSchema, build};

const TYPE: &str = "crm_ml.type";
const ROLE: &str = "crm_ml.role";
/// A JSON array of texts.
const MISSING_MARKERS: &str = "crm_ml.missing_markers";

/// Our field as Arrow's.
pub(crate) fn field(field: &Field) -> ArrowField {
    let markers = serde_json::Value::from(field.missing_markers.as_slice());
    let metadata = HashMap::from([
        (TYPE.to_owned(), field.field_type.name().to_owned()),
        (ROLE.to_owned(), field.role.name().to_owned()),
        (MISSING_MARKERS.to_owned(), markers.to_string()),
    ]);
    ArrowField::new(&field.name, build::data_type(field.field_type), true).with_metadata(metadata)
}

/// What is declared about an Arrow field: by the schema first, by its metadata else.
pub(crate) fn spec_of(field: &ArrowField, schema: &TableSchema) -> FieldSpec {
    let mut spec = schema.field(field.name()).cloned().unwrap_or_else(|| FieldSpec::new(field.name()));
    let said = |key: &str| field.metadata().get(key).map(String::as_str);
    spec.field_type = spec.field_type.or_else(|| said(TYPE).and_then(FieldType::from_name));
    spec.role = spec.role.or_else(|| said(ROLE).and_then(Role::from_name));
    if schema.missing_markers.is_none() {
        let markers = || said(MISSING_MARKERS).and_then(|json| serde_json::from_str(json).ok());
        spec.missing_markers = spec.missing_markers.or_else(markers);
    }
    spec
}

/// Columns whose Arrow type says all, in our form; `None` for those that are to be looked at as text.
pub(crate) fn typed(name: &str, array: &ArrayRef, source: &str) -> Result<Option<(FieldType, ArrayRef)>> {
    let as_type = |field_type, array: ArrayRef| Ok(Some((field_type, array)));
    match array.data_type() {
        DataType::Float64 => {
            as_type(FieldType::Number, floats(name, array.as_primitive::<t::Float64Type>(), |v| v, source)?)
        }
        DataType::Float32 => as_type(
            FieldType::Number,
            floats(name, array.as_primitive::<t::Float32Type>(), f64::from, source)?,
        ),
        DataType::Boolean => {
            let values: BooleanArray = array.as_boolean().iter().collect();
            as_type(FieldType::Boolean, Arc::new(values))
        }
        DataType::Date32 => {
            let values: Date32Array = array.as_primitive::<t::Date32Type>().iter().collect();
            as_type(FieldType::Date, Arc::new(values))
        }
        DataType::Date64 => {
            as_type(FieldType::Date, days(name, array.as_primitive::<t::Date64Type>(), source)?)
        }
        DataType::Timestamp(unit, _) => as_type(FieldType::DateTime, times(name, array, *unit, source)?),
        _ => Ok(None),
    }
}

/// Whether values that are to be looked at as text are numbers: those have a point.
pub(crate) fn holds_numbers(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => holds_numbers(values),
        other => other.is_numeric(),
    }
}

fn floats<T: ArrowPrimitiveType>(
    name: &str,
    array: &PrimitiveArray<T>,
    to_f64: impl Fn(T::Native) -> f64,
    source: &str,
) -> Result<ArrayRef> {
    let values: Float64Array = array.iter().map(|v| v.map(&to_f64).filter(|v| !v.is_nan())).collect();
    match values.iter().position(|v| v.is_some_and(f64::is_infinite)) {
        Some(row) => Err(cell_error(name, row, values.value(row), "an infinite number", source)),
        None => Ok(Arc::new(values)),
    }
}

fn days(name: &str, millis: &PrimitiveArray<t::Date64Type>, source: &str) -> Result<ArrayRef> {
    let day = |ms: i64| i32::try_from(ms.div_euclid(86_400_000)).ok();
    let days: Vec<Option<Option<i32>>> = millis.iter().map(|v| v.map(day)).collect();
    if let Some(row) = days.iter().position(|day| *day == Some(None)) {
        return Err(cell_error(name, row, millis.value(row), "a date beyond 32 bits of days", source));
    }
    let days: Date32Array = days.into_iter().map(Option::flatten).collect();
    Ok(Arc::new(days))
}

fn times(name: &str, array: &ArrayRef, unit: TimeUnit, source: &str) -> Result<ArrayRef> {
    fn scaled<T: ArrowPrimitiveType<Native = i64>>(
        array: &ArrayRef,
        scale: impl Fn(i64) -> Option<i64>,
    ) -> Vec<Option<Option<i64>>> {
        array.as_primitive::<T>().iter().map(|v| v.map(&scale)).collect()
    }
    let values = match unit {
        TimeUnit::Second => scaled::<t::TimestampSecondType>(array, |v| v.checked_mul(1_000_000)),
        TimeUnit::Millisecond => scaled::<t::TimestampMillisecondType>(array, |v| v.checked_mul(1000)),
        TimeUnit::Microsecond => scaled::<t::TimestampMicrosecondType>(array, Some),
        TimeUnit::Nanosecond => scaled::<t::TimestampNanosecondType>(array, |v| Some(v.div_euclid(1000))),
    };
    if let Some(row) = values.iter().position(|v| *v == Some(None)) {
        return Err(cell_error(name, row, "?", "a time beyond 64 bits of microseconds", source));
    }
    let values: TimestampMicrosecondArray = values.into_iter().map(Option::flatten).collect();
    Ok(Arc::new(values.with_timezone("UTC")))
}

fn cell_error(name: &str, row: usize, value: impl Display, what: &str, source: &str) -> Error {
    ErrorKind::Input {
        source_name: source.to_owned(),
        line: None,
        column: Some(name.to_owned()),
        value: Some(value.to_string()),
        message: format!("row {row}: {what}"),
    }
    .into()
}

/// Whole numbers, decimals, text and dictionaries as text. Errors: an Arrow type with no counterpart.
pub(crate) fn text(name: &str, array: &ArrayRef) -> Result<TextCells> {
    fn shown<T>(array: &ArrayRef) -> TextCells
    where
        T: ArrowPrimitiveType,
        T::Native: ArrowNativeTypeOp + Display,
    {
        TextCells::from_cells(array.as_primitive::<T>().iter().map(|v| v.map(|v| v.to_string())))
    }
    Ok(match array.data_type() {
        DataType::Int8 => shown::<t::Int8Type>(array),
        DataType::Int16 => shown::<t::Int16Type>(array),
        DataType::Int32 => shown::<t::Int32Type>(array),
        DataType::Int64 => shown::<t::Int64Type>(array),
        DataType::UInt8 => shown::<t::UInt8Type>(array),
        DataType::UInt16 => shown::<t::UInt16Type>(array),
        DataType::UInt32 => shown::<t::UInt32Type>(array),
        DataType::UInt64 => shown::<t::UInt64Type>(array),
        DataType::Decimal128(..) => {
            let values = array.as_primitive::<t::Decimal128Type>();
            TextCells::from_cells(
                (0..values.len()).map(|row| values.is_valid(row).then(|| values.value_as_string(row))),
            )
        }
        DataType::Utf8 => TextCells::from_cells(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => TextCells::from_cells(array.as_string::<i64>().iter()),
        DataType::Utf8View => TextCells::from_cells(array.as_string_view().iter()),
        DataType::Null => TextCells::from_cells((0..array.len()).map(|_| None::<&str>)),
        DataType::Dictionary(..) => {
            let array = array.as_ref();
            downcast_dictionary_array!(
                array => {
                    let values = text(name, array.values())?;
                    TextCells::from_cells((0..array.len()).map(|row| array.key(row).and_then(|key| values.get(key))))
                }
                _ => return Err(no_counterpart(name, array.data_type()))
            )
        }
        other => return Err(no_counterpart(name, other)),
    })
}

fn no_counterpart(name: &str, data_type: &DataType) -> Error {
    Error::unsupported(format!("column '{name}': the Arrow type {data_type} has no counterpart in a table"))
}
