//! Whether probabilities mean what they say.

use crm_ml_core::{Check, Result};
use serde::{Deserialize, Serialize};

use crate::input;
use crate::sum::Sum;
use crm_ml_core::sort::{key, sort, value};

/// How probabilities are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bins {
    /// Bins of equal width between 0 and 1.
    Uniform,
    /// Bins of equal weight: edges are quantiles (linear between neighbours, as NumPy's), tied rows stay together.
    EqualCount,
}

/// One bin of a calibration curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Mean probability in the bin.
    pub mean_predicted: f64,
    /// Share of positives in the bin.
    pub observed: f64,
    /// Weight of the rows in the bin.
    pub weight: f64,
}

/// Mean probability and share of positives in every bin that is not empty, from low to high.
///
/// With whole weights equal to the curve of repeated rows; of others only the shares count. Errors: no bin, lengths, weights, a probability outside 0..1.
///
/// ```
/// use crm_ml_metrics::{Bins, calibration_curve};
///
/// let curve = calibration_curve(&[false, true, true, true], &[0.1, 0.3, 0.8, 0.9], 2, Bins::Uniform, None)?;
/// assert_eq!((curve[0].mean_predicted, curve[0].observed), (0.2, 0.5));
/// assert_eq!(curve[1].observed, 1.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn calibration_curve(
    truth: &[bool],
    proba: &[f64],
    n_bins: usize,
    bins: Bins,
    weights: Option<&[f64]>,
) -> Result<Vec<CalibrationBin>> {
    Check::of("calibration_curve").between("n_bins", n_bins, 1, 1_000_000).finish()?;
    input::rows(truth.len(), &[("probabilities", proba.len())], weights)?;
    input::probabilities(proba)?;
    let inner: Vec<f64> = match bins {
        Bins::Uniform => (1..n_bins).map(|i| grid(i, n_bins)).collect(),
        Bins::EqualCount => quantile_edges(proba, weights, n_bins),
    };
    let mut tallies = vec![[Sum::default(); 3]; n_bins];
    for (row, &p) in proba.iter().enumerate() {
        let weight = input::weight(weights, row);
        if weight > 0.0 {
            let tally = &mut tallies[inner.partition_point(|edge| *edge < p)];
            tally[0].add(weight);
            tally[1].add(weight * p);
            tally[2].add(if truth[row] { weight } else { 0.0 });
        }
    }
    let bin = |[weight, predicted, positive]: &[Sum; 3]| {
        let weight = weight.value();
        CalibrationBin {
            mean_predicted: predicted.value() / weight,
            observed: positive.value() / weight,
            weight,
        }
    };
    Ok(tallies.iter().filter(|t| t[0].value() > 0.0).map(bin).collect())
}

/// Expected calibration error: the mean over bins, by weight, of |mean probability - share of positives|.
///
/// Errors: as [`calibration_curve`].
pub fn expected_calibration_error(
    truth: &[bool],
    proba: &[f64],
    n_bins: usize,
    bins: Bins,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let curve = calibration_curve(truth, proba, n_bins, bins, weights)?;
    let total: Sum = curve.iter().map(|b| b.weight).collect();
    let error: Sum = curve.iter().map(|b| b.weight * (b.mean_predicted - b.observed).abs()).collect();
    Ok(error.value() / total.value())
}

/// `i / bins`, rounded as NumPy's `linspace` rounds it, so that a probability on an edge falls on the same side.
fn grid(i: usize, bins: usize) -> f64 {
    i as f64 * (1.0 / bins as f64)
}

/// The inner edges: linear quantiles at `i / n_bins` of the rows, a row of a whole weight w standing for w equal rows.
fn quantile_edges(proba: &[f64], weights: Option<&[f64]>, n_bins: usize) -> Vec<f64> {
    let items = proba.iter().enumerate().map(|(row, p)| (key(*p), input::weight(weights, row)));
    let sorted = sort(items.filter(|(_, weight)| *weight > 0.0).collect());
    let mut sum = Sum::default();
    let ends: Vec<f64> = sorted
        .iter()
        .map(|(_, weight)| {
            sum.add(*weight);
            sum.value()
        })
        .collect();
    let total = sum.value();
    let whole = sorted.iter().all(|(_, weight)| weight.fract() == 0.0);
    // Weights that are no counts tell shares: a row of the mean weight stands for one.
    let (rows, unit) = if whole { (total, 1.0) } else { (sorted.len() as f64, total / sorted.len() as f64) };
    let at = |position: f64| {
        // Sums of weights may miss the end of a row by their rounding.
        let reached = position * unit + 2.0 * f64::EPSILON * total;
        let index = ends.partition_point(|end| *end <= reached).min(sorted.len().saturating_sub(1));
        sorted.get(index).map_or(0.0, |(key, _)| value(*key))
    };
    let edge = |i: usize| {
        let position = (rows - 1.0).max(0.0) * (grid(i, n_bins) * 100.0 / 100.0);
        let (low, high) = (at(position.floor()), at(position.floor() + 1.0));
        let share = position - position.floor();
        // NumPy's way round for shares of one half and more: exact at both ends.
        if share >= 0.5 { high - (high - low) * (1.0 - share) } else { low + (high - low) * share }
    };
    (1..n_bins).map(edge).collect()
}
