//! The same quarter from the revenue of earlier months alone.

use crm_ml_core::{
    Calendar, Check, ErrorKind, ForecastModel, Forecaster, Frequency, Horizon, Result, Series, Timestamp,
};
use crm_ml_forecasting::{AnyForecaster, SamplePaths};

use crate::deals::{Deals, known};
use crate::forecaster::MOST_PATHS;
use crate::outcomes::Outcomes;
use crate::quarter::{Quarter, check_day, day_of, first_day, month_of, time_of};

/// Months that a series needs at least.
const LEAST_MONTHS: usize = 6;
/// Months that are looked ahead at most.
const MOST_MONTHS: i32 = 14;

/// What the won revenue of earlier months says of a quarter, without a look at the open deals.
///
/// Months that are over count as they are, of the month that is not over what is won so far and the share of its forecast for the days that are left.
#[derive(Debug, Clone, PartialEq)]
pub struct StatisticalForecast {
    /// The quarter.
    pub quarter: Quarter,
    /// The method.
    pub method: &'static str,
    /// Won revenue of the months that it learned from, the first of them that of the first win.
    pub months: Vec<f64>,
    /// The quarter's revenue.
    pub revenue: Outcomes,
}

impl StatisticalForecast {
    /// Of what was known at the end of a day; `paths` possible quarters are drawn.
    ///
    /// Errors: fewer than six months since the first win, a quarter that ends more than 14 months ahead, a method that does not fit or draws no paths.
    ///
    /// ```
    /// use crm_ml_forecasting::SeasonalNaive;
    /// use crm_ml_sales_pipeline::{Quarter, StageHistory, Stages, StatisticalForecast};
    ///
    /// let data = crm_ml_datasets::sales_pipeline(800, 1)?;
    /// let stages = Stages::new(["Prospecting", "Qualification", "Proposal", "Negotiation"], "Closed Won", "Closed Lost");
    /// let deals = StageHistory::new("deal_id", "stage", "date", "amount").read(&data.table, &stages)?;
    /// let as_of = "2024-09-30".parse()?;
    /// let quarter = Quarter::of(as_of).next();
    /// let forecast = StatisticalForecast::of(&deals, as_of, quarter, &SeasonalNaive::new(12).into(), 1000, 1)?;
    /// let last_year: f64 = forecast.months.iter().rev().skip(9).take(3).sum();
    /// assert!((forecast.revenue.mean() / last_year - 1.0).abs() < 1e-9);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn of(
        deals: &Deals,
        as_of: Timestamp,
        quarter: Quarter,
        method: &AnyForecaster,
        paths: usize,
        seed: u64,
    ) -> Result<Self> {
        let today = day_of(as_of);
        check_day(Check::of("StatisticalForecast"), "as_of", as_of)
            .between("paths", paths, 1, MOST_PATHS)
            .finish()?;
        // The month of tomorrow is the first that is not over.
        let (next, last) = (month_of(today + 1), month_of(quarter.end_day().saturating_sub(1)));
        let steps = last.saturating_sub(next).saturating_add(1);
        Check::of("StatisticalForecast")
            .rule("quarter", quarter, steps <= MOST_MONTHS, "one that ends within 14 months")
            .finish()?;
        let known = deals.until(today);
        let (first_month, months) = monthly(&known, next)?;
        let won = known.won(quarter.first_day()..quarter.end_day()).0;
        let Some(steps) = usize::try_from(steps).ok().filter(|steps| *steps > 0) else {
            // The quarter is over.
            let revenue = Outcomes::new(won, vec![won; paths]);
            return Ok(Self { quarter, method: method.name(), months, revenue });
        };
        let calendar = Calendar::new(time_of(first_day(first_month)), Frequency::MONTHLY);
        let series = Series::new(&months)?.named("won revenue").with_calendar(calendar);
        let model = method.fit(&series)?;
        let horizon = Horizon::new(steps)?;
        // Which months are of the quarter, and how much of the one that is not over is left.
        let share = |step: usize| {
            let month = next + step as i32;
            if month < month_of(quarter.first_day()) {
                return 0.0;
            }
            let (start, end) = (first_day(month), first_day(month + 1));
            f64::from(end - start.max(today + 1)) / f64::from(end - start)
        };
        let shares: Vec<f64> = (0..steps).map(share).collect();
        // Revenue is not negative, whatever a method says.
        let total = |months: &mut dyn Iterator<Item = &f64>| -> f64 {
            won + months.zip(&shares).map(|(month, share)| share * month.max(0.0)).sum::<f64>()
        };
        let mean = total(&mut model.forecast(&horizon)?.mean.iter());
        let drawn = model.sample_paths(&horizon, paths, seed)?;
        let values = drawn.rows().into_iter().map(|path| total(&mut path.iter())).collect();
        Ok(Self {
            quarter,
            method: method.name(),
            months: months.clone(),
            revenue: Outcomes::new(mean, values),
        })
    }
}

/// Won revenue by month, from that of the first win to the last one before `next`, and the first month.
fn monthly(deals: &Deals, next: i32) -> Result<(i32, Vec<f64>)> {
    let wins: Vec<(i32, f64)> = (0..deals.len())
        .filter_map(|deal| deals.win(deal))
        .map(|(day, amount)| (month_of(day), known(amount)))
        .collect();
    let first = wins.iter().map(|(month, _)| *month).min().unwrap_or(next);
    let count = usize::try_from(next - first).unwrap_or(0);
    if count < LEAST_MONTHS {
        let what = "months of won revenue".to_owned();
        return Err(ErrorKind::TooFew { what, needed: LEAST_MONTHS, found: count }.into());
    }
    let mut months = vec![0.0; count];
    for (month, amount) in wins {
        if let Some(sum) = months.get_mut((month - first) as usize) {
            *sum += amount;
        }
    }
    Ok((first, months))
}
