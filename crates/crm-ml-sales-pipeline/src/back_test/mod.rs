//! How the forecasts would have done.

mod report;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, ErrorKind, Progress, Result, Timestamp, advance, parallel};
use crm_ml_forecasting::{AnyForecaster, AutoForecaster};
use serde::{Deserialize, Serialize};

use report::Weights;
pub use report::{Method, MethodMetrics, PipelineBackTestReport, PipelineBackTestWindow, RangeCoverage};

use crate::deals::Deals;
use crate::forecaster::PipelineForecaster;
use crate::outcomes::{Outcomes, check_levels};
use crate::quarter::{Quarter, check_day, day_of, time_of};
use crate::report::stage_weighted;
use crate::statistical::StatisticalForecast;

const NAME: &str = "PipelineBackTest";
/// Windows tested between two calls of the progress.
const WINDOWS_A_STEP: usize = 8;

/// Forecasts past quarters with what was known then, beside what came.
///
/// For each of the last complete quarters and each chosen day of it, the forecaster is fitted to the history as it was at the end of that day, and forecasts
/// the quarter. It is handed a copy that ends there, so that it cannot look ahead. Beside it stand amounts times the win rates of their stages (what a CRM
/// shows), the statistical forecast of the won revenue, and the combination of pipeline and statistics, with weights by the errors at the same day of
/// earlier quarters that were over by then.
///
/// What really came is what was won in the quarter as it stood on its last day.
///
/// ```
/// use crm_ml_forecasting::AutoEts;
/// use crm_ml_sales_pipeline::{Method, PipelineBackTest, PipelineForecaster, StageHistory, Stages};
///
/// let data = crm_ml_datasets::sales_pipeline(2000, 3)?;
/// let stages = Stages::new(["Prospecting", "Qualification", "Proposal", "Negotiation"], "Closed Won", "Closed Lost");
/// let deals = StageHistory::new("deal_id", "stage", "date", "amount").read(&data.table, &stages)?;
/// let test = PipelineBackTest::new(PipelineForecaster::new().n_paths(1000))
///     .statistical(AutoEts::new(12))
///     .n_quarters(4)
///     .days(&[60]);
/// let report = test.run(&deals, deals.last())?;
/// assert_eq!(report.windows().len(), 4);
/// assert!(report.metrics(Method::Pipeline, None).unwrap().error < report.metrics(Method::StageWeighted, None).unwrap().error);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineBackTest {
    forecaster: PipelineForecaster,
    statistical: AnyForecaster,
    n_quarters: usize,
    days: Vec<usize>,
    min_history: usize,
    levels: Vec<f64>,
}

impl PipelineBackTest {
    /// The last eight quarters at their start and after 30 and 60 days; ranges of 50, 80 and 95 %; `AutoForecaster::fast(12)` beside it.
    pub fn new(forecaster: PipelineForecaster) -> Self {
        Self {
            forecaster,
            statistical: AutoForecaster::fast(12).into(),
            n_quarters: 8,
            days: vec![0, 30, 60],
            min_history: 365,
            levels: vec![50.0, 80.0, 95.0],
        }
    }

    /// The method that forecasts monthly revenue.
    #[must_use]
    pub fn statistical(mut self, method: impl Into<AnyForecaster>) -> Self {
        self.statistical = method.into();
        self
    }

    /// Most quarters, the last ones.
    #[must_use]
    pub fn n_quarters(mut self, quarters: usize) -> Self {
        self.n_quarters = quarters;
        self
    }

    /// Days of a quarter that are over when it is forecast: 0 is the evening before it, 90 at most.
    #[must_use]
    pub fn days(mut self, days: &[usize]) -> Self {
        self.days = days.to_vec();
        self
    }

    /// Days of history before the first forecast (default 365).
    #[must_use]
    pub fn min_history(mut self, days: usize) -> Self {
        self.min_history = days;
        self
    }

    /// Levels of the ranges, in percent.
    #[must_use]
    pub fn levels(mut self, levels: &[f64]) -> Self {
        self.levels = levels.to_vec();
        self
    }

    /// Tests on the quarters that were over at the end of a day.
    ///
    /// Errors: parameters out of range, no quarter with enough history before it, a statistical method that draws no paths. Where the statistical method
    /// cannot forecast what was known at a time, as with too few months, its forecast is missing there.
    pub fn run(&self, deals: &Deals, until: Timestamp) -> Result<PipelineBackTestReport> {
        self.run_with(deals, until, &())
    }

    /// As [`run`](Self::run), telling `progress` of the windows done.
    pub fn run_with(
        &self,
        deals: &Deals,
        until: Timestamp,
        progress: &dyn Progress,
    ) -> Result<PipelineBackTestReport> {
        self.forecaster.check().finish()?;
        let check = Check::of(NAME)
            .between("n_quarters", self.n_quarters, 1, 1000)
            .between("days", self.days.len(), 1, 91)
            .at_least("levels", self.levels.len(), 1)
            .between("min_history", self.min_history, 1, 100_000);
        let check = self.days.iter().fold(check, |check, day| check.between("day", *day, 0, 90));
        check_day(check_levels(check, &self.levels), "until", until).finish()?;
        let origins = self.origins(deals, until);
        let mut tested = Vec::with_capacity(origins.len());
        for piece in parallel::chunks(origins.len(), WINDOWS_A_STEP) {
            let first = piece.start;
            let windows = parallel::map(piece.len(), |place| {
                let (quarter, day) = origins[first + place];
                self.window(deals, quarter, day)
            });
            for window in windows {
                match window {
                    Ok(window) => tested.push(window),
                    // Too little was known then.
                    Err(error) if matches!(error.kind(), ErrorKind::TooFew { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            advance(progress, "back-test", first + piece.len(), origins.len())?;
        }
        if tested.is_empty() {
            let what = "quarters with enough history before them".to_owned();
            return Err(ErrorKind::TooFew { what, needed: 1, found: 0 }.into());
        }
        Ok(self.combine(tested))
    }

    /// Quarters and days to forecast at, in order of time.
    fn origins(&self, deals: &Deals, until: Timestamp) -> Vec<(Quarter, usize)> {
        let (first, until) = (day_of(deals.first()), day_of(until));
        let mut days = self.days.clone();
        days.sort_unstable();
        days.dedup();
        let mut quarter = Quarter::holding(time_of(until.saturating_add(1)), self.forecaster.first_month());
        let mut origins = Vec::new();
        for _ in 0..self.n_quarters {
            quarter = quarter.previous();
            for &day in days.iter().rev() {
                let history = i64::from(as_of(quarter, day)) - i64::from(first);
                if history >= self.min_history as i64 {
                    origins.push((quarter, day));
                }
            }
        }
        origins.reverse();
        origins
    }

    fn window(&self, deals: &Deals, quarter: Quarter, day: usize) -> Result<Tested> {
        let today = as_of(quarter, day);
        // From here on there is no later event.
        let known = deals.until(today);
        let today = time_of(today);
        let pipeline = self.forecaster.fit(&known, today)?.forecast(&known, today, quarter)?;
        let paths = self.forecaster.paths();
        let statistical = StatisticalForecast::of(
            &known,
            today,
            quarter,
            &self.statistical,
            paths,
            self.forecaster.draws_with(),
        );
        let statistical = match statistical {
            Ok(statistical) => Some(statistical.revenue),
            // No forecast at any time, or none of what was known at this one.
            Err(error) => match error.kind() {
                ErrorKind::InvalidParameters { .. } | ErrorKind::Unsupported { .. } => return Err(error),
                _ => None,
            },
        };
        Ok(Tested {
            quarter,
            day,
            actual: deals.until(quarter.end_day() - 1).won_in(quarter),
            stage_weighted: stage_weighted(&known, quarter),
            pipeline: pipeline.revenue,
            statistical,
        })
    }

    /// Adds the combinations, each with the weights that were known at its time.
    fn combine(&self, tested: Vec<Tested>) -> PipelineBackTestReport {
        let windows = tested.iter().map(|of| {
            let over = |earlier: &&Tested| earlier.day == of.day && earlier.quarter < of.quarter;
            let weight = Weights::of(tested.iter().filter(over)).pipeline();
            let combined = match &of.statistical {
                Some(statistical) => of.pipeline.combined(weight, statistical),
                None => of.pipeline.clone(),
            };
            let ranges = |outcomes: &Outcomes| -> Vec<(f64, f64)> {
                let range = |level: &f64| {
                    let tail = 0.5 - level / 200.0;
                    (outcomes.quantile(tail), outcomes.quantile(1.0 - tail))
                };
                self.levels.iter().map(range).collect()
            };
            PipelineBackTestWindow {
                quarter: of.quarter,
                as_of: time_of(as_of(of.quarter, of.day)),
                day: of.day,
                actual: of.actual,
                pipeline: of.pipeline.median(),
                stage_weighted: of.stage_weighted,
                statistical: of.statistical.as_ref().map(Outcomes::median),
                combined: combined.median(),
                pipeline_ranges: ranges(&of.pipeline),
                statistical_ranges: of.statistical.as_ref().map(ranges),
                combined_ranges: ranges(&combined),
            }
        });
        let windows: Vec<PipelineBackTestWindow> = windows.collect();
        let mut days: Vec<usize> = windows.iter().map(|window| window.day).collect();
        days.sort_unstable();
        days.dedup();
        let weight = |&day: &usize| (day, Weights::of(tested.iter().filter(|of| of.day == day)).pipeline());
        let weights = days.iter().map(weight).collect();
        PipelineBackTestReport::new(self.levels.clone(), windows, weights)
    }
}

/// The last day that is known when `day` days of a quarter are over.
fn as_of(quarter: Quarter, day: usize) -> i32 {
    quarter.first_day().saturating_add_unsigned(day as u32).saturating_sub(1)
}

/// A quarter that was forecast.
#[derive(Debug)]
struct Tested {
    quarter: Quarter,
    day: usize,
    actual: f64,
    stage_weighted: f64,
    pipeline: Outcomes,
    statistical: Option<Outcomes>,
}
