//! What the simple methods have learned.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series};

use crate::intervals::normal_forecast;
use crate::model::{check_errors, check_fitted, errors_of, refuse_regressors, simple_report};
use crate::scale::root_mean_square;
use crate::{Forward, Recursion};

/// Which method, with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Method {
    /// Seasons of one value make the plain naive method.
    SeasonalNaive(usize),
    Drift,
    Average,
    /// Means over `seasons` seasons of `season` values.
    Window {
        season: usize,
        seasons: usize,
    },
}

impl Method {
    /// Values the method needs for a forecast.
    fn needed(self) -> usize {
        match self {
            Self::SeasonalNaive(season) => season,
            Self::Drift => 2,
            Self::Average => 1,
            Self::Window { season, seasons } => season.saturating_mul(seasons),
        }
    }
}

/// A fitted simple method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimpleModel {
    method: Method,
    name: String,
    /// Values of the fit.
    length: usize,
    /// What repeats: the last season, or one mean a season's value. One value where there is no season.
    pattern: Vec<f64>,
    slope: f64,
    /// Standard deviation of the forecast one step (or season) ahead, where there are errors enough to tell.
    sigma: Option<f64>,
    fitted: Vec<f64>,
    errors: Vec<f64>,
    report: FitReport,
}

impl SimpleModel {
    pub(super) fn new(method: Method, name: &str, series: &Series<'_>) -> Result<Self> {
        series.require_complete(name)?;
        series.require_no_regressors(name)?;
        series.require_values(name, method.needed())?;
        let values = series.values();
        let n = values.len();
        let slope = match method {
            Method::Drift => (values[n - 1] - values[0]) / (n - 1) as f64,
            _ => 0.0,
        };
        let pattern = match method {
            Method::SeasonalNaive(season) => values[n - season..].to_vec(),
            Method::Drift => vec![values[n - 1]],
            Method::Average => vec![mean(values.iter())],
            Method::Window { season, seasons } => window_means(&values[n - season * seasons..], season),
        };
        let fitted = fitted(method, values, slope, pattern[0]);
        let estimated = matches!(method, Method::Drift | Method::Average);
        let sigma = deviation(values, &fitted, usize::from(estimated));
        let model = Self {
            method,
            name: name.to_owned(),
            length: n,
            pattern,
            slope,
            sigma,
            errors: errors_of(values, &fitted),
            fitted,
            report: simple_report(),
        };
        match model.pattern.iter().all(|value| value.is_finite()) && slope.is_finite() {
            true => Ok(model),
            false => Err(series.error("", format!("its values are too large for {name}"))),
        }
    }
}

impl SimpleModel {
    fn mean(&self, step: usize) -> f64 {
        self.pattern[step % self.pattern.len()] + self.slope * (step + 1) as f64
    }
}

impl ForecastModel for SimpleModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        refuse_regressors(horizon, &self.name)?;
        let (n, sigma) = (self.length as f64, self.sigma.unwrap_or(f64::NAN));
        let growth = |step: usize| {
            let ahead = (step + 1) as f64;
            match self.method {
                Method::SeasonalNaive(season) => (step / season + 1) as f64,
                Method::Drift => ahead * (1.0 + ahead / (n - 1.0)),
                Method::Average => 1.0 + 1.0 / n,
                Method::Window { .. } => 1.0,
            }
        };
        let mean = (0..horizon.steps()).map(|step| self.mean(step)).collect();
        normal_forecast(mean, horizon, |step| sigma * growth(step).sqrt())
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        Self::new(self.method, &self.name, series)
    }
}

impl Recursion for SimpleModel {
    fn errors(&self) -> Vec<f64> {
        self.errors.clone()
    }

    fn error_deviation(&self) -> f64 {
        self.sigma.unwrap_or(f64::NAN)
    }

    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        refuse_regressors(horizon, &self.name)?;
        // How far back a value looks; averages look back on nothing that is still to come.
        let lag = match self.method {
            Method::SeasonalNaive(season) => season,
            Method::Drift => 1,
            Method::Average | Method::Window { .. } => horizon.steps(),
        };
        Ok(Box::new(move |path| {
            for step in lag..path.len() {
                path[step] += path[step - lag];
            }
            path.iter_mut().enumerate().for_each(|(step, value)| *value += self.mean(step));
        }))
    }
}

impl Persist for SimpleModel {
    const KIND: &'static str = "forecast-simple";

    fn validate(&self) -> Result<()> {
        let seasons = match self.method {
            Method::SeasonalNaive(season) | Method::Window { season, .. } => season,
            Method::Drift | Method::Average => 1,
        };
        let numbers = self.pattern.iter().chain([&self.slope]).chain(&self.sigma).all(|v| v.is_finite());
        let shape =
            seasons > 0 && self.pattern.len() == seasons && self.length >= self.method.needed().max(1);
        if !(numbers && shape) {
            return Err(Error::model_file("a simple forecast model whose parts do not fit"));
        }
        check_errors(&self.errors, self.length)?;
        check_fitted(&self.fitted, self.length)
    }
}

fn mean<'a>(values: impl ExactSizeIterator<Item = &'a f64>) -> f64 {
    // Divided first, so that large values do not overflow.
    let n = values.len() as f64;
    values.map(|value| value / n).sum()
}

/// The mean of each value of the season over the seasons.
fn window_means(values: &[f64], season: usize) -> Vec<f64> {
    (0..season).map(|first| mean(values.iter().skip(first).step_by(season))).collect()
}

fn fitted(method: Method, values: &[f64], slope: f64, average: f64) -> Vec<f64> {
    let before = |step: usize, lag: usize| step.checked_sub(lag).map_or(f64::NAN, |before| values[before]);
    let one = |step: usize| match method {
        Method::SeasonalNaive(season) => before(step, season),
        Method::Drift => before(step, 1) + slope,
        Method::Average => average,
        Method::Window { season, seasons } => match step.checked_sub(season * seasons) {
            Some(first) => mean(values[first..step].iter().step_by(season)),
            None => f64::NAN,
        },
    };
    (0..values.len()).map(one).collect()
}

/// Root of the mean squared error, where there are more errors than parameters.
fn deviation(values: &[f64], fitted: &[f64], parameters: usize) -> Option<f64> {
    let errors = values.iter().zip(fitted).map(|(value, fitted)| value - fitted).filter(|e| !e.is_nan());
    let errors: Vec<f64> = errors.collect();
    let left = errors.len().checked_sub(parameters).filter(|left| *left > 0)?;
    Some(root_mean_square(&errors, left)).filter(|sigma| sigma.is_finite())
}
