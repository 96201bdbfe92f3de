//! Restricted maximum likelihood of a regression with one random effect.

use ndarray::{Array1, Array2, Axis, concatenate, s};

use crm_ml_core::{FitReport, Result, Series};
use crm_ml_linalg::{LeastSquares, SymmetricEigen, ThinSvd, matmul, matmul_tn};

use super::TrendRegression;
use super::design::Design;
use super::model::{Spread, TrendRegressionModel};
use crate::scale::root_mean_square;

/// Ratios of the variance of bends to that of errors that are tried: powers of ten, this many a power.
const RATIOS_A_POWER: i32 = 4;
const LEAST_POWER: i32 = -6;
const MOST_POWER: i32 = 8;

pub(super) fn fit(of: &TrendRegression, series: &Series<'_>) -> Result<TrendRegressionModel> {
    let values = logarithms(series, of.logarithm)?;
    let steps: Vec<usize> = (0..values.len()).filter(|step| !values[*step].is_nan()).collect();
    let design = Design::new(of, values.len(), series.regressors().map_or(0, |known| known.n_columns()));
    let needed = design.free() + 2;
    if steps.len() < needed {
        let problem =
            format!("TrendRegression needs {needed} values that are not missing, it has {}", steps.len());
        return Err(series.error("", problem));
    }
    let scale = steps.iter().fold(0.0f64, |a, step| a.max(values[*step].abs()));
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let y = Array2::from_shape_fn((steps.len(), 1), |(row, _)| values[steps[row]] / scale);
    let rows = design.rows(&steps, series.regressors(), 0);
    let ratio = match design.bends.is_empty() {
        true => 0.0,
        false => variance_ratio(&rows, &y, design.free())?,
    };
    let (coefficients, covariance) = solve(&rows, &y, design.free(), ratio)?;
    let errors = &y - &matmul(rows.view(), coefficients.view().insert_axis(Axis(1)))?;
    let bends = coefficients.slice(s![design.free()..]);
    // Restricted likelihood: errors and bends share the degrees of freedom that free columns leave.
    let penalty = if ratio > 0.0 { bends.mapv(|b| b * b).sum() / ratio } else { 0.0 };
    let variance = (errors.mapv(|e| e * e).sum() + penalty) / (steps.len() - design.free()) as f64;
    let mut report = FitReport { converged: true, iterations: 1, objective: variance, notes: Vec::new() };
    if steps.len() < values.len() {
        report.notes.push(format!("{} missing values were left out", values.len() - steps.len()));
    }
    TrendRegressionModel::new(
        series,
        design,
        of.logarithm,
        coefficients.mapv(|c| c * scale).to_vec(),
        Spread {
            covariance: covariance.mapv(|c| c * variance),
            variances: [variance, variance * ratio],
            scale,
        },
        report,
    )
}

/// The values, or their logarithms.
pub(super) fn logarithms(series: &Series<'_>, logarithm: bool) -> Result<Vec<f64>> {
    let values = series.values();
    if !logarithm {
        return Ok(values.to_vec());
    }
    match values.iter().position(|value| *value <= 0.0) {
        Some(step) => Err(series.error_at(step, "the value is not above 0, and has no logarithm")),
        None => Ok(values.iter().map(|value| value.ln()).collect()),
    }
}

/// The ratio of the variance of bends to that of errors of the largest restricted likelihood.
fn variance_ratio(rows: &Array2<f64>, y: &Array2<f64>, free: usize) -> Result<f64> {
    let (fixed, bends) = rows.view().split_at(Axis(1), free);
    let both = concatenate![Axis(1), bends, y.view()];
    // What level, waves and regressors leave of bends and values.
    let left = &both - &matmul(fixed, LeastSquares::new(fixed, both.view())?.solution().view())?;
    let (bends, y) = left.view().split_at(Axis(1), left.ncols() - 1);
    let svd = ThinSvd::new(bends)?;
    let along: Array1<f64> = matmul_tn(svd.u().view(), y)?.column(0).to_owned();
    let rest = (y.iter().map(|v| v * v).sum::<f64>() - along.iter().map(|v| v * v).sum::<f64>()).max(0.0);
    let degrees = (rows.nrows() - free) as f64;
    let cost = |ratio: f64| {
        let grown = svd.singular_values().mapv(|s| 1.0 + ratio * s * s);
        let squares: f64 = along.iter().zip(&grown).map(|(v, g)| v * v / g).sum::<f64>() + rest;
        degrees * squares.max(1e-30).ln() + grown.mapv(f64::ln).sum()
    };
    let powers = LEAST_POWER * RATIOS_A_POWER..=MOST_POWER * RATIOS_A_POWER;
    let ratios = powers.map(|power| 10f64.powf(f64::from(power) / f64::from(RATIOS_A_POWER)));
    let best = ratios.map(|ratio| (cost(ratio), ratio)).min_by(|a, b| a.0.total_cmp(&b.0));
    Ok(best.map_or(0.0, |(_, ratio)| ratio))
}

/// Coefficients, and their covariance over the variance of the errors. Directions the rows do not tell are left at 0.
fn solve(rows: &Array2<f64>, y: &Array2<f64>, free: usize, ratio: f64) -> Result<(Array1<f64>, Array2<f64>)> {
    // Columns of any unit: each is divided by its length first.
    let lengths = rows.map_axis(Axis(0), |column| root_mean_square(&column.to_vec(), 1));
    let lengths = lengths.mapv(|length| if length > 0.0 { length } else { 1.0 });
    let unit = rows / &lengths;
    let mut gram = matmul_tn(unit.view(), unit.view())?;
    if ratio > 0.0 {
        for column in free..rows.ncols() {
            gram[[column, column]] += 1.0 / (ratio * lengths[column] * lengths[column]);
        }
    }
    let eigen = SymmetricEigen::new(gram.view())?;
    let least = eigen.values()[0] * f64::EPSILON * (rows.ncols().max(rows.nrows())) as f64;
    let inverse = eigen.values().mapv(|value| if value > least { 1.0 / value } else { 0.0 });
    let scaled = eigen.vectors() * &inverse;
    let covariance = matmul(scaled.view(), eigen.vectors().t())?;
    let coefficients = matmul(covariance.view(), matmul_tn(unit.view(), y.view())?.view())?;
    let coefficients = &coefficients.column(0) / &lengths;
    let outer =
        Array2::from_shape_fn(covariance.dim(), |(i, j)| covariance[[i, j]] / lengths[i] / lengths[j]);
    Ok((coefficients, outer))
}
