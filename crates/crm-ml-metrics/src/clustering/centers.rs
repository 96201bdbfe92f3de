//! Metrics by the clusters' means.

use crm_ml_core::{Result, Samples};

use super::groups::{Groups, mean, squared};
use crate::sum::Sum;

/// The mean, over clusters, of how alike a cluster is to the one most alike to it: spread of both over the distance of their means (Davies
/// and Bouldin 1979). At least 0; lower is better.
///
/// Weights count as repeated rows, their scale does not matter; noise (-1) is left out. O(n p + k^2 p). Errors: lengths, missing
/// values, category columns, a sum of weights that is not finite, fewer than two clusters, as many clusters as rows.
pub fn davies_bouldin_score(samples: &Samples<'_>, labels: &[i32]) -> Result<f64> {
    let groups = Groups::new(samples, labels, "davies_bouldin_score")?;
    let means = groups.means(samples);
    let spread = |(rows, (mean, total)): (&Vec<usize>, &(Vec<f64>, f64))| {
        let of_row = |row: &usize| samples.weight(*row) * squared(samples.row(*row), mean).sqrt();
        rows.iter().map(of_row).collect::<Sum>().value() / total
    };
    let spreads: Vec<f64> = groups.rows.iter().zip(&means).map(spread).collect();
    if spreads.iter().all(|spread| *spread == 0.0) {
        return Ok(0.0);
    }
    let likeness = |a: usize, b: usize| {
        let apart = squared(&means[a].0, &means[b].0).sqrt();
        // Where means coincide there is nothing to compare, as in scikit-learn.
        if apart > 0.0 { (spreads[a] + spreads[b]) / apart } else { 0.0 }
    };
    let worst = |a: usize| (0..means.len()).filter(|b| *b != a).map(|b| likeness(a, b)).fold(0.0, f64::max);
    Ok((0..means.len()).map(worst).collect::<Sum>().value() / means.len() as f64)
}

/// Variance between clusters over that within them (Calinski and Harabasz 1974). At least 0; higher is better.
///
/// 1 where clusters have no spread. Weights count as repeated rows; noise (-1) is left out. O(n p). Errors: lengths, missing
/// values, category columns, a sum of weights that is not finite, fewer than two clusters, a sum of weights (rows without them) that is
/// not above the number of clusters.
pub fn calinski_harabasz_score(samples: &Samples<'_>, labels: &[i32]) -> Result<f64> {
    let groups = Groups::new(samples, labels, "calinski_harabasz_score")?;
    groups.require_counts(samples, "calinski_harabasz_score")?;
    let means = groups.means(samples);
    let (middle, total) = mean(samples, &groups.rows.concat());
    let between: f64 =
        means.iter().map(|(mean, weight)| weight * squared(mean, &middle)).collect::<Sum>().value();
    let of_cluster = |(rows, (mean, _)): (&Vec<usize>, &(Vec<f64>, f64))| {
        rows.iter()
            .map(|row| samples.weight(*row) * squared(samples.row(*row), mean))
            .collect::<Sum>()
            .value()
    };
    let within: f64 = groups.rows.iter().zip(&means).map(of_cluster).collect::<Sum>().value();
    let clusters = means.len() as f64;
    Ok(if within == 0.0 { 1.0 } else { between * (total - clusters) / (within * (clusters - 1.0)) })
}
