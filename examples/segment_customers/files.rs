//! What other programs read, and what people edit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crm_ml::customers::{ActionRules, SegmentMap, SegmentProfiles};
use crm_ml::table::arrow_array::{ArrayRef, Int64Array, LargeStringArray};
use crm_ml::table::{FieldSpec, FieldType, Table};
use crm_ml_examples::Outcome;

/// Writes a CSV ready for upsert: every customer with figures, segment and action.
pub(crate) fn customers(
    folder: &Path,
    customers: &Table,
    labels: &[i32],
    profiles: &SegmentProfiles,
) -> Outcome<PathBuf> {
    let told = |text: &dyn Fn(i32) -> String| -> ArrayRef {
        Arc::new(LargeStringArray::from_iter_values(labels.iter().map(|label| text(*label))))
    };
    let name = |label: i32| profiles.get(label).map_or(String::new(), |s| s.name.clone());
    let action = |label: i32| profiles.get(label).map_or(String::new(), |s| s.actions.join(" "));
    let number: ArrayRef =
        Arc::new(Int64Array::from_iter_values(labels.iter().map(|label| i64::from(*label))));
    let spec = |name: &str, field_type| FieldSpec::new(name).field_type(field_type);
    let table = customers
        .with_column(spec("segment", FieldType::Integer), number)?
        .with_column(spec("segment_name", FieldType::Category), told(&name))?
        .with_column(spec("action", FieldType::Text), told(&action))?;
    let path = folder.join("customers.csv");
    table.write_csv(&path)?;
    Ok(path)
}

/// Writes the rules, to be edited and given as `--rules`.
pub(crate) fn rules(folder: &Path, rules: &ActionRules) -> Outcome<PathBuf> {
    let path = folder.join("rules.csv");
    std::fs::write(&path, rules.to_csv())?;
    Ok(path)
}

/// Writes the map from scores to named segments, to be edited and given as `--map`.
pub(crate) fn map(folder: &Path, map: &SegmentMap) -> Outcome<PathBuf> {
    let path = folder.join("map.json");
    std::fs::write(&path, map.to_json())?;
    Ok(path)
}
