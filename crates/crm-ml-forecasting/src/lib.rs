#![doc = include_str!("../README.md")]

mod arima;
mod auto_arima;
mod criterion;
mod decompose;
mod ets;
mod intervals;
mod many;
mod model;
mod mstl;
mod optimize;
mod quasi_newton;
mod scale;
mod simple;
mod stl;
mod theta;

pub use arima::{Arima, ArimaCoefficients, ArimaMethod, ArimaModel};
pub use auto_arima::AutoArima;
pub use criterion::InformationCriterion;
pub use ets::{AutoEts, Bounds, Component, ErrorType, Ets, EtsCriterion, EtsForm, EtsModel, Smoothing};
pub use many::forecast_many;
pub use mstl::{Mstl, MstlModel, MultipleDecomposition};
pub use simple::{
    Drift, HistoricAverage, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel, WindowAverage,
};
pub use stl::{Decomposition, Stl};
pub use theta::{AutoTheta, DecompositionType, Theta, ThetaKind, ThetaModel};
