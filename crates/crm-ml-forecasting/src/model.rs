//! What fitted models share.

use crm_ml_core::{Error, FitReport, Horizon, Result};

/// The report of a method that needs no iterations.
pub(crate) fn simple_report() -> FitReport {
    FitReport { converged: true, iterations: 0, objective: 0.0, notes: Vec::new() }
}

/// For models that take no regressors.
pub(crate) fn refuse_regressors(horizon: &Horizon<'_>, model: &str) -> Result<()> {
    match horizon.regressors() {
        Some(_) => Err(Error::unsupported(format!("{model} was fitted without regressors"))),
        None => Ok(()),
    }
}

/// Fitted values of a model file: one a value, none infinite.
pub(crate) fn check_fitted(fitted: &[f64], length: usize) -> Result<()> {
    if fitted.len() != length || fitted.iter().any(|value| value.is_infinite()) {
        return Err(Error::model_file("fitted values that do not belong to the series"));
    }
    Ok(())
}
