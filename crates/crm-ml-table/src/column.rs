//! One column of a table, seen from outside.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use crm_ml_core::{Error, Result};

use crate::text::{TextCells, options_of};
use crate::{Field, FieldType, build, time};

/// A borrowed column: its field and its values in the form asked for.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    pub(crate) field: &'a Field,
    pub(crate) array: &'a ArrayRef,
    pub(crate) raw: Option<&'a TextCells>,
}

impl<'a> Column<'a> {
    /// Name, type, role and evidence.
    pub fn field(&self) -> &'a Field {
        self.field
    }

    /// Name of the column.
    pub fn name(&self) -> &'a str {
        &self.field.name
    }

    /// The Arrow array.
    pub fn array(&self) -> &'a ArrayRef {
        self.array
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.array.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.array.is_empty()
    }

    /// Whether the cell of a row is missing (or not there).
    pub fn is_missing(&self, row: usize) -> bool {
        row >= self.array.len() || self.array.is_null(row)
    }

    /// Number of missing cells.
    pub fn missing_count(&self) -> usize {
        self.array.null_count()
    }

    /// The cell as text: as it was written in the file, blanks around it cut; else its value. `None` if missing.
    pub fn text(&self, row: usize) -> Option<Cow<'a, str>> {
        if self.is_missing(row) {
            return None;
        }
        match self.raw.and_then(|raw| raw.get(row)) {
            Some(text) => Some(text.trim().into()),
            None => build::show(self.array.as_ref(), row),
        }
    }

    /// The values as real numbers, NaN where missing: truth values as 0 and 1, dates as days and times as microseconds
    /// since 1970-01-01. Whole numbers beyond 2^53 are rounded.
    ///
    /// Errors: a category, text or identifier.
    pub fn numbers(&self) -> Result<Vec<f64>> {
        match self.array.data_type() {
            DataType::Float64 => {
                Ok(self.gather(f64::NAN, |row, a| a.as_primitive::<Float64Type>().value(row)))
            }
            DataType::Int64 => {
                Ok(self.gather(f64::NAN, |row, a| a.as_primitive::<Int64Type>().value(row) as f64))
            }
            DataType::Boolean => {
                Ok(self.gather(f64::NAN, |row, a| f64::from(u8::from(a.as_boolean().value(row)))))
            }
            DataType::Date32 => {
                Ok(self.gather(f64::NAN, |row, a| f64::from(a.as_primitive::<Date32Type>().value(row))))
            }
            DataType::Timestamp(..) => Ok(self
                .gather(f64::NAN, |row, a| a.as_primitive::<TimestampMicrosecondType>().value(row) as f64)),
            _ => Err(self.wrong("numbers")),
        }
    }

    /// The values as whole numbers. Errors: another type than integer.
    pub fn integers(&self) -> Result<Vec<Option<i64>>> {
        match self.array.data_type() {
            DataType::Int64 => Ok(self.gather(None, |row, a| Some(a.as_primitive::<Int64Type>().value(row)))),
            _ => Err(self.wrong("integers")),
        }
    }

    /// The values as truth values. Errors: another type than boolean.
    pub fn booleans(&self) -> Result<Vec<Option<bool>>> {
        match self.array.data_type() {
            DataType::Boolean => Ok(self.gather(None, |row, a| Some(a.as_boolean().value(row)))),
            _ => Err(self.wrong("truth values")),
        }
    }

    /// Days since 1970-01-01 (UTC). Errors: neither date nor datetime.
    pub fn days(&self) -> Result<Vec<Option<i32>>> {
        match self.array.data_type() {
            DataType::Date32 => {
                Ok(self.gather(None, |row, a| Some(a.as_primitive::<Date32Type>().value(row))))
            }
            DataType::Timestamp(..) => Ok(self.micros()?.into_iter().map(|m| m.map(time::day_of)).collect()),
            _ => Err(self.wrong("dates")),
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z. Errors: neither date nor datetime.
    pub fn micros(&self) -> Result<Vec<Option<i64>>> {
        match self.array.data_type() {
            DataType::Date32 => Ok(self.days()?.into_iter().map(|d| d.map(time::midnight)).collect()),
            DataType::Timestamp(..) => {
                Ok(self.gather(None, |row, a| Some(a.as_primitive::<TimestampMicrosecondType>().value(row))))
            }
            _ => Err(self.wrong("times")),
        }
    }

    /// The cells of any type as text, `None` where missing.
    pub fn texts(&self) -> Vec<Option<Cow<'a, str>>> {
        (0..self.len()).map(|row| self.text(row)).collect()
    }

    /// The cells of any type as levels: the sorted different values, and for each row its place among them.
    ///
    /// Values count, not spellings: `1.0` and `1` are one level of a number. Truth values are shown in the spelling used
    /// most.
    pub fn levels(&self) -> (Vec<String>, Vec<Option<u32>>) {
        let mut texts: Vec<Option<Cow<'a, str>>> =
            (0..self.len()).map(|row| build::show(self.array.as_ref(), row)).collect();
        if let Ok(truths) = self.booleans() {
            for truth in [false, true] {
                let rows: Vec<usize> = (0..texts.len()).filter(|&row| truths[row] == Some(truth)).collect();
                let spelling = most_frequent(rows.iter().filter_map(|&row| self.text(row)));
                rows.iter().for_each(|&row| texts[row].clone_from(&spelling));
            }
        }
        let levels: BTreeSet<&str> = texts.iter().flatten().map(AsRef::as_ref).collect();
        let levels: Vec<&str> = levels.into_iter().collect();
        let code = |text: &str| levels.partition_point(|level| *level < text) as u32;
        let codes = texts.iter().map(|text| text.as_deref().map(code)).collect();
        (levels.iter().map(|level| level.to_string()).collect(), codes)
    }

    /// The options chosen in each row of a multi-select, in order and each once; `None` where missing.
    ///
    /// Errors: another type than multi-select.
    pub fn selections(&self) -> Result<Vec<Option<Vec<&'a str>>>> {
        if self.field.field_type != FieldType::MultiSelect {
            return Err(self.wrong("options"));
        }
        let cells = self.array.as_string::<i64>();
        let chosen = |text: &'a str| {
            let mut options: Vec<&'a str> = Vec::new();
            for option in options_of(text) {
                if !options.contains(&option) {
                    options.push(option);
                }
            }
            options
        };
        Ok(cells.iter().map(|cell| cell.map(chosen)).collect())
    }

    fn gather<T: Copy>(&self, missing: T, value: impl Fn(usize, &ArrayRef) -> T) -> Vec<T> {
        let cell = |row| if self.array.is_null(row) { missing } else { value(row, self.array) };
        (0..self.len()).map(cell).collect()
    }

    fn wrong(&self, wanted: &str) -> Error {
        Error::unsupported(format!(
            "column '{}' is of type {}, not {wanted}",
            self.name(),
            self.field.field_type
        ))
    }
}

/// The most frequent text, the first in order among equals.
fn most_frequent<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> Option<Cow<'a, str>> {
    let mut counts = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_insert(0usize) += 1);
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(text, _)| text)
}
