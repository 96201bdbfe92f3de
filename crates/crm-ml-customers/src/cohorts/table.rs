//! The retention table.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Period;
use crate::Moment;
use crate::money::Tally;

/// Columns of the table that are printed.
const SHOWN: usize = 13;

/// One period of one cohort.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CohortCell {
    /// Customers of the cohort with a purchase in the period.
    pub active: usize,
    /// What the cohort brought in, in the period.
    pub revenue: f64,
}

/// Customers who first bought in one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Name of the period, such as `2024-03`.
    pub label: String,
    /// Its first moment.
    pub start: Moment,
    /// Number of customers (so far, where the period has not ended).
    pub customers: usize,
    /// The periods that have been observed, from that of the first purchase on.
    pub cells: Vec<CohortCell>,
}

impl Cohort {
    /// Share of the customers who bought, so many periods after that of their first purchase; `None` where not observed.
    pub fn retention(&self, periods: usize) -> Option<f64> {
        let cell = self.cells.get(periods)?;
        Some(cell.active as f64 / self.customers.max(1) as f64)
    }

    /// Revenue a customer of the cohort, so many periods after that of the first purchase; `None` where not observed.
    pub fn revenue_per_customer(&self, periods: usize) -> Option<f64> {
        let cell = self.cells.get(periods)?;
        Some(cell.revenue / self.customers.max(1) as f64)
    }
}

/// Cohorts in order of time; computed by [`Cohorts`](crate::Cohorts).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortTable {
    pub(super) period: Period,
    pub(super) cut_off: Moment,
    pub(super) cohorts: Vec<Cohort>,
    pub(super) unassigned: Tally,
}

impl CohortTable {
    /// What a cohort and a column span.
    pub fn period(&self) -> Period {
        self.period
    }

    /// The first moment that does not count.
    pub fn cut_off(&self) -> Moment {
        self.cut_off
    }

    /// The cohorts that have customers.
    pub fn cohorts(&self) -> &[Cohort] {
        &self.cohorts
    }

    /// Lines that belong to no cell though they count: returns before the period of a customer's first purchase, or without any.
    pub fn unassigned(&self) -> Tally {
        self.unassigned
    }

    /// Share of customers who bought so many periods after that of their first purchase, over all cohorts observed for so
    /// long; `None` where there is none.
    pub fn retention(&self, periods: usize) -> Option<f64> {
        let seen = || self.cohorts.iter().filter(|c| c.cells.len() > periods);
        let customers: usize = seen().map(|c| c.customers).sum();
        let active: usize = seen().filter_map(|c| c.cells.get(periods)).map(|cell| cell.active).sum();
        (customers > 0).then(|| active as f64 / customers as f64)
    }
}

/// Shares of active customers in percent, a line a cohort; what was not observed is blank.
impl fmt::Display for CohortTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.cohorts.iter().map(|c| c.cells.len()).max().unwrap_or(0).min(SHOWN);
        write!(formatter, "{:<10} {:>9}", self.period.name(), "customers")?;
        (0..width).try_for_each(|periods| write!(formatter, " {:>6}", format!("+{periods}")))?;
        writeln!(formatter)?;
        let percent = |share: f64| format!(" {:>6}", format!("{:.1}", 100.0 * share));
        for cohort in &self.cohorts {
            write!(formatter, "{:<10} {:>9}", cohort.label, cohort.customers)?;
            for periods in 0..width.min(cohort.cells.len()) {
                write!(formatter, "{}", cohort.retention(periods).map(percent).unwrap_or_default())?;
            }
            writeln!(formatter)?;
        }
        let customers: usize = self.cohorts.iter().map(|c| c.customers).sum();
        write!(formatter, "{:<10} {customers:>9}", "all")?;
        (0..width).try_for_each(|periods| {
            write!(formatter, "{}", self.retention(periods).map(percent).unwrap_or_default())
        })?;
        writeln!(formatter)
    }
}
