//! Customers by when they first bought, and how many come back.

mod period;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crm_ml_core::{Error, Result, parallel};
use serde::{Deserialize, Serialize};

use crate::ledger::{Line, no_lines};
use crate::money::{Tally, amount};
use crate::{Ledger, Moment};
pub use period::Period;
pub use table::{Cohort, CohortCell, CohortTable};

/// More cells than this are no table for people (and no sensible use of memory).
const MOST_CELLS: usize = 10_000_000;

/// Cohorts of customers by the period of their first purchase, and for each following period how many of them bought and what they brought
/// in: the retention table.
///
/// Only lines before the cut-off count. A cell is there only where its whole period lies before the cut-off: a month that has not
/// ended (or not begun) is absent, not zero ([`Cohorts::partial`] shows the one that the cut-off falls into). Revenue has
/// [`Returns`](crate::Returns) taken off where they are subtracted; what customers return before their first purchase, or without any, is
/// told by [`CohortTable::unassigned`]. The first cohort also holds whoever bought before the table of transactions begins.
///
/// Time: lines, and customers x log(customers). Errors: no purchase before the cut-off, more than 10 million cells.
///
/// ```
/// use crm_ml_customers::{Cohorts, Moment, Period, Transactions};
/// use crm_ml_table::Table;
///
/// let csv = "customer,date,amount\n7,2024-01-05,20\n8,2024-01-20,5\n7,2024-02-03,10\n9,2024-02-09,1\n";
/// let table = Table::from_csv_reader(csv.as_bytes(), "orders.csv")?;
/// let ledger = Transactions::new("customer", "date", "amount").read(&table)?;
/// let cohorts = Cohorts::new(Period::Month, Moment::date(2024, 3, 1)?).compute(&ledger)?;
/// let january = &cohorts.cohorts()[0];
/// assert_eq!((january.label.as_str(), january.customers), ("2024-01", 2));
/// assert_eq!(january.retention(1), Some(0.5));
/// assert_eq!(january.retention(2), None);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohorts {
    period: Period,
    cut_off: Moment,
    partial: bool,
}

impl Cohorts {
    /// Cohorts by `period`, as they stand at `cut_off`.
    pub fn new(period: Period, cut_off: Moment) -> Self {
        Self { period, cut_off, partial: false }
    }

    /// Whether the period that the cut-off falls into has cells too, though more is to come (default: no).
    #[must_use]
    pub fn partial(mut self, partial: bool) -> Self {
        self.partial = partial;
        self
    }

    /// The retention table.
    pub fn compute(&self, ledger: &Ledger) -> Result<CohortTable> {
        let lives = parallel::map(ledger.customers().len(), |customer| self.life(ledger, customer));
        let mut unassigned = Tally::default();
        let mut cohorts: BTreeMap<i64, (usize, BTreeMap<i64, Sums>)> = BTreeMap::new();
        for life in lives {
            unassigned = unassigned.merge(life.unassigned);
            let Some(first) = life.first else { continue };
            let (customers, cells) = cohorts.entry(first).or_default();
            *customers += 1;
            for (period, sums) in life.periods {
                let cell = cells.entry(period).or_default();
                cell.active += sums.active;
                cell.units += sums.units;
            }
        }
        if cohorts.is_empty() {
            return Err(no_lines("purchases before the cut-off"));
        }
        let end = self.end();
        check_size(cohorts.keys().map(|first| (end - first).max(0)))?;
        let cohorts = cohorts.into_iter().map(|(first, (customers, cells))| {
            let cell = |period: i64| {
                let sums = cells.get(&period).copied().unwrap_or_default();
                CohortCell { active: sums.active, revenue: amount(sums.units) }
            };
            let start = self.period.start(first);
            let label = self.period.label(start);
            Cohort { label, start, customers, cells: (first..end.max(first)).map(cell).collect() }
        });
        Ok(CohortTable { period: self.period, cut_off: self.cut_off, cohorts: cohorts.collect(), unassigned })
    }

    /// The first period without cells.
    fn end(&self) -> i64 {
        let now = self.period.number(self.cut_off);
        let begun = self.period.start(now) < self.cut_off;
        now + i64::from(self.partial && begun)
    }

    fn life(&self, ledger: &Ledger, customer: usize) -> Life {
        let lines = ledger.window(customer, &(i64::MIN..self.cut_off.micros()));
        let number = |line: &Line| self.period.number(Moment::known(line.time));
        let first = lines.iter().find(|line| line.units > 0).map(number);
        let mut life = Life { first, periods: Vec::new(), unassigned: Tally::default() };
        for line in lines.iter().filter(|line| ledger.counts(line)) {
            let period = number(line);
            if first.is_none_or(|first| period < first) {
                life.unassigned.add(line.units);
                continue;
            }
            if life.periods.last().is_none_or(|(last, _)| *last != period) {
                life.periods.push((period, Sums::default()));
            }
            if let Some((_, sums)) = life.periods.last_mut() {
                sums.active |= usize::from(line.units > 0);
                sums.units += i128::from(line.units);
            }
        }
        life
    }
}

/// One customer's periods.
struct Life {
    first: Option<i64>,
    periods: Vec<(i64, Sums)>,
    unassigned: Tally,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    active: usize,
    units: i128,
}

fn check_size(mut widths: impl Iterator<Item = i64>) -> Result<()> {
    let add = |sum: usize, width: i64| sum.checked_add(usize::try_from(width).ok()?);
    match widths.try_fold(0, add).filter(|cells| *cells <= MOST_CELLS) {
        Some(_) => Ok(()),
        None => Err(Error::unsupported(format!(
            "the retention table would have more than {MOST_CELLS} cells: choose a longer period"
        ))),
    }
}
