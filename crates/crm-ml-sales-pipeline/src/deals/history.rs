//! A table with a row for every change of a deal.

use crm_ml_core::{Check, Result};
use crm_ml_table::{FieldType, Table, TableSchema};
use serde::{Deserialize, Serialize};

use super::{Deals, Ids, MISSING_DEAL, Row, WRONG_TIME, right_day, wrong_amount};
use crate::stages::Stages;

/// Which columns of a stage history mean what: a row for every stage that a deal entered, or every change of its amount there.
///
/// This is what Salesforce calls `OpportunityHistory` (`OpportunityId`, `StageName`, `CreatedDate`, `Amount`: the values after each change), and what
/// HubSpot's property history of `dealstage` comes to. Rows marked as deleted (a column of [`Role::Deleted`](crm_ml_table::Role::Deleted)) are left
/// out. For one row a deal with a date a stage see [`StageDates`](crate::StageDates).
///
/// ```
/// use crm_ml_sales_pipeline::{StageHistory, Stages};
/// use crm_ml_table::Table;
///
/// let csv = "OpportunityId,StageName,CreatedDate,Amount\n\
///     7,Proposal,2024-01-05T09:30:00Z,1000\n7,Proposal,2024-01-20T10:00:00Z,1200\n7,Closed Won,2024-02-01T16:00:00Z,1100\n";
/// let table = Table::from_csv_reader(csv.as_bytes(), "history.csv")?;
/// let stages = Stages::new(["Prospecting", "Proposal"], "Closed Won", "Closed Lost");
/// let deals = StageHistory::new("OpportunityId", "StageName", "CreatedDate", "Amount").read(&table, &stages)?;
/// assert_eq!(deals.won_revenue("2024-01-01".parse()?, "2024-04-01".parse()?), 1100.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageHistory {
    deal: String,
    stage: String,
    time: String,
    amount: String,
}

impl StageHistory {
    /// The columns of the deal, its stage, the time from which it is there, and its amount.
    pub fn new(
        deal: impl Into<String>,
        stage: impl Into<String>,
        time: impl Into<String>,
        amount: impl Into<String>,
    ) -> Self {
        Self { deal: deal.into(), stage: stage.into(), time: time.into(), amount: amount.into() }
    }

    /// Reads the rows.
    ///
    /// Errors, with line (or row) and column: a column that is missing or named twice; a deal, stage or time that is missing; a stage that is none
    /// of `stages`; a time that does not parse or lies beyond the years 1900 to 2199; an amount below 0 or above 10^12; no row. A missing amount is no
    /// error (see [`Deals`]). Time: rows x log(rows).
    pub fn read(&self, table: &Table, stages: &Stages) -> Result<Deals> {
        self.check()?;
        stages.check()?;
        let table = table.without_deleted()?.with_schema(&self.schema(table)?)?;
        let deals = table.column(&self.deal)?.texts();
        let names = table.column(&self.stage)?.texts();
        let times = table.column(&self.time)?.micros()?;
        let amounts = table.column(&self.amount)?.numbers()?;
        let mut ids = Ids::default();
        let mut rows = Vec::with_capacity(deals.len());
        for (row, (deal, name)) in deals.iter().zip(&names).enumerate() {
            let refused = |column: &str, message: &str| table.cell_error(column, row, message);
            let Some(deal) = deal.as_deref() else { return Err(refused(&self.deal, MISSING_DEAL)) };
            let Some(name) = name.as_deref() else {
                return Err(refused(&self.stage, "the stage is missing"));
            };
            let state = stages.state(name).ok_or_else(|| refused(&self.stage, &stages.unknown()))?;
            let micros = match times[row] {
                Some(micros) if right_day(micros) => micros,
                Some(_) => return Err(refused(&self.time, WRONG_TIME)),
                None => return Err(refused(&self.time, "the time is missing")),
            };
            let amount = Some(amounts[row]).filter(|amount| !amount.is_nan());
            if let Some(problem) = amount.and_then(wrong_amount) {
                return Err(refused(&self.amount, problem));
            }
            rows.push(Row { deal: ids.code(deal)?, micros, state, amount });
        }
        Deals::from_rows(stages, ids, rows)
    }

    fn columns(&self) -> [(&'static str, &str); 4] {
        [("deal", &self.deal), ("stage", &self.stage), ("time", &self.time), ("amount", &self.amount)]
    }

    fn check(&self) -> Result<()> {
        let columns = self.columns();
        let mut check = Check::of("StageHistory");
        for (place, (parameter, name)) in columns.iter().enumerate() {
            let first = columns[..place].iter().all(|(_, earlier)| earlier != name);
            check = check.rule(parameter, format!("'{name}'"), first, "a column of its own");
        }
        check.finish()
    }

    /// How the columns are to be read; dates keep their type.
    fn schema(&self, table: &Table) -> Result<TableSchema> {
        Ok(TableSchema::new()
            .with_type(&self.deal, FieldType::Identifier)
            .with_type(&self.stage, FieldType::Category)
            .with_type(&self.time, time_type(table, &self.time)?)
            .with_type(&self.amount, FieldType::Number))
    }
}

/// How a column of times is to be read.
pub(super) fn time_type(table: &Table, name: &str) -> Result<FieldType> {
    let found = table.field(name)?.field_type;
    Ok(if found == FieldType::Date { FieldType::Date } else { FieldType::DateTime })
}
