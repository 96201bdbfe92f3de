#![doc = include_str!("../README.md")]

mod decompose;
mod ets;
mod intervals;
mod model;
mod optimize;
mod scale;
mod simple;

pub use ets::{
    AutoEts, Bounds, Component, ErrorType, Ets, EtsCriterion, EtsForm, EtsModel, InformationCriterion,
    Smoothing,
};
pub use simple::{
    Drift, HistoricAverage, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel, WindowAverage,
};
