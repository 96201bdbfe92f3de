//! The named segments at a glance.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::scores::SCORES;
use super::{CustomerRfm, RfmTable};

/// A named segment: how many, how much, and its middle customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RfmSegment {
    /// Name of the segment.
    pub segment: String,
    /// Number of customers.
    pub customers: usize,
    /// Their share of all customers.
    pub share: f64,
    /// Their money.
    pub monetary: f64,
    /// Their share of all money; `None` where the sum of all is not above 0.
    pub monetary_share: Option<f64>,
    /// Median days since the last purchase.
    pub median_recency: f64,
    /// Median number of purchases.
    pub median_frequency: f64,
    /// Median money.
    pub median_monetary: f64,
}

impl RfmTable {
    /// The segments that have customers, in the order of the map.
    pub fn segments(&self) -> Vec<RfmSegment> {
        let all: f64 = self.reconciliation.customers.amount();
        let of = |name: &str| self.customers.iter().filter(|c| c.segment == name).collect::<Vec<_>>();
        let told = self.segments.names().into_iter().map(|name| (name, of(name)));
        told.filter(|(_, members)| !members.is_empty())
            .map(|(name, members)| {
                let monetary: f64 = members.iter().map(|c| c.monetary).sum();
                let median =
                    |value: fn(&CustomerRfm) -> f64| median(members.iter().map(|c| value(c)).collect());
                RfmSegment {
                    segment: name.to_owned(),
                    customers: members.len(),
                    share: members.len() as f64 / self.customers.len() as f64,
                    monetary,
                    monetary_share: (all > 0.0).then(|| monetary / all),
                    median_recency: median(|c| f64::from(c.recency)),
                    median_frequency: median(|c| c.frequency as f64),
                    median_monetary: median(|c| c.monetary),
                }
            })
            .collect()
    }

    /// Customers by recency score (first) and frequency score, each from 1.
    pub fn grid(&self) -> [[usize; SCORES]; SCORES] {
        let mut grid = [[0; SCORES]; SCORES];
        for customer in &self.customers {
            let place = |score: u8| usize::from(score.clamp(1, SCORES as u8) - 1);
            grid[place(customer.scores[0])][place(customer.scores[1])] += 1;
        }
        grid
    }
}

/// A line a segment.
impl fmt::Display for RfmTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} customers before {}", self.customers.len(), self.cut_off)?;
        writeln!(
            formatter,
            "{:<20} {:>9} {:>7} {:>14} {:>7} {:>8} {:>9} {:>12}",
            "segment", "customers", "share", "money", "share", "recency", "frequency", "monetary"
        )?;
        for s in self.segments() {
            let money_share =
                s.monetary_share.map_or("-".to_owned(), |share| format!("{:.1} %", 100.0 * share));
            writeln!(
                formatter,
                "{:<20} {:>9} {:>7} {:>14.0} {:>7} {:>8.0} {:>9.1} {:>12.2}",
                s.segment,
                s.customers,
                format!("{:.1} %", 100.0 * s.share),
                s.monetary,
                money_share,
                s.median_recency,
                s.median_frequency,
                s.median_monetary
            )?;
        }
        Ok(())
    }
}

/// The middle value, of two the mean.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let (low, high) = ((values.len().max(1) - 1) / 2, values.len() / 2);
    match (values.get(low), values.get(high)) {
        (Some(low), Some(high)) => low + (high - low) / 2.0,
        _ => 0.0,
    }
}
