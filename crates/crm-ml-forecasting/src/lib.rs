#![doc = include_str!("../README.md")]

mod arima;
mod auto_arima;
mod criterion;
mod intervals;
mod model;
mod quasi_newton;
mod simple;
mod stl;

pub use arima::{Arima, ArimaCoefficients, ArimaMethod, ArimaModel};
pub use auto_arima::AutoArima;
pub use criterion::InformationCriterion;
pub use simple::{
    Drift, HistoricAverage, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel, WindowAverage,
};
pub use stl::{Decomposition, Stl};
