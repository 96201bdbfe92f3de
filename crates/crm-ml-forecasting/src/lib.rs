#![doc = include_str!("../README.md")]

mod anomalies;
mod arima;
mod auto_arima;
mod change_points;
mod criterion;
mod croston;
mod decompose;
mod ets;
mod global_boosting;
mod intervals;
mod many;
mod model;
mod mstl;
mod optimize;
mod panel;
mod quasi_newton;
mod scale;
mod simple;
mod stl;
mod theta;
mod trend_regression;

pub use anomalies::{SeriesAnomalies, SeriesAnomaly};
pub use arima::{Arima, ArimaCoefficients, ArimaMethod, ArimaModel};
pub use auto_arima::AutoArima;
pub use change_points::{Change, Pelt};
pub use criterion::InformationCriterion;
pub use croston::{Croston, CrostonModel, CrostonVariant};
pub use ets::{AutoEts, Bounds, Component, ErrorType, Ets, EtsCriterion, EtsForm, EtsModel, Smoothing};
pub use global_boosting::{GlobalBoosting, GlobalBoostingModel};
pub use many::forecast_many;
pub use mstl::{Mstl, MstlModel, MultipleDecomposition};
pub use panel::{Duplicates, Fill, LongTable, Moment, Panel, infer_frequency};
pub use simple::{
    Drift, HistoricAverage, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel, WindowAverage,
};
pub use stl::{Decomposition, Stl};
pub use theta::{AutoTheta, DecompositionType, Theta, ThetaKind, ThetaModel};
pub use trend_regression::{Trend, TrendRegression, TrendRegressionModel};
