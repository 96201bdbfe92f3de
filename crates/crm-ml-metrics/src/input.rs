//! Checks of what every metric takes.

use crm_ml_core::{Error, ErrorKind, Result};
use ndarray::ArrayView2;

use crate::sum;

/// At least one row, as many values in every input, weights that are finite, not negative and not all zero, and so is their sum.
pub(crate) fn rows(rows: usize, others: &[(&str, usize)], weights: Option<&[f64]>) -> Result<()> {
    if rows == 0 {
        return Err(Error::empty("rows"));
    }
    for (what, found) in others {
        if *found != rows {
            return Err(Error::length(*what, rows, *found));
        }
    }
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(Error::length("weights", rows, weights.len()));
    }
    if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(ErrorKind::InvalidWeight { row, value: weights[row] }.into());
    }
    total(weights).map(|_| ())
}

/// The sum of weights that are finite and not negative. Errors: it is 0 or not finite.
pub(crate) fn total(weights: &[f64]) -> Result<f64> {
    match sum::sum(weights.len(), |row| weights[row]) {
        0.0 => Err(ErrorKind::AllWeightsZero.into()),
        total if total.is_finite() => Ok(total),
        _ => Err(Error::unsupported("weights whose sum is not finite")),
    }
}

/// Values that are finite.
pub(crate) fn finite(what: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(row) => Err(ErrorKind::NotFinite { row, column: what.to_owned(), value: values[row] }.into()),
    }
}

/// Values from 0 to 1.
pub(crate) fn probabilities<'v>(values: impl IntoIterator<Item = &'v f64>) -> Result<()> {
    match values.into_iter().enumerate().find(|(_, p)| !(**p >= 0.0 && **p <= 1.0)) {
        None => Ok(()),
        Some((position, p)) => {
            Err(Error::unsupported(format!("probability {position}: {p} is not from 0 to 1")))
        }
    }
}

/// Probabilities of classes: one column a class, codes below the number of columns.
pub(crate) fn class_probabilities(
    truth: &[u32],
    proba: &ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
) -> Result<()> {
    rows(truth.len(), &[("rows of probabilities", proba.nrows())], weights)?;
    codes(truth, proba.ncols())?;
    probabilities(proba)
}

/// Codes below the number of classes.
pub(crate) fn codes(codes: &[u32], classes: usize) -> Result<()> {
    match codes.iter().position(|&code| code as usize >= classes) {
        None => Ok(()),
        Some(row) => {
            let requirement = format!("a code must be below {classes}");
            Err(ErrorKind::InvalidTarget { row, value: codes[row].to_string(), requirement }.into())
        }
    }
}

/// Whether all rows of positive weight have one value.
pub(crate) fn constant(values: &[f64], weights: Option<&[f64]>) -> bool {
    let mut present = (0..values.len()).filter(|row| weight(weights, *row) > 0.0).map(|row| values[row]);
    present.next().is_none_or(|first| present.all(|value| value == first))
}

/// Weight of a row: 1 without weights.
pub(crate) fn weight(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |w| w[row])
}
