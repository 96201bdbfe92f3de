//! A quarter seen from all sides.

use std::fmt;

use crm_ml_core::{Check, Result, Timestamp};
use crm_ml_forecasting::AnyForecaster;

use crate::deals::{Deals, known};
use crate::forecast::PipelineForecast;
use crate::model::PipelineModel;
use crate::outcomes::Outcomes;
use crate::quarter::{Quarter, day_of};
use crate::statistical::StatisticalForecast;

/// The forecast of the open pipeline beside the statistical one, what a CRM shows, and the combination of the first two.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarterReport {
    /// From the open deals.
    pub pipeline: PipelineForecast,
    /// From the revenue of earlier months; `None` where there are too few.
    pub statistical: Option<StatisticalForecast>,
    /// Won so far, and every open amount times its stage's historical win rate: no regard for time.
    pub stage_weighted: f64,
    /// The weight of the pipeline in the combination; the statistical forecast has the rest.
    pub weight: f64,
    /// Both together, quantile by quantile.
    pub combined: Outcomes,
}

impl QuarterReport {
    /// Of what was known at the end of a day. `weight` is the pipeline's share of the combination, as
    /// [`PipelineBackTestReport::weight`](crate::PipelineBackTestReport::weight) tells it.
    ///
    /// Errors: those of [`PipelineModel::forecast`] and of [`StatisticalForecast::of`], except for too few months; a weight that is not from 0 to 1.
    pub fn of(
        model: &PipelineModel,
        deals: &Deals,
        as_of: Timestamp,
        quarter: Quarter,
        statistical: &AnyForecaster,
        weight: f64,
    ) -> Result<Self> {
        Check::of("QuarterReport").range("weight", weight, 0.0..=1.0).finish()?;
        let pipeline = model.forecast(deals, as_of, quarter)?;
        let other = StatisticalForecast::of(deals, as_of, quarter, statistical, model.n_paths, model.seed);
        let statistical = match other {
            Ok(statistical) => Some(statistical),
            Err(error) if matches!(error.kind(), crm_ml_core::ErrorKind::TooFew { .. }) => None,
            Err(error) => return Err(error),
        };
        let stage_weighted = stage_weighted(&deals.until(day_of(as_of)), quarter);
        let (weight, combined) = match &statistical {
            Some(statistical) => (weight, pipeline.revenue.combined(weight, &statistical.revenue)),
            None => (1.0, pipeline.revenue.clone()),
        };
        Ok(Self { pipeline, statistical, stage_weighted, weight, combined })
    }
}

/// What is won in the quarter, and open amounts times the win rates of their stages.
pub(crate) fn stage_weighted(known_deals: &Deals, quarter: Quarter) -> f64 {
    let rates = known_deals.win_rates();
    let open: f64 = (0..known_deals.len())
        .filter_map(|deal| known_deals.last_visit(deal))
        .filter_map(|visit| {
            let rate = rates.get(usize::from(visit.state))?;
            Some(known(visit.last_amount()) * rate.unwrap_or(0.0))
        })
        .sum();
    known_deals.won_in(quarter) + open
}

impl fmt::Display for QuarterReport {
    /// The pipeline's parts, then a line for each way to look at it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |formatter: &mut fmt::Formatter<'_>, name: &str, revenue: &Outcomes| {
            let (low, high) = (revenue.quantile(0.1), revenue.quantile(0.9));
            writeln!(formatter, "  {name:<32} {:>14.0}  (80 %: {low:.0} to {high:.0})", revenue.median())
        };
        write!(formatter, "{}", self.pipeline)?;
        writeln!(formatter, "beside")?;
        match &self.statistical {
            Some(of) => line(formatter, &format!("statistical ({})", of.method), &of.revenue)?,
            None => writeln!(formatter, "  statistical: too few months of revenue")?,
        }
        line(formatter, &format!("combined ({:.0} % pipeline)", 100.0 * self.weight), &self.combined)?;
        writeln!(formatter, "  {:<32} {:>14.0}", "amounts times stage win rates", self.stage_weighted)
    }
}
