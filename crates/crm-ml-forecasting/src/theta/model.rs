//! A fitted Theta model.

use crm_ml_core::{Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series};
use serde::{Deserialize, Serialize};

use super::ThetaKind;
use super::engine::{Best, Coefficients, State, WARM_UP, spread};
use super::season::Pattern;
use crate::intervals::normal_forecast;
use crate::model::{check_errors, check_fitted, refuse_regressors};
use crate::{Forward, Recursion};

/// A fitted [`Theta`](crate::Theta) or [`AutoTheta`](crate::AutoTheta).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThetaModel {
    kind: ThetaKind,
    by: Coefficients,
    initial_level: f64,
    /// The line of all values of the fit.
    line: (f64, f64),
    pattern: Pattern,
    /// A power of two: states, pattern and variance are of values divided by it.
    scale: f64,
    last: State,
    variance: f64,
    squares: f64,
    fitted: Vec<f64>,
    /// Of the values without seasons, scaled; NaN for the first, which do not count.
    errors: Vec<f64>,
    report: FitReport,
}

/// Steps beyond which no intervals are given.
const MOST_INTERVALS: usize = 10_000;

impl ThetaModel {
    pub(super) fn new(
        series: &Series<'_>,
        y: &[f64],
        kind: ThetaKind,
        found: Best,
        line: (f64, f64),
        pattern: Pattern,
        scale: f64,
    ) -> Result<Self> {
        let mut model = Self {
            kind,
            by: Coefficients { alpha: found.alpha, weight: found.weight, dynamic: kind.dynamic() },
            initial_level: found.level,
            line,
            pattern,
            scale,
            last: State::default(),
            variance: 0.0,
            squares: 0.0,
            fitted: Vec::new(),
            errors: Vec::new(),
            report: FitReport { converged: true, iterations: 1, objective: 0.0, notes: Vec::new() },
        };
        model.follow(y).map_err(|problem| series.error("", problem))?;
        Ok(model)
    }

    /// Runs values, scaled and without seasons, through the states.
    fn follow(&mut self, y: &[f64]) -> std::result::Result<(), &'static str> {
        let mut state = self.by.start(y, self.initial_level, self.line);
        let first = y.first().copied().unwrap_or(0.0);
        let opening = if self.by.dynamic {
            first
        } else {
            self.initial_level + self.by.weight * (self.line.0 + self.line.1)
        };
        let mut forecasts = vec![opening];
        let mut keep = 1.0;
        for (i, value) in y.iter().enumerate().skip(1) {
            keep *= 1.0 - self.by.alpha;
            forecasts.push(self.by.forecast(&state, keep));
            self.by.update(&mut state, i, *value);
        }
        let errors: Vec<f64> = y.iter().zip(&forecasts).map(|(y, f)| y - f).collect();
        let tail = if errors.len() >= WARM_UP + 2 { &errors[WARM_UP..] } else { &errors[..] };
        let mean = tail.iter().sum::<f64>() / tail.len() as f64;
        let spread: f64 = tail.iter().map(|e| (e - mean) * (e - mean)).sum();
        self.variance = spread / (tail.len().max(2) - 1) as f64;
        self.squares = errors.iter().skip(WARM_UP).map(|e| e * e).sum();
        self.fitted =
            forecasts.iter().enumerate().map(|(i, f)| self.pattern.put_in(i, *f) * self.scale).collect();
        self.errors = errors;
        if self.errors.len() >= WARM_UP + 2 {
            self.errors[..WARM_UP].fill(f64::NAN);
        }
        self.last = state;
        self.report.objective = self.squares;
        let numbers = [state.level, state.mean, state.a, state.b, self.variance, self.squares];
        if self.fitted.iter().chain(&numbers).all(|v| v.is_finite()) {
            Ok(())
        } else {
            Err("the states of the model leave the range of numbers")
        }
    }

    /// Which of the family it is.
    pub fn kind(&self) -> ThetaKind {
        self.kind
    }

    /// Smoothing of the level.
    pub fn alpha(&self) -> f64 {
        self.by.alpha
    }

    /// How much the curvature of the second line is inflated; 2 in the standard method.
    pub fn theta(&self) -> f64 {
        1.0 / (1.0 - self.by.weight)
    }

    /// The level before the first value, of the values without seasons.
    pub fn initial_level(&self) -> f64 {
        self.initial_level * self.scale
    }

    /// The seasons that were taken out, the first value's first: factors, or differences in the values' units. `None` where the
    /// series has none.
    pub fn seasonal_pattern(&self) -> Option<Vec<f64>> {
        let unit = if self.pattern.factors { 1.0 } else { self.scale };
        (!self.pattern.values.is_empty()).then(|| self.pattern.values.iter().map(|v| v * unit).collect())
    }

    /// Variance of the one-step errors without seasons.
    pub fn sigma2(&self) -> f64 {
        self.variance * self.scale * self.scale
    }
}

impl ForecastModel for ThetaModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        refuse_regressors(horizon, "Theta")?;
        let (n, steps) = (self.fitted.len(), horizon.steps());
        let (mut state, mut keep) = (self.last, self.by.keep(n));
        let mut mean = Vec::with_capacity(steps);
        for step in n..n + steps {
            let forecast = self.by.forecast(&state, keep);
            self.by.update(&mut state, step, forecast);
            keep *= 1.0 - self.by.alpha;
            mean.push(self.pattern.put_in(step, forecast) * self.scale);
        }
        if horizon.levels().is_empty() {
            return normal_forecast(mean, horizon, |_| 0.0);
        }
        if steps > MOST_INTERVALS {
            return Err(Error::unsupported(format!("intervals of Theta go {MOST_INTERVALS} steps at most")));
        }
        let spread = spread(&self.by, n, steps);
        normal_forecast(mean, horizon, |step| {
            self.pattern.widen(n + step, (self.variance * spread[step]).sqrt()) * self.scale
        })
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        series.require_complete("Theta")?;
        series.require_no_regressors("Theta")?;
        let values = series.values().iter().enumerate();
        let y: Vec<f64> = values.map(|(i, v)| self.pattern.take_out(i, v / self.scale)).collect();
        let mut model = self.clone();
        model.follow(&y).map_err(|problem| series.error("", problem))?;
        Ok(model)
    }
}

impl Recursion for ThetaModel {
    /// Of the values without seasons.
    fn errors(&self) -> Vec<f64> {
        self.errors.iter().map(|error| error * self.scale).collect()
    }

    fn error_deviation(&self) -> f64 {
        self.variance.sqrt() * self.scale
    }

    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        refuse_regressors(horizon, "Theta")?;
        let n = self.fitted.len();
        Ok(Box::new(move |path| {
            let (mut state, mut keep) = (self.last, self.by.keep(n));
            for (step, value) in (n..).zip(path) {
                let made = self.by.forecast(&state, keep) + *value / self.scale;
                self.by.update(&mut state, step, made);
                keep *= 1.0 - self.by.alpha;
                *value = self.pattern.put_in(step, made) * self.scale;
            }
        }))
    }
}

impl Persist for ThetaModel {
    const KIND: &'static str = "theta";

    fn validate(&self) -> Result<()> {
        let State { level, mean, a, b } = self.last;
        let Coefficients { alpha, weight, dynamic } = self.by;
        let numbers =
            [level, mean, a, b, self.line.0, self.line.1, self.initial_level, self.report.objective];
        let fits = numbers.iter().chain(&self.pattern.values).all(|v| v.is_finite())
            && alpha > 0.0
            && alpha < 1.0
            && (0.0..1.0).contains(&weight)
            && dynamic == self.kind.dynamic()
            && [self.variance, self.squares].iter().all(|v| v.is_finite() && *v >= 0.0)
            && self.scale.is_finite()
            && self.scale > 0.0
            && (!self.pattern.factors || self.pattern.values.iter().all(|v| *v > 0.0))
            && !self.fitted.is_empty();
        if !fits {
            return Err(Error::model_file("states that are no Theta model's"));
        }
        check_errors(&self.errors, self.fitted.len())?;
        check_fitted(&self.fitted, self.fitted.len())
    }
}
