//! The lines of every customer, in a fixed order.

use std::ops::Range;

use crm_ml_core::Result;

use super::{Purchase, Returns, no_lines};
use crate::Moment;
use crate::moment::DAY;
use crate::money::Tally;

/// One line of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// Microseconds since 1970-01-01.
    pub(crate) time: i64,
    pub(crate) order: u32,
    /// Millionths of the currency unit.
    pub(crate) units: i64,
}

/// The lines of every customer, read by [`Transactions`](crate::Transactions). The order of the table's rows leaves no trace in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    customers: Vec<String>,
    /// Where the lines of every customer start, and the end.
    starts: Vec<usize>,
    lines: Vec<Line>,
    skipped: Tally,
    purchase: Purchase,
    returns: Returns,
}

impl Ledger {
    pub(super) fn new(
        customers: Vec<String>,
        owned: Vec<(u32, Line)>,
        skipped: Tally,
        purchase: Purchase,
        returns: Returns,
    ) -> Result<Self> {
        if owned.is_empty() {
            return Err(no_lines("lines with a customer"));
        }
        // Counted to their customers, then sorted within each: exports mostly have them in order of time already.
        let mut starts = vec![0; customers.len() + 1];
        owned.iter().for_each(|(owner, _)| starts[*owner as usize + 1] += 1);
        for customer in 0..customers.len() {
            starts[customer + 1] += starts[customer];
        }
        let mut next = starts.clone();
        let mut lines = vec![Line { time: 0, order: 0, units: 0 }; owned.len()];
        for (owner, line) in owned {
            lines[next[owner as usize]] = line;
            next[owner as usize] += 1;
        }
        for customer in starts.windows(2) {
            lines[customer[0]..customer[1]].sort_unstable();
        }
        Ok(Self { customers, starts, lines, skipped, purchase, returns })
    }

    /// The customers, sorted as texts.
    pub fn customers(&self) -> &[String] {
        &self.customers
    }

    /// The lines that have a customer.
    pub fn total(&self) -> Tally {
        tally(&self.lines)
    }

    /// The lines left out because they have no customer.
    pub fn without_customer(&self) -> Tally {
        self.skipped
    }

    /// The earliest line's time.
    pub fn first(&self) -> Moment {
        Moment::known(self.lines.iter().map(|line| line.time).min().unwrap_or(0))
    }

    /// The latest line's time.
    pub fn last(&self) -> Moment {
        Moment::known(self.lines.iter().map(|line| line.time).max().unwrap_or(0))
    }

    pub(crate) fn all(&self) -> &[Line] {
        &self.lines
    }

    /// The lines of a customer within `[start, end)`, by time.
    pub(crate) fn window(&self, customer: usize, window: &Range<i64>) -> &[Line] {
        let lines = &self.lines[self.starts[customer]..self.starts[customer + 1]];
        let from = lines.partition_point(|line| line.time < window.start);
        let to = lines.partition_point(|line| line.time < window.end);
        &lines[from..to.max(from)]
    }

    /// Whether a line counts in the sums of money.
    pub(crate) fn counts(&self, line: &Line) -> bool {
        line.units >= 0 || self.returns != Returns::Ignore
    }

    /// Number of purchases among some lines of one customer.
    pub(crate) fn purchases(&self, lines: &[Line]) -> usize {
        let bought = lines.iter().filter(|line| line.units > 0);
        let key: fn(&Line) -> i64 = match self.purchase {
            Purchase::Line => return bought.count(),
            Purchase::Day => |line| line.time.div_euclid(DAY),
            Purchase::Order(_) => |line| i64::from(line.order),
        };
        let mut keys: Vec<i64> = bought.map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }
}

pub(crate) fn tally<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Tally {
    lines.into_iter().fold(Tally::default(), |mut sum, line| {
        sum.add(line.units);
        sum
    })
}
