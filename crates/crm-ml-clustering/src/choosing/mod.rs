//! How many clusters.

mod gap;
mod stability;
#[cfg(test)]
mod tests;

use crm_ml_core::{ClusterModel, Clusterer, Result, Samples};
use crm_ml_metrics::silhouette_score_sampled;
use serde::{Deserialize, Serialize};

pub use gap::{GapStatistic, gap_statistic};
pub use stability::{Stability, stability};

/// What speaks for a number of clusters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClusterCount {
    /// Number of clusters asked for.
    pub n_clusters: usize,
    /// Mean silhouette of at most [`SILHOUETTE_ROWS`] rows; `None` for one cluster.
    pub silhouette: Option<f64>,
    /// The gap statistic.
    pub gap: GapStatistic,
    /// How well the clusters are found again in a part of the rows.
    pub stability: Stability,
}

/// All numbers tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterCounts {
    counts: Vec<ClusterCount>,
}

/// Rows a silhouette is taken of.
pub const SILHOUETTE_ROWS: usize = 5_000;
/// Draws of data without clusters, and of parts of the rows.
const DRAWS: usize = 10;
/// Share of the rows in a part.
const SHARE: f64 = 0.8;

/// Tries numbers of clusters, each by its silhouette, the gap statistic (10 draws) and its stability (10 parts of 80 % of the rows).
///
/// `estimator` gives the clustering for a number. The rows are clustered 21 times a number. Errors: those of the clustering; no numbers.
///
/// ```
/// use crm_ml_clustering::{KMeans, choose_n_clusters};
/// use crm_ml_core::{Samples, Stream};
/// use ndarray::Array2;
///
/// // Three groups.
/// let mut stream = Stream::new(1, "example", 0);
/// let x = Array2::from_shape_fn((120, 2), |(i, j)| 10.0 * ((i % 3) * (j + 1) % 3) as f64 + stream.normal());
/// let counts = choose_n_clusters(&Samples::new(&x)?, 1..=5, |k| KMeans::new(k).n_init(3), 0)?;
/// assert_eq!(counts.by_silhouette(), Some(3));
/// assert_eq!(counts.by_gap(), Some(3));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn choose_n_clusters<C: Clusterer>(
    samples: &Samples<'_>,
    numbers: impl IntoIterator<Item = usize>,
    estimator: impl Fn(usize) -> C,
    seed: u64,
) -> Result<ClusterCounts> {
    let mut counts = Vec::new();
    for n_clusters in numbers {
        let clusterer = estimator(n_clusters);
        let model = clusterer.fit(samples)?;
        let silhouette = (model.n_clusters() > 1 && model.n_clusters() < samples.n_rows())
            .then(|| silhouette_score_sampled(samples, model.labels(), SILHOUETTE_ROWS, seed));
        counts.push(ClusterCount {
            n_clusters,
            silhouette: silhouette.transpose()?,
            gap: gap::of_labels(samples, model.labels(), &clusterer, DRAWS, seed)?,
            stability: stability::of_labels(samples, model.labels(), &clusterer, DRAWS, SHARE, seed)?,
        });
    }
    if counts.is_empty() {
        return Err(crm_ml_core::Error::empty("numbers of clusters"));
    }
    counts.sort_by_key(|count| count.n_clusters);
    Ok(ClusterCounts { counts })
}

impl ClusterCounts {
    /// The numbers, ascending.
    pub fn counts(&self) -> &[ClusterCount] {
        &self.counts
    }

    /// The number with the highest silhouette, of equal ones the lowest; `None` where only one cluster was tried.
    pub fn by_silhouette(&self) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for count in &self.counts {
            if let Some(silhouette) = count.silhouette {
                best = best.filter(|(_, most)| *most >= silhouette).or(Some((count.n_clusters, silhouette)));
            }
        }
        best.map(|(number, _)| number)
    }

    /// The lowest number whose gap is at least that of the next one tried less its error (Tibshirani, Walther, Hastie 2001); the
    /// highest number where none is.
    pub fn by_gap(&self) -> Option<usize> {
        let is_enough = |pair: &&[ClusterCount]| pair[0].gap.gap >= pair[1].gap.gap - pair[1].gap.error;
        let first = self.counts.windows(2).find(is_enough).map(|pair| pair[0].n_clusters);
        first.or(self.counts.last().map(|count| count.n_clusters))
    }

    /// The number above 1 whose clusters are found again best, of equal ones the highest: coarse clusters are found again, too.
    pub fn by_stability(&self) -> Option<usize> {
        let above_one = self.counts.iter().filter(|count| count.n_clusters > 1);
        let best = above_one.max_by(|a, b| a.stability.mean.total_cmp(&b.stability.mean));
        best.map(|count| count.n_clusters)
    }
}
