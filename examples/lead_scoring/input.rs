//! Past leads to learn from and new ones to score.

use crm_ml::datasets::LeadGenerator;
use crm_ml::table::{CsvOptions, Role, Table, TableSchema};
use crm_ml_examples::Outcome;

use crate::Train;

/// The two tables of a run.
pub(crate) struct Leads {
    pub(crate) past: Table,
    pub(crate) new: Table,
    /// What the new leads are, in words.
    pub(crate) what: &'static str,
}

/// The file that was given, or 4,000 generated leads of the past and 500 new ones.
pub(crate) fn read(arguments: &Train) -> Outcome<Leads> {
    let Some(path) = &arguments.data else {
        println!(
            "No --data given: 4,000 leads of a software company are generated (seed {}).",
            arguments.seed
        );
        let past = LeadGenerator::new(4000).seed(arguments.seed).generate()?.table;
        let new = LeadGenerator::new(500)
            .seed(arguments.seed + 1)
            .generate()?
            .table
            .drop_columns(&["converted"])?;
        return Ok(Leads {
            past: past.drop_columns(&arguments.drop)?,
            new: new.drop_columns(&arguments.drop)?,
            what: "new leads",
        });
    };
    let mut options = CsvOptions::new();
    if let Some(schema) = &arguments.schema {
        options = options.schema(TableSchema::read(schema)?);
    }
    let mut past = options.read_path(path)?.drop_columns(&arguments.drop)?;
    if let Some(target) = &arguments.target {
        past.set_role(target, Role::Target)?;
    }
    Ok(Leads { new: past.clone(), past, what: "leads of the file (which the model has learnt from)" })
}
