//! What an ARIMA fit found.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Schema, Series};

use super::fit::{Lags, constant_column, regression_columns};
use super::likelihood::Innovations;
use super::polynomial::{difference, differencing, product, roots_beyond};
use super::{MOST_DIFFERENCES, MOST_LAGS, Order};
use crate::intervals::normal_forecast;
use crate::model::{accept_regressors, check_fitted, same_regressors};

/// The estimated coefficients, each kind from its first lag on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArimaCoefficients {
    /// Of the values before.
    pub ar: Vec<f64>,
    /// Of the errors before.
    pub ma: Vec<f64>,
    /// Of the values seasons before.
    pub seasonal_ar: Vec<f64>,
    /// Of the errors seasons before.
    pub seasonal_ma: Vec<f64>,
    /// The mean, or the drift where the series is differenced.
    pub constant: Option<f64>,
    /// Of the regressors, in the order of their columns.
    pub regressors: Vec<f64>,
}

/// A fitted ARIMA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArimaModel {
    order: Order,
    coefficients: ArimaCoefficients,
    sigma2: f64,
    log_likelihood: f64,
    /// The values less constant and regressors.
    noise: Vec<f64>,
    fitted: Vec<f64>,
    schema: Option<Schema>,
    report: FitReport,
}

impl ArimaModel {
    pub(super) fn new(
        series: &Series<'_>,
        order: Order,
        coefficients: ArimaCoefficients,
        sigma2: f64,
        log_likelihood: f64,
        report: FitReport,
    ) -> Result<Self> {
        let columns = regression_columns(series, order, coefficients.constant.is_some(), 0..series.len());
        let beta: Vec<f64> = coefficients.constant.iter().chain(&coefficients.regressors).copied().collect();
        let explained = |step: usize| -> f64 { columns.iter().zip(&beta).map(|(c, b)| c[step] * b).sum() };
        let noise: Vec<f64> =
            series.values().iter().enumerate().map(|(t, value)| value - explained(t)).collect();
        let schema = series.regressors().map(|known| known.schema().clone());
        let mut model =
            Self { order, coefficients, sigma2, log_likelihood, noise, fitted: Vec::new(), schema, report };
        let filtered = model.filter(0).filter(|filtered| filtered.errors.iter().all(|e| e.is_finite()));
        let (Some(filtered), true) = (filtered, sigma2.is_finite()) else {
            return Err(series.error("", "its values are too large for Arima"));
        };
        let lost = vec![f64::NAN; order.lost()];
        let errors = lost.iter().chain(&filtered.errors);
        model.fitted = series.values().iter().zip(errors).map(|(value, error)| value - error).collect();
        Ok(model)
    }

    /// The coefficients.
    pub fn coefficients(&self) -> &ArimaCoefficients {
        &self.coefficients
    }

    /// Variance of the errors: their squares over the number of differenced values less the coefficients.
    pub fn sigma2(&self) -> f64 {
        self.sigma2
    }

    /// Logarithm of the likelihood of the differenced values.
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Akaike's criterion.
    pub fn aic(&self) -> f64 {
        2.0 * self.estimated() - 2.0 * self.log_likelihood
    }

    /// Akaike's criterion, corrected for short series; infinite where they are too short for it.
    pub fn aicc(&self) -> f64 {
        let (k, n) = (self.estimated(), self.used());
        if n - k - 1.0 > 0.0 { self.aic() + 2.0 * k * (k + 1.0) / (n - k - 1.0) } else { f64::INFINITY }
    }

    /// The Bayesian criterion.
    pub fn bic(&self) -> f64 {
        self.estimated() * self.used().ln() - 2.0 * self.log_likelihood
    }

    /// Plain and seasonal differences.
    pub fn differences(&self) -> (usize, usize) {
        (self.order.d, self.order.seasonal_d)
    }

    /// Numbers of lags and differences, as they are written: `ARIMA(0,1,1)(0,1,1)[12] with drift`.
    pub fn name(&self) -> String {
        let Order { p, d, q, seasonal_p, seasonal_d, seasonal_q, season_length } = self.order;
        let mut name = format!("ARIMA({p},{d},{q})");
        if seasonal_p + seasonal_d + seasonal_q > 0 {
            name.push_str(&format!("({seasonal_p},{seasonal_d},{seasonal_q})[{season_length}]"));
        }
        if self.coefficients.constant.is_some() {
            name.push_str(if self.order.constant() { " with mean" } else { " with drift" });
        }
        name
    }

    /// The values less constant and regressors.
    pub(crate) fn unexplained(&self) -> &[f64] {
        &self.noise
    }

    /// Whether all roots of the autoregression are further from 0 than `radius`.
    pub(crate) fn roots_beyond(&self, radius: f64) -> bool {
        let seasonal = radius.powi(self.order.season_length as i32);
        roots_beyond(&self.coefficients.ar, radius) && roots_beyond(&self.coefficients.seasonal_ar, seasonal)
    }

    /// Estimated numbers, the variance too.
    fn estimated(&self) -> f64 {
        let found = &self.coefficients;
        let lags = found.ar.len() + found.ma.len() + found.seasonal_ar.len() + found.seasonal_ma.len();
        (lags + usize::from(found.constant.is_some()) + found.regressors.len() + 1) as f64
    }

    fn used(&self) -> f64 {
        (self.noise.len() - self.order.lost()) as f64
    }

    /// Runs the differenced values through the process; the factor has room for `steps` values more.
    fn filter(&self, steps: usize) -> Option<Filtered> {
        let mut lags = Lags::new(self.order);
        let found = &self.coefficients;
        lags.ar.copy_from_slice(&found.ar);
        lags.ma.copy_from_slice(&found.ma);
        lags.seasonal_ar.copy_from_slice(&found.seasonal_ar);
        lags.seasonal_ma.copy_from_slice(&found.seasonal_ma);
        lags.multiply(self.order.season_length);
        let differencing = differencing(self.order.d, self.order.seasonal_d, self.order.season_length);
        let differenced = difference(&self.noise, &differencing);
        let mut innovations = Innovations::default();
        // Rows beyond the longest lag forecast nothing from the errors of the fit.
        let ahead = steps.min(lags.whole_ar.len().max(lags.whole_ma.len()) + 1);
        if !innovations.factor(lags.arma(), differenced.len() + ahead) {
            return None;
        }
        let mut errors = differenced.clone();
        innovations.filter(lags.arma(), &mut errors, &mut Vec::new());
        Some(Filtered { lags, differencing, differenced, innovations, errors })
    }
}

/// Values run through the process.
struct Filtered {
    lags: Lags,
    differencing: Vec<f64>,
    differenced: Vec<f64>,
    innovations: Innovations,
    errors: Vec<f64>,
}

impl Filtered {
    /// Forecasts of the differenced values.
    fn ahead(mut self, steps: usize) -> Vec<f64> {
        let known = self.differenced.len();
        let arma = self.lags.arma();
        let head = arma.ar.len().max(arma.ma.len());
        for row in known..known + steps {
            let mut value = match row <= known + head {
                true => self.innovations.error_effect(arma, &self.errors, known, row),
                false => 0.0,
            };
            if row >= head {
                let past = self.differenced[row - arma.ar.len()..].iter().rev();
                value += arma.ar.iter().zip(past).map(|(a, b)| a * b).sum::<f64>();
            }
            self.differenced.push(value);
        }
        self.differenced.split_off(known)
    }
}

impl ForecastModel for ArimaModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        accept_regressors(self.schema.as_ref(), horizon, "Arima")?;
        let (steps, n) = (horizon.steps(), self.noise.len());
        let broken = || Error::numerical("the model's autoregression is not stationary");
        let filtered = self.filter(steps).ok_or_else(broken)?;
        let differencing = filtered.differencing.clone();
        let whole = product(&filtered.lags.whole_ar, &differencing);
        let psi = if horizon.levels().is_empty() {
            Vec::new()
        } else {
            psi(&whole, &filtered.lags.whole_ma, steps)
        };
        let mut noise = self.noise.clone();
        for value in filtered.ahead(steps) {
            let past = noise[noise.len() - differencing.len()..].iter().rev();
            let past: f64 = differencing.iter().zip(past).map(|(a, b)| a * b).sum();
            noise.push(value + past);
        }
        let mut mean = noise.split_off(n);
        if let Some(constant) = self.coefficients.constant {
            let column = constant_column(self.order, n..n + steps);
            mean.iter_mut().zip(column).for_each(|(mean, x)| *mean += constant * x);
        }
        if let Some(known) = horizon.regressors() {
            for (mean, row) in mean.iter_mut().zip(known.dense().rows()) {
                *mean += row.iter().zip(&self.coefficients.regressors).map(|(x, b)| x * b).sum::<f64>();
            }
        }
        let mut grown = 0.0;
        let growth: Vec<f64> = psi
            .iter()
            .map(|psi| {
                grown += psi * psi;
                grown
            })
            .collect();
        normal_forecast(mean, horizon, |step| (self.sigma2 * growth[step]).sqrt())
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        series.require_complete("Arima")?;
        series.require_values("Arima", self.order.lost() + 1)?;
        same_regressors(self.schema.as_ref(), series)?;
        let (found, report) = (self.coefficients.clone(), self.report.clone());
        Self::new(series, self.order, found, self.sigma2, self.log_likelihood, report)
    }
}

/// What an error adds to the values after it.
fn psi(ar: &[f64], ma: &[f64], steps: usize) -> Vec<f64> {
    let ar: Vec<(usize, f64)> =
        ar.iter().enumerate().filter(|(_, c)| **c != 0.0).map(|(i, c)| (i + 1, *c)).collect();
    let mut psi: Vec<f64> = Vec::with_capacity(steps);
    for step in 0..steps {
        let direct = match step {
            0 => 1.0,
            step => ma.get(step - 1).copied().unwrap_or(0.0),
        };
        let past: f64 = ar.iter().filter(|(lag, _)| *lag <= step).map(|(lag, c)| c * psi[step - lag]).sum();
        psi.push(direct + past);
    }
    psi
}

impl Persist for ArimaModel {
    const KIND: &'static str = "forecast-arima";

    fn validate(&self) -> Result<()> {
        let Order { p, d, q, seasonal_p, seasonal_d, seasonal_q, season_length } = self.order;
        let found = &self.coefficients;
        let lags = |plain: usize, seasons: usize| plain.saturating_add(seasons.saturating_mul(season_length));
        let small = lags(p, seasonal_p) <= MOST_LAGS
            && lags(q, seasonal_q) <= MOST_LAGS
            && d <= MOST_DIFFERENCES
            && seasonal_d <= MOST_DIFFERENCES
            && (1..=u32::MAX as usize).contains(&season_length);
        let counts = found.ar.len() == p
            && found.ma.len() == q
            && found.seasonal_ar.len() == seasonal_p
            && found.seasonal_ma.len() == seasonal_q
            && found.regressors.len() == self.schema.as_ref().map_or(0, Schema::width)
            && (found.constant.is_none() || d + seasonal_d <= 1);
        if !(small && counts && self.noise.len() > self.order.lost()) {
            return Err(Error::model_file("an ARIMA model whose parts do not fit"));
        }
        let numbers = found.ar.iter().chain(&found.ma).chain(&found.seasonal_ar).chain(&found.seasonal_ma);
        let numbers = numbers.chain(&found.constant).chain(&found.regressors).chain(&self.noise);
        if !(numbers.chain([&self.log_likelihood]).all(|v| v.is_finite())
            && self.sigma2 >= 0.0
            && self.sigma2.is_finite())
        {
            return Err(Error::model_file("an ARIMA model with numbers that are not finite"));
        }
        if !self.roots_beyond(1.0) {
            return Err(Error::model_file("an ARIMA model that is not stationary"));
        }
        check_fitted(&self.fitted, self.noise.len())
    }
}
