//! A fitted method with calibrated intervals.

use serde::{Deserialize, Serialize};

use crm_ml_core::{
    FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series, decode, encode, unknown_version,
};

use super::calibration::Calibration;

/// A fitted [`Conformal`](crate::Conformal).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConformalModel<M> {
    pub(super) model: M,
    pub(super) calibration: Calibration,
    report: FitReport,
}

impl<M: ForecastModel> ConformalModel<M> {
    pub(crate) fn new(model: M, calibration: Calibration) -> Self {
        let mut report = model.report().clone();
        match (calibration.windows(), calibration.highest_level()) {
            (0, _) => report.notes.push(
                "the series is too short for a back-test: intervals are those of the method itself, widened".to_owned(),
            ),
            (windows, highest) => report.notes.push(format!(
                "intervals are calibrated on {windows} windows; above {highest:.1} % they are the method's own, widened"
            )),
        }
        Self { model, calibration, report }
    }
}

impl<M> ConformalModel<M> {
    /// The model whose forecasts these are.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The highest level in percent for which the back-test has errors enough; above it the model's own intervals are widened.
    pub fn highest_level(&self) -> f64 {
        self.calibration.highest_level()
    }
}

impl<M: ForecastModel> ForecastModel for ConformalModel<M> {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        if horizon.levels().is_empty() {
            return self.model.forecast(horizon);
        }
        self.calibration.forecast(&self.model, horizon)
    }

    fn fitted_values(&self) -> &[f64] {
        self.model.fitted_values()
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    /// Applies the model; its errors in the back-test stay.
    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        let model = self.model.apply(series)?;
        Ok(Self { model, calibration: self.calibration.clone(), report: self.report.clone() })
    }
}

impl<M: ForecastModel + Persist> Persist for ConformalModel<M> {
    const KIND: &'static str = "conformal-forecast";

    fn validate(&self) -> Result<()> {
        self.calibration.validate()?;
        self.model.validate()
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(self.model.to_bytes()?, &self.calibration, &self.report))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (model, calibration, report): (Vec<u8>, Calibration, FitReport) = decode(payload)?;
        Ok(Self { model: M::from_bytes(&model)?, calibration, report })
    }
}
