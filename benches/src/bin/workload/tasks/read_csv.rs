//! From a CSV file to a typed table.

use crm_ml::table::Table;
use serde_json::{Map, json};

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

/// Reads `--table`, types inferred; `types` counts the columns of each.
pub(super) fn read_csv(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    settings.take::<u64>("seed")?;
    settings.finish("read-csv")?;
    let path = inputs.table()?;
    let table = report.time_fit(|| Ok(Table::from_csv_path(path)?))?;
    let mut types = Map::new();
    for field in table.fields() {
        let count = types.get(field.field_type.name()).and_then(|v| v.as_u64()).unwrap_or(0);
        types.insert(field.field_type.name().to_owned(), json!(count + 1));
    }
    report.set("rows", table.n_rows());
    report.set("types", types);
    Ok(())
}
