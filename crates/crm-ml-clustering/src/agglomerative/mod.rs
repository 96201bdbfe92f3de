//! Agglomerative (hierarchical) clustering.

mod chain;
mod dendrogram;
mod matrix;
mod model;
mod svg;
#[cfg(test)]
mod tests;
mod ward;

use crm_ml_core::{Check, Clusterer, Error, Progress, Result, Samples};
use crm_ml_neighbors::{Metric, Space};
use serde::{Deserialize, Serialize};

use crate::hdbscan::{Reach, spanning_tree};
use chain::Join;
pub use dendrogram::{Dendrogram, Merge};
pub use model::AgglomerativeClusteringModel;

/// How far two clusters are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Linkage {
    /// By how much joining them raises the sum of squared distances to the means (Ward 1963); Euclidean only.
    #[default]
    Ward,
    /// As their farthest rows.
    Complete,
    /// As their rows on average (UPGMA).
    Average,
    /// As their nearest rows.
    Single,
    /// As the mean of how far the two parts of one are from the other (WPGMA).
    Weighted,
}

/// Agglomerative clustering: every row starts alone, and the two nearest clusters become one until all are.
///
/// What comes out is the whole [`Dendrogram`] (heights equal SciPy's `linkage`), and the labels of one cut through it: into
/// `n_clusters`, or below `distance_threshold`. Clusters are numbered by their first row.
///
/// Single linkage is the minimum spanning tree: O(n p) memory, about O(n log n) time for few columns. Ward keeps means only: O(n p)
/// memory, O(n^2 p) time. Complete, average and weighted linkage keep all distances: 8 n^2 bytes, O(n^2 p) time, at most 30,000 rows. The
/// nearest-neighbour chain (Benzecri 1982, Murtagh 1983) finds the merges; no distance is sorted.
///
/// Weights count as repeated rows. Missing values are refused by name, but for [`Metric::Gower`], which takes mixed tables.
///
/// ```
/// use crm_ml_clustering::{AgglomerativeClustering, Linkage};
/// use crm_ml_core::{ClusterModel, Clusterer, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [10.0], [12.0]];
/// let model = AgglomerativeClustering::new(2).linkage(Linkage::Average).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.labels(), [0, 0, 1, 1]);
/// let heights: Vec<f64> = model.dendrogram().merges().iter().map(|merge| merge.height).collect();
/// assert_eq!(heights, [1.0, 2.0, 9.5]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgglomerativeClustering {
    n_clusters: usize,
    distance_threshold: Option<f64>,
    linkage: Linkage,
    metric: Metric,
}

const NAME: &str = "AgglomerativeClustering";
/// Most rows whose distances are all kept: 7.2 GB.
const MOST_KEPT: usize = 30_000;

impl Default for AgglomerativeClustering {
    /// Two clusters.
    fn default() -> Self {
        Self::new(2)
    }
}

impl AgglomerativeClustering {
    /// A cut into this many clusters, Ward's linkage.
    pub fn new(n_clusters: usize) -> Self {
        Self { n_clusters, distance_threshold: None, linkage: Linkage::Ward, metric: Metric::Euclidean }
    }

    /// How many clusters the rows are cut into, at least 1; not looked at where there is a `distance_threshold`.
    pub fn n_clusters(mut self, n_clusters: usize) -> Self {
        self.n_clusters = n_clusters;
        self
    }

    /// Clusters at this height or above are not joined, instead of a number of clusters.
    pub fn distance_threshold(mut self, distance_threshold: impl Into<Option<f64>>) -> Self {
        self.distance_threshold = distance_threshold.into();
        self
    }

    /// How far two clusters are apart.
    pub fn linkage(mut self, linkage: Linkage) -> Self {
        self.linkage = linkage;
        self
    }

    /// How far two rows are apart.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metric = metric;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of(NAME)
            .between("n_clusters", self.n_clusters, 1, i32::MAX as usize)
            .range("distance_threshold", self.distance_threshold.unwrap_or(0.0), 0.0..)
            .rule(
                "metric",
                format!("{:?}", self.metric),
                self.linkage != Linkage::Ward || self.metric == Metric::Euclidean,
                "Euclidean for Ward's linkage",
            )
            .finish()
    }

    /// The joins in any order, heights as distances.
    fn joins(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<Vec<Join>> {
        let space = Space::fit(samples, self.metric, NAME)?;
        let coordinates = space.coordinates(samples, NAME)?;
        let weights = (0..samples.n_rows()).map(|row| samples.weight(row)).collect();
        let as_distances = |mut joins: Vec<Join>| {
            joins.iter_mut().for_each(|join| join.height = space.distance(join.height));
            joins
        };
        match self.linkage {
            Linkage::Ward => {
                let means = ward::Means::new(&coordinates, space.n_coordinates(), weights);
                chain::joins(means, progress).map(as_distances)
            }
            Linkage::Single => {
                let (_, edges) = spanning_tree(&space, &coordinates, Reach::PLAIN, progress)?;
                let join = |edge: crate::hdbscan::Edge| Join {
                    rows: [edge.rows.0, edge.rows.1],
                    height: edge.reach,
                };
                Ok(as_distances(edges.into_iter().map(join).collect()))
            }
            Linkage::Complete | Linkage::Average | Linkage::Weighted => {
                let distances = matrix::Distances::new(&space, &coordinates, weights, self.linkage)?;
                chain::joins(distances, progress)
            }
        }
    }
}

impl Clusterer for AgglomerativeClustering {
    type Model = AgglomerativeClusteringModel;

    fn fit_with(
        &self,
        samples: &Samples<'_>,
        progress: &dyn Progress,
    ) -> Result<AgglomerativeClusteringModel> {
        self.check()?;
        let rows = samples.n_rows();
        if self.distance_threshold.is_none() {
            crate::input::require_rows(samples, "n_clusters", self.n_clusters)?;
        }
        let keeps_all = !matches!(self.linkage, Linkage::Ward | Linkage::Single);
        let most = if keeps_all { MOST_KEPT } else { i32::MAX as usize };
        if rows > most {
            return Err(Error::unsupported(format!(
                "{NAME}: {rows} rows; {:?} linkage takes {most} at most: use Ward or Single, or cluster a sample",
                self.linkage
            )));
        }
        let dendrogram = Dendrogram::new(self.joins(samples, progress)?, rows);
        let labels = match self.distance_threshold {
            Some(height) => dendrogram.cut_at(height),
            None => dendrogram.cut(self.n_clusters),
        };
        Ok(AgglomerativeClusteringModel::new(samples.schema().clone(), labels, dendrogram))
    }
}
