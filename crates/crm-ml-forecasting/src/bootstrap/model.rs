//! A fitted method whose errors are drawn again.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crm_ml_core::{
    Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series, decode, encode,
    unknown_version,
};

use crate::paths::{path_count, path_intervals};
use crate::{Recursion, SamplePaths, joint_sample_paths};

/// The most paths: what memory bears.
pub(super) const MOST_PATHS: usize = 1_000_000;
/// Fewer errors than these are told of: the bounds of 95 % lie among the outermost two.
const FEW_ERRORS: usize = 40;

/// A fitted [`Bootstrap`](crate::Bootstrap).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapModel<M> {
    model: M,
    n_paths: usize,
    seed: u64,
    report: FitReport,
}

impl<M: Recursion> BootstrapModel<M> {
    pub(super) fn new(model: M, n_paths: usize, seed: u64) -> Self {
        let mut report = model.report().clone();
        let errors = model.errors().iter().filter(|error| error.is_finite()).count();
        if errors < FEW_ERRORS {
            report.notes.push(format!("intervals are drawn from no more than {errors} errors of the fit"));
        }
        Self { model, n_paths, seed, report }
    }
}

impl<M> BootstrapModel<M> {
    /// The model whose forecasts these are.
    pub fn model(&self) -> &M {
        &self.model
    }
}

impl<M: Recursion> SamplePaths for BootstrapModel<M> {
    fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>> {
        let paths = joint_sample_paths(std::slice::from_ref(&self.model), horizon, count, seed)?;
        paths.into_iter().next().ok_or_else(|| Error::empty("models"))
    }
}

impl<M: Recursion> ForecastModel for BootstrapModel<M> {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        let forecast = self.model.forecast(&horizon.clone().with_levels(&[])?)?;
        if horizon.levels().is_empty() {
            return Ok(forecast);
        }
        let count = path_count(self.n_paths, horizon.steps())?;
        let paths = self.sample_paths(horizon, count, self.seed)?;
        path_intervals(forecast.mean, horizon, paths.view())
    }

    fn fitted_values(&self) -> &[f64] {
        self.model.fitted_values()
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    /// Applies the model; errors are those of the new values.
    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        Ok(Self::new(self.model.apply(series)?, self.n_paths, self.seed))
    }
}

impl<M: Recursion + Persist> Persist for BootstrapModel<M> {
    const KIND: &'static str = "bootstrap-forecast";

    fn validate(&self) -> Result<()> {
        if !(1..=MOST_PATHS).contains(&self.n_paths) {
            return Err(Error::model_file("a number of paths out of range"));
        }
        self.model.validate()
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.model.to_bytes()?, self.n_paths, self.seed, &self.report))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (model, n_paths, seed, report): (Vec<u8>, usize, u64, FitReport) = decode(payload)?;
        Ok(Self { model: M::from_bytes(&model)?, n_paths, seed, report })
    }
}
