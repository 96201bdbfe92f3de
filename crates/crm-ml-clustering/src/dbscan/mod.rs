//! Density-based clustering.

mod cells;
mod components;
mod k_distance;
mod model;
mod scan;
#[cfg(test)]
mod tests;
mod tree;

use crm_ml_core::{Check, Clusterer, Error, Progress, Result, Samples, advance};
use crm_ml_neighbors::{CellGrid, KdTree, Kernel, Metric, Norm, Scan, Space};
use serde::{Deserialize, Serialize};

use components::Components;
pub use k_distance::{KDistances, k_distances};
pub use model::DbscanModel;

/// DBSCAN: clusters are regions where rows are dense; what lies in no such region is noise.
///
/// A row is a *core* row if the weights of the rows within `eps` of it (itself included) sum to at least
/// `min_samples`; without weights every row counts 1. Core rows within `eps` of each other share a cluster. Any other
/// row within `eps` of a core row is a *border* row; the rest is noise, labelled [`NOISE`](crm_ml_core::NOISE).
/// Clusters are numbered by their first core row, and a border row goes to the cluster of lowest number that reaches
/// it, so labels equal scikit-learn's, not only up to renaming. The labels are defined by the data alone: exact, and
/// the same at any number of threads.
///
/// No neighbour lists are stored: O(n) memory beside the coordinates. One to three coordinates are sorted into cells
/// with a diagonal of `eps` (Wang, Gu, Shun 2020), about O(n) time whatever `eps` is; more are searched by a dual walk
/// of a k-d tree; Gower's distance compares all pairs, O(n^2 p). Missing values are refused by name, but for
/// [`Metric::Gower`]. Columns should be scaled alike first.
///
/// Reference: Ester, Kriegel, Sander, Xu, A density-based algorithm for discovering clusters in large spatial
/// databases with noise, 1996.
///
/// ```
/// use crm_ml_clustering::Dbscan;
/// use crm_ml_core::{ClusterModel, Clusterer, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [2.0, 2.0], [2.0, 3.0], [8.0, 7.0], [8.0, 8.0], [25.0, 80.0]];
/// let model = Dbscan::new(3.0).min_samples(2).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.labels(), [0, 0, 0, 1, 1, -1]);
/// assert_eq!(model.core_sample_indices(), [0, 1, 2, 3, 4]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dbscan {
    eps: f64,
    min_samples: usize,
    metric: Metric,
}

const NAME: &str = "Dbscan";

impl Dbscan {
    /// Rows within `eps` are neighbours; 5 make a core; Euclidean distance. [`k_distances`] proposes an `eps`.
    pub fn new(eps: f64) -> Self {
        Self { eps, min_samples: 5, metric: Metric::Euclidean }
    }

    /// Another `eps`.
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// How many rows (or how much weight) within `eps` make a core row, itself included.
    pub fn min_samples(mut self, min_samples: usize) -> Self {
        self.min_samples = min_samples;
        self
    }

    /// The distance.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metric = metric;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of(NAME).positive("eps", self.eps).at_least("min_samples", self.min_samples, 1).finish()
    }
}

/// What every way of searching finds, by row.
struct Clusters {
    labels: Vec<i32>,
    core: Vec<bool>,
    count: usize,
}

/// When a row is a core row.
#[derive(Debug, Clone, Copy)]
struct Density<'a> {
    /// Reduced distance of neighbours.
    radius: f64,
    /// Weight that makes a core row.
    enough: f64,
    /// Weight of every row.
    weights: Option<&'a [f64]>,
}

impl Density<'_> {
    /// Weights in another order.
    fn ordered(&self, order: &[u32]) -> Option<Vec<f64>> {
        self.weights.map(|weights| order.iter().map(|row| weights[*row as usize]).collect())
    }
}

impl Clusterer for Dbscan {
    type Model = DbscanModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<DbscanModel> {
        self.check()?;
        if samples.n_rows() > i32::MAX as usize {
            return Err(Error::unsupported(format!("{NAME} labels at most 2^31 - 1 rows")));
        }
        let space = Space::fit(samples, self.metric, NAME)?;
        let coordinates = space.coordinates(samples, NAME)?;
        let density = Density {
            radius: space.reduced(self.eps),
            enough: self.min_samples as f64,
            weights: samples.weights(),
        };
        let width = space.n_coordinates();
        let clusters = match space.kernel() {
            Kernel::Sum(norm) => summed(&coordinates, width, norm, density)?,
            kernel => scan::cluster(&Scan::new(&coordinates, width, kernel), density),
        };
        advance(progress, "density clusters", 1, 1)?;
        Ok(DbscanModel::new(samples.schema().clone(), clusters))
    }
}

/// By cells where coordinates are few and the radius allows it, else by a tree.
fn summed(coordinates: &[f64], width: usize, norm: Norm, density: Density<'_>) -> Result<Clusters> {
    let found = match width {
        1 => gridded::<1>(coordinates, norm, density),
        2 => gridded::<2>(coordinates, norm, density),
        3 => gridded::<3>(coordinates, norm, density),
        _ => None,
    };
    match found {
        Some(clusters) => Ok(clusters),
        None => Ok(tree::cluster(&KdTree::new(coordinates, width, norm)?, density)),
    }
}

fn gridded<const D: usize>(coordinates: &[f64], norm: Norm, density: Density<'_>) -> Option<Clusters> {
    let grid = CellGrid::<D>::new(coordinates, density.radius, norm)?;
    Some(cells::cluster(&grid, density))
}

/// Numbers the components that hold a core row by the first one: the label of every unit (-1 without), and how many
/// there are. `first(unit)` is the first core row of a unit.
fn number(components: &Components, units: usize, first: impl Fn(usize) -> Option<u32>) -> (Vec<i32>, usize) {
    let mut firsts = vec![u32::MAX; units];
    for unit in 0..units {
        if let Some(row) = first(unit) {
            let root = components.find(unit as u32) as usize;
            firsts[root] = firsts[root].min(row);
        }
    }
    let mut roots: Vec<(u32, u32)> = (0..)
        .zip(&firsts)
        .filter(|(_, first)| **first < u32::MAX)
        .map(|(root, first)| (*first, root))
        .collect();
    roots.sort_unstable();
    let mut labels = vec![-1; units];
    for (label, (_, root)) in (0..).zip(&roots) {
        labels[*root as usize] = label;
    }
    // A root keeps its own label, so the order does not matter.
    for unit in 0..units {
        if first(unit).is_some() {
            labels[unit] = labels[components.find(unit as u32) as usize];
        }
    }
    (labels, roots.len())
}
