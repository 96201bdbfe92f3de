//! Leads of a company that sells software to other companies.

mod fields;
mod truth;

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use crm_ml_core::{Check, Error, Result, Stream, parallel};
use crm_ml_table::{FieldType, Role, Table, TableSchema};

use fields::Lead;
pub use truth::Driver;

/// Leads with their truth.
#[derive(Debug, Clone)]
pub struct Leads {
    /// The table a CRM would export, the target `converted` (`yes`, `no`) included.
    pub table: Table,
    /// True probability of conversion of every row, given its complete fields.
    pub probability: Vec<f64>,
    /// What conversion depends on, the strongest first. Fields not named here are noise.
    pub drivers: Vec<Driver>,
    /// Name of the planted leak, if there is one.
    pub leak: Option<&'static str>,
}

/// Generates leads with the fields of a usual CRM, missing values, interactions and a known truth.
///
/// Every row is drawn from a stream of its own, so that the first 100 of 1,000 leads are the 100 leads of the same seed.
/// About 16 % convert. No field alone ranks the leads well (its AUC stays far below 0.90); a planted leak does.
///
/// ```
/// use crm_ml_datasets::LeadGenerator;
///
/// let leads = LeadGenerator::new(500).seed(7).planted_leak(true).generate()?;
/// assert_eq!(leads.table.n_rows(), 500);
/// assert_eq!(leads.leak, Some("contract_value"));
/// assert_eq!(leads.drivers[0].field, "demo_requested");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LeadGenerator {
    rows: usize,
    seed: u64,
    planted_leak: bool,
    missing: bool,
}

/// Leads of these many rows and this seed, without a leak.
pub fn leads(rows: usize, seed: u64) -> Result<Leads> {
    LeadGenerator::new(rows).seed(seed).generate()
}

impl LeadGenerator {
    /// Seed 0, no leak, with missing values.
    pub fn new(rows: usize) -> Self {
        Self { rows, seed: 0, planted_leak: false, missing: true }
    }

    /// The seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds `contract_value`, a number that is known only once a lead has converted.
    pub fn planted_leak(mut self, planted_leak: bool) -> Self {
        self.planted_leak = planted_leak;
        self
    }

    /// Whether values go missing, as people and tools leave them out.
    pub fn missing(mut self, missing: bool) -> Self {
        self.missing = missing;
        self
    }

    /// Generates. Errors: no rows, or more than 100 million.
    pub fn generate(&self) -> Result<Leads> {
        Check::of("LeadGenerator").between("rows", self.rows, 1, 100_000_000).finish()?;
        let leads = parallel::map_rows(self.rows, 4096, |rows| {
            rows.map(|row| Lead::draw(&mut Stream::new(self.seed, "leads", row as u64), row))
                .collect::<Vec<_>>()
        })
        .concat();
        let probability = leads.iter().map(truth::probability).collect();
        Ok(Leads {
            table: self.table(&leads)?,
            probability,
            drivers: truth::drivers(),
            leak: self.planted_leak.then_some("contract_value"),
        })
    }

    fn table(&self, leads: &[Lead]) -> Result<Table> {
        let mut columns = columns(leads, self.missing);
        if self.planted_leak {
            columns.push(("contract_value", numbers(leads, |l| l.contract_value())));
        }
        columns.push(("converted", texts(leads, |l| Some(if l.converted { "yes" } else { "no" }.into()))));
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .map_err(|e| Error::unsupported(e.to_string()))?;
        Table::from_record_batch_with(&batch, &schema(self.planted_leak))
    }
}

/// Declared rather than inferred, so that ten leads have the types of ten thousand.
fn schema(leak: bool) -> TableSchema {
    use FieldType::*;
    let types = [
        ("lead_id", Identifier),
        ("source", Category),
        ("industry", Category),
        ("country", Category),
        ("employees", Integer),
        ("annual_revenue", Integer),
        ("job_title", Category),
        ("email_opens", Integer),
        ("page_views", Integer),
        ("days_since_last_contact", Integer),
        ("budget", Number),
        ("notes", Text),
        ("converted", Boolean),
    ];
    let mut schema = types.into_iter().fold(TableSchema::new(), |s, (name, t)| s.with_type(name, t));
    if leak {
        schema = schema.with_type("contract_value", Number);
    }
    schema.with_role("lead_id", Role::Id).with_role("converted", Role::Target)
}

fn columns(leads: &[Lead], missing: bool) -> Vec<(&'static str, ArrayRef)> {
    let gone = |lead: &Lead, field: usize| missing && lead.gone[field];
    vec![
        ("lead_id", texts(leads, |l| Some(l.id()))),
        ("created_at", times(leads, |l| l.created_micros())),
        ("source", texts(leads, |l| Some(l.source.into()))),
        ("industry", texts(leads, |l| (!gone(l, 0)).then(|| l.industry.into()))),
        ("country", texts(leads, |l| (!gone(l, 1)).then(|| l.country.into()))),
        ("employees", integers(leads, |l| (!gone(l, 2)).then_some(l.employees))),
        ("annual_revenue", integers(leads, |l| (!gone(l, 3)).then_some(l.annual_revenue))),
        ("job_title", texts(leads, |l| (!gone(l, 4)).then(|| l.job_title.into()))),
        ("email_opens", integers(leads, |l| Some(l.email_opens))),
        ("page_views", integers(leads, |l| Some(l.page_views))),
        ("demo_requested", truths(leads, |l| l.demo_requested)),
        ("days_since_last_contact", integers(leads, |l| (!gone(l, 5)).then_some(l.days_since_last_contact))),
        ("budget", texts(leads, |l| (!gone(l, 6)).then(|| fields::currency(l.budget)))),
        ("newsletter", truths(leads, |l| l.newsletter)),
        ("notes", texts(leads, |l| (!gone(l, 7)).then(|| l.notes.clone()))),
    ]
}

fn texts(leads: &[Lead], cell: impl Fn(&Lead) -> Option<String>) -> ArrayRef {
    let mut builder = StringBuilder::new();
    leads.iter().for_each(|lead| builder.append_option(cell(lead)));
    Arc::new(builder.finish())
}

fn numbers(leads: &[Lead], cell: impl Fn(&Lead) -> Option<f64>) -> ArrayRef {
    let mut builder = Float64Builder::with_capacity(leads.len());
    leads.iter().for_each(|lead| builder.append_option(cell(lead)));
    Arc::new(builder.finish())
}

fn integers(leads: &[Lead], cell: impl Fn(&Lead) -> Option<i64>) -> ArrayRef {
    let mut builder = Int64Builder::with_capacity(leads.len());
    leads.iter().for_each(|lead| builder.append_option(cell(lead)));
    Arc::new(builder.finish())
}

fn truths(leads: &[Lead], cell: impl Fn(&Lead) -> bool) -> ArrayRef {
    let mut builder = BooleanBuilder::with_capacity(leads.len());
    leads.iter().for_each(|lead| builder.append_value(cell(lead)));
    Arc::new(builder.finish())
}

fn times(leads: &[Lead], cell: impl Fn(&Lead) -> i64) -> ArrayRef {
    let mut builder = TimestampMicrosecondBuilder::with_capacity(leads.len());
    leads.iter().for_each(|lead| builder.append_value(cell(lead)));
    Arc::new(builder.finish().with_timezone("UTC"))
}
