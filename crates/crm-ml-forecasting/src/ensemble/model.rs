//! Fitted methods, combined.

use serde::{Deserialize, Serialize};

use crm_ml_core::{
    Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series, decode, encode,
    unknown_version,
};

use super::combine::{Rule, combine};
use crate::AnyForecastModel;
use crate::intervals::finite;

/// A fitted [`Ensemble`](crate::Ensemble).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnsembleModel {
    names: Vec<String>,
    models: Vec<AnyForecastModel>,
    rule: Rule,
    fitted: Vec<f64>,
    report: FitReport,
}

impl EnsembleModel {
    pub(crate) fn new(
        names: Vec<String>,
        models: Vec<AnyForecastModel>,
        rule: Rule,
        report: FitReport,
    ) -> Result<Self> {
        let fitted: Vec<&[f64]> = models.iter().map(ForecastModel::fitted_values).collect();
        let fitted = rule.lists(&fitted);
        Ok(Self { names, models, rule, fitted, report })
    }

    /// The names of the methods that could be fitted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Their models.
    pub fn models(&self) -> &[AnyForecastModel] {
        &self.models
    }

    /// Their weights, which sum to 1; `None` for the median.
    pub fn weights(&self) -> Option<Vec<f64>> {
        let equal = vec![1.0; self.models.len()];
        let weights = match &self.rule {
            Rule::Median => return None,
            Rule::Mean => &equal,
            Rule::Weighted(weights) => weights,
        };
        let total: f64 = weights.iter().sum();
        Some(weights.iter().map(|weight| weight / total).collect())
    }
}

impl ForecastModel for EnsembleModel {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        let all = self.models.iter().map(|model| model.forecast(horizon)).collect::<Result<Vec<_>>>()?;
        let forecast = combine(&all.iter().collect::<Vec<_>>(), &self.rule);
        finite(forecast)
    }

    fn fitted_values(&self) -> &[f64] {
        &self.fitted
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    /// Applies every model; the weights stay.
    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        let models = self.models.iter().map(|model| model.apply(series)).collect::<Result<Vec<_>>>()?;
        Self::new(self.names.clone(), models, self.rule.clone(), self.report.clone())
    }
}

impl Persist for EnsembleModel {
    const KIND: &'static str = "forecast-ensemble";

    fn validate(&self) -> Result<()> {
        let members = self.models.len();
        let weighted = match &self.rule {
            Rule::Weighted(weights) => {
                weights.len() == members && weights.iter().all(|weight| *weight > 0.0 && *weight <= 1.0)
            }
            Rule::Median | Rule::Mean => true,
        };
        let length = self.fitted.len();
        let same = self.models.iter().all(|model| model.fitted_values().len() == length);
        let finite = !self.fitted.iter().any(|value| value.is_infinite());
        if members == 0 || self.names.len() != members || !weighted || !same || !finite {
            return Err(Error::model_file("an ensemble whose parts do not belong together"));
        }
        self.models.iter().try_for_each(Persist::validate)
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        let models = self.models.iter().map(Persist::to_bytes).collect::<Result<Vec<_>>>()?;
        encode(&(&self.names, models, &self.rule, &self.fitted, &self.report))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        type Parts = (Vec<String>, Vec<Vec<u8>>, Rule, Vec<f64>, FitReport);
        let (names, models, rule, fitted, report): Parts = decode(payload)?;
        let models = models.iter().map(|model| AnyForecastModel::from_bytes(model)).collect::<Result<_>>()?;
        Ok(Self { names, models, rule, fitted, report })
    }
}
