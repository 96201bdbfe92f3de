//! K-means by repeated halving.

mod model;
#[cfg(test)]
mod tests;
mod tree;

use crm_ml_core::{Check, Clusterer, Progress, Result, Samples, Stream, advance};
use serde::{Deserialize, Serialize};

use crate::input::require_rows;
use crate::kmeans::frame::{Frame, Weights};
use crate::kmeans::lloyd::{self, Run, Stop};
use crate::kmeans::points::Points;
use crate::kmeans::{KMeansInit, MOST_CLUSTERS, init};
pub use model::BisectingKMeansModel;
use tree::{Leaf, Tree};

/// Which cluster [`BisectingKMeans`] halves next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BisectingStrategy {
    /// The one of largest inertia.
    #[default]
    BiggestInertia,
    /// The one of largest weight (of most rows without weights).
    LargestCluster,
}

/// Bisecting k-means (Steinbach, Karypis and Kumar 2000): all rows are one cluster, and again and again one cluster is halved by
/// k-means with two centres. Faster than [`KMeans`](crate::KMeans) for many clusters, and the clusters are nested.
///
/// O(n p log k) an iteration where halves are even. Rows are predicted down the tree of halvings, as they were labelled.
/// Clusters whose rows are all equal are not halved; where only such are left there are fewer clusters than asked for, and the
/// report's notes tell. Missing values and category columns are refused by name; weights count as repeated rows.
///
/// Differences from scikit-learn: `tol` is scaled by the mean variance of the columns, as for k-means, and the second strategy
/// counts weights.
///
/// ```
/// use crm_ml_clustering::BisectingKMeans;
/// use crm_ml_core::{ClusterModel, Clusterer, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0, 1.0], [10.0, 1.0], [3.0, 1.0], [10.0, 0.0], [2.0, 1.0], [10.0, 2.0], [10.0, 8.0], [10.0, 9.0], [10.0, 10.0]];
/// let model = BisectingKMeans::new(3).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.inertia(), 6.0);
/// assert_eq!(model.labels()[6], model.labels()[8]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BisectingKMeans {
    n_clusters: usize,
    init: KMeansInit,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    bisecting_strategy: BisectingStrategy,
    seed: u64,
}

const NAME: &str = "BisectingKMeans";

impl Default for BisectingKMeans {
    /// Eight clusters.
    fn default() -> Self {
        Self::new(8)
    }
}

impl BisectingKMeans {
    /// Halves by largest inertia from one random start each, at most 300 iterations, `tol` 0.0001, seed 0.
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: KMeansInit::Random,
            n_init: 1,
            max_iter: 300,
            tol: 1e-4,
            bisecting_strategy: BisectingStrategy::default(),
            seed: 0,
        }
    }

    /// How many clusters, from 1 to 16,777,216.
    pub fn n_clusters(mut self, n_clusters: usize) -> Self {
        self.n_clusters = n_clusters;
        self
    }

    /// How the two centres of every halving start; given centres are refused.
    pub fn init(mut self, init: KMeansInit) -> Self {
        self.init = init;
        self
    }

    /// How many starts are tried for every halving.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = n_init;
        self
    }

    /// Most iterations of every halving, at least 1.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// A halving ends when the squared shifts of its centres add to at most `tol` times the mean variance of the columns.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Which cluster is halved next.
    pub fn bisecting_strategy(mut self, strategy: BisectingStrategy) -> Self {
        self.bisecting_strategy = strategy;
        self
    }

    /// Seed of the starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn check(&self) -> Result<()> {
        let drawn = !matches!(self.init, KMeansInit::Centers(_));
        Check::of(NAME)
            .between("n_clusters", self.n_clusters, 1, MOST_CLUSTERS)
            .rule("init", "given centres", drawn, "drawn for every halving")
            .at_least("n_init", self.n_init, 1)
            .at_least("max_iter", self.max_iter, 1)
            .range("tol", self.tol, 0.0..)
            .finish()
    }

    /// The best of the runs that halve these rows.
    fn halve(&self, points: &Points<'_>, number: usize, stop: Stop) -> Result<Option<Run>> {
        let mut best: Option<Run> = None;
        for attempt in 0..self.n_init {
            let index = (number as u64) << 32 | attempt as u64 & u64::from(u32::MAX);
            let stream = Stream::new(self.seed, "bisecting/init", index);
            let start = match self.init {
                KMeansInit::KMeansPlusPlus => init::plus_plus(points, 2, stream),
                _ => init::random(points, 2, stream),
            };
            let run = lloyd::run(points, start, stop, false, |_| Ok(()))?;
            if best.as_ref().is_none_or(|best| run.inertia < best.inertia * (1.0 - 1e-6)) {
                best = Some(run);
            }
        }
        Ok(best)
    }

    fn score(&self, leaf: &Leaf) -> f64 {
        match self.bisecting_strategy {
            BisectingStrategy::BiggestInertia => leaf.inertia,
            BisectingStrategy::LargestCluster => leaf.weight,
        }
    }
}

impl Clusterer for BisectingKMeans {
    type Model = BisectingKMeansModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<BisectingKMeansModel> {
        self.check()?;
        samples.require_real(NAME)?;
        require_rows(samples, "n_clusters", self.n_clusters)?;
        let weights = Weights::of(samples);
        let (frame, variance) = Frame::of(samples, &weights);
        let stop = Stop { max_iter: self.max_iter, shift: self.tol * variance };
        let mut tree = Tree::new(samples, &weights, &frame);
        let mut halvings = 0;
        while tree.leaves() < self.n_clusters {
            let Some(leaf) = tree.next(|leaf| self.score(leaf)) else { break };
            let rows = tree.rows(leaf);
            let mut cells = Vec::with_capacity(rows.len() * samples.n_columns());
            rows.iter().for_each(|row| cells.extend_from_slice(samples.row(*row)));
            let part = weights.select(rows);
            let points = Points::placed(&cells, frame.clone(), part);
            if let Some(run) = self.halve(&points, halvings, stop)? {
                tree.split(leaf, &points, &run);
            }
            halvings += 1;
            advance(progress, "bisecting k-means", tree.leaves() - 1, self.n_clusters.max(2) - 1)?;
        }
        BisectingKMeansModel::new(samples, tree, &weights, frame, self.n_clusters)
    }
}
