//! Several methods as one.

mod combine;
mod model;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Error, ErrorKind, FitReport, ForecastModel, Forecaster, Result, Series};

use crate::{AnyForecastModel, AnyForecaster, BackTest, ForecastMetric, Refit};

pub(crate) use combine::{Rule, combine};
pub use model::EnsembleModel;

const NAME: &str = "Ensemble";

/// How forecasts become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Combination {
    /// Their median: one method that goes astray does no harm.
    #[default]
    Median,
    /// Their mean.
    Mean,
    /// Their mean, weighted by 1 / error in a back-test inside the series. Where that is too short for one, weights are equal.
    InverseError {
        /// Values a window of the back-test has.
        horizon: usize,
        /// Windows, one value apart.
        n_windows: usize,
        /// Which error.
        metric: ForecastMetric,
    },
}

/// The median or mean of several methods' forecasts, which on the whole is better than any of them.
///
/// Bounds of intervals are combined as the forecasts are (quantile averaging): simple, and a little too wide where errors of the
/// methods have little in common; [`Conformal`](crate::Conformal) calibrates them. A method that gives an error for a series is left
/// out with a note. Missing values and regressors are taken where all methods take them.
///
/// J. Bates, C. Granger, The combination of forecasts, 1969; F. Petropoulos, I. Svetunkov, A simple combination of univariate
/// models, Int. J. Forecasting 36 (2020).
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::{Drift, Ensemble, HistoricAverage, Naive};
///
/// let ensemble = Ensemble::new([Naive::new().into(), Drift::new().into(), HistoricAverage::new().into()]);
/// let model = ensemble.fit(&Series::new(&[1.0, 2.0, 3.0])?)?;
/// assert_eq!(model.forecast(&Horizon::new(1)?)?.mean, [3.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    forecasters: Vec<AnyForecaster>,
    combination: Combination,
}

impl Ensemble {
    /// The median of these methods.
    pub fn new(forecasters: impl IntoIterator<Item = AnyForecaster>) -> Self {
        Self { forecasters: forecasters.into_iter().collect(), combination: Combination::default() }
    }

    /// How forecasts become one.
    pub fn combination(mut self, combination: Combination) -> Self {
        self.combination = combination;
        self
    }

    /// The methods.
    pub fn forecasters(&self) -> &[AnyForecaster] {
        &self.forecasters
    }

    /// How the forecasts of fitted methods are combined; `None` where weights come from a back-test of its own.
    pub(crate) fn simple_rule(&self) -> Option<Rule> {
        match self.combination {
            Combination::Median => Some(Rule::Median),
            Combination::Mean => Some(Rule::Mean),
            Combination::InverseError { .. } => None,
        }
    }

    fn check(&self) -> Result<()> {
        let mut check = Check::of(NAME).at_least("forecasters", self.forecasters.len(), 1);
        if let Combination::InverseError { horizon, n_windows, .. } = self.combination {
            check =
                check.between("horizon", horizon, 1, 1_000_000).between("n_windows", n_windows, 1, 1_000_000);
        }
        check.finish()
    }

    /// One weight a method, or `None` where it has no error to tell.
    fn weights(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>> {
        let Combination::InverseError { horizon, n_windows, metric } = self.combination else {
            return Ok(vec![None; self.forecasters.len()]);
        };
        let test = BackTest::new(horizon)
            .n_windows(n_windows)
            .refit(Refit::First)
            .min_train(series.len().div_ceil(2));
        let error = |forecaster| {
            let report = test.run(forecaster, std::slice::from_ref(series))?;
            Ok(report.metrics().get(metric))
        };
        let errors = self.forecasters.iter().map(error).collect::<Result<Vec<_>>>()?;
        // A method without error does not take all the weight: errors count from a thousandth of the largest.
        let least = errors.iter().flatten().fold(0.0, |a: f64, b| a.max(*b)) / 1e3;
        let weight = |error: f64| if least > 0.0 { least / error.max(least) } else { 1.0 };
        Ok(errors.into_iter().map(|error| error.map(weight)).collect())
    }
}

impl Forecaster for Ensemble {
    type Model = EnsembleModel;

    fn fit(&self, series: &Series<'_>) -> Result<EnsembleModel> {
        self.check()?;
        let mut report = FitReport { converged: true, iterations: 0, objective: 0.0, notes: Vec::new() };
        let mut found: Vec<(String, AnyForecastModel, Option<f64>)> = Vec::new();
        let mut first_error: Option<Error> = None;
        let weights = self.weights(series)?;
        for (forecaster, weight) in self.forecasters.iter().zip(weights) {
            match forecaster.fit(series) {
                Ok(model) => {
                    let notes =
                        model.report().notes.iter().map(|note| format!("{}: {note}", forecaster.name()));
                    report.notes.extend(notes);
                    report.converged &= model.report().converged;
                    report.iterations = report.iterations.max(model.report().iterations);
                    found.push((forecaster.name().to_owned(), model, weight));
                }
                Err(error) if matches!(error.kind(), ErrorKind::InvalidParameters { .. }) => {
                    return Err(error);
                }
                Err(error) => {
                    report.notes.push(format!("{} is left out: {error}", forecaster.name()));
                    first_error.get_or_insert(error);
                }
            }
        }
        if let (true, Some(error)) = (found.is_empty(), first_error) {
            return Err(error);
        }
        let rule = match self.combination {
            Combination::Median => Rule::Median,
            Combination::Mean => Rule::Mean,
            Combination::InverseError { .. } if found.iter().all(|(_, _, weight)| weight.is_some()) => {
                Rule::Weighted(found.iter().filter_map(|(_, _, weight)| *weight).collect())
            }
            Combination::InverseError { .. } => {
                report.notes.push("no back-test of every method: the weights are equal".to_owned());
                Rule::Mean
            }
        };
        let (names, models) = found.into_iter().map(|(name, model, _)| (name, model)).unzip();
        EnsembleModel::new(names, models, rule, report)
    }
}
