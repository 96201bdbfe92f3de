//! A column as it is kept: how it comes about, typed or from text.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array};
use arrow_schema::DataType;
use crm_ml_core::Result;

use crate::build::{self, Origin, Reading};
use crate::infer::infer;
use crate::markers::Markers;
use crate::text::TextCells;
use crate::{Column, Decimal, Field, FieldSpec, FieldType, Inference, Role, TableSchema};

/// A field, its values and, where those cannot rebuild it, the text they were read from.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) field: Field,
    pub(crate) array: ArrayRef,
    pub(crate) raw: Option<TextCells>,
    /// Whether its text, kept or rebuilt, is how typed values are shown: with a point, whatever mark is declared.
    pub(crate) shown: bool,
}

impl Stored {
    pub(crate) fn view(&self) -> Column<'_> {
        Column { field: &self.field, array: &self.array, raw: self.raw.as_ref() }
    }

    /// The column under another reading, where its cells need not be parsed again to know it.
    pub(crate) fn reread(
        &self,
        field_type: FieldType,
        decimal: Option<Decimal>,
        markers: &[String],
    ) -> Option<Self> {
        let other_mark = decimal.is_some_and(|d| d != self.field.decimal) && !self.has_points();
        // A marker such as 999 can make a number missing, so that other markers are another reading.
        if other_mark || markers != self.field.missing_markers {
            return None;
        }
        let array: ArrayRef = match (self.field.field_type, field_type) {
            (from, to) if from == to => self.array.clone(),
            (FieldType::Integer, FieldType::Number) if self.raw.is_none() => {
                let numbers = self.array.as_primitive::<Int64Type>().iter().map(|v| v.map(|v| v as f64));
                Arc::new(numbers.collect::<Float64Array>())
            }
            _ => return None,
        };
        let decimal = decimal.unwrap_or(self.field.decimal);
        let field = Field { field_type, decimal, ..self.field.clone() };
        Some(Self { field, array, ..self.clone() })
    }

    /// Whether numbers in its text have a point for sure, so that no declared mark is needed to read them.
    pub(crate) fn has_points(&self) -> bool {
        self.shown || self.raw.is_none() && is_numeric(self.field.field_type)
    }

    /// The decimal mark that its numbers are known to have been written with.
    pub(crate) fn mark(&self) -> Option<Decimal> {
        is_numeric(self.field.field_type).then_some(self.field.decimal)
    }
}

fn is_numeric(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Number | FieldType::Integer)
}

/// The cells of a typed column as text.
pub(crate) fn texts(array: &ArrayRef) -> TextCells {
    TextCells::from_cells((0..array.len()).map(|row| build::show(array.as_ref(), row)))
}

/// A column from its text: parsed under the declared type, else under the inferred one.
pub(crate) fn stored_text(
    spec: &FieldSpec,
    schema: &TableSchema,
    cells: TextCells,
    origin: Origin<'_>,
) -> Result<Stored> {
    let mut markers = match &spec.missing_markers {
        Some(own) => own.clone(),
        None => schema.markers(&spec.name),
    };
    let (field_type, decimal, inference) = match spec.field_type {
        Some(field_type) => (field_type, declared_decimal(spec, field_type, &cells, origin, &markers), None),
        None => {
            let inferred = infer(&spec.name, &cells, origin.lines, &markers);
            markers.extend(inferred.extra_markers);
            (inferred.field_type, spec.decimal.unwrap_or(inferred.decimal), Some(inferred.inference))
        }
    };
    let reading = Reading { name: &spec.name, field_type, decimal, markers: Markers::new(&markers) };
    let array = reading.parse(&cells, origin)?;
    let inference = inference.unwrap_or_else(|| declared(field_type, array.as_ref()));
    let raw = build::raw_if_needed(cells, array.as_ref(), decimal);
    let field = Field {
        name: spec.name.clone(),
        field_type,
        role: spec.role.unwrap_or_else(|| usual_role(&spec.name, field_type, array.as_ref())),
        decimal,
        missing_markers: markers,
        inference,
    };
    Ok(Stored { field, array, raw, shown: false })
}

/// As [`stored_text`], of values that are shown as text.
pub(crate) fn stored_shown(
    spec: &FieldSpec,
    schema: &TableSchema,
    cells: TextCells,
    origin: Origin<'_>,
) -> Result<Stored> {
    let pointed = spec.clone().decimal(Decimal::Point);
    let mut stored = stored_text(&pointed, schema, cells, origin)?;
    stored.field.decimal = spec.decimal.unwrap_or_default();
    Ok(Stored { shown: true, ..stored })
}

/// The decimal mark of a column of declared type: where it is not declared too, the one its values have.
fn declared_decimal(
    spec: &FieldSpec,
    field_type: FieldType,
    cells: &TextCells,
    origin: Origin<'_>,
    markers: &[String],
) -> Decimal {
    match (spec.decimal, field_type) {
        (Some(decimal), _) => decimal,
        (None, numeric) if is_numeric(numeric) => infer(&spec.name, cells, origin.lines, markers).decimal,
        (None, _) => Decimal::default(),
    }
}

/// A column whose values are typed already.
pub(crate) fn stored_typed(
    spec: &FieldSpec,
    schema: &TableSchema,
    field_type: FieldType,
    array: ArrayRef,
) -> Stored {
    let mut inference = declared(field_type, array.as_ref());
    inference.declared = spec.field_type.is_some();
    inference.reason = format!("the Arrow type says {field_type}");
    let field = Field {
        name: spec.name.clone(),
        field_type,
        role: spec.role.unwrap_or_else(|| usual_role(&spec.name, field_type, array.as_ref())),
        decimal: spec.decimal.unwrap_or_default(),
        missing_markers: spec.missing_markers.clone().unwrap_or_else(|| schema.markers(&spec.name)),
        inference,
    };
    Stored { field, array, raw: None, shown: true }
}

fn declared(field_type: FieldType, array: &dyn Array) -> Inference {
    Inference {
        declared: true,
        reason: format!("declared {field_type}"),
        rows: array.len(),
        missing: array.null_count(),
        distinct: distinct(array),
        exceptions: Vec::new(),
    }
}

fn usual_role(name: &str, field_type: FieldType, array: &dyn Array) -> Role {
    match field_type {
        FieldType::Identifier | FieldType::RecordId => Role::Id,
        FieldType::Boolean if is_deletion_name(name) => Role::Deleted,
        // Other numbers count what was deleted.
        FieldType::Integer if is_deletion_name(name) && are_flags(array) => Role::Deleted,
        _ => Role::Feature,
    }
}

/// Whether a column is called what columns are called that say whether a record was deleted.
fn is_deletion_name(name: &str) -> bool {
    const NAMES: [&str; 4] = ["isdeleted", "deleted", "softdeleted", "isremoved"];
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    NAMES.contains(&plain.to_lowercase().as_str())
}

fn are_flags(array: &dyn Array) -> bool {
    let numbers = array.as_primitive_opt::<Int64Type>();
    numbers.is_some_and(|numbers| numbers.iter().flatten().all(|value| matches!(value, 0 | 1)))
}

fn distinct(array: &dyn Array) -> usize {
    fn count<T: Ord>(values: impl Iterator<Item = T>) -> usize {
        let mut values: Vec<T> = values.collect();
        values.sort_unstable();
        values.dedup();
        values.len()
    }
    match array.data_type() {
        DataType::Float64 => count(array.as_primitive::<Float64Type>().iter().flatten().map(f64::to_bits)),
        DataType::Int64 => count(array.as_primitive::<Int64Type>().iter().flatten()),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().flatten().collect::<HashSet<_>>().len(),
        _ => (0..array.len()).filter_map(|row| build::show(array, row)).collect::<HashSet<_>>().len(),
    }
}
