#![doc = include_str!("../README.md")]

mod amounts;
mod arrivals;
mod back_test;
mod deals;
mod forecast;
mod forecaster;
mod hazards;
mod model;
mod outcomes;
mod outlook;
mod quarter;
mod reasons;
mod report;
mod simulate;
mod stages;
mod statistical;

pub use back_test::{
    Method, MethodMetrics, PipelineBackTest, PipelineBackTestReport, PipelineBackTestWindow, RangeCoverage,
};
pub use deals::{Deals, StageDates, StageEntry, StageHistory};
pub use forecast::{DealForecast, PipelineForecast};
pub use forecaster::PipelineForecaster;
pub use hazards::{AgeSpan, StageHazards};
pub use model::PipelineModel;
pub use outcomes::Outcomes;
pub use quarter::Quarter;
pub use reasons::DealReasons;
pub use report::QuarterReport;
pub use stages::Stages;
pub use statistical::StatisticalForecast;
