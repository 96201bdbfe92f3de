//! Nearest neighbours of rows.

mod model;
mod results;
mod search;

use crm_ml_core::{Error, Result, Samples};
use serde::{Deserialize, Serialize};

pub use model::NearestNeighborsModel;
pub use results::{Neighbors, NeighborsWithin};

use crate::{Metric, Space};

/// How neighbours are looked for; every way finds the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SearchAlgorithm {
    /// A tree where the metric allows one and it pays, else brute force.
    #[default]
    Auto,
    /// A k-d tree; not for Gower's distance.
    KdTree,
    /// Every row is compared.
    Brute,
}

/// Exact search for the nearest rows, and for the rows within a radius.
///
/// Neighbours come by distance, rows at the same distance by their position among the fitted rows, so the answer is
/// the same at any number of threads and whichever algorithm finds it. A k-d tree answers a query in about O(log n)
/// where columns are few and in O(n) where they are many; brute force takes O(n p). Space O(n p).
///
/// Missing values are refused by name, but for [`Metric::Gower`], which leaves them out of its mean. Weights mean
/// nothing to a search, so samples with weights are refused. Unlike scikit-learn's, `n_neighbors` and `radius` are
/// given with each query.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_neighbors::NearestNeighbors;
/// use ndarray::array;
///
/// let x = array![[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]];
/// let model = NearestNeighbors::new().fit(&Samples::new(&x)?)?;
/// let query = array![[0.0, 1.0]];
/// let near = model.kneighbors(&Samples::new(&query)?, 2)?;
/// assert_eq!(near.indices, array![[0, 1]]);
/// assert_eq!(near.distances, array![[1.0, 18f64.sqrt()]]);
/// // Of the fitted rows, none is its own neighbour.
/// assert_eq!(model.kneighbors_of_fitted(1)?.indices, array![[1], [0], [1]]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NearestNeighbors {
    metric: Metric,
    algorithm: SearchAlgorithm,
}

const NAME: &str = "NearestNeighbors";

impl NearestNeighbors {
    /// Euclidean distance, the algorithm chosen by shape.
    pub fn new() -> Self {
        Self::default()
    }

    /// The distance.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metric = metric;
        self
    }

    /// The way to search.
    pub fn algorithm(mut self, algorithm: SearchAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Keeps the rows in a form that is quick to search.
    ///
    /// Errors: a k-d tree asked for Gower's distance; weights; a missing value or category column where the metric
    /// takes none; values too far apart for f64.
    pub fn fit(&self, samples: &Samples<'_>) -> Result<NearestNeighborsModel> {
        if self.metric == Metric::Gower && self.algorithm == SearchAlgorithm::KdTree {
            return Err(Error::unsupported(format!("{NAME}: no k-d tree serves Gower's distance")));
        }
        if samples.weights().is_some() {
            return Err(Error::unsupported(format!("{NAME} has no use for weights")));
        }
        let space = Space::fit(samples, self.metric, NAME)?;
        let coordinates = space.coordinates(samples, NAME)?.into_owned();
        NearestNeighborsModel::new(samples.schema().clone(), self.algorithm, space, coordinates)
    }
}
