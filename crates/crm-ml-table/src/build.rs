//! From text cells to a typed column, and back.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, LargeStringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use crm_ml_core::{ErrorKind, Result};

use crate::markers::Markers;
use crate::parse::{self, Whole};
use crate::record_id::record_id;
use crate::text::{TextCells, trimmed};
use crate::{Decimal, FieldType, time};

/// Where cells come from: for errors.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) source: &'a str,
    pub(crate) lines: Option<&'a [u64]>,
}

impl Origin<'_> {
    /// An error about one cell.
    pub(crate) fn error(
        self,
        column: &str,
        row: usize,
        value: &str,
        message: impl Into<String>,
    ) -> crm_ml_core::Error {
        let line = self.lines.and_then(|lines| lines.get(row).copied());
        let message = match line {
            Some(_) => message.into(),
            None => format!("row {row}: {}", message.into()),
        };
        ErrorKind::Input {
            source_name: self.source.to_owned(),
            line,
            column: Some(column.to_owned()),
            value: Some(shorten(value)),
            message,
        }
        .into()
    }
}

/// A value short enough for a message.
pub(crate) fn shorten(value: &str) -> String {
    const MOST: usize = 80;
    match value.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// The Arrow type that holds a field type.
pub(crate) fn data_type(field_type: FieldType) -> DataType {
    match field_type {
        FieldType::Number => DataType::Float64,
        FieldType::Integer => DataType::Int64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::Date => DataType::Date32,
        FieldType::DateTime => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => DataType::LargeUtf8,
    }
}

/// How a declared type is to be read.
pub(crate) struct Reading<'a> {
    pub(crate) name: &'a str,
    pub(crate) field_type: FieldType,
    pub(crate) decimal: Decimal,
    pub(crate) markers: Markers<'a>,
}

impl Reading<'_> {
    /// Parses every cell. Errors: a value that does not parse, with its place.
    pub(crate) fn parse(&self, cells: &TextCells, origin: Origin<'_>) -> Result<ArrayRef> {
        let decimal = self.decimal;
        Ok(match self.field_type {
            FieldType::Number => {
                let mut builder = Float64Builder::with_capacity(cells.len());
                self.each(cells, origin, |t| parse::number(t, decimal), |v| builder.append_option(v))?;
                Arc::new(builder.finish())
            }
            FieldType::Integer => {
                let mut builder = Int64Builder::with_capacity(cells.len());
                self.each(cells, origin, |t| integer(t, decimal), |v| builder.append_option(v))?;
                Arc::new(builder.finish())
            }
            FieldType::Boolean => {
                let mut builder = BooleanBuilder::with_capacity(cells.len());
                self.each(cells, origin, truth, |v| builder.append_option(v))?;
                Arc::new(builder.finish())
            }
            FieldType::Date => {
                let mut builder = Date32Builder::with_capacity(cells.len());
                self.each(cells, origin, date, |v| builder.append_option(v))?;
                Arc::new(builder.finish())
            }
            FieldType::DateTime => {
                let mut builder = TimestampMicrosecondBuilder::with_capacity(cells.len())
                    .with_data_type(data_type(FieldType::DateTime));
                self.each(cells, origin, date_time, |v| builder.append_option(v))?;
                Arc::new(builder.finish())
            }
            FieldType::RecordId => {
                let mut builder = LargeStringBuilder::with_capacity(cells.len(), 0);
                self.each(cells, origin, record_id, |v| builder.append_option(v))?;
                Arc::new(builder.finish())
            }
            FieldType::Category
            | FieldType::Text
            | FieldType::Identifier
            | FieldType::MultiSelect
            | FieldType::Email
            | FieldType::Phone => {
                let mut builder = LargeStringBuilder::with_capacity(cells.len(), 0);
                for row in 0..cells.len() {
                    builder.append_option(self.cell(cells, row));
                }
                Arc::new(builder.finish())
            }
        })
    }

    /// The trimmed cell, `None` if it is missing.
    fn cell<'c>(&self, cells: &'c TextCells, row: usize) -> Option<&'c str> {
        cells.get(row).map(trimmed).filter(|cell| !self.markers.is_missing(cell))
    }

    fn each<T>(
        &self,
        cells: &TextCells,
        origin: Origin<'_>,
        parse: impl Fn(&str) -> Option<T>,
        mut append: impl FnMut(Option<T>),
    ) -> Result<()> {
        for row in 0..cells.len() {
            match self.cell(cells, row) {
                None => append(None),
                Some(text) => match parse(text) {
                    Some(value) => append(Some(value)),
                    None => return Err(origin.error(self.name, row, text, self.expectation())),
                },
            }
        }
        Ok(())
    }

    fn expectation(&self) -> String {
        let what = match self.field_type {
            FieldType::Number if self.decimal == Decimal::Comma => {
                "a number with a decimal comma, such as 1.234,50"
            }
            FieldType::Number => "a number, such as 1234.5, $1,234.50 or 45%",
            FieldType::Integer => "a whole number of at most 64 bits",
            FieldType::Boolean => "true or false (yes/no, y/n, t/f and 1/0 will do)",
            FieldType::Date => "a date, such as 2024-05-31",
            FieldType::DateTime => "a time, such as 2024-05-31T14:00:00+02:00",
            FieldType::RecordId => "a record id of 15 characters, or of 18 with its checksum",
            _ => "text",
        };
        format!("the column is declared {}: expected {what}, or a missing marker", self.field_type)
    }
}

fn integer(text: &str, decimal: Decimal) -> Option<i64> {
    match parse::whole(text) {
        Whole::Fits(value) => return Some(value),
        Whole::LeadingZero => return text.parse().ok(),
        Whole::TooLarge => return None,
        Whole::No => {}
    }
    // Tools that hold integers with gaps as floats write 3 as 3.0. Digits are compared, since a float would round them.
    if let Some((whole, fraction)) = parse::parts(text, decimal) {
        let no_digits = whole.trim_start_matches(['-', '+']).is_empty();
        let value = if no_digits { Some(0) } else { whole.parse().ok() };
        return value.filter(|_| fraction.bytes().all(|b| b == b'0'));
    }
    // From here on floats stand for more than one number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value = parse::number(text, decimal)?;
    (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64)
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "1.0" => Some(true),
        "0" | "0.0" => Some(false),
        _ => parse::boolean(text),
    }
}

fn date(text: &str) -> Option<i32> {
    time::date(text).or_else(|| time::compact_date(text)).or_else(|| time::date_time(text).map(time::day_of))
}

fn date_time(text: &str) -> Option<i64> {
    time::date_time(text)
        .or_else(|| time::date(text).or_else(|| time::compact_date(text)).map(time::midnight))
}

/// A cell of a typed column as text; `None` if it is missing.
pub(crate) fn show(array: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Float64 => Some(array.as_primitive::<Float64Type>().value(row).to_string().into()),
        DataType::Int64 => Some(array.as_primitive::<Int64Type>().value(row).to_string().into()),
        DataType::Boolean => Some(if array.as_boolean().value(row) { "true" } else { "false" }.into()),
        DataType::Date32 => Some(time::show_date(array.as_primitive::<Date32Type>().value(row)).into()),
        DataType::Timestamp(..) => {
            Some(time::show_date_time(array.as_primitive::<TimestampMicrosecondType>().value(row)).into())
        }
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row).into()),
        _ => None,
    }
}

/// The text cells, unless the typed column can rebuild every one of them.
pub(crate) fn raw_if_needed(cells: TextCells, array: &dyn Array, decimal: Decimal) -> Option<TextCells> {
    let usual = match array.data_type() {
        // 1.234 is how another value is shown where the comma is the decimal mark.
        DataType::Float64 if decimal == Decimal::Point => is_shortest,
        DataType::Date32 => time::is_plain_date,
        DataType::Timestamp(..) => time::is_plain_date_time,
        _ => |_: &str| false,
    };
    let same = |row: usize| {
        let cell = cells.get(row).unwrap_or("");
        (array.is_valid(row) && usual(cell)) || cell == show(array, row).as_deref().unwrap_or("")
    };
    if (0..cells.len()).all(same) { None } else { Some(cells) }
}

/// Whether a text is for sure how its value is shown: digits that a `f64` keeps, none of them idle.
fn is_shortest(text: &str) -> bool {
    /// Decimal digits that every `f64` keeps.
    const KEPT: usize = 15;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let idle_start = whole.len() > 1 && whole.starts_with('0');
    let idle_end = fraction.is_some_and(|f| f.ends_with('0'));
    let zero = digits == "0" && digits.len() < text.len();
    text.len() <= KEPT
        && all_digits(whole)
        && fraction.is_none_or(all_digits)
        && !(idle_start || idle_end || zero)
}

/// The rows of a typed column at `rows`, each known to be in range.
pub(crate) fn take(array: &ArrayRef, rows: &[usize]) -> ArrayRef {
    macro_rules! gather {
        ($values:expr, $builder:expr) => {{
            let (values, mut builder) = ($values, $builder);
            for &row in rows {
                builder.append_option(values.is_valid(row).then(|| values.value(row)));
            }
            Arc::new(builder.finish()) as ArrayRef
        }};
    }
    let n = rows.len();
    match array.data_type() {
        DataType::Float64 => gather!(array.as_primitive::<Float64Type>(), Float64Builder::with_capacity(n)),
        DataType::Int64 => gather!(array.as_primitive::<Int64Type>(), Int64Builder::with_capacity(n)),
        DataType::Boolean => gather!(array.as_boolean(), BooleanBuilder::with_capacity(n)),
        DataType::Date32 => gather!(array.as_primitive::<Date32Type>(), Date32Builder::with_capacity(n)),
        DataType::Timestamp(..) => gather!(
            array.as_primitive::<TimestampMicrosecondType>(),
            TimestampMicrosecondBuilder::with_capacity(n).with_data_type(data_type(FieldType::DateTime))
        ),
        _ => gather!(array.as_string::<i64>(), LargeStringBuilder::with_capacity(n, 0)),
    }
}
