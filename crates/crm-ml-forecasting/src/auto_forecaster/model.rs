//! The chosen method, and how the others did.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crm_ml_core::{
    Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series, decode, encode,
    unknown_version,
};

use super::Tested;
use crate::{AnyForecastModel, AnyForecaster, ConformalModel, ForecastMetrics, SamplePaths};

/// How one method did in the back-test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Name of the method.
    pub name: String,
    /// What it is chosen by, to be small; `None` where it could not be tested.
    pub error: Option<f64>,
    /// All measures of the back-test.
    pub metrics: ForecastMetrics,
    /// Windows of the back-test.
    pub windows: usize,
    /// Whether it is the one.
    pub chosen: bool,
    /// Why it was tested on fewer windows, or could not be fitted.
    pub note: Option<String>,
}

impl Candidate {
    pub(super) fn new(of: &AnyForecaster, tested: &Tested) -> Self {
        Self {
            name: of.name().to_owned(),
            error: tested.error,
            metrics: tested.report.metrics(),
            windows: tested.report.windows().len(),
            chosen: false,
            note: tested.report.failures().first().map(|failure| failure.error.clone()),
        }
    }
}

/// A fitted [`AutoForecaster`](crate::AutoForecaster).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutoForecasterModel {
    model: ConformalModel<Box<AnyForecastModel>>,
    candidates: Vec<Candidate>,
}

impl AutoForecasterModel {
    pub(super) fn new(model: ConformalModel<Box<AnyForecastModel>>, candidates: Vec<Candidate>) -> Self {
        Self { model, candidates }
    }

    /// The name of the chosen method.
    pub fn name(&self) -> &str {
        self.candidates.iter().find(|candidate| candidate.chosen).map_or("", |candidate| &candidate.name)
    }

    /// The back-test of every candidate.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The model of the chosen method with its calibrated intervals.
    pub fn model(&self) -> &ConformalModel<Box<AnyForecastModel>> {
        &self.model
    }
}

/// Those of the chosen method with its calibration.
impl SamplePaths for AutoForecasterModel {
    fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>> {
        self.model.sample_paths(horizon, count, seed)
    }
}

impl ForecastModel for AutoForecasterModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        self.model.forecast(horizon)
    }

    fn fitted_values(&self) -> &[f64] {
        self.model.fitted_values()
    }

    fn report(&self) -> &FitReport {
        self.model.report()
    }

    /// Applies the chosen model; nothing is chosen or calibrated again.
    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        Ok(Self { model: self.model.apply(series)?, candidates: self.candidates.clone() })
    }
}

impl Persist for AutoForecasterModel {
    const KIND: &'static str = "auto-forecast";

    fn validate(&self) -> Result<()> {
        if self.candidates.iter().filter(|candidate| candidate.chosen).count() != 1 {
            return Err(Error::model_file("not one candidate is the chosen one"));
        }
        self.model.validate()
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.model.to_bytes()?, &self.candidates))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (model, candidates): (Vec<u8>, Vec<Candidate>) = decode(payload)?;
        Ok(Self { model: ConformalModel::from_bytes(&model)?, candidates })
    }
}
