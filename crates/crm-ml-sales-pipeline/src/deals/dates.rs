//! A table with a row for every deal and a date for every stage.

use crm_ml_core::{Check, Result};
use crm_ml_table::{FieldType, Table, TableSchema};
use serde::{Deserialize, Serialize};

use super::history::time_type;
use super::{Deals, Ids, MISSING_DEAL, Row, WRONG_TIME, right_day, wrong_amount};
use crate::stages::Stages;

/// Which columns of a table of deals hold the day on which a deal entered each stage: a row a deal.
///
/// This is what HubSpot exports (`Date entered ...` for every stage). Such a table knows of a stage that was entered twice but one day, and of an amount but
/// the last one: so what an amount was earlier is not known, and is taken to be the same. A back-test on it knows final amounts too early. Where a
/// [`StageHistory`](crate::StageHistory) can be had, take it.
///
/// ```
/// use crm_ml_sales_pipeline::{StageDates, Stages};
/// use crm_ml_table::Table;
///
/// let csv = "id,amount,entered demo,entered offer,entered won\n1,500,2024-01-03,2024-01-20,2024-02-02\n2,900,2024-01-09,,\n";
/// let table = Table::from_csv_reader(csv.as_bytes(), "deals.csv")?;
/// let deals = StageDates::new("id", "amount")
///     .stage("Demo", "entered demo")
///     .stage("Offer", "entered offer")
///     .stage("Won", "entered won")
///     .read(&table, &Stages::new(["Demo", "Offer"], "Won", "Lost"))?;
/// assert_eq!(deals.len(), 2);
/// assert_eq!(deals.last().to_string(), "2024-02-02");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageDates {
    deal: String,
    amount: String,
    /// Name of a stage and its column.
    stages: Vec<(String, String)>,
}

impl StageDates {
    /// The columns of the deal and of its amount.
    pub fn new(deal: impl Into<String>, amount: impl Into<String>) -> Self {
        Self { deal: deal.into(), amount: amount.into(), stages: Vec::new() }
    }

    /// The column of the day on which a stage was entered.
    #[must_use]
    pub fn stage(mut self, name: impl Into<String>, column: impl Into<String>) -> Self {
        self.stages.push((name.into(), column.into()));
        self
    }

    /// Reads the deals.
    ///
    /// Errors, with line (or row) and column: no stage, or a name that is none of `stages`; a column that is missing or named twice; a deal that is
    /// missing or occurs twice, or that entered no stage; a time or an amount that [`StageHistory`](crate::StageHistory) refuses.
    pub fn read(&self, table: &Table, stages: &Stages) -> Result<Deals> {
        self.check(stages)?;
        stages.check()?;
        let table = table.without_deleted()?.with_schema(&self.schema(table)?)?;
        let deals = table.column(&self.deal)?.texts();
        let amounts = table.column(&self.amount)?.numbers()?;
        let mut ids = Ids::default();
        let mut amounts_of = Vec::with_capacity(deals.len());
        for (row, deal) in deals.iter().enumerate() {
            let refused = |column: &str, message: &str| table.cell_error(column, row, message);
            let Some(deal) = deal.as_deref() else { return Err(refused(&self.deal, MISSING_DEAL)) };
            if (ids.code(deal)? as usize) != row {
                return Err(refused(&self.deal, "the deal occurs twice"));
            }
            let amount = Some(amounts[row]).filter(|amount| !amount.is_nan());
            if let Some(problem) = amount.and_then(wrong_amount) {
                return Err(refused(&self.amount, problem));
            }
            amounts_of.push(amount);
        }
        let mut rows = Vec::new();
        let mut entered = vec![false; amounts_of.len()];
        for (name, column) in &self.stages {
            let Some(state) = stages.state(name) else { continue };
            for (row, micros) in table.column(column)?.micros()?.into_iter().enumerate() {
                let Some(micros) = micros else { continue };
                if !right_day(micros) {
                    return Err(table.cell_error(column, row, WRONG_TIME));
                }
                entered[row] = true;
                rows.push(Row { deal: row as u32, micros, state, amount: amounts_of[row] });
            }
        }
        if let Some(row) = entered.iter().position(|entered| !entered) {
            return Err(table.cell_error(
                &self.deal,
                row,
                "the deal entered no stage: every date is missing",
            ));
        }
        Deals::from_rows(stages, ids, rows)
    }

    fn check(&self, stages: &Stages) -> Result<()> {
        let mut check = Check::of("StageDates").at_least("stage", self.stages.len(), 1);
        let own = [("deal", &self.deal), ("amount", &self.amount)];
        let columns: Vec<(&str, &String)> =
            own.into_iter().chain(self.stages.iter().map(|(_, column)| ("stage", column))).collect();
        for (place, (parameter, name)) in columns.iter().enumerate() {
            let first = columns[..place].iter().all(|(_, earlier)| earlier != name);
            check = check.rule(parameter, format!("'{name}'"), first, "a column of its own");
        }
        for (name, _) in &self.stages {
            check = check.rule("stage", format!("'{name}'"), stages.state(name).is_some(), "a known stage");
        }
        check.finish()
    }

    fn schema(&self, table: &Table) -> Result<TableSchema> {
        let mut schema = TableSchema::new()
            .with_type(&self.deal, FieldType::Identifier)
            .with_type(&self.amount, FieldType::Number);
        for (_, column) in &self.stages {
            schema = schema.with_type(column, time_type(table, column)?);
        }
        Ok(schema)
    }
}
