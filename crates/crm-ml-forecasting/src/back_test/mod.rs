//! How well a method would have forecast the past.

mod metrics;
mod report;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{
    Check, ErrorKind, ForecastModel, Forecaster, Horizon, Progress, Result, Series, advance, parallel,
};
use crm_ml_metrics::{seasonal_naive_error, seasonal_naive_squared_error};

pub use metrics::{ForecastMetric, ForecastMetrics, IntervalMetrics};
pub use report::{BackTestFailure, BackTestReport, BackTestWindow};

const NAME: &str = "BackTest";
/// Series between two reports of progress.
const PIECE: usize = 32;

/// Which values before an origin a method is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Training {
    /// All.
    #[default]
    Expanding,
    /// The last so many. A model that is only applied keeps the start of its fit: its season and its trend count from there.
    Rolling(usize),
}

/// At which origins a method is fitted anew. At the others the model before is only [applied](ForecastModel::apply): its parameters
/// stay, its states see the new values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Refit {
    /// At every origin.
    #[default]
    Always,
    /// At every so many origins, from the first.
    Every(usize),
    /// At the first alone.
    First,
}

/// Forecasts each series from several origins in its past, and compares with what came.
///
/// The last window ends with the series; the origins before lie `step_size` values apart. A forecaster is only ever given the
/// values before the origin, so nothing can leak; regressors of the window are given with the horizon, as known ahead. Errors are
/// scaled by those of the seasonal naive method inside the training values, and compared with its forecasts of the same windows.
///
/// Series are worked on in parallel, with the same bits at any number of threads. What is left out is told: origins with too
/// few values before them, and windows for which the method gives an error.
///
/// Reference: R. Hyndman, G. Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.10.
///
/// ```
/// use crm_ml_core::Series;
/// use crm_ml_forecasting::{BackTest, Drift};
///
/// let revenue: Vec<f64> = (0..40).map(|t| 100.0 + 3.0 * t as f64).collect();
/// let report = BackTest::new(4).n_windows(5).run(&Drift::new(), &[Series::new(&revenue)?])?;
/// assert_eq!(report.windows().len(), 5);
/// assert!(report.metrics().mae < 1e-9);
/// assert!(report.metrics().skill.is_some_and(|skill| skill > 0.99));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackTest {
    horizon: usize,
    n_windows: usize,
    step_size: usize,
    training: Training,
    refit: Refit,
    levels: Vec<f64>,
    season_length: Option<usize>,
    min_train: usize,
}

impl BackTest {
    /// One window of so many values.
    pub fn new(horizon: usize) -> Self {
        Self {
            horizon,
            n_windows: 1,
            step_size: 1,
            training: Training::Expanding,
            refit: Refit::Always,
            levels: Vec::new(),
            season_length: None,
            min_train: 1,
        }
    }

    /// How many origins a series has, where it is long enough.
    pub fn n_windows(mut self, n_windows: usize) -> Self {
        self.n_windows = n_windows;
        self
    }

    /// Values from one origin to the next.
    pub fn step_size(mut self, step_size: usize) -> Self {
        self.step_size = step_size;
        self
    }

    /// Which values before an origin are fitted to.
    pub fn training(mut self, training: Training) -> Self {
        self.training = training;
        self
    }

    /// When the method is fitted anew.
    pub fn refit(mut self, refit: Refit) -> Self {
        self.refit = refit;
        self
    }

    /// The levels of intervals, in percent.
    pub fn levels(mut self, levels: &[f64]) -> Self {
        self.levels = levels.to_vec();
        self
    }

    /// The season of the naive method that errors are scaled by and compared with; where not given, the one of the series'
    /// calendar, or 1.
    pub fn season_length(mut self, season_length: usize) -> Self {
        self.season_length = Some(season_length);
        self
    }

    /// The fewest values before an origin.
    pub fn min_train(mut self, min_train: usize) -> Self {
        self.min_train = min_train;
        self
    }

    /// Tests a method on every series.
    ///
    /// Errors: parameters out of range, of the test or of the method. A series or window that the method gives another error for is
    /// told in the report.
    pub fn run<F: Forecaster>(&self, forecaster: &F, series: &[Series<'_>]) -> Result<BackTestReport> {
        self.run_with(forecaster, series, &())
    }

    /// As [`run`](Self::run), telling of progress every 32 series.
    pub fn run_with<F: Forecaster>(
        &self,
        forecaster: &F,
        series: &[Series<'_>],
        progress: &dyn Progress,
    ) -> Result<BackTestReport> {
        let horizon = self.check()?;
        let mut report = BackTestReport::new(self.horizon, horizon.levels().to_vec(), series);
        for piece in parallel::chunks(series.len(), PIECE) {
            let (first, end) = (piece.start, piece.end);
            let found = parallel::try_map(piece.len(), |i| {
                self.windows(forecaster, &series[first + i], first + i, &horizon)
            })?;
            found.into_iter().for_each(|(windows, failures)| report.add(windows, failures));
            advance(progress, "back-test", end, series.len())?;
        }
        Ok(report)
    }

    fn check(&self) -> Result<Horizon<'static>> {
        let rolling = match self.training {
            Training::Rolling(values) => Some(values),
            Training::Expanding => None,
        };
        let every = match self.refit {
            Refit::Every(origins) => Some(origins),
            Refit::Always | Refit::First => None,
        };
        Check::of(NAME)
            .at_least("horizon", self.horizon, 1)
            .at_least("n_windows", self.n_windows, 1)
            .at_least("step_size", self.step_size, 1)
            .at_least("min_train", self.min_train, 1)
            .optional_at_least("training", rolling, 1)
            .optional_at_least("refit", every, 1)
            .optional_at_least("season_length", self.season_length, 1)
            .finish()?;
        Horizon::new(self.horizon)?.with_levels(&self.levels)
    }

    /// The origins of a series of that many values, ascending; fewer than asked for where it is short.
    fn origins(&self, values: usize) -> Vec<usize> {
        let Some(last) = values.checked_sub(self.horizon) else { return Vec::new() };
        let back = (0..self.n_windows).map_while(|i| last.checked_sub(i.checked_mul(self.step_size)?));
        let mut origins: Vec<usize> = back.take_while(|origin| *origin >= self.min_train).collect();
        origins.reverse();
        origins
    }

    /// The windows of one series, and those that failed.
    fn windows<F: Forecaster>(
        &self,
        forecaster: &F,
        series: &Series<'_>,
        index: usize,
        horizon: &Horizon<'_>,
    ) -> Result<(Vec<BackTestWindow>, Vec<BackTestFailure>)> {
        let (mut windows, mut failures) = (Vec::new(), Vec::new());
        let calendar = series.calendar().map(|calendar| calendar.frequency().season_length());
        let season = self.season_length.or(calendar).unwrap_or(1).max(1);
        // With the start of the values it was fitted to: its states and seasons count from there.
        let mut model: Option<(F::Model, usize)> = None;
        let origins = self.origins(series.len());
        let lost = self.n_windows - origins.len();
        if lost > 0 {
            let error = format!("too short for {lost} of {} windows", self.n_windows);
            failures.push(BackTestFailure { series: index, origin: None, error });
        }
        for (number, &origin) in origins.iter().enumerate() {
            let due = match self.refit {
                Refit::Always => true,
                Refit::Every(origins) => number % origins == 0,
                Refit::First => number == 0,
            };
            let start = match self.training {
                Training::Expanding => 0,
                Training::Rolling(values) => origin.saturating_sub(values),
            };
            let before = model.take().filter(|_| !due);
            let start = before.as_ref().map_or(start, |(_, start)| *start);
            let past = series.window(start..origin)?;
            let refitted = before.is_none();
            let fitted = match &before {
                Some((model, _)) => model.apply(&past),
                None => forecaster.fit(&past),
            };
            let found = fitted.and_then(|fitted| {
                let forecast = fitted.forecast(&ahead(series, origin, horizon)?)?;
                Ok((fitted, forecast))
            });
            match found {
                Ok((fitted, forecast)) => {
                    let actual = series.values()[origin..origin + self.horizon].to_vec();
                    let values = past.values();
                    windows.push(BackTestWindow {
                        series: index,
                        origin,
                        refitted,
                        naive: seasonal_naive(values, season, self.horizon),
                        scale: seasonal_naive_error(values, season).ok().filter(usable),
                        squared_scale: seasonal_naive_squared_error(values, season).ok().filter(usable),
                        actual,
                        forecast,
                    });
                    model = Some((fitted, start));
                }
                Err(error) if matches!(error.kind(), ErrorKind::InvalidParameters { .. }) => {
                    return Err(error);
                }
                Err(error) => failures.push(BackTestFailure {
                    series: index,
                    origin: Some(origin),
                    error: error.to_string(),
                }),
            }
        }
        Ok((windows, failures))
    }
}

/// Whether errors can be divided by it.
fn usable(scale: &f64) -> bool {
    *scale > 0.0 && scale.is_finite()
}

/// The horizon from an origin, with the regressors of its values.
fn ahead<'h>(series: &Series<'_>, origin: usize, horizon: &Horizon<'h>) -> Result<Horizon<'h>> {
    match series.regressors() {
        None => Ok(horizon.clone()),
        Some(known) => {
            let rows: Vec<usize> = (origin..origin + horizon.steps()).collect();
            horizon.clone().with_regressors(known.select_rows(&rows))
        }
    }
}

/// The last known value of each season's place, or the last known of all; NaN where nothing is known.
fn seasonal_naive(values: &[f64], season: usize, steps: usize) -> Vec<f64> {
    let last = values.iter().rev().find(|value| !value.is_nan()).copied().unwrap_or(f64::NAN);
    let pattern = (0..season.min(steps)).map(|place| {
        let behind = season - place;
        let seasons = values.get(..(values.len() + 1).saturating_sub(behind)).unwrap_or_default();
        seasons.iter().rev().step_by(season).find(|value| !value.is_nan()).copied().unwrap_or(last)
    });
    pattern.collect::<Vec<_>>().into_iter().cycle().take(steps).collect()
}
