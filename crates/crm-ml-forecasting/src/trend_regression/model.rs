//! What a regression on time found.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crm_ml_core::{
    Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Samples, Schema, Series,
};

use super::design::Design;
use super::fit::logarithms;
use crate::intervals::normal_forecast;
use crate::model::{accept_regressors, check_errors, check_fitted, errors_of, same_regressors};
use crate::{Forward, Recursion};

/// A fitted regression on time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrendRegressionModel {
    design: Design,
    logarithm: bool,
    coefficients: Vec<f64>,
    spread: Spread,
    /// Values the model knows; the forecast starts behind them.
    known: usize,
    fitted: Vec<f64>,
    /// Of the logarithm where it is regressed; NaN where a value is missing.
    errors: Vec<f64>,
    schema: Option<Schema>,
    report: FitReport,
}

/// How unsure the fit is, as of the values divided by `scale`: squares of their own may leave the range of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) covariance: Array2<f64>,
    /// Of errors and of bends.
    pub(super) variances: [f64; 2],
    pub(super) scale: f64,
}

impl TrendRegressionModel {
    pub(super) fn new(
        series: &Series<'_>,
        design: Design,
        logarithm: bool,
        coefficients: Vec<f64>,
        spread: Spread,
        report: FitReport,
    ) -> Result<Self> {
        let schema = series.regressors().map(|known| known.schema().clone());
        let mut model = Self {
            design,
            logarithm,
            coefficients,
            spread,
            known: series.len(),
            fitted: Vec::new(),
            errors: Vec::new(),
            schema,
            report,
        };
        let explained = model.explained(0..series.len(), series.regressors());
        model.errors = errors_of(&logarithms(series, logarithm)?, &explained);
        model.fitted = explained.iter().map(|v| model.back(*v)).collect();
        let numbers =
            model.coefficients.iter().chain(&model.spread.covariance).chain(&model.spread.variances);
        match numbers.chain(&model.fitted).all(|value| value.is_finite()) {
            true => Ok(model),
            false => Err(series.error("", "its values are too large for TrendRegression")),
        }
    }

    /// The steps at which the trend may bend, each with the change of its slope a step.
    pub fn changepoints(&self) -> Vec<(usize, f64)> {
        let bends = &self.coefficients[self.design.free()..];
        let length = self.design.length as f64;
        self.design.bends.iter().zip(bends).map(|(step, bend)| (*step as usize, bend / length)).collect()
    }

    /// Coefficients of the regressors, in the order of their columns.
    pub fn regressors(&self) -> &[f64] {
        let free = self.design.free();
        &self.coefficients[free - self.design.regressors..free]
    }

    fn explained(&self, steps: std::ops::Range<usize>, known: Option<&Samples<'_>>) -> Vec<f64> {
        let rows = self.design.rows(&steps.clone().collect::<Vec<_>>(), known, steps.start);
        let value =
            |row: ndarray::ArrayView1<'_, f64>| row.iter().zip(&self.coefficients).map(|(x, b)| x * b).sum();
        rows.axis_iter(Axis(0)).map(value).collect()
    }

    fn back(&self, value: f64) -> f64 {
        if self.logarithm { value.exp() } else { value }
    }

    /// What the bends to come add to the variance: each moves all values after it.
    fn future_bends(&self, step: usize) -> f64 {
        let Some(last) = self.design.bends.last() else { return 0.0 };
        let rate = self.design.bends.len() as f64 / last.max(1.0);
        let ahead = (step + 1) as f64 / self.design.length as f64;
        // The sum of squared distances to bends at this rate.
        self.spread.variances[1] * rate * self.design.length as f64 * ahead.powi(3) / 3.0
    }
}

impl ForecastModel for TrendRegressionModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        accept_regressors(self.schema.as_ref(), horizon, "TrendRegression")?;
        let steps = self.known..self.known + horizon.steps();
        let mean = self.explained(steps.clone(), horizon.regressors());
        let rows = match horizon.levels() {
            [] => Array2::zeros((0, self.design.width())),
            _ => self.design.rows(&steps.collect::<Vec<_>>(), horizon.regressors(), self.known),
        };
        let deviation = |step: usize| {
            let row = rows.row(step);
            let unsure = row.dot(&self.spread.covariance.dot(&row)).max(0.0);
            (self.spread.variances[0] + unsure + self.future_bends(step)).sqrt() * self.spread.scale
        };
        let mut forecast = normal_forecast(mean, horizon, deviation)?;
        let bounds =
            forecast.intervals.iter_mut().flat_map(|interval| [&mut interval.lower, &mut interval.upper]);
        for value in bounds.chain([&mut forecast.mean]).flatten() {
            *value = self.back(*value);
            if !value.is_finite() {
                return Err(Error::numerical("the forecast leaves the range of numbers"));
            }
        }
        Ok(forecast)
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    /// The same trend, waves and coefficients, counted from the first value; nothing of the new values moves them.
    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        logarithms(series, self.logarithm)?;
        same_regressors(self.schema.as_ref(), series)?;
        Self::new(
            series,
            self.design.clone(),
            self.logarithm,
            self.coefficients.clone(),
            self.spread.clone(),
            self.report.clone(),
        )
    }
}

impl Recursion for TrendRegressionModel {
    fn errors(&self) -> Vec<f64> {
        self.errors.clone()
    }

    fn error_deviation(&self) -> f64 {
        self.spread.variances[0].sqrt() * self.spread.scale
    }

    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        accept_regressors(self.schema.as_ref(), horizon, "TrendRegression")?;
        let steps = self.known..self.known + horizon.steps();
        let mean = self.explained(steps, horizon.regressors());
        Ok(Box::new(move |path| {
            path.iter_mut().zip(&mean).for_each(|(value, mean)| *value = self.back(mean + *value));
        }))
    }
}

impl Persist for TrendRegressionModel {
    const KIND: &'static str = "forecast-trend-regression";
    /// 2: variances are of scaled values.
    const VERSION: u16 = 2;

    fn validate(&self) -> Result<()> {
        let bad = || Error::model_file("a regression on time whose parts do not fit");
        let design = &self.design;
        let seasons =
            design.seasons.iter().all(|season| (2.0..=1e6).contains(&season.period) && season.order <= 500);
        let small =
            design.seasons.len() <= 1000 && design.bends.len() <= 1000 && design.regressors <= 1_000_000;
        if !(seasons && small && design.length > 0 && self.known > 0) {
            return Err(bad());
        }
        let width = design.width();
        let shapes = self.coefficients.len() == width
            && self.spread.covariance.dim() == (width, width)
            && design.regressors == self.schema.as_ref().map_or(0, Schema::width);
        let numbers = self
            .coefficients
            .iter()
            .chain(&self.spread.covariance)
            .chain(&self.spread.variances)
            .chain(&design.bends);
        let finite =
            numbers.chain([&self.spread.scale]).all(|value| value.is_finite()) && self.spread.scale > 0.0;
        if !(shapes && finite && self.spread.variances.iter().all(|variance| *variance >= 0.0)) {
            return Err(bad());
        }
        check_errors(&self.errors, self.known)?;
        check_fitted(&self.fitted, self.known)
    }
}
