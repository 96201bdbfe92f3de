//! One gradient boosting for many series.

mod calibrate;
mod features;
mod model;
#[cfg(test)]
mod tests;

pub use model::GlobalBoostingModel;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Error, ErrorKind, Progress, ROW_CHUNK, Result, Samples, Series, parallel};
use crm_ml_trees::{Boosting, Part, Squared};

use features::{Features, Row};

/// Gradient boosted trees on the past of many series at once: what one series is too short to tell, the others do.
///
/// A row is a series at a time: its values some steps before (`lags`), means and deviations of the values before (`windows`), the calendar
/// (month, week, weekday, hour, where they can matter), its regressors, and which series it is. Values, and what is to be
/// predicted, are divided by the mean size of the last `scale_window` values, so that series of any size and trend are
/// alike. Forecasts of several steps feed on those before.
///
/// Intervals need `calibration`: so many last values of every series are held out first, forecast, and the quantiles of their scaled
/// errors, step by step over all series, are the intervals' halves (split conformal); the model is then fitted to all values.
///
/// Missing values are left to the trees; a missing value is no target. Time: rows x columns x depth x trees; memory 8 bytes a row and
/// column. Errors: parameters out of range, no series of two values, regressors that differ from series to series.
///
/// ```
/// use crm_ml_core::{Horizon, Series};
/// use crm_ml_forecasting::GlobalBoosting;
///
/// let values: Vec<Vec<f64>> =
///     (1..9).map(|i| (0..60).map(|t| i as f64 * (10.0 + [0.0, 5.0, -3.0][t % 3])).collect()).collect();
/// let series: Vec<Series> = values.iter().map(|values| Series::new(values)).collect::<Result<_, _>>()?;
/// let model = GlobalBoosting::new(3).fit(&series)?;
/// let forecasts = model.forecast(&series, &[Horizon::new(3)?])?;
/// assert!((forecasts[4].mean[1] - 75.0).abs() < 5.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlobalBoosting {
    boosting: Boosting,
    lags: Vec<usize>,
    windows: Vec<usize>,
    scale_window: usize,
    series_id: bool,
    calibration: Option<usize>,
}

impl GlobalBoosting {
    /// The most steps a lag may go back.
    const MOST_LAG: usize = 10_000;

    /// For seasons of `season_length` values (1 for none): the lags of the last season and one more, windows of a quarter of it and
    /// all of it.
    pub fn new(season_length: usize) -> Self {
        let season = season_length.max(1);
        let mut lags: Vec<usize> =
            (1..=season.clamp(4, 13)).chain([season, season.saturating_add(1)]).collect();
        lags.sort_unstable();
        lags.dedup();
        let mut windows = vec![(season / 4).max(3), season.max(6)];
        windows.dedup();
        Self {
            boosting: Boosting::default(),
            lags,
            windows,
            scale_window: season.max(6),
            series_id: true,
            calibration: None,
        }
    }

    /// How many steps before the values of a row are.
    #[must_use]
    pub fn lags(mut self, lags: &[usize]) -> Self {
        self.lags = lags.to_vec();
        self
    }

    /// How many values before the mean and the deviation of a row are of.
    #[must_use]
    pub fn windows(mut self, windows: &[usize]) -> Self {
        self.windows = windows.to_vec();
        self
    }

    /// How many values before tell the size of a series at a time.
    #[must_use]
    pub fn scale_window(mut self, values: usize) -> Self {
        self.scale_window = values;
        self
    }

    /// Whether trees know which series a row is of (default: yes, where every series has a name of its own).
    #[must_use]
    pub fn series_id(mut self, known: bool) -> Self {
        self.series_id = known;
        self
    }

    /// Holds so many last values of every series out first, to learn intervals of as many steps.
    #[must_use]
    pub fn calibration(mut self, steps: usize) -> Self {
        self.calibration = Some(steps);
        self
    }

    /// All that the trees' engine can be told (default: 100 rounds of 31 leaves, learning rate 0.1).
    #[must_use]
    pub fn boosting(mut self, boosting: Boosting) -> Self {
        self.boosting = boosting;
        self
    }

    fn check(&self) -> Result<()> {
        let mut check = self.boosting.check(Check::of("GlobalBoosting"));
        check = check.at_least("lags", self.lags.len(), 1);
        for lag in &self.lags {
            check = check.between("lags", *lag, 1, Self::MOST_LAG);
        }
        for window in &self.windows {
            check = check.between("windows", *window, 2, Self::MOST_LAG);
        }
        check
            .between("scale_window", self.scale_window, 1, Self::MOST_LAG)
            .optional_at_least("calibration", self.calibration, 1)
            .finish()
    }

    /// Fits many series.
    pub fn fit(&self, series: &[Series<'_>]) -> Result<GlobalBoostingModel> {
        self.fit_with(series, &())
    }

    /// Fits many series, telling `progress` of every round.
    pub fn fit_with(&self, series: &[Series<'_>], progress: &dyn Progress) -> Result<GlobalBoostingModel> {
        self.check()?;
        let features = Features::new(self, series)?;
        let errors = match self.calibration {
            Some(steps) => calibrate::errors(self, &features, series, steps, progress)?,
            None => Vec::new(),
        };
        self.train(features, series, errors, progress)
    }

    /// Fits the trees to all values.
    fn train(
        &self,
        features: Features,
        series: &[Series<'_>],
        errors: Vec<Vec<f64>>,
        progress: &dyn Progress,
    ) -> Result<GlobalBoostingModel> {
        let (rows, targets): (Vec<Row<'_>>, Vec<f64>) = features.training(series).into_iter().unzip();
        if rows.is_empty() {
            let what = "values of the longest series".to_owned();
            return Err(ErrorKind::TooFew { what, needed: 2, found: 1 }.into());
        }
        let samples = samples(&features, &rows)?;
        let objective = Squared::new(&targets);
        let part = Part { samples: &samples, objective: &objective, weights: None };
        let boosted = self.boosting.fit(&part, None, progress)?;
        Ok(GlobalBoostingModel::new(features, boosted, errors))
    }
}

/// The cells of rows as the trees take them.
fn samples(features: &Features, rows: &[Row<'_>]) -> Result<Samples<'static>> {
    let width = features.schema().width();
    let mut cells = vec![0.0; rows.len() * width];
    parallel::fill_rows(&mut cells, width, ROW_CHUNK, |first, piece| {
        for (row, cells) in rows[first..].iter().zip(piece.chunks_exact_mut(width)) {
            features.fill(row, cells);
        }
    });
    let cells = Array2::from_shape_vec((rows.len(), width), cells)
        .map_err(|error| Error::numerical(error.to_string()))?;
    Samples::from_array(cells)?.with_schema(features.schema())
}
