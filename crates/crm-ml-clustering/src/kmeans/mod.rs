//! K-means.

pub(crate) mod frame;
pub(crate) mod init;
pub(crate) mod lloyd;
mod model;
pub(crate) mod nearest;
pub(crate) mod place;
pub(crate) mod points;
pub(crate) mod search;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Clusterer, Error, Progress, Result, Samples, Stream, advance};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::input::require_rows;
pub use init::KMeansInit;
use lloyd::{Run, Stop};
pub use model::KMeansModel;
use points::Points;

/// How [`KMeans`] finds the nearest centres. All give the same labels and the same centres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Algorithm {
    /// [`Hamerly`](Algorithm::Hamerly) where a distance costs more than a bound, [`Lloyd`](Algorithm::Lloyd) for the rest.
    #[default]
    Auto,
    /// Every row looks at every centre in every iteration.
    Lloyd,
    /// Two bounds a row tell which rows cannot have changed their centre (Hamerly 2010). 8 bytes a row.
    Hamerly,
}

/// K-means: `n_clusters` centres, each the mean of the rows nearest to it, so that the weighted sum of squared distances
/// (the inertia) is at a local minimum (Lloyd 1982).
///
/// Every iteration costs O(n p k), far less where bounds exclude most rows. A row's nearest centre is found in `f32` with a
/// bound on the error and decided in `f64` where that leaves a doubt, so labels are those of exact distances, ties to the
/// lowest centre. Memory: 4 (p + 1) bytes a row, 8 more with bounds.
///
/// Missing values and category columns are refused by name. Weights count as repeated rows. Fewer rows than clusters are an
/// error; fewer different rows than clusters leave clusters empty, which the report's notes tell. From the same start,
/// labels, centres, inertia and iterations are scikit-learn's; `tol` is scaled by the mean variance of the columns as
/// there, which here is weighted.
///
/// ```
/// use crm_ml_clustering::KMeans;
/// use crm_ml_core::{ClusterModel, ClusterPredict, Clusterer, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]];
/// let model = KMeans::new(2).seed(3).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.inertia(), 16.0);
/// let new = array![[0.0, 0.0], [12.0, 3.0]];
/// assert_eq!(model.predict(&Samples::new(&new)?)?, [model.labels()[0], model.labels()[3]]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeans {
    n_clusters: usize,
    init: KMeansInit,
    n_init: Option<usize>,
    max_iter: usize,
    tol: f64,
    algorithm: Algorithm,
    seed: u64,
}

const NAME: &str = "KMeans";
/// Most clusters: their numbers are exact in `f32`.
pub(crate) const MOST_CLUSTERS: usize = 1 << 24;

impl Default for KMeans {
    /// Eight clusters.
    fn default() -> Self {
        Self::new(8)
    }
}

impl KMeans {
    /// K-means with this many clusters, greedy k-means++, one start, at most 300 iterations, `tol` 0.0001, seed 0.
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: KMeansInit::default(),
            n_init: None,
            max_iter: 300,
            tol: 1e-4,
            algorithm: Algorithm::default(),
            seed: 0,
        }
    }

    /// How many clusters, from 1 to 16,777,216.
    pub fn n_clusters(mut self, n_clusters: usize) -> Self {
        self.n_clusters = n_clusters;
        self
    }

    /// How the centres start.
    pub fn init(mut self, init: KMeansInit) -> Self {
        self.init = init;
        self
    }

    /// How many starts are tried; the one of least inertia is kept. By default 10 for [`KMeansInit::Random`], else 1. Given
    /// centres are one start, however many are asked for.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = Some(n_init);
        self
    }

    /// Most iterations, at least 1.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// A run ends when the squared shifts of the centres add to at most `tol` times the mean variance of the columns, or no
    /// label changed. 0 asks for the latter (or centres that do not move at all).
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// How nearest centres are found.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Seed of the starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn check(&self) -> Result<()> {
        let mut check = Check::of(NAME)
            .between("n_clusters", self.n_clusters, 1, MOST_CLUSTERS)
            .optional_at_least("n_init", self.n_init, 1)
            .at_least("max_iter", self.max_iter, 1)
            .range("tol", self.tol, 0.0..);
        if let KMeansInit::Centers(centers) = &self.init {
            check = check_start(check, centers, self.n_clusters);
        }
        check.finish()
    }

    /// Whether bounds pay: they cost about as much as the distances to a few centres.
    fn bounded(&self, width: usize) -> bool {
        match self.algorithm {
            Algorithm::Auto => self.n_clusters > 4 && self.n_clusters * width >= 64,
            Algorithm::Lloyd => false,
            Algorithm::Hamerly => self.n_clusters > 1,
        }
    }

    fn starts(&self) -> usize {
        match (&self.init, self.n_init) {
            (KMeansInit::Centers(_), _) => 1,
            (_, Some(starts)) => starts,
            (KMeansInit::Random, None) => 10,
            (KMeansInit::KMeansPlusPlus, None) => 1,
        }
    }

    fn start(&self, points: &Points<'_>, number: usize) -> Vec<f64> {
        let stream = |tag| Stream::new(self.seed, tag, number as u64);
        match &self.init {
            KMeansInit::KMeansPlusPlus => {
                init::plus_plus(points, self.n_clusters, stream("kmeans/plus-plus"))
            }
            KMeansInit::Random => init::random(points, self.n_clusters, stream("kmeans/random")),
            KMeansInit::Centers(centers) => {
                points.frame.placed(&centers.iter().copied().collect::<Vec<f64>>())
            }
        }
    }
}

/// Given centres must be finite and as many as asked for.
pub(crate) fn check_start(check: Check, centers: &Array2<f64>, n_clusters: usize) -> Check {
    check
        .rule(
            "init",
            format!("{} centres", centers.nrows()),
            centers.nrows() == n_clusters,
            "n_clusters centres",
        )
        .rule("init", "a value that is not", centers.iter().all(|v| v.is_finite()), "finite")
}

/// Given centres must have the columns of the data.
pub(crate) fn fits_columns(init: &KMeansInit, columns: usize) -> Result<()> {
    match init {
        KMeansInit::Centers(centers) if centers.ncols() != columns => {
            Err(Error::length("columns of init", columns, centers.ncols()))
        }
        _ => Ok(()),
    }
}

impl Clusterer for KMeans {
    type Model = KMeansModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<KMeansModel> {
        self.check()?;
        samples.require_real(NAME)?;
        require_rows(samples, "n_clusters", self.n_clusters)?;
        fits_columns(&self.init, samples.n_columns())?;
        let (points, variance) = Points::of(samples);
        let stop = Stop { max_iter: self.max_iter, shift: self.tol * variance };
        let (starts, bounded) = (self.starts(), self.bounded(samples.n_columns()));
        let total = starts.saturating_mul(self.max_iter);
        let mut best: Option<Run> = None;
        for number in 0..starts {
            let before = number.saturating_mul(self.max_iter);
            let tell = |iteration| advance(progress, "k-means", before.saturating_add(iteration), total);
            let run = lloyd::run(&points, self.start(&points, number), stop, bounded, tell)?;
            if best.as_ref().is_none_or(|best| run.inertia < best.inertia) {
                best = Some(run);
            }
        }
        let best = best.ok_or_else(|| Error::numerical("KMeans: no run"))?;
        KMeansModel::new(samples, &points, best, self.tol)
    }
}
