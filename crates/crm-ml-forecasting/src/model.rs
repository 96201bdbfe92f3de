//! What fitted models share.

use crm_ml_core::{Error, FitReport, Horizon, Result, Schema, Series};

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

/// Whether a horizon has the regressors a model was fitted with, and no others.
pub(crate) fn accept_regressors(schema: Option<&Schema>, horizon: &Horizon<'_>, model: &str) -> Result<()> {
    match (schema, horizon.regressors()) {
        (Some(schema), Some(known)) => schema.accepts(known),
        (Some(_), None) => {
            Err(Error::unsupported(format!("{model} was fitted with regressors: the horizon needs them too")))
        }
        (None, _) => refuse_regressors(horizon, model),
    }
}

/// Whether a series has the regressors a model was fitted with, and no others.
pub(crate) fn same_regressors(schema: Option<&Schema>, series: &Series<'_>) -> Result<()> {
    match (schema, series.regressors()) {
        (Some(schema), Some(known)) => schema.accepts(known),
        (None, None) => Ok(()),
        _ => Err(series.error("", "its regressors are not those of the fit")),
    }
}

/// Values less what was expected of them; NaN where nothing was, or numbers end.
pub(crate) fn errors_of(values: &[f64], fitted: &[f64]) -> Vec<f64> {
    let error = |(value, fitted): (&f64, &f64)| value - fitted;
    values
        .iter()
        .zip(fitted)
        .map(error)
        .map(|error| if error.is_finite() { error } else { f64::NAN })
        .collect()
}

/// Errors of a model file: one a value, none infinite.
pub(crate) fn check_errors(errors: &[f64], length: usize) -> Result<()> {
    if errors.len() != length || errors.iter().any(|error| error.is_infinite()) {
        return Err(Error::model_file("errors that do not belong to the series"));
    }
    Ok(())
}

/// Fitted values of a model file: one a value, none infinite.
pub(crate) fn check_fitted(fitted: &[f64], length: usize) -> Result<()> {
    if fitted.len() != length || fitted.iter().any(|value| value.is_infinite()) {
        return Err(Error::model_file("fitted values that do not belong to the series"));
    }
    Ok(())
}
