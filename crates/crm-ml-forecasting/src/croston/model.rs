//! What Croston's method has learned.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series};

use super::CrostonVariant;
use crate::intervals::normal_forecast;
use crate::model::{check_fitted, refuse_regressors, simple_report};
use crate::scale::{root_mean_square, scaled};

/// Smoothing factors that are tried where none is given.
const LEAST_ALPHA: f64 = 0.1;
const MOST_ALPHA: f64 = 0.3;
const TRIES: usize = 100;

/// A fitted model of intermittent demand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrostonModel {
    variant: CrostonVariant,
    alpha_demand: f64,
    alpha_occurrence: f64,
    mean: f64,
    sigma: Option<f64>,
    fitted: Vec<f64>,
    report: FitReport,
}

impl CrostonModel {
    pub(super) fn new(
        series: &Series<'_>,
        variant: CrostonVariant,
        alpha_demand: Option<f64>,
        alpha_occurrence: Option<f64>,
    ) -> Result<Self> {
        series.require_complete("Croston")?;
        series.require_no_regressors("Croston")?;
        let values = series.values();
        if let Some(step) = values.iter().position(|value| *value < 0.0) {
            return Err(
                series.error_at(step, "the value is negative, and Croston takes demand of at least 0")
            );
        }
        let sizes: Vec<f64> = values.iter().copied().filter(|value| *value > 0.0).collect();
        let occurrence = match variant {
            CrostonVariant::Tsb => values.iter().map(|value| f64::from(u8::from(*value > 0.0))).collect(),
            CrostonVariant::Classic | CrostonVariant::Sba => intervals(values),
        };
        let alpha_demand = alpha_demand.unwrap_or_else(|| best(&scaled(&sizes).0));
        let alpha_occurrence = alpha_occurrence.unwrap_or_else(|| best(&occurrence));
        let mut report = simple_report();
        if sizes.is_empty() {
            report.notes.push("nothing was ever wanted".to_owned());
        }
        let mut model = Self {
            variant,
            alpha_demand,
            alpha_occurrence,
            mean: 0.0,
            sigma: None,
            fitted: Vec::with_capacity(values.len()),
            report,
        };
        model.run(values);
        match model.mean.is_finite() && model.fitted.iter().all(|fitted| !fitted.is_infinite()) {
            true => Ok(model),
            false => Err(series.error("", "its values are too large for Croston")),
        }
    }

    /// The share of the newest size in the smoothed one, and that of the newest interval or occurrence.
    pub fn alphas(&self) -> (f64, f64) {
        (self.alpha_demand, self.alpha_occurrence)
    }

    /// Smooths from value to value.
    fn run(&mut self, values: &[f64]) {
        let (mut size, mut occurrence) = (None, None);
        let mut since = 0.0;
        self.fitted.clear();
        for &value in values {
            // Before the first demand nothing is known but that there was none.
            self.fitted.push(self.combine(size, occurrence).unwrap_or(f64::NAN));
            since += 1.0;
            let wanted = value > 0.0;
            if self.variant == CrostonVariant::Tsb {
                smooth(&mut occurrence, self.alpha_occurrence, f64::from(u8::from(wanted)));
            } else if wanted {
                smooth(&mut occurrence, self.alpha_occurrence, since);
            }
            if wanted {
                smooth(&mut size, self.alpha_demand, value);
                since = 0.0;
            }
        }
        self.mean = self.combine(size, occurrence).unwrap_or(0.0);
        let errors =
            values.iter().zip(&self.fitted).map(|(value, fitted)| value - fitted).filter(|e| !e.is_nan());
        let errors: Vec<f64> = errors.collect();
        let sigma = (!errors.is_empty()).then(|| root_mean_square(&errors, errors.len()));
        self.sigma = sigma.filter(|sigma| sigma.is_finite());
        if size.is_none() {
            self.sigma = Some(0.0);
        }
    }

    fn combine(&self, size: Option<f64>, occurrence: Option<f64>) -> Option<f64> {
        let (size, occurrence) = (size?, occurrence?);
        Some(match self.variant {
            CrostonVariant::Classic => size / occurrence,
            CrostonVariant::Sba => (1.0 - self.alpha_occurrence / 2.0) * size / occurrence,
            CrostonVariant::Tsb => size * occurrence,
        })
    }
}

/// Moves a smoothed value towards the newest; the first is taken as it is.
fn smooth(state: &mut Option<f64>, alpha: f64, newest: f64) {
    *state = Some(state.map_or(newest, |state| state + alpha * (newest - state)));
}

/// Steps from one demand to the next, the first from the start.
fn intervals(values: &[f64]) -> Vec<f64> {
    let mut since = 0.0;
    let mut intervals = Vec::new();
    for value in values {
        since += 1.0;
        if *value > 0.0 {
            intervals.push(since);
            since = 0.0;
        }
    }
    intervals
}

/// The factor of the least squared errors of one step.
fn best(values: &[f64]) -> f64 {
    let squares = |alpha: f64| {
        let mut state = None;
        let mut sum = 0.0;
        for &value in values {
            sum += state.map_or(0.0, |state: f64| (value - state) * (value - state));
            smooth(&mut state, alpha, value);
        }
        sum
    };
    let alphas = (0..=TRIES).map(|i| LEAST_ALPHA + (MOST_ALPHA - LEAST_ALPHA) * i as f64 / TRIES as f64);
    alphas
        .map(|alpha| (squares(alpha), alpha))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(LEAST_ALPHA, |(_, alpha)| alpha)
}

impl ForecastModel for CrostonModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        refuse_regressors(horizon, "Croston")?;
        let sigma = self.sigma.unwrap_or(f64::NAN);
        normal_forecast(vec![self.mean; horizon.steps()], horizon, |_| sigma)
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        Self::new(series, self.variant, Some(self.alpha_demand), Some(self.alpha_occurrence))
    }
}

impl Persist for CrostonModel {
    const KIND: &'static str = "forecast-croston";

    fn validate(&self) -> Result<()> {
        let share = |alpha: f64| (0.0..=1.0).contains(&alpha);
        let sigma = self.sigma.is_none_or(|sigma| sigma.is_finite() && sigma >= 0.0);
        if !(share(self.alpha_demand) && share(self.alpha_occurrence) && self.mean.is_finite() && sigma) {
            return Err(Error::model_file("a model of intermittent demand with numbers out of range"));
        }
        check_fitted(&self.fitted, self.fitted.len())
    }
}
