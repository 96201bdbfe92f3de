//! The deals, from a file or generated.

use crm_ml::core::Timestamp;
use crm_ml::datasets::sales_pipeline;
use crm_ml::sales_pipeline::{Deals, StageHistory, Stages};
use crm_ml::table::Table;
use crm_ml_examples::Outcome;

use crate::Arguments;

const DEALS: usize = 6000;

/// Deals, and the last day of them that is known.
pub(crate) struct Input {
    pub(crate) deals: Deals,
    pub(crate) as_of: Timestamp,
}

pub(crate) fn read(arguments: &Arguments) -> Outcome<Input> {
    let columns = StageHistory::new(&arguments.deal, &arguments.stage, &arguments.time, &arguments.amount);
    let Some(path) = &arguments.data else {
        println!("No --data given: the stage history of {DEALS} deals over four years is generated.");
        let data = sales_pipeline(DEALS, 1)?;
        let stages = Stages::new(data.truth.stages, "Closed Won", "Closed Lost");
        let deals = StageHistory::new("deal_id", "stage", "date", "amount").read(&data.table, &stages)?;
        // Six weeks into the last quarter.
        let as_of = arguments.as_of.map_or_else(|| "2024-11-12".parse(), Ok)?;
        return Ok(Input { deals, as_of });
    };
    let stages =
        Stages::new(arguments.stages.iter().map(|name| name.trim()), &arguments.won, &arguments.lost);
    let deals = columns.read(&Table::from_csv_path(path)?, &stages)?;
    let as_of = arguments.as_of.unwrap_or(deals.last());
    Ok(Input { deals, as_of })
}
