#![doc = include_str!("../README.md")]

mod arima;
mod auto_arima;
mod criterion;
mod croston;
mod intervals;
mod model;
mod panel;
mod quasi_newton;
mod simple;
mod stl;

pub use arima::{Arima, ArimaCoefficients, ArimaMethod, ArimaModel};
pub use auto_arima::AutoArima;
pub use criterion::InformationCriterion;
pub use croston::{Croston, CrostonModel, CrostonVariant};
pub use panel::{Duplicates, Fill, LongTable, Moment, Panel, infer_frequency};
pub use simple::{
    Drift, HistoricAverage, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel, WindowAverage,
};
pub use stl::{Decomposition, Stl};
