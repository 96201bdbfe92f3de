//! The gap statistic.

use std::collections::BTreeMap;

use crm_ml_core::{ClusterModel, Clusterer, Error, NOISE, Result, Samples, Stream};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// By how much clusters are tighter than those found in data without any.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GapStatistic {
    /// The mean logarithm of the spread within clusters in data without clusters, less that of the data.
    pub gap: f64,
    /// Standard error of it, draws included: `sd * sqrt(1 + 1 / draws)`.
    pub error: f64,
}

/// The gap statistic (Tibshirani, Walther, Hastie 2001): the spread within clusters against that of `draws` data sets drawn evenly from
/// the box around the rows and clustered the same way.
///
/// Spread is the weighted sum of squared distances to the clusters' means; noise (-1) adds nothing. Errors: those of the clustering,
/// no draws.
pub fn gap_statistic<C: Clusterer>(
    samples: &Samples<'_>,
    estimator: &C,
    draws: usize,
    seed: u64,
) -> Result<GapStatistic> {
    let model = estimator.fit(samples)?;
    of_labels(samples, model.labels(), estimator, draws, seed)
}

pub(super) fn of_labels<C: Clusterer>(
    samples: &Samples<'_>,
    labels: &[i32],
    estimator: &C,
    draws: usize,
    seed: u64,
) -> Result<GapStatistic> {
    if draws == 0 {
        return Err(Error::empty("draws"));
    }
    let mut spreads = Vec::with_capacity(draws);
    for draw in 0..draws {
        let x = without_clusters(samples, &mut Stream::new(seed, "gap-statistic", draw as u64));
        let drawn = samples.with_features(x, samples.schema())?;
        let model = estimator.fit(&drawn)?;
        spreads.push(log_spread(&drawn, model.labels()));
    }
    let count = draws as f64;
    let mean = spreads.iter().sum::<f64>() / count;
    let variance = spreads.iter().map(|spread| (spread - mean).powi(2)).sum::<f64>() / count;
    Ok(GapStatistic {
        gap: mean - log_spread(samples, labels),
        error: variance.sqrt() * (1.0 + 1.0 / count).sqrt(),
    })
}

/// As many rows, drawn evenly from the box around the samples.
fn without_clusters(samples: &Samples<'_>, stream: &mut Stream) -> Array2<f64> {
    let width = samples.n_columns();
    let mut bounds = vec![(f64::INFINITY, f64::NEG_INFINITY); width];
    for row in samples.cells().chunks_exact(width.max(1)) {
        for ((low, high), cell) in bounds.iter_mut().zip(row) {
            (*low, *high) = (low.min(*cell), high.max(*cell));
        }
    }
    Array2::from_shape_fn(samples.dense().dim(), |(_, column)| {
        let (low, high) = bounds[column];
        let share = stream.uniform();
        low * (1.0 - share) + high * share
    })
}

/// Logarithm of the sum of squared distances to the clusters' means.
fn log_spread(samples: &Samples<'_>, labels: &[i32]) -> f64 {
    let mut means: BTreeMap<i32, (f64, Vec<f64>)> = BTreeMap::new();
    let clustered = || (0..labels.len()).filter(|row| labels[*row] != NOISE);
    for row in clustered() {
        let (total, mean) = means.entry(labels[row]).or_insert_with(|| (0.0, vec![0.0; samples.n_columns()]));
        let weight = samples.weight(row);
        *total += weight;
        let share = weight / *total;
        mean.iter_mut().zip(samples.row(row)).for_each(|(mean, cell)| *mean += share * (cell - *mean));
    }
    let square = |row: usize| {
        let mean = means.get(&labels[row]).map_or(&[][..], |(_, mean)| mean);
        let square: f64 = mean.iter().zip(samples.row(row)).map(|(mean, cell)| (cell - mean).powi(2)).sum();
        samples.weight(row) * square
    };
    // No spread at all: below that of any other data, but finite.
    clustered().map(square).sum::<f64>().clamp(f64::MIN_POSITIVE, f64::MAX).ln()
}
