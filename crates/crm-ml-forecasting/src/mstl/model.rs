//! A fitted forecast of a series without its seasons, and the seasons.

use crm_ml_core::{
    Error, FitReport, Forecast, ForecastModel, Horizon, Persist, Result, Series, decode, encode,
    unknown_version,
};
use serde::{Deserialize, Serialize};

use super::decompose::Season;
use super::{adjusted_series, split};
use crate::intervals::finite;
use crate::model::{check_fitted, refuse_regressors};
use crate::{Forward, Recursion};

/// A fitted [`Mstl`](crate::Mstl).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MstlModel<M> {
    pub(super) parts: Parts,
    pub(super) trend: M,
}

/// All but the model of the trend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Parts {
    pub(super) seasons: Vec<Season>,
    pub(super) rounds: usize,
    pub(super) robust: bool,
    /// Of each season, the next step's value first.
    pub(super) last: Vec<Vec<f64>>,
    pub(super) fitted: Vec<f64>,
    pub(super) report: FitReport,
}

impl Parts {
    /// The sum of the seasons so many steps after the last value.
    fn season(&self, step: usize) -> f64 {
        self.last.iter().map(|season| season.get(step % season.len().max(1)).copied().unwrap_or(0.0)).sum()
    }
}

impl<M> MstlModel<M> {
    /// The model of the series without its seasons.
    pub fn trend_model(&self) -> &M {
        &self.trend
    }

    /// The lengths of the seasons that were found room for, ascending.
    pub fn season_lengths(&self) -> Vec<usize> {
        self.parts.seasons.iter().map(|season| season.length).collect()
    }
}

impl<M: ForecastModel> ForecastModel for MstlModel<M> {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        refuse_regressors(horizon, "Mstl")?;
        let mut forecast = self.trend.forecast(horizon)?;
        let add = |values: &mut Vec<f64>| {
            values.iter_mut().enumerate().for_each(|(step, value)| *value += self.parts.season(step));
        };
        add(&mut forecast.mean);
        for interval in &mut forecast.intervals {
            add(&mut interval.lower);
            add(&mut interval.upper);
        }
        finite(forecast)
    }

    fn fitted_values(&self) -> &[f64] {
        &self.parts.fitted
    }

    fn report(&self) -> &FitReport {
        &self.parts.report
    }

    /// Splits the series with the same windows; the trend's model keeps its parameters.
    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        series.require_complete("Mstl")?;
        series.require_no_regressors("Mstl")?;
        let longest = self.parts.seasons.iter().map(|season| season.length).max().unwrap_or(0);
        series.require_values("Mstl", 2 * longest)?;
        let found = split(series, &self.parts.seasons, self.parts.rounds, self.parts.robust)?;
        let trend = self.trend.apply(&adjusted_series(series, &found)?)?;
        let fitted = trend.fitted_values().iter().enumerate().map(|(t, v)| v + found.season(t)).collect();
        let parts = Parts { last: found.last_seasons(), fitted, ..self.parts.clone() };
        Ok(Self { parts, trend })
    }
}

/// That of the series without its seasons.
impl<M: Recursion> Recursion for MstlModel<M> {
    fn errors(&self) -> Vec<f64> {
        self.trend.errors()
    }

    fn error_deviation(&self) -> f64 {
        self.trend.error_deviation()
    }

    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        refuse_regressors(horizon, "Mstl")?;
        let trend = self.trend.forward(horizon)?;
        Ok(Box::new(move |path| {
            trend(path);
            path.iter_mut().enumerate().for_each(|(step, value)| *value += self.parts.season(step));
        }))
    }
}

impl<M: ForecastModel + Persist> Persist for MstlModel<M> {
    const KIND: &'static str = "mstl";

    fn validate(&self) -> Result<()> {
        let Parts { seasons, rounds, last, fitted, .. } = &self.parts;
        let fits = seasons.len() == last.len()
            && (1..=super::MOST_ROUNDS).contains(rounds)
            && seasons.windows(2).all(|pair| pair[0].length < pair[1].length)
            && seasons.iter().zip(last).all(|(season, last)| {
                season.length >= 2
                    && last.len() == season.length
                    && last.iter().all(|value| value.is_finite())
                    && season.length <= fitted.len() / 2
                    && season.window >= 3
                    && season.window % 2 == 1
                    && season.window <= super::MOST_WINDOW
            });
        if !fits {
            return Err(Error::model_file("seasons that do not belong to the series"));
        }
        check_fitted(fitted, self.trend.fitted_values().len())?;
        self.trend.validate()
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(&self.parts, self.trend.to_bytes()?))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (parts, trend): (Parts, Vec<u8>) = decode(payload)?;
        Ok(Self { parts, trend: M::from_bytes(&trend)? })
    }
}
