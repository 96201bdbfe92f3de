//! What a boosting over many series has learned.

use ndarray::Array1;
use serde::{Deserialize, Serialize};

use crm_ml_core::{Error, FitReport, Forecast, Horizon, Persist, Result, Schema, Series};
use crm_ml_trees::{Boosted, Booster, Importance};

use super::features::{Features, Row, has_values};
use super::samples;
use crate::conformal::conformal_quantile;

/// A fitted boosting over many series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlobalBoostingModel {
    features: Features,
    booster: Booster,
    /// Scaled absolute errors of each step of held out values, ascending.
    errors: Vec<Vec<f64>>,
    report: FitReport,
}

impl GlobalBoostingModel {
    pub(super) fn new(features: Features, boosted: Boosted, errors: Vec<Vec<f64>>) -> Self {
        Self { features, booster: boosted.booster, errors, report: boosted.report }
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// What the trees see: lags, windows, calendar, regressors and the series.
    pub fn schema(&self) -> &Schema {
        self.features.schema()
    }

    /// How much each column mattered, in the order of the [`schema`](GlobalBoostingModel::schema); the sum is 1.
    pub fn feature_importances(&self) -> Array1<f64> {
        self.booster.importances(Importance::Gain)
    }

    /// Forecasts series, those of the fit or others, from their last values on; `horizons` holds one for all of them or one a series.
    ///
    /// Errors: another number of horizons, a series of missing values alone, regressors that are missing or others than those of the
    /// fit, intervals without calibration or for more steps than it had, too few held out errors for a level.
    pub fn forecast(&self, series: &[Series<'_>], horizons: &[Horizon<'_>]) -> Result<Vec<Forecast>> {
        if horizons.len() != 1 && horizons.len() != series.len() {
            return Err(Error::length("horizons", series.len(), horizons.len()));
        }
        let horizon = |place: usize| if horizons.len() == 1 { &horizons[0] } else { &horizons[place] };
        for (place, series) in series.iter().enumerate() {
            if !has_values(series) {
                return Err(
                    series.error("", "all values are missing: nothing tells the size of its forecast")
                );
            }
            self.check_regressors(series, horizon(place))?;
        }
        let mut histories: Vec<Vec<f64>> = series.iter().map(|series| series.values().to_vec()).collect();
        let codes: Vec<f64> = series.iter().map(|series| self.features.code(series)).collect();
        let steps = horizons.iter().map(Horizon::steps).max().unwrap_or(0);
        for step in 0..steps {
            let asked: Vec<usize> =
                (0..series.len()).filter(|place| horizon(*place).steps() > step).collect();
            let rows: Vec<Row<'_>> = asked
                .iter()
                .map(|&place| Row {
                    before: &histories[place],
                    time: series[place].calendar().map(|calendar| calendar.time(histories[place].len())),
                    known: horizon(place).regressors().map(|known| known.row(step)),
                    code: codes[place],
                })
                .collect();
            if rows.is_empty() {
                break;
            }
            let scaled = self.booster.predict(&samples(&self.features, &rows)?)?;
            let scales: Vec<f64> = rows.iter().map(|row| self.features.scale(row.before)).collect();
            for (row, &place) in asked.iter().enumerate() {
                histories[place].push(scaled[[row, 0]] * scales[row]);
            }
        }
        let forecast = |(place, (series, history)): (usize, (&Series<'_>, Vec<f64>))| {
            self.with_intervals(series, history, horizon(place))
        };
        series.iter().zip(histories).enumerate().map(forecast).collect()
    }

    fn check_regressors(&self, series: &Series<'_>, horizon: &Horizon<'_>) -> Result<()> {
        for known in [series.regressors(), horizon.regressors()] {
            match (self.features.regressors(), known) {
                (Some(schema), Some(known)) => schema.accepts(known)?,
                (None, None) => {}
                _ => return Err(series.error("", "its regressors are not those of the fit")),
            }
        }
        Ok(())
    }

    fn with_intervals(
        &self,
        series: &Series<'_>,
        mut history: Vec<f64>,
        horizon: &Horizon<'_>,
    ) -> Result<Forecast> {
        let mean = history.split_off(series.len());
        if mean.iter().any(|value| !value.is_finite()) {
            return Err(series.error("", "its forecast leaves the range of numbers"));
        }
        if horizon.levels().is_empty() {
            return Ok(Forecast { mean, intervals: Vec::new() });
        }
        if horizon.steps() > self.errors.len() {
            let message = format!(
                "intervals need a calibration of {} steps, it had {}",
                horizon.steps(),
                self.errors.len()
            );
            return Err(Error::unsupported(message));
        }
        let scale = self.features.scale(&history);
        for &level in horizon.levels() {
            let enough =
                |errors: &Vec<f64>| conformal_quantile(errors, errors.len(), level / 100.0).is_some();
            if !self.errors[..horizon.steps()].iter().all(enough) {
                return Err(Error::unsupported(format!(
                    "too few series were held out for intervals of {level} %"
                )));
            }
        }
        let centre = mean.clone();
        Ok(Forecast::with_bounds(mean, horizon, |step, share| {
            let errors = &self.errors[step];
            let half = conformal_quantile(errors, errors.len(), share).unwrap_or(f64::INFINITY) * scale;
            (centre[step] - half, centre[step] + half)
        }))
    }
}

impl Persist for GlobalBoostingModel {
    const KIND: &'static str = "forecast-global-boosting";

    fn validate(&self) -> Result<()> {
        self.booster.validate()?;
        let ascending = |errors: &Vec<f64>| {
            errors.windows(2).all(|pair| pair[0] <= pair[1])
                && errors.iter().all(|error| error.is_finite() && *error >= 0.0)
        };
        let shapes = self.features.fits()
            && self.booster.n_columns() == self.features.schema().width()
            && self.booster.n_outputs() == 1;
        match shapes && self.errors.iter().all(ascending) {
            true => Ok(()),
            false => Err(Error::model_file("a boosting over series whose parts do not fit")),
        }
    }
}
