//! Whether clusters are found again.

use crm_ml_core::{Check, ClusterModel, Clusterer, Result, Samples, Stream};
use crm_ml_metrics::adjusted_rand_score;
use serde::{Deserialize, Serialize};

/// How well the clusters of all rows agree with those of parts of them: adjusted Rand scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// Mean over the parts; 1 where every part gives the same clusters.
    pub mean: f64,
    /// Standard deviation over the parts.
    pub deviation: f64,
}

/// Clusters `draws` parts of the rows, each a `share` of them drawn without replacement, and compares their clusters with those that all
/// rows gave (Ben-Hur, Elisseeff, Guyon 2002).
///
/// Clusters that another sample of customers would not show again are no ground for action: below about 0.8 mistrust them.
/// Errors: those of the clustering, a share not above 0 and at most 1, no draws.
pub fn stability<C: Clusterer>(
    samples: &Samples<'_>,
    estimator: &C,
    draws: usize,
    share: f64,
    seed: u64,
) -> Result<Stability> {
    let model = estimator.fit(samples)?;
    of_labels(samples, model.labels(), estimator, draws, share, seed)
}

pub(super) fn of_labels<C: Clusterer>(
    samples: &Samples<'_>,
    labels: &[i32],
    estimator: &C,
    draws: usize,
    share: f64,
    seed: u64,
) -> Result<Stability> {
    Check::of("stability").at_least("draws", draws, 1).share("share", share).finish()?;
    let rows = samples.n_rows();
    let amount = ((rows as f64 * share).round() as usize).clamp(1, rows);
    let mut scores = Vec::with_capacity(draws);
    for draw in 0..draws {
        let mut part = Stream::new(seed, "stability", draw as u64).sample(rows, amount);
        part.sort_unstable();
        let model = estimator.fit(&samples.select_rows(&part))?;
        let of_all: Vec<i32> = part.iter().map(|row| labels[*row]).collect();
        scores.push(adjusted_rand_score(&of_all, model.labels())?);
    }
    let count = draws as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
    Ok(Stability { mean, deviation: variance.sqrt() })
}
