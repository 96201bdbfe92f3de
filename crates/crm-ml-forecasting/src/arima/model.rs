//! What an ARIMA fit found.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Schema, Series};
use crm_ml_linalg::Cholesky;

use super::fit::{Lags, constant_column, regression_columns, require_observed};
use super::gaps::{self, Gaps, MOST_STATES};
use super::likelihood::Innovations;
use super::polynomial::{difference, differencing, product, roots_beyond};
use super::{MOST_DIFFERENCES, MOST_LAGS, MOST_SEASON, Order};
use crate::intervals::normal_forecast;
use crate::model::{accept_regressors, check_fitted, same_regressors};
use crate::{Forward, Recursion};

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
    /// Of the errors; its square may leave the range of numbers.
    deviation: f64,
    log_likelihood: f64,
    /// The values less constant and regressors; NaN where missing.
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
        deviation: f64,
        log_likelihood: f64,
        report: FitReport,
    ) -> Result<Self> {
        let columns = regression_columns(series, order, coefficients.constant.is_some(), 0..series.len());
        let beta: Vec<f64> = coefficients.constant.iter().chain(&coefficients.regressors).copied().collect();
        let explained = |step: usize| -> f64 { columns.iter().zip(&beta).map(|(c, b)| c[step] * b).sum() };
        let noise: Vec<f64> =
            series.values().iter().enumerate().map(|(t, value)| value - explained(t)).collect();
        let schema = series.regressors().map(|known| known.schema().clone());
        let mut model = Self {
            order,
            coefficients,
            deviation,
            log_likelihood,
            noise,
            fitted: Vec::new(),
            schema,
            report,
        };
        let expected =
            model.one_step().filter(|steps| steps.iter().all(|step| step.error.is_finite() || step.open));
        let (Some(expected), true) = (expected, deviation.is_finite()) else {
            return Err(series.error("", "its values are too large for Arima"));
        };
        let fitted = |((time, value), step): ((usize, &f64), &OneStep)| match value.is_nan() {
            true => explained(time) + step.expected,
            false => value - step.error,
        };
        model.fitted = series.values().iter().enumerate().zip(&expected).map(fitted).collect();
        Ok(model)
    }

    /// The coefficients.
    pub fn coefficients(&self) -> &ArimaCoefficients {
        &self.coefficients
    }

    /// Variance of the errors: their squares over the number of differenced values less the coefficients.
    pub fn sigma2(&self) -> f64 {
        self.deviation * self.deviation
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
        self.known().saturating_sub(self.order.lost()) as f64
    }

    /// Values that are not missing.
    fn known(&self) -> usize {
        self.noise.iter().filter(|value| !value.is_nan()).count()
    }

    fn lags(&self) -> Lags {
        let mut lags = Lags::new(self.order);
        let found = &self.coefficients;
        lags.ar.copy_from_slice(&found.ar);
        lags.ma.copy_from_slice(&found.ma);
        lags.seasonal_ar.copy_from_slice(&found.seasonal_ar);
        lags.seasonal_ma.copy_from_slice(&found.seasonal_ma);
        lags.multiply(self.order.season_length);
        lags
    }

    fn differencing(&self) -> Vec<f64> {
        differencing(self.order.d, self.order.seasonal_d, self.order.season_length)
    }

    /// What is expected of each value from those before.
    fn one_step(&self) -> Option<Vec<OneStep>> {
        let mut steps = vec![OneStep::NOTHING; self.order.lost()];
        let Some(gaps) = Gaps::new(&self.noise, &self.differencing()) else {
            let filtered = self.filter(0)?;
            let of = |(row, error): (usize, &f64)| OneStep {
                expected: f64::NAN,
                error: *error,
                variance: filtered.innovations.variance(row),
                open: false,
            };
            steps.extend(filtered.errors.iter().enumerate().map(of));
            return Some(steps);
        };
        let (filtered, weights, _) = self.filter_gaps(&gaps)?;
        let mut variances = filtered.variances.iter();
        for (row, value) in self.noise.iter().skip(self.order.lost()).enumerate() {
            let own = filtered.expected.iter().map(|column| column[row]);
            let signs = std::iter::once(1.0).chain(weights.iter().map(|weight| -weight));
            let expected: f64 = own.zip(signs).map(|(value, weight)| value * weight).sum();
            let variance = if value.is_nan() { 1.0 } else { *variances.next()? };
            steps.push(OneStep { expected, error: value - expected, variance, open: value.is_nan() });
        }
        Some(steps)
    }

    /// The values run past their gaps, with the weights of what they may have started from, and how sure these are.
    fn filter_gaps(&self, gaps: &Gaps) -> Option<(gaps::Filtered, Vec<f64>, Option<Cholesky>)> {
        let lags = self.lags();
        if gaps.states(lags.arma()) > MOST_STATES {
            return None;
        }
        let noise: Vec<f64> = self.noise.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
        let starts = gaps.starts();
        let columns: Vec<&[f64]> = std::iter::once(&noise).chain(&starts).map(Vec::as_slice).collect();
        let filtered = gaps.filter(lags.arma(), &columns)?;
        if starts.is_empty() {
            return Some((filtered, Vec::new(), None));
        }
        let information = filtered.information(starts.len())?;
        let (own, others) = filtered.errors.split_first()?;
        let along = |column: &Vec<f64>| {
            column.iter().zip(own).zip(&filtered.variances).map(|((a, b), v)| a * b / v).sum()
        };
        let weights = information.solve_vector(&others.iter().map(along).collect::<Vec<_>>()).ok()?;
        Some((filtered, weights, Some(information)))
    }

    /// What is expected of the values less constant and regressors, and its variance over that of an error (0 where not asked for).
    fn ahead(&self, steps: usize, variances: bool) -> Option<Vec<(f64, f64)>> {
        let differencing = self.differencing();
        if let Some(gaps) = Gaps::new(&self.noise, &differencing) {
            let (filtered, weights, sure) = self.filter_gaps(&gaps)?;
            return filtered.ahead(&weights, sure.as_ref(), steps);
        }
        let filtered = self.filter(steps)?;
        let whole = product(&filtered.lags.whole_ar, &differencing);
        let psi = if variances { psi(&whole, &filtered.lags.whole_ma, steps) } else { vec![0.0; steps] };
        let mut noise = self.noise.clone();
        let mut grown = 0.0;
        let mut ahead = Vec::with_capacity(steps);
        for (value, psi) in filtered.ahead(steps).into_iter().zip(psi) {
            let past = noise[noise.len() - differencing.len()..].iter().rev();
            let past: f64 = differencing.iter().zip(past).map(|(a, b)| a * b).sum();
            noise.push(value + past);
            grown += psi * psi;
            ahead.push((value + past, grown));
        }
        Some(ahead)
    }

    /// The forecast, and the variances of its errors over that of one error.
    fn outlook(&self, horizon: &Horizon<'_>, variances: bool) -> Result<(Vec<f64>, Vec<f64>)> {
        accept_regressors(self.schema.as_ref(), horizon, "Arima")?;
        let (steps, n) = (horizon.steps(), self.noise.len());
        let broken = || Error::numerical("the model's autoregression is not stationary");
        let ahead = self.ahead(steps, variances).ok_or_else(broken)?;
        let (mut mean, growth): (Vec<f64>, Vec<f64>) = ahead.into_iter().unzip();
        if let Some(constant) = self.coefficients.constant {
            let column = constant_column(self.order, n..n + steps);
            mean.iter_mut().zip(column).for_each(|(mean, x)| *mean += constant * x);
        }
        if let Some(known) = horizon.regressors() {
            for (mean, row) in mean.iter_mut().zip(known.dense().rows()) {
                *mean += row.iter().zip(&self.coefficients.regressors).map(|(x, b)| x * b).sum::<f64>();
            }
        }
        Ok((mean, growth))
    }

    /// Runs the differenced values through the process; the factor has room for `steps` values more.
    fn filter(&self, steps: usize) -> Option<Filtered> {
        let lags = self.lags();
        let differencing = self.differencing();
        let differenced = difference(&self.noise, &differencing);
        let mut innovations = Innovations::default();
        // Rows beyond the longest lag forecast nothing from the errors of the fit.
        let ahead = steps.min(lags.whole_ar.len().max(lags.whole_ma.len()) + 1);
        if !innovations.factor(lags.arma(), differenced.len() + ahead) {
            return None;
        }
        let mut errors = differenced.clone();
        innovations.filter(lags.arma(), &mut errors, &mut Vec::new());
        Some(Filtered { lags, differenced, innovations, errors })
    }
}

/// What was expected of a value.
#[derive(Debug, Clone, Copy)]
struct OneStep {
    expected: f64,
    error: f64,
    /// Of the error, over that of the process.
    variance: f64,
    /// Whether there is no value, or nothing before it.
    open: bool,
}

impl OneStep {
    const NOTHING: Self = Self { expected: f64::NAN, error: f64::NAN, variance: 1.0, open: true };
}

/// Values run through the process.
struct Filtered {
    lags: Lags,
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
        let (mean, growth) = self.outlook(horizon, !horizon.levels().is_empty())?;
        normal_forecast(mean, horizon, |step| self.deviation * growth[step].sqrt())
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        require_observed(series, self.order.lost() + 1)?;
        same_regressors(self.schema.as_ref(), series)?;
        let (found, report) = (self.coefficients.clone(), self.report.clone());
        Self::new(series, self.order, found, self.deviation, self.log_likelihood, report)
    }
}

/// What an error adds to the values after it.
fn psi(ar: &[f64], ma: &[f64], steps: usize) -> Vec<f64> {
    let ar = sparse(ar);
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

impl Recursion for ArimaModel {
    /// Each over the deviation it has early in the series, where less is known than later.
    fn errors(&self) -> Vec<f64> {
        let steps = self.one_step().unwrap_or_else(|| vec![OneStep::NOTHING; self.noise.len()]);
        steps.iter().map(|step| step.error / step.variance.sqrt()).collect()
    }

    fn error_deviation(&self) -> f64 {
        self.deviation
    }

    /// What values missing at the end of the series were is taken as known.
    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        let (mean, _) = self.outlook(horizon, false)?;
        let lags = self.lags();
        let (ar, ma) = (sparse(&product(&lags.whole_ar, &self.differencing())), sparse(&lags.whole_ma));
        Ok(Box::new(move |path| {
            let errors = path.to_vec();
            for step in 0..path.len() {
                let past = |lags: &[(usize, f64)], of: &[f64]| -> f64 {
                    lags.iter().take_while(|(lag, _)| *lag <= step).map(|(lag, c)| c * of[step - lag]).sum()
                };
                path[step] = errors[step] + past(&ar, path) + past(&ma, &errors);
            }
            path.iter_mut().zip(&mean).for_each(|(value, mean)| *value += mean);
        }))
    }
}

/// Lags whose coefficients are not 0, ascending.
fn sparse(coefficients: &[f64]) -> Vec<(usize, f64)> {
    let lagged = coefficients.iter().enumerate().map(|(i, c)| (i + 1, *c));
    lagged.filter(|(_, c)| *c != 0.0).collect()
}

impl Persist for ArimaModel {
    const KIND: &'static str = "forecast-arima";
    /// 2: the deviation of errors, not their variance.
    const VERSION: u16 = 2;

    fn validate(&self) -> Result<()> {
        let Order { p, d, q, seasonal_p, seasonal_d, seasonal_q, season_length } = self.order;
        let found = &self.coefficients;
        let lags = |plain: usize, seasons: usize| plain.saturating_add(seasons.saturating_mul(season_length));
        let small = lags(p, seasonal_p) <= MOST_LAGS
            && lags(q, seasonal_q) <= MOST_LAGS
            && d <= MOST_DIFFERENCES
            && seasonal_d <= MOST_DIFFERENCES
            && (1..=MOST_SEASON).contains(&season_length);
        let counts = found.ar.len() == p
            && found.ma.len() == q
            && found.seasonal_ar.len() == seasonal_p
            && found.seasonal_ma.len() == seasonal_q
            && found.regressors.len() == self.schema.as_ref().map_or(0, Schema::width)
            && (found.constant.is_none() || d + seasonal_d <= 1);
        if !(small && counts && self.known() > self.order.lost()) {
            return Err(Error::model_file("an ARIMA model whose parts do not fit"));
        }
        let numbers = found.ar.iter().chain(&found.ma).chain(&found.seasonal_ar).chain(&found.seasonal_ma);
        let numbers = numbers.chain(&found.constant).chain(&found.regressors);
        if self.noise.iter().any(|value| value.is_infinite()) {
            return Err(Error::model_file("an ARIMA model of infinite values"));
        }
        if !(numbers.chain([&self.log_likelihood]).all(|v| v.is_finite())
            && self.deviation >= 0.0
            && self.deviation.is_finite())
        {
            return Err(Error::model_file("an ARIMA model with numbers that are not finite"));
        }
        if !self.roots_beyond(1.0) {
            return Err(Error::model_file("an ARIMA model that is not stationary"));
        }
        check_fitted(&self.fitted, self.noise.len())
    }
}
