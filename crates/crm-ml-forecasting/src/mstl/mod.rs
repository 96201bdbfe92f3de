//! Several seasons taken out by STL, and any method for the rest.

mod decompose;
mod model;

use crm_ml_core::{Check, ForecastModel, Forecaster, Result, Series};
use serde::{Deserialize, Serialize};

pub use decompose::MultipleDecomposition;
pub use model::MstlModel;

use decompose::{Season, decompose};
use model::Parts;

/// MSTL: splits a series with one or several seasons by STL, forecasts the series without seasons with any method, and adds the last
/// values of each season again.
///
/// The decomposition equals statsforecast's and R's `mstl`: seasons from the shortest on, each smoothed with a window of 11, 15,
/// 19, ... seasons and locally constant, two rounds where there are several. Seasons the series does not hold twice are left out
/// with a note. Intervals are the method's own: seasons count as known.
///
/// K. Bandara, R. Hyndman, C. Bergmeir, MSTL: a seasonal-trend decomposition algorithm for time series with multiple seasonal
/// patterns, 2021. Time O(n w) a pass of STL; memory O(n) a season. Missing values and regressors are refused.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::{Ets, Mstl};
///
/// let calls: Vec<f64> = (0..140).map(|t| 50.0 + [9.0, 4.0, 3.0, 2.0, 1.0, -8.0, -11.0][t % 7]).collect();
/// let model = Mstl::new(&[7], Ets::simple()).fit(&Series::new(&calls)?)?;
/// let week = model.forecast(&Horizon::new(7)?)?.mean;
/// assert!((week[0] - 59.0).abs() < 1e-6 && (week[6] - 39.0).abs() < 1e-6);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mstl<F> {
    season_length: Vec<usize>,
    windows: Option<Vec<usize>>,
    iterate: usize,
    robust: bool,
    trend_forecaster: F,
}

const NAME: &str = "Mstl";
const MOST_ROUNDS: usize = 100;
const MOST_WINDOW: usize = 1_000_001;
const MOST_SEASON: usize = 1_000_000;

impl<F> Mstl<F> {
    /// Seasons of these lengths, and the method for the series without them.
    pub fn new(season_length: &[usize], trend_forecaster: F) -> Self {
        let mut lengths = season_length.to_vec();
        lengths.sort_unstable();
        lengths.dedup();
        Self { season_length: lengths, windows: None, iterate: 2, robust: false, trend_forecaster }
    }

    /// How many seasons each season is smoothed over, from the shortest season on: odd numbers from 3.
    pub fn s_window(mut self, windows: &[usize]) -> Self {
        self.windows = Some(windows.to_vec());
        self
    }

    /// Rounds where there are several seasons.
    pub fn iterate(mut self, rounds: usize) -> Self {
        self.iterate = rounds;
        self
    }

    /// Whether outliers count less.
    pub fn robust(mut self, robust: bool) -> Self {
        self.robust = robust;
        self
    }

    fn check(&self) -> Result<()> {
        let mut check = Check::of(NAME).at_least("season_length", self.season_length.len(), 1).between(
            "iterate",
            self.iterate,
            1,
            MOST_ROUNDS,
        );
        for &length in &self.season_length {
            check = check.between("season_length", length, 2, MOST_SEASON);
        }
        if let Some(windows) = &self.windows {
            let fits = windows.len() == self.season_length.len();
            check = check.rule("s_window", windows.len(), fits, "one window a season");
            for &window in windows {
                let odd = window % 2 == 1 && (3..=MOST_WINDOW).contains(&window);
                check = check.rule("s_window", window, odd, "odd and at least 3");
            }
        }
        check.finish()
    }

    /// The seasons a series of that many values holds twice.
    fn seasons(&self, values: usize) -> Vec<Season> {
        let all = self.season_length.iter().enumerate().map(|(i, &length)| {
            let window = self.windows.as_ref().and_then(|windows| windows.get(i)).copied();
            Season { length, window: window.unwrap_or(11 + 4 * i) }
        });
        all.filter(|season| season.length <= values / 2).collect()
    }

    /// Splits a series into a trend, its seasons and what is left.
    ///
    /// Errors: parameters out of range, a missing value, no season that the series holds twice.
    pub fn decompose(&self, series: &Series<'_>) -> Result<MultipleDecomposition> {
        self.check()?;
        series.require_complete(NAME)?;
        series.require_values(NAME, 2 * self.season_length.first().copied().unwrap_or(0))?;
        split(series, &self.seasons(series.len()), self.iterate, self.robust)
    }
}

/// The parts of a series. Errors: values too large.
fn split(
    series: &Series<'_>,
    seasons: &[Season],
    rounds: usize,
    robust: bool,
) -> Result<MultipleDecomposition> {
    if seasons.is_empty() {
        let (trend, remainder) = (series.values().to_vec(), vec![0.0; series.len()]);
        return Ok(MultipleDecomposition { trend, seasonal: Vec::new(), remainder });
    }
    let found = decompose(series.values(), seasons, rounds, robust);
    let parts = found.seasonal.iter().flat_map(|(_, part)| part);
    if parts.chain(&found.trend).chain(&found.remainder).all(|value| value.is_finite()) {
        Ok(found)
    } else {
        Err(series.error("", "its values are too large for Mstl"))
    }
}

/// The series without its seasons, under the same name and calendar.
fn adjusted_series(series: &Series<'_>, found: &MultipleDecomposition) -> Result<Series<'static>> {
    let adjusted = Series::from_vec(found.adjusted())?.named(series.name().to_owned());
    Ok(match series.calendar() {
        Some(calendar) => adjusted.with_calendar(*calendar),
        None => adjusted,
    })
}

impl<F: Forecaster> Forecaster for Mstl<F> {
    type Model = MstlModel<F::Model>;

    fn fit(&self, series: &Series<'_>) -> Result<Self::Model> {
        self.check()?;
        series.require_complete(NAME)?;
        series.require_no_regressors(NAME)?;
        let seasons = self.seasons(series.len());
        let found = split(series, &seasons, self.iterate, self.robust)?;
        let trend = self.trend_forecaster.fit(&adjusted_series(series, &found)?)?;
        let mut report = trend.report().clone();
        let left_out = self.season_length.iter().filter(|&&length| length > series.len() / 2);
        report.notes.extend(
            left_out.map(|length| format!("shorter than two seasons of {length}: that season is left out")),
        );
        let fitted = trend.fitted_values().iter().enumerate().map(|(t, v)| v + found.season(t)).collect();
        let parts = Parts {
            seasons,
            rounds: self.iterate,
            robust: self.robust,
            last: found.last_seasons(),
            fitted,
            report,
        };
        Ok(MstlModel { parts, trend })
    }
}
