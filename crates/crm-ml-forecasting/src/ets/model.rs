//! A fitted model of the family.

use crm_ml_core::{Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series};
use serde::{Deserialize, Serialize};

use super::estimate::Estimate;
use super::estimate::rounding;
use super::form::{Component, ErrorType, EtsForm, Smoothing};
use super::intervals::variances;
use super::recursion::{Kind, extrapolate, for_form, run};
use super::simulate::follow_errors;
use super::start::States;
use crate::intervals::normal_forecast;
use crate::model::{check_fitted, refuse_regressors};
use crate::paths::{MOST_INTERVALS, normal_paths, path_count, path_intervals};
use crate::{Forward, Recursion};

/// A fitted [`Ets`](crate::Ets) or [`AutoEts`](crate::AutoEts).
///
/// Log-likelihood and criteria leave out the constants that no model of the same values differs in, as R's `ets` and
/// statsforecast do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EtsModel {
    form: EtsForm,
    season_length: usize,
    smoothing: Smoothing,
    /// A power of two; states and sigma2 are of the values divided by it.
    scale: f64,
    initial: States,
    last: States,
    sigma2: f64,
    loglik: f64,
    mse: f64,
    /// Estimated parameters, the variance too.
    parameters: usize,
    seed: u64,
    fitted: Vec<f64>,
    residuals: Vec<f64>,
    report: FitReport,
}

/// Paths behind a simulated interval.
const PATHS: usize = 5000;

/// What of a model is not in its states.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) form: EtsForm,
    pub(super) season_length: usize,
    pub(super) seed: u64,
    pub(super) scale: f64,
    pub(super) notes: Vec<String>,
}

impl EtsModel {
    pub(super) fn new(series: &Series<'_>, y: &[f64], frame: Frame, estimate: Estimate) -> Result<Self> {
        let report = FitReport {
            converged: estimate.converged,
            iterations: estimate.iterations,
            objective: 0.0,
            notes: frame.notes,
        };
        let mut model = Self {
            form: frame.form,
            season_length: frame.season_length,
            smoothing: estimate.smoothing,
            scale: frame.scale,
            last: estimate.states.clone(),
            initial: estimate.states,
            sigma2: 0.0,
            loglik: 0.0,
            mse: 0.0,
            parameters: estimate.count + 1,
            seed: frame.seed,
            fitted: Vec::new(),
            residuals: Vec::new(),
            report,
        };
        model.follow(y).map_err(|problem| series.error("", problem))?;
        Ok(model)
    }

    /// Runs scaled values through the initial states.
    fn follow(&mut self, y: &[f64]) -> std::result::Result<(), &'static str> {
        fn pass<T: Kind, S: Kind>(y: &[f64], by: &Smoothing, states: &mut States) -> Vec<f64> {
            let mut forecasts = Vec::with_capacity(y.len());
            run::<T, S>(y, by, &mut states.path, &mut states.seasons, |_, f| forecasts.push(f));
            forecasts
        }
        let mut last = self.initial.clone();
        let forecasts = for_form!(self.form, pass(y, &self.smoothing, &mut last));
        if !last.seasons.is_empty() {
            let turn = y.len() % last.seasons.len();
            last.seasons.rotate_left(turn);
        }
        let n = y.len() as f64;
        let absolute = |(y, f): (&f64, &f64)| y - f;
        let own: Vec<f64> = match self.form.error {
            ErrorType::Additive => y.iter().zip(&forecasts).map(absolute).collect(),
            ErrorType::Multiplicative => y.iter().zip(&forecasts).map(|(y, f)| (y - f) / f).collect(),
        };
        let squares: f64 = own.iter().map(|e| e * e).sum();
        let logs: f64 = match self.form.error {
            ErrorType::Additive => n * self.scale.ln(),
            ErrorType::Multiplicative => {
                n * self.scale.ln() + forecasts.iter().map(|f| f.abs().ln()).sum::<f64>()
            }
        };
        let free = (n - self.parameters as f64 - 1.0).max(1.0);
        self.sigma2 = squares / free;
        self.loglik = -0.5 * (n * squares.max(rounding(y.len())).ln() + 2.0 * logs);
        self.mse = y.iter().zip(&forecasts).map(absolute).map(|e| e * e).sum::<f64>() / n;
        self.report.objective = -2.0 * self.loglik;
        let unit = match self.form.error {
            ErrorType::Additive => self.scale,
            ErrorType::Multiplicative => 1.0,
        };
        self.residuals = own.iter().map(|e| e * unit).collect();
        self.fitted = forecasts.iter().map(|f| f * self.scale).collect();
        self.last = last;
        let states = [self.last.path.level, self.last.path.growth];
        let numbers = self.fitted.iter().chain(&self.residuals).chain(&states).chain(&self.last.seasons);
        if numbers.chain([&self.sigma2, &self.loglik, &self.mse]).all(|v| v.is_finite()) {
            Ok(())
        } else {
            Err("the states of the model leave the range of numbers")
        }
    }

    /// Which model it is.
    pub fn form(&self) -> EtsForm {
        self.form
    }

    /// Values a season has; 1 without seasons.
    pub fn season_length(&self) -> usize {
        if self.form.has_season() { self.season_length } else { 1 }
    }

    /// The smoothing parameters.
    pub fn smoothing(&self) -> Smoothing {
        self.smoothing
    }

    /// The level before the first value.
    pub fn initial_level(&self) -> f64 {
        self.initial.path.level * self.scale
    }

    /// The growth before the first value: 0 without trend, a factor where the trend is one.
    pub fn initial_growth(&self) -> f64 {
        match self.form.trend {
            Component::None => 0.0,
            Component::Additive => self.initial.path.growth * self.scale,
            Component::Multiplicative => self.initial.path.growth,
        }
    }

    /// The initial seasons, the first value's first; empty without seasons.
    pub fn initial_seasons(&self) -> Vec<f64> {
        let unit = if self.form.season == Component::Multiplicative { 1.0 } else { self.scale };
        self.initial.seasons.iter().map(|s| s * unit).collect()
    }

    /// The level after the last value.
    pub fn level(&self) -> f64 {
        self.last.path.level * self.scale
    }

    /// Variance of one error: sum of squares over values - parameters - 1, as statsforecast has it (relative errors where errors are
    /// multiplicative).
    pub fn sigma2(&self) -> f64 {
        match self.form.error {
            ErrorType::Additive => self.sigma2 * self.scale * self.scale,
            ErrorType::Multiplicative => self.sigma2,
        }
    }

    /// Log-likelihood without constants.
    pub fn loglik(&self) -> f64 {
        self.loglik
    }

    /// Akaike's criterion.
    pub fn aic(&self) -> f64 {
        -2.0 * self.loglik + 2.0 * self.parameters as f64
    }

    /// Akaike's criterion corrected for few values; infinite where values are too few for it.
    pub fn aicc(&self) -> f64 {
        aicc(self.aic(), self.parameters, self.fitted.len())
    }

    /// Schwarz' criterion.
    pub fn bic(&self) -> f64 {
        -2.0 * self.loglik + (self.fitted.len() as f64).ln() * self.parameters as f64
    }

    /// Mean square of the one-step errors `y - f`.
    pub fn mse(&self) -> f64 {
        self.mse * self.scale * self.scale
    }

    /// The errors of the fit: `y - f`, or `(y - f) / f` where errors are multiplicative.
    pub fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// Intervals from simulated paths.
    fn simulated(&self, mean: Vec<f64>, horizon: &Horizon<'_>) -> Result<Forecast> {
        let paths = normal_paths(self, horizon, path_count(PATHS, horizon.steps())?, self.seed)?;
        path_intervals(mean, horizon, paths.view())
    }
}

/// The criterion of Hurvich and Tsai.
pub(super) fn aicc(aic: f64, parameters: usize, n: usize) -> f64 {
    let (p, n) = (parameters as f64, n as f64);
    if n - p - 1.0 > 0.0 { aic + 2.0 * p * (p + 1.0) / (n - p - 1.0) } else { f64::INFINITY }
}

impl ForecastModel for EtsModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        refuse_regressors(horizon, "Ets")?;
        let States { path, seasons } = &self.last;
        let scaled = extrapolate(self.form, &self.smoothing, *path, seasons, horizon.steps());
        let mean: Vec<f64> = scaled.iter().map(|v| v * self.scale).collect();
        if horizon.levels().is_empty() {
            return normal_forecast(mean, horizon, |_| 0.0);
        }
        if horizon.steps() > MOST_INTERVALS {
            return Err(Error::unsupported(format!("intervals of Ets go {MOST_INTERVALS} steps at most")));
        }
        match variances(self.form, &self.smoothing, self.sigma2, *path, seasons, &scaled) {
            Some(variances) => normal_forecast(mean, horizon, |step| variances[step].sqrt() * self.scale),
            None if mean.iter().all(|v| v.is_finite()) => self.simulated(mean, horizon),
            None => normal_forecast(mean, horizon, |_| 0.0),
        }
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        series.require_complete("Ets")?;
        series.require_no_regressors("Ets")?;
        if self.form.needs_positive() {
            require_positive(series, self.form)?;
        }
        let y: Vec<f64> = series.values().iter().map(|v| v / self.scale).collect();
        let mut model = self.clone();
        model.follow(&y).map_err(|problem| series.error("", problem))?;
        Ok(model)
    }
}

/// An error that names the first value a multiplicative model cannot take.
pub(super) fn require_positive(series: &Series<'_>, form: EtsForm) -> Result<()> {
    match series.values().iter().position(|v| *v <= 0.0) {
        Some(step) => Err(series.error_at(step, format!("{form} takes values above 0 only"))),
        None => Ok(()),
    }
}

impl Recursion for EtsModel {
    fn errors(&self) -> Vec<f64> {
        self.residuals.clone()
    }

    fn error_deviation(&self) -> f64 {
        let unit = if self.form.error == ErrorType::Additive { self.scale } else { 1.0 };
        self.sigma2.sqrt() * unit
    }

    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        refuse_regressors(horizon, "Ets")?;
        Ok(Box::new(|path| {
            if self.form.error == ErrorType::Additive {
                path.iter_mut().for_each(|error| *error /= self.scale);
            }
            follow_errors(self.form, &self.smoothing, &self.last, path);
            path.iter_mut().for_each(|value| *value *= self.scale);
        }))
    }
}

impl Persist for EtsModel {
    const KIND: &'static str = "ets";

    fn validate(&self) -> Result<()> {
        let Smoothing { alpha, beta, gamma, phi } = self.smoothing;
        let ring = if self.form.has_season() { self.season_length } else { 0 };
        let fits = self.season_length > 0
            && (!self.form.damped || self.form.has_trend())
            && self.initial.seasons.len() == ring
            && self.last.seasons.len() == ring
            && !self.fitted.is_empty()
            && self.residuals.len() == self.fitted.len()
            && self.parameters > 0
            && self.parameters <= 5 + self.form.states(self.season_length);
        if !fits {
            return Err(Error::model_file("states that do not belong to the model"));
        }
        let states = |s: &States| [s.path.level, s.path.growth];
        let numbers = self.initial.seasons.iter().chain(&self.last.seasons).chain(&self.residuals);
        let more = [alpha, beta, gamma, self.sigma2, self.loglik, self.mse, self.report.objective];
        let finite = numbers.chain(&more).all(|v| v.is_finite())
            && [&self.initial, &self.last].iter().all(|s| states(s).iter().all(|v| v.is_finite()));
        let positive = self.scale.is_finite()
            && self.scale > 0.0
            && self.sigma2 >= 0.0
            && self.mse >= 0.0
            && phi > 0.0
            && phi <= 1.0;
        if !(finite && positive) {
            return Err(Error::model_file("a number out of range"));
        }
        check_fitted(&self.fitted, self.residuals.len())
    }
}
