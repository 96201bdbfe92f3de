//! What other programs read: the model, the scores, the schema.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crm_ml::core::Persist;
use crm_ml::lead_scoring::{LeadScore, LeadScorerModel};
use crm_ml::table::arrow_array::{ArrayRef, Float64Array, Int64Array, LargeStringArray, RecordBatch};
use crm_ml::table::{Role, Table};
use crm_ml_examples::Outcome;

use crate::worth_telling;

/// Saves the model.
pub(crate) fn model(folder: &Path, model: &LeadScorerModel) -> Outcome<PathBuf> {
    let path = folder.join("model.crm");
    model.save(&path)?;
    Ok(path)
}

/// Writes the schema file of the table, to be edited and given as `--schema`.
pub(crate) fn schema(folder: &Path, table: &Table) -> Outcome<PathBuf> {
    let path = folder.join("schema.json");
    table.schema().write(&path)?;
    Ok(path)
}

/// Writes a CSV ready for upsert: the record's id (else its row), its scores and reasons, best first.
pub(crate) fn scored(folder: &Path, table: &Table, ranked: &[LeadScore]) -> Outcome<PathBuf> {
    let id = table.fields().find(|f| f.role == Role::Id).map_or("row", |f| f.name.as_str());
    let texts = |text: &dyn Fn(&LeadScore) -> String| -> ArrayRef {
        Arc::new(LargeStringArray::from_iter_values(ranked.iter().map(text)))
    };
    let name = |lead: &LeadScore| lead.id.clone().unwrap_or_else(|| (lead.row + 1).to_string());
    let columns: Vec<(&str, ArrayRef)> = vec![
        (id, texts(&name)),
        ("probability", Arc::new(Float64Array::from_iter_values(ranked.iter().map(|l| l.probability)))),
        ("score", Arc::new(Int64Array::from_iter_values(ranked.iter().map(|l| i64::from(l.score))))),
        ("tier", texts(&|lead| lead.tier.to_string())),
        ("reasons_for", texts(&|lead| worth_telling(&lead.reasons_for))),
        ("reasons_against", texts(&|lead| worth_telling(&lead.reasons_against))),
    ];
    let path = folder.join("scored.csv");
    Table::from_record_batch(&RecordBatch::try_from_iter(columns)?)?.write_csv(&path)?;
    Ok(path)
}
