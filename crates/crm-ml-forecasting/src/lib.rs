#![doc = include_str!("../README.md")]

mod anomalies;
mod any;
mod arima;
mod auto_arima;
mod auto_forecaster;
mod back_test;
mod bootstrap;
mod change_points;
mod conformal;
mod criterion;
mod croston;
mod decompose;
mod ensemble;
mod ets;
mod global_boosting;
mod hierarchy;
mod holidays;
mod intervals;
mod many;
mod median;
mod model;
mod mstl;
mod optimize;
mod panel;
mod paths;
mod scale;
mod simple;
mod stl;
mod theta;
mod trend_regression;

pub use anomalies::{SeriesAnomalies, SeriesAnomaly};
pub use any::{AnyForecastModel, AnyForecaster};
pub use arima::{Arima, ArimaCoefficients, ArimaMethod, ArimaModel};
pub use auto_arima::AutoArima;
pub use auto_forecaster::{AutoForecaster, AutoForecasterModel, Candidate};
pub use back_test::{
    BackTest, BackTestFailure, BackTestReport, BackTestWindow, ForecastMetric, ForecastMetrics,
    IntervalMetrics, Refit, Training,
};
pub use bootstrap::{Bootstrap, BootstrapModel};
pub use change_points::{Change, Pelt};
pub use conformal::{Conformal, ConformalModel};
pub use criterion::InformationCriterion;
pub use croston::{Croston, CrostonModel, CrostonVariant};
pub use ensemble::{Combination, Ensemble, EnsembleModel};
pub use ets::{AutoEts, Bounds, Component, ErrorType, Ets, EtsCriterion, EtsForm, EtsModel, Smoothing};
pub use global_boosting::{GlobalBoosting, GlobalBoostingModel};
pub use hierarchy::{Hierarchy, Reconciliation};
pub use holidays::Holidays;
pub use many::forecast_many;
pub use mstl::{Mstl, MstlModel, MultipleDecomposition};
pub use panel::{Duplicates, Fill, LongTable, Moment, Panel, infer_frequency};
pub use paths::{Forward, Reach, Recursion, SamplePaths, joint_sample_paths};
pub use simple::{
    Drift, HistoricAverage, Naive, SeasonalNaive, SeasonalWindowAverage, SimpleModel, WindowAverage,
};
pub use stl::{Decomposition, Stl};
pub use theta::{AutoTheta, DecompositionType, Theta, ThetaKind, ThetaModel};
pub use trend_regression::{Trend, TrendRegression, TrendRegressionModel};
