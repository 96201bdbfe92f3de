//! Any of the crate's forecasters, so that lists of them can be mixed.

mod depth;
mod paths;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{
    Error, FitReport, Forecast, ForecastModel, Forecaster, Horizon, Persist, Result, Series, decode, encode,
    unknown_version,
};

use crate::{
    Arima, ArimaModel, AutoArima, AutoEts, AutoForecaster, AutoForecasterModel, AutoTheta, Bootstrap,
    BootstrapModel, Conformal, ConformalModel, Croston, CrostonModel, Drift, Ensemble, EnsembleModel, Ets,
    EtsModel, HistoricAverage, Mstl, MstlModel, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel,
    Theta, ThetaModel, TrendRegression, TrendRegressionModel, WindowAverage,
};
use depth::deeper;

/// The enum of forecasters, and their names.
macro_rules! forecasters {
    ($($variant:ident($forecaster:ty) => $model:ident),* $(,)?) => {
        /// Any method of this crate for one series, with its parameters.
        ///
        /// Made with `into()`, so that lists of candidates, ensembles and back-tests take any mix.
        ///
        /// ```
        /// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
        /// use crm_ml_forecasting::{AnyForecaster, Drift, Naive};
        ///
        /// let methods: [AnyForecaster; 2] = [Naive::new().into(), Drift::new().into()];
        /// let series = Series::new(&[1.0, 2.0, 3.0])?;
        /// for (method, (name, next)) in methods.iter().zip([("Naive", 3.0), ("Drift", 4.0)]) {
        ///     assert_eq!(method.name(), name);
        ///     assert_eq!(method.fit(&series)?.forecast(&Horizon::new(1)?)?.mean, [next]);
        /// }
        /// # Ok::<(), crm_ml_core::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum AnyForecaster {
            $(#[doc = concat!("See [`", stringify!($variant), "`](crate::", stringify!($variant), ").")]
            $variant($forecaster),)*
        }

        impl AnyForecaster {
            /// The name of the method, and of the member of the Theta family.
            pub fn name(&self) -> &'static str {
                if let Self::Theta(theta) = self {
                    return theta.name();
                }
                match self {
                    $(Self::$variant(_) => stringify!($variant),)*
                }
            }
        }

        $(impl From<$forecaster> for AnyForecaster {
            fn from(forecaster: $forecaster) -> Self {
                Self::$variant(forecaster)
            }
        })*

        impl Forecaster for AnyForecaster {
            type Model = AnyForecastModel;

            fn fit(&self, series: &Series<'_>) -> Result<AnyForecastModel> {
                Ok(match self {
                    $(Self::$variant(forecaster) => AnyForecastModel::$model(forecaster.fit(series)?),)*
                })
            }
        }
    };
}

/// The enum of fitted models.
macro_rules! models {
    ($($variant:ident($model:ty) = $tag:literal),* $(,)?) => {
        /// A fitted [`AnyForecaster`].
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum AnyForecastModel {
            $(#[doc = concat!("Of [`", stringify!($model), "`].")]
            $variant($model),)*
        }

        impl ForecastModel for AnyForecastModel {
            fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
                match self {
                    $(Self::$variant(model) => model.forecast(horizon),)*
                }
            }

            fn fitted_values(&self) -> &[f64] {
                match self {
                    $(Self::$variant(model) => model.fitted_values(),)*
                }
            }

            fn report(&self) -> &FitReport {
                match self {
                    $(Self::$variant(model) => model.report(),)*
                }
            }

            fn apply(&self, series: &Series<'_>) -> Result<Self> {
                Ok(match self {
                    $(Self::$variant(model) => Self::$variant(model.apply(series)?),)*
                })
            }
        }

        impl Persist for AnyForecastModel {
            const KIND: &'static str = "any-forecast";

            fn validate(&self) -> Result<()> {
                match self {
                    $(Self::$variant(model) => model.validate(),)*
                }
            }

            fn write_payload(&self) -> Result<Vec<u8>> {
                match self {
                    $(Self::$variant(model) => encode(&($tag as u8, model.to_bytes()?)),)*
                }
            }

            fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
                if version != Self::VERSION {
                    return Err(unknown_version(Self::KIND, version, Self::VERSION));
                }
                let (tag, model): (u8, Vec<u8>) = decode(payload)?;
                deeper(|| match tag {
                    $($tag => Ok(Self::$variant(<$model>::from_bytes(&model)?)),)*
                    _ => Err(Error::model_file("a forecast model of an unknown kind")),
                })
            }
        }
    };
}

forecasters! {
    Naive(Naive) => Simple,
    SeasonalNaive(SeasonalNaive) => Simple,
    Drift(Drift) => Simple,
    HistoricAverage(HistoricAverage) => Simple,
    WindowAverage(WindowAverage) => Simple,
    SeasonalWindowAverage(SeasonalWindowAverage) => Simple,
    Ets(Ets) => Ets,
    AutoEts(AutoEts) => Ets,
    Arima(Arima) => Arima,
    AutoArima(AutoArima) => Arima,
    Theta(Theta) => Theta,
    AutoTheta(AutoTheta) => Theta,
    Croston(Croston) => Croston,
    TrendRegression(TrendRegression) => TrendRegression,
    Mstl(Mstl<Box<AnyForecaster>>) => Mstl,
    Conformal(Conformal<Box<AnyForecaster>>) => Conformal,
    Ensemble(Ensemble) => Ensemble,
    AutoForecaster(AutoForecaster) => Auto,
    Bootstrap(Bootstrap<Box<AnyForecaster>>) => Bootstrap,
}

// Tags are written to files: never give one to another model.
models! {
    Simple(SimpleModel) = 0,
    Ets(EtsModel) = 1,
    Arima(ArimaModel) = 2,
    Theta(ThetaModel) = 3,
    Croston(CrostonModel) = 4,
    TrendRegression(TrendRegressionModel) = 5,
    Mstl(MstlModel<Box<AnyForecastModel>>) = 6,
    Conformal(ConformalModel<Box<AnyForecastModel>>) = 7,
    Ensemble(EnsembleModel) = 8,
    Auto(AutoForecasterModel) = 9,
    Bootstrap(BootstrapModel<Box<AnyForecastModel>>) = 10,
}

impl Forecaster for Box<AnyForecaster> {
    type Model = Box<AnyForecastModel>;

    fn fit(&self, series: &Series<'_>) -> Result<Self::Model> {
        (**self).fit(series).map(Box::new)
    }
}

impl ForecastModel for Box<AnyForecastModel> {
    fn forecast(&self, horizon: &Horizon<'_>) -> Result<Forecast> {
        (**self).forecast(horizon)
    }

    fn fitted_values(&self) -> &[f64] {
        (**self).fitted_values()
    }

    fn report(&self) -> &FitReport {
        (**self).report()
    }

    fn apply(&self, series: &Series<'_>) -> Result<Self> {
        (**self).apply(series).map(Box::new)
    }
}

impl Persist for Box<AnyForecastModel> {
    const KIND: &'static str = AnyForecastModel::KIND;

    fn validate(&self) -> Result<()> {
        (**self).validate()
    }

    fn write_payload(&self) -> Result<Vec<u8>> {
        (**self).write_payload()
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        AnyForecastModel::read_payload(version, payload).map(Box::new)
    }
}
