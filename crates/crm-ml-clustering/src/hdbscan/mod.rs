//! Hierarchical density-based clustering.

mod boruvka;
mod condensed;
mod describe;
mod linkage;
mod model;
mod prim;
mod select;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Clusterer, Error, ErrorKind, Progress, Result, Samples, advance};
use crm_ml_neighbors::{KdTree, Kernel, Metric, Norm, Scan, Space};
use serde::{Deserialize, Serialize};

pub use condensed::{CondensedCluster, CondensedPoint, CondensedTree};
pub use model::HdbscanModel;

/// How clusters are picked from the condensed tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ClusterSelectionMethod {
    /// Excess of mass: the clusters that persist longest, weighed by their rows.
    #[default]
    Eom,
    /// The leaves of the tree: more, smaller and more even clusters.
    Leaf,
}

/// HDBSCAN: DBSCAN for every `eps` at once, and of all those clusters the ones that last.
///
/// The distance of two rows is widened to their *mutual reachability*: the largest of it (divided by `alpha`) and the
/// two rows' *core distances*, those to the `min_samples`-th nearest row, itself counted, as in scikit-learn (the
/// Python package hdbscan does not count it). The minimum spanning tree under it is cut from its longest edge down; a
/// part of fewer than `min_cluster_size` rows falls off as noise, and a split into two larger parts makes two
/// clusters. From that condensed tree [`ClusterSelectionMethod`] picks.
///
/// Clusters are numbered by their first row. Edges of the same length are taken by the distance of their rows, then by
/// position, so the result is the same at any number of threads and hardly depends on the order of rows; scikit-learn
/// leaves it to its sort which side of a split gets the row that holds both together, so labels may differ there by
/// such single rows. Rows that coincide are never split from each other. `max_cluster_size` holds for the root as for
/// any other cluster.
///
/// Up to 64 coordinates the tree is found by Boruvka's rounds on a k-d tree, about O(n log n) where coordinates are
/// few; else, and for Gower's distance, by Prim's algorithm, O(n^2 p). O(n p) memory. Missing values are refused by
/// name, but for [`Metric::Gower`]. Weights count as rows do (scikit-learn takes none): towards `min_samples`, the
/// sizes of clusters and their persistence.
///
/// References: Campello, Moulavi, Sander, Density-based clustering based on hierarchical density estimates, 2013;
/// Campello, Moulavi, Zimek, Sander 2015 (outlier scores); McInnes, Healy, Accelerated hierarchical density based
/// clustering, 2017; Malzer, Baum 2020 (`cluster_selection_epsilon`).
///
/// ```
/// use crm_ml_clustering::Hdbscan;
/// use crm_ml_core::{ClusterModel, Clusterer, Samples};
/// use ndarray::Array2;
///
/// // Two runs of ten rows, and one row far from both.
/// let place = |i: usize| if i < 20 { i as f64 + if i < 10 { 0.0 } else { 40.0 } } else { 200.0 };
/// let x = Array2::from_shape_fn((21, 1), |(i, _)| place(i));
/// let model = Hdbscan::new().min_samples(3).fit(&Samples::new(&x)?)?;
/// assert_eq!((model.labels()[0], model.labels()[19], model.labels()[20]), (0, 1, -1));
/// assert_eq!(model.probabilities()[5], 1.0);
/// assert_eq!(model.outlier_scores()[5], 0.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hdbscan {
    min_cluster_size: usize,
    min_samples: Option<usize>,
    cluster_selection_method: ClusterSelectionMethod,
    cluster_selection_epsilon: f64,
    alpha: f64,
    max_cluster_size: Option<usize>,
    allow_single_cluster: bool,
    metric: Metric,
}

const NAME: &str = "Hdbscan";

/// Beyond this many coordinates the boxes of a tree hardly ever rule a leaf out.
const TREE_WIDTH: usize = 64;

impl Default for Hdbscan {
    fn default() -> Self {
        Self {
            min_cluster_size: 5,
            min_samples: None,
            cluster_selection_method: ClusterSelectionMethod::Eom,
            cluster_selection_epsilon: 0.0,
            alpha: 1.0,
            max_cluster_size: None,
            allow_single_cluster: false,
            metric: Metric::Euclidean,
        }
    }
}

impl Hdbscan {
    /// Clusters of at least 5 rows, by excess of mass, Euclidean distance.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fewest rows that are a cluster, at least 2.
    pub fn min_cluster_size(mut self, min_cluster_size: usize) -> Self {
        self.min_cluster_size = min_cluster_size;
        self
    }

    /// The neighbour, itself counted, whose distance is a row's core distance; `min_cluster_size` where not given.
    /// With weights, the nearest rows weigh that much together.
    pub fn min_samples(mut self, min_samples: impl Into<Option<usize>>) -> Self {
        self.min_samples = min_samples.into();
        self
    }

    /// How clusters are picked.
    pub fn cluster_selection_method(mut self, method: ClusterSelectionMethod) -> Self {
        self.cluster_selection_method = method;
        self
    }

    /// Clusters that split at a distance below this are not split.
    pub fn cluster_selection_epsilon(mut self, epsilon: f64) -> Self {
        self.cluster_selection_epsilon = epsilon;
        self
    }

    /// Divides distances, not core distances, as in robust single linkage; from 1e-100 to 1e100.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The most rows a cluster picked by excess of mass has, but where `cluster_selection_epsilon` says otherwise.
    pub fn max_cluster_size(mut self, max_cluster_size: impl Into<Option<usize>>) -> Self {
        self.max_cluster_size = max_cluster_size.into();
        self
    }

    /// Whether all rows may be one cluster.
    pub fn allow_single_cluster(mut self, allow: bool) -> Self {
        self.allow_single_cluster = allow;
        self
    }

    /// The distance.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metric = metric;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of(NAME)
            .at_least("min_cluster_size", self.min_cluster_size, 2)
            .optional_at_least("min_samples", self.min_samples, 1)
            .range("cluster_selection_epsilon", self.cluster_selection_epsilon, 0.0..)
            .range("alpha", self.alpha, 1e-100..=1e100)
            .optional_at_least("max_cluster_size", self.max_cluster_size, 1)
            .finish()
    }
}

/// An edge of the spanning tree. Distances are reduced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    pub(crate) reach: f64,
    distance: f64,
    /// The lower row, then the higher.
    pub(crate) rows: (u32, u32),
}

impl Edge {
    fn new(reach: f64, distance: f64, a: usize, b: usize) -> Self {
        Self { reach, distance, rows: (a.min(b) as u32, a.max(b) as u32) }
    }

    /// The one order of edges.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let distances = self.reach.total_cmp(&other.reach).then(self.distance.total_cmp(&other.distance));
        distances.then(self.rows.cmp(&other.rows))
    }
}

/// What makes a distance a mutual reachability.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'a> {
    /// The weight of the nearest rows, itself counted, whose farthest sets the core distance.
    k: usize,
    /// Weight of every row.
    weights: Option<&'a [f64]>,
    /// Multiplies reduced distances: what dividing by `alpha` comes to.
    stretch: f64,
}

impl Reach<'_> {
    /// Mutual reachability that is the distance itself.
    pub(crate) const PLAIN: Reach<'static> = Reach { k: 1, weights: None, stretch: 1.0 };

    #[inline]
    fn between(&self, core_a: f64, core_b: f64, distance: f64) -> f64 {
        larger(larger(core_a, core_b), distance * self.stretch)
    }
}

/// One instruction, where `f64::max` has to mind NaN.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

impl Clusterer for Hdbscan {
    type Model = HdbscanModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<HdbscanModel> {
        self.check()?;
        let rows = samples.n_rows();
        let k = self.min_samples.unwrap_or(self.min_cluster_size);
        if k as f64 > samples.total_weight() {
            let what = "rows (or their weight): min_samples is at most as many".to_owned();
            return Err(ErrorKind::TooFew { what, needed: k, found: samples.total_weight() as usize }.into());
        }
        if rows > i32::MAX as usize {
            return Err(Error::unsupported(format!("{NAME} labels at most 2^31 - 1 rows")));
        }
        let space = Space::fit(samples, self.metric, NAME)?;
        let coordinates = space.coordinates(samples, NAME)?;
        let stretch = match space.kernel() {
            Kernel::Sum(Norm::Squares) if self.metric == Metric::Euclidean => self.alpha.powi(-2),
            _ => self.alpha.recip(),
        };
        let reach = Reach { k, weights: samples.weights(), stretch };
        let (cores, edges) = spanning_tree(&space, &coordinates, reach, progress)?;
        drop(coordinates);
        let rows: Vec<(f64, f64)> = cores
            .iter()
            .enumerate()
            .map(|(row, core)| (samples.weight(row), space.distance(*core)))
            .collect();
        let weights = rows.iter().map(|(weight, _)| *weight).collect();
        let merges = linkage::merges(&edges, weights, |reach| space.distance(reach));
        let tree = CondensedTree::new(&merges, &rows, self.min_cluster_size);
        let selected = select::select(&tree, &rows, self);
        Ok(HdbscanModel::new(samples.schema().clone(), tree, &selected, self))
    }
}

/// The core distances, and the edges of the minimum spanning tree, shortest first.
pub(crate) fn spanning_tree(
    space: &Space,
    coordinates: &[f64],
    reach: Reach<'_>,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, Vec<Edge>)> {
    let width = space.n_coordinates();
    let (cores, mut edges) = match space.kernel() {
        Kernel::Sum(norm) if width <= TREE_WIDTH => {
            boruvka::spanning_tree(&KdTree::new(coordinates, width, norm)?, reach, progress)?
        }
        kernel => prim::spanning_tree(&Scan::new(coordinates, width, kernel), reach, progress)?,
    };
    edges.sort_unstable_by(Edge::cmp);
    Ok((cores, edges))
}

/// Tells of a step of the spanning tree.
fn step(progress: &dyn Progress, done: usize, total: usize) -> Result<()> {
    advance(progress, "spanning tree", done, total)
}
