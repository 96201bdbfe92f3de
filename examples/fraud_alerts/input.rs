//! The records, past and new.

use crm_ml::datasets::payments;
use crm_ml::table::{CsvOptions, FieldType, Role, Table, TableSchema};
use crm_ml_examples::Outcome;

use crate::Arguments;

const CARDS: usize = 1500;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// Records and what their columns mean.
pub(crate) struct Records {
    pub(crate) past: Table,
    pub(crate) new: Table,
    pub(crate) entity: Option<String>,
    pub(crate) time: Option<String>,
    pub(crate) label: Option<String>,
}

/// The file that was given, or generated payments.
pub(crate) fn read(arguments: &Arguments) -> Outcome<Records> {
    let (table, entity, time, label) = match &arguments.data {
        None => {
            println!(
                "No --data given: three months of payments by {CARDS} cards are generated, some of them misused."
            );
            let named = |name: &str| Some(name.to_owned());
            (payments(CARDS, 1)?.table, named("card"), named("time"), named("fraud"))
        }
        Some(path) => {
            let Arguments { entity, time, label, ignore, .. } = arguments;
            let mut schema = TableSchema::new();
            if let Some(entity) = entity {
                schema = schema.with_type(entity, FieldType::Identifier);
            }
            let mut table = CsvOptions::new().schema(schema).read_path(path)?;
            for column in ignore {
                table.set_role(column, Role::Ignored)?;
            }
            (table, entity.clone(), time.clone(), label.clone())
        }
    };
    let (past, new) = match &time {
        Some(time) => split(&table, time)?,
        None => (table.clone(), table),
    };
    Ok(Records { past, new, entity, time, label })
}

/// The first three quarters of the days, and the rest.
fn split(table: &Table, time: &str) -> Outcome<(Table, Table)> {
    let times = table.column(time)?.micros()?;
    let mut days: Vec<i64> = times.iter().flatten().map(|t| t.div_euclid(MICROS_A_DAY)).collect();
    days.sort_unstable();
    days.dedup();
    let Some(cut) = days.get(days.len() * 3 / 4).map(|day| day * MICROS_A_DAY) else {
        return Err(format!("column '{time}' has no times").into());
    };
    let rows = |late: bool| -> Vec<usize> {
        (0..times.len()).filter(|row| times[*row].is_some_and(|t| (t >= cut) == late)).collect()
    };
    let (past, new) = (rows(false), rows(true));
    if past.is_empty() {
        return Err(format!("column '{time}' has one day only: there is no past to learn from").into());
    }
    Ok((table.select_rows(&past)?, table.select_rows(&new)?))
}
