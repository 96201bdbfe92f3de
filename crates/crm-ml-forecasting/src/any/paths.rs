//! Possible futures of any model.

use ndarray::Array2;

use crm_ml_core::{Error, Horizon, Result};

use super::AnyForecastModel;
use crate::{Forward, Recursion, SamplePaths};

/// What a model with a recursion does, or what is done for the others.
macro_rules! recursion {
    ($any:expr, $model:ident => $does:expr, $other:pat => $else:expr) => {
        match $any {
            AnyForecastModel::Simple($model) => $does,
            AnyForecastModel::Ets($model) => $does,
            AnyForecastModel::Arima($model) => $does,
            AnyForecastModel::Theta($model) => $does,
            AnyForecastModel::TrendRegression($model) => $does,
            AnyForecastModel::Mstl($model) => $does,
            $other => $else,
        }
    };
}

fn none() -> Error {
    Error::unsupported(
        "errors run forward by Croston, an ensemble, or a method whose intervals are calibrated or drawn already",
    )
}

/// That of the method inside. Croston, ensembles, and methods whose intervals are calibrated or drawn have none, and no errors.
impl Recursion for AnyForecastModel {
    fn errors(&self) -> Vec<f64> {
        recursion!(self, model => model.errors(), _ => Vec::new())
    }

    fn error_deviation(&self) -> f64 {
        recursion!(self, model => model.error_deviation(), _ => f64::NAN)
    }

    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        recursion!(self, model => model.forward(horizon), _ => Err(none()))
    }
}

impl Recursion for Box<AnyForecastModel> {
    fn errors(&self) -> Vec<f64> {
        (**self).errors()
    }

    fn error_deviation(&self) -> f64 {
        (**self).error_deviation()
    }

    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>> {
        (**self).forward(horizon)
    }
}

/// Those of the method inside; Croston and ensembles have none.
impl SamplePaths for AnyForecastModel {
    fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>> {
        recursion!(self, model => model.sample_paths(horizon, count, seed), other => match other {
            Self::Conformal(model) => model.sample_paths(horizon, count, seed),
            Self::Auto(model) => model.sample_paths(horizon, count, seed),
            Self::Bootstrap(model) => model.sample_paths(horizon, count, seed),
            _ => Err(none()),
        })
    }
}
