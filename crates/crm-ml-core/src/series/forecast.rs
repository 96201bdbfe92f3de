//! What a forecaster takes and gives.

use serde::{Deserialize, Serialize};

use super::Series;
use crate::{Check, Error, FitReport, Result, Samples};

/// Parameters of a forecasting method. The fitted model is another type, so forecasting before fitting does not compile.
pub trait Forecaster: Sync {
    /// What `fit` gives.
    type Model: ForecastModel;

    /// Fits one series.
    fn fit(&self, series: &Series<'_>) -> Result<Self::Model>;
}

/// A fitted model of one series.
pub trait ForecastModel: Send + Sync + Sized {
    /// Forecasts the values after the last one of the fit.
    ///
    /// Errors: regressors that are missing, too many, or not the ones of the fit.
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast>;

    /// The forecast of each value of the fit from those before it; NaN where there is none.
    fn fitted_values(&self) -> &[f64];

    /// How the fit ended, and what a reader should know.
    fn report(&self) -> &FitReport;

    /// The same parameters on other values, usually the old ones and some more: states run through them, nothing is estimated
    /// again.
    fn apply(&self, series: &Series<'_>) -> Result<Self>;
}

/// How far to forecast, with which intervals, knowing what.
///
/// ```
/// use crm_ml_core::Horizon;
///
/// let year = Horizon::new(12)?.with_levels(&[80.0, 95.0])?;
/// assert_eq!(year.steps(), 12);
/// assert!(Horizon::new(12)?.with_levels(&[100.0]).is_err());
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Horizon<'a> {
    steps: usize,
    levels: Vec<f64>,
    regressors: Option<Samples<'a>>,
}

impl<'a> Horizon<'a> {
    /// The most steps: a forecast that long says nothing, but must not exhaust the memory.
    const MOST_STEPS: usize = 1_000_000;

    /// So many values, without intervals. Errors: none, or more than a million.
    pub fn new(steps: usize) -> Result<Self> {
        Check::of("Horizon").between("steps", steps, 1, Self::MOST_STEPS).finish()?;
        Ok(Self { steps, levels: Vec::new(), regressors: None })
    }

    /// Intervals that hold the value in so many percent of the cases; they are given from the narrowest to the widest.
    ///
    /// Errors: a level that is not above 0 and below 100.
    pub fn with_levels(mut self, levels: &[f64]) -> Result<Self> {
        for &level in levels {
            let holds = level > 0.0 && level < 100.0;
            Check::of("Horizon").rule("level", level, holds, "above 0 and below 100").finish()?;
        }
        self.levels = levels.to_vec();
        self.levels.sort_by(f64::total_cmp);
        self.levels.dedup();
        Ok(self)
    }

    /// The regressors of the values to come, one row a step. Errors: another number of rows, missing cells.
    pub fn with_regressors(mut self, regressors: Samples<'a>) -> Result<Self> {
        if regressors.n_rows() != self.steps {
            return Err(Error::length("rows of regressors", self.steps, regressors.n_rows()));
        }
        regressors.require_real("a forecast's regressors")?;
        self.regressors = Some(regressors);
        Ok(self)
    }

    /// Values to forecast.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The levels of the intervals in percent, ascending.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// What is known of the time to come.
    pub fn regressors(&self) -> Option<&Samples<'a>> {
        self.regressors.as_ref()
    }
}

/// What is expected of the values to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// One value a step.
    pub mean: Vec<f64>,
    /// One interval a level, from the narrowest to the widest.
    pub intervals: Vec<Interval>,
}

impl Forecast {
    /// Intervals whose bounds `bounds(step, level as a share)` gives.
    pub fn with_bounds(
        mean: Vec<f64>,
        horizon: &Horizon<'_>,
        bounds: impl Fn(usize, f64) -> (f64, f64),
    ) -> Self {
        let interval = |&level: &f64| {
            let (lower, upper) = (0..mean.len()).map(|step| bounds(step, level / 100.0)).unzip();
            Interval { level, lower, upper }
        };
        let intervals = horizon.levels().iter().map(interval).collect();
        Self { mean, intervals }
    }

    /// The interval of a level, if it was asked for.
    pub fn interval(&self, level: f64) -> Option<&Interval> {
        self.intervals.iter().find(|interval| interval.level == level)
    }
}

/// Bounds that hold the value in `level` percent of the cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Percent.
    pub level: f64,
    /// One a step.
    pub lower: Vec<f64>,
    /// One a step.
    pub upper: Vec<f64>,
}
