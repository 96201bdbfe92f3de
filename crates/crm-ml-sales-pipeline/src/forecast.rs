//! What is expected of a quarter.

use std::fmt;

use crm_ml_core::Timestamp;

use crate::outcomes::Outcomes;
use crate::quarter::Quarter;
use crate::reasons::DealReasons;

/// What is expected of an open deal within a quarter.
#[derive(Debug, Clone, PartialEq)]
pub struct DealForecast {
    /// Identifier of the deal.
    pub id: String,
    /// The stage it is in.
    pub stage: String,
    /// Days since it entered the stage.
    pub days_in_stage: u32,
    /// Its amount; `None` where it is unknown or 0.
    pub amount: Option<f64>,
    /// Probability to be won on a day of the quarter.
    pub probability: f64,
    /// What it is expected to close at if it is won.
    pub expected_amount: f64,
    /// Probability times that.
    pub expected_revenue: f64,
    /// What the probability is made of.
    pub reasons: DealReasons,
}

impl DealForecast {
    /// The reasons in words.
    pub fn why(&self) -> String {
        self.reasons.in_words(self.days_in_stage, &self.stage)
    }
}

/// What is expected of a quarter at the end of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineForecast {
    /// The quarter.
    pub quarter: Quarter,
    /// The last day that was looked at.
    pub as_of: Timestamp,
    /// What is already won in it.
    pub won: f64,
    /// Number of deals already won in it.
    pub won_deals: usize,
    /// Expected of the open deals.
    pub open_revenue: f64,
    /// Expected of deals that are not there yet.
    pub new_revenue: f64,
    /// The open deals, by identifier.
    pub deals: Vec<DealForecast>,
    /// The quarter's revenue: the three parts together.
    pub revenue: Outcomes,
}

impl PipelineForecast {
    /// The open deals that are most likely to be won in time, of equals the larger one first.
    pub fn most_likely(&self, count: usize) -> Vec<&DealForecast> {
        let mut deals: Vec<&DealForecast> = self.deals.iter().collect();
        deals.sort_by(|a, b| {
            b.probability.total_cmp(&a.probability).then(b.expected_amount.total_cmp(&a.expected_amount))
        });
        deals.truncate(count);
        deals
    }
}

impl fmt::Display for PipelineForecast {
    /// A few lines for people: the parts, the middle and a range of 80 %.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} at the end of {}", self.quarter, self.as_of)?;
        writeln!(formatter, "  won so far           {:>14.0}  ({} deals)", self.won, self.won_deals)?;
        writeln!(
            formatter,
            "  expected, open deals {:>14.0}  ({} deals)",
            self.open_revenue,
            self.deals.len()
        )?;
        writeln!(formatter, "  expected, new deals  {:>14.0}", self.new_revenue)?;
        let (low, high) = (self.revenue.quantile(0.1), self.revenue.quantile(0.9));
        writeln!(
            formatter,
            "  revenue              {:>14.0}  (80 %: {low:.0} to {high:.0})",
            self.revenue.median()
        )
    }
}
