#![doc = include_str!("../README.md")]

mod intervals;
mod model;
mod simple;

pub use simple::{
    Drift, HistoricAverage, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel, WindowAverage,
};
