//! Recency, frequency and monetary value of every customer.

mod scores;
mod segments;
mod summary;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crm_ml_core::{Check, Result, parallel};
use serde::{Deserialize, Serialize};

use crate::ledger::{Line, no_lines, tally};
use crate::money::{Tally, amount};
use crate::{Ledger, Moment};
pub use scores::RfmCuts;
use scores::quintiles;
pub use segments::{SegmentAxis, SegmentCells, SegmentMap};
pub use summary::RfmSegment;
pub use table::{CustomerRfm, Reconciliation, RfmTable};

/// Recency, frequency and monetary value (Hughes, *Strategic Database Marketing*, 1994) of every customer at a cut-off.
///
/// All is told from the lines within the half-open window `[start, cut_off)`: a line at or after the cut-off changes nothing about a
/// customer. Customers without a purchase in the window are left out, and counted in the [`Reconciliation`].
///
/// | figure | what it is |
/// |---|---|
/// | recency | calendar days (UTC) from the last purchase to the cut-off |
/// | frequency | number of purchases, as [`Transactions`](crate::Transactions) counts them |
/// | monetary | sum of the amounts, [`Returns`](crate::Returns) taken off where they are subtracted: 0 or less is possible |
/// | average purchase | monetary / frequency |
/// | tenure | calendar days from the first purchase in the window to the cut-off |
///
/// Scores are quintiles ([`RfmCuts`]), 5 is best; segments are read off the [`SegmentMap`]. The order of rows and the number of threads
/// change nothing. Time: lines, and customers x log(customers). Errors: a start that is not before the cut-off, cuts out of order, no
/// purchase in the window.
///
/// ```
/// use crm_ml_customers::{Moment, Rfm, Transactions};
/// use crm_ml_table::Table;
///
/// let csv = "customer,date,amount\n7,2024-01-05,20\n7,2024-02-03,10\n8,2023-11-01,5\n8,2024-03-01,999\n";
/// let table = Table::from_csv_reader(csv.as_bytes(), "orders.csv")?;
/// let ledger = Transactions::new("customer", "date", "amount").read(&table)?;
/// let rfm = Rfm::new(Moment::date(2024, 3, 1)?).compute(&ledger)?;
/// let ann = rfm.get("7").unwrap();
/// assert_eq!((ann.recency, ann.frequency, ann.monetary), (27, 2, 30.0));
/// // The purchase on the day of the cut-off is not seen.
/// assert_eq!(rfm.get("8").unwrap().monetary, 5.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rfm {
    cut_off: Moment,
    start: Option<Moment>,
    cuts: Option<RfmCuts>,
    segments: SegmentMap,
}

impl Rfm {
    /// All that was before `cut_off`, quintiles, the usual segments.
    pub fn new(cut_off: Moment) -> Self {
        Self { cut_off, start: None, cuts: None, segments: SegmentMap::usual() }
    }

    /// The first moment that counts; `None` (default): from the first line on.
    #[must_use]
    pub fn start(mut self, start: impl Into<Option<Moment>>) -> Self {
        self.start = start.into();
        self
    }

    /// Cuts to score by, for example those of an earlier run; `None` (default): quintiles of these customers.
    #[must_use]
    pub fn cuts(mut self, cuts: impl Into<Option<RfmCuts>>) -> Self {
        self.cuts = cuts.into();
        self
    }

    /// The map from scores to named segments.
    #[must_use]
    pub fn segments(mut self, segments: SegmentMap) -> Self {
        self.segments = segments;
        self
    }

    /// The table of customers.
    pub fn compute(&self, ledger: &Ledger) -> Result<RfmTable> {
        self.check()?;
        let window = self.start.map_or(i64::MIN, Moment::micros)..self.cut_off.micros();
        let facts = parallel::map(ledger.customers().len(), |customer| Facts::of(ledger, customer, &window));
        let reconciliation = reconcile(ledger, &facts, &window);
        let bought: Vec<(&String, &Facts)> =
            ledger.customers().iter().zip(&facts).filter(|(_, f)| f.frequency > 0).collect();
        if bought.is_empty() {
            return Err(no_lines("purchases before the cut-off (and from the start on)"));
        }
        let mut customers: Vec<CustomerRfm> =
            bought.iter().map(|(name, facts)| facts.customer(name, self.cut_off)).collect();
        let cuts = self.cuts.clone().unwrap_or_else(|| learn(&customers));
        for customer in &mut customers {
            customer.scores =
                cuts.score(f64::from(customer.recency), customer.frequency as f64, customer.monetary);
            customer.segment = self.segments.of(customer.scores).to_owned();
        }
        Ok(RfmTable {
            cut_off: self.cut_off,
            start: self.start,
            customers,
            cuts,
            segments: self.segments.clone(),
            reconciliation,
        })
    }

    fn check(&self) -> Result<()> {
        if let Some(start) = self.start {
            Check::of("Rfm")
                .rule("start", start, start < self.cut_off, &format!("before the cut-off {}", self.cut_off))
                .finish()?;
        }
        self.cuts.as_ref().map_or(Ok(()), RfmCuts::validate)
    }
}

/// What the window tells of one customer.
#[derive(Default)]
struct Facts {
    first: i64,
    last: i64,
    frequency: usize,
    /// Lines that count in the sums of money.
    counted: Tally,
    ignored: Tally,
    returned: i128,
}

impl Facts {
    fn of(ledger: &Ledger, customer: usize, window: &Range<i64>) -> Self {
        let lines = ledger.window(customer, window);
        let bought = |line: &&Line| line.units > 0;
        Self {
            // Lines are in order of time.
            first: lines.iter().find(bought).map_or(0, |line| line.time),
            last: lines.iter().rfind(bought).map_or(0, |line| line.time),
            frequency: ledger.purchases(lines),
            counted: tally(lines.iter().filter(|line| ledger.counts(line))),
            ignored: tally(lines.iter().filter(|line| !ledger.counts(line))),
            returned: lines.iter().filter(|line| line.units < 0).map(|line| -i128::from(line.units)).sum(),
        }
    }

    fn customer(&self, name: &str, cut_off: Moment) -> CustomerRfm {
        let (first, last) = (Moment::known(self.first), Moment::known(self.last));
        let days = |since: Moment| u32::try_from(cut_off.days_since(since)).unwrap_or(0);
        let monetary = self.counted.amount();
        CustomerRfm {
            customer: name.to_owned(),
            recency: days(last),
            frequency: self.frequency,
            monetary,
            average_purchase: monetary / self.frequency.max(1) as f64,
            tenure: days(first),
            first_purchase: first,
            last_purchase: last,
            returned: amount(self.returned),
            scores: [1; 3],
            segment: String::new(),
        }
    }
}

fn reconcile(ledger: &Ledger, facts: &[Facts], window: &Range<i64>) -> Reconciliation {
    let sum = |tallies: &mut dyn Iterator<Item = Tally>| tallies.fold(Tally::default(), Tally::merge);
    let silent = || facts.iter().filter(|f| f.frequency == 0);
    Reconciliation {
        customers: sum(&mut facts.iter().filter(|f| f.frequency > 0).map(|f| f.counted)),
        outside_window: tally(ledger.all().iter().filter(|line| !window.contains(&line.time))),
        ignored_returns: sum(&mut facts.iter().map(|f| f.ignored)),
        without_purchase: sum(&mut silent().map(|f| f.counted)),
        customers_without_purchase: silent().count(),
        without_customer: ledger.without_customer(),
    }
}

fn learn(customers: &[CustomerRfm]) -> RfmCuts {
    let values = |value: fn(&CustomerRfm) -> f64| quintiles(customers.iter().map(value).collect());
    RfmCuts {
        // Fewer days are better.
        recency: values(|c| -f64::from(c.recency)).into_iter().map(|cut| 0.0 - cut).collect(),
        frequency: values(|c| c.frequency as f64),
        monetary: values(|c| c.monetary),
    }
}
