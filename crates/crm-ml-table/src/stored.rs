//! A column as it is kept: how it comes about, typed or from text.

use arrow_array::{Array, ArrayRef};
use crm_ml_core::Result;

use crate::build::{self, Origin, Reading};
use crate::infer::infer;
use crate::text::TextCells;
use crate::{Column, Decimal, Field, FieldSpec, FieldType, Inference, Role, TableSchema};

/// A field, its values and, where those cannot rebuild it, the text they were read from.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) field: Field,
    pub(crate) array: ArrayRef,
    pub(crate) raw: Option<TextCells>,
}

impl Stored {
    pub(crate) fn view(&self) -> Column<'_> {
        Column { field: &self.field, array: &self.array, raw: self.raw.as_ref() }
    }
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
    let reading = Reading { name: &spec.name, field_type, decimal, markers: &markers };
    let array = reading.parse(&cells, origin)?;
    let inference = inference.unwrap_or_else(|| declared(field_type, array.as_ref()));
    let raw = build::raw_if_needed(cells, array.as_ref());
    let field = Field {
        name: spec.name.clone(),
        field_type,
        role: spec.role.unwrap_or(usual_role(field_type)),
        decimal,
        missing_markers: markers,
        inference,
    };
    Ok(Stored { field, array, raw })
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
        (None, FieldType::Number | FieldType::Integer) => {
            infer(&spec.name, cells, origin.lines, markers).decimal
        }
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
        role: spec.role.unwrap_or(usual_role(field_type)),
        decimal: spec.decimal.unwrap_or_default(),
        missing_markers: spec.missing_markers.clone().unwrap_or_else(|| schema.markers(&spec.name)),
        inference,
    };
    Stored { field, array, raw: None }
}

fn declared(field_type: FieldType, array: &dyn Array) -> Inference {
    let texts: std::collections::HashSet<_> =
        (0..array.len()).filter_map(|row| build::show(array, row)).collect();
    Inference {
        declared: true,
        reason: format!("declared {field_type}"),
        rows: array.len(),
        missing: array.null_count(),
        distinct: texts.len(),
        exceptions: Vec::new(),
    }
}

fn usual_role(field_type: FieldType) -> Role {
    if field_type == FieldType::Identifier { Role::Id } else { Role::Feature }
}
