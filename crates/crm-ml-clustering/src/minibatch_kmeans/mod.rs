//! K-means on small batches.

mod state;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Clusterer, FitReport, Progress, Result, Samples, Stream, advance};
use serde::{Deserialize, Serialize};

use crate::input::require_rows;
use crate::kmeans::frame::{Frame, Weights};
use crate::kmeans::nearest::Centers;
use crate::kmeans::{KMeansInit, KMeansModel, MOST_CLUSTERS, check_start, fits_columns, init, place};
pub use state::MiniBatchKMeansState;
use state::{Batch, Monitor};

/// K-means whose centres are moved by small random batches of rows (Sculley 2010): a fraction of the time of
/// [`KMeans`](crate::KMeans) on many rows, for an inertia that is a little higher.
///
/// Every step draws `batch_size` rows with probability proportional to weight, labels them, and moves every centre to the mean
/// of all rows it was ever given. Now and then centres with few rows are put on rows of the batch. O(b p k) a step; no copy of
/// the rows. A fit ends after `max_iter` times the rows, when the smoothed inertia of the batches has not improved for
/// `max_no_improvement` steps, or when centres move less than `tol`. Rows that come over time are learnt by
/// [`partial_fit`](MiniBatchKMeans::partial_fit).
///
/// Missing values and category columns are refused by name. Labels and inertia of the model are of all rows.
///
/// ```
/// use crm_ml_clustering::MiniBatchKMeans;
/// use crm_ml_core::{ClusterModel, Clusterer, Samples};
/// use ndarray::Array2;
///
/// let x = Array2::from_shape_fn((90, 2), |(i, j)| (i % 3 * 10) as f64 + ((i * 7 + j) % 5) as f64 * 0.1);
/// let model = MiniBatchKMeans::new(3).batch_size(30).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.labels()[0], model.labels()[87]);
/// assert!(model.inertia() < 20.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MiniBatchKMeans {
    n_clusters: usize,
    init: KMeansInit,
    n_init: Option<usize>,
    init_size: Option<usize>,
    batch_size: usize,
    max_iter: usize,
    tol: f64,
    max_no_improvement: Option<usize>,
    reassignment_ratio: f64,
    seed: u64,
}

const NAME: &str = "MiniBatchKMeans";

impl Default for MiniBatchKMeans {
    /// Eight clusters.
    fn default() -> Self {
        Self::new(8)
    }
}

impl MiniBatchKMeans {
    /// Greedy k-means++ on a part of the rows, batches of 1024, at most 100 times the rows, 10 steps without improvement,
    /// reassignment ratio 0.01, `tol` 0, seed 0.
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: KMeansInit::default(),
            n_init: None,
            init_size: None,
            batch_size: 1024,
            max_iter: 100,
            tol: 0.0,
            max_no_improvement: Some(10),
            reassignment_ratio: 0.01,
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

    /// How many starts are compared, by their inertia on a part of the rows. By default 3 for [`KMeansInit::Random`], else 1.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = Some(n_init);
        self
    }

    /// Rows drawn for a start; three batches where not given, and at least three a cluster.
    pub fn init_size(mut self, init_size: impl Into<Option<usize>>) -> Self {
        self.init_size = init_size.into();
        self
    }

    /// Rows a step.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// How often all rows' worth of batches are drawn at most.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// A fit ends when the squared shifts of the centres in a step add to at most `tol` times the mean variance of the
    /// columns; 0 for never.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// A fit ends after this many steps without a better smoothed inertia; `None` for never.
    pub fn max_no_improvement(mut self, steps: impl Into<Option<usize>>) -> Self {
        self.max_no_improvement = steps.into();
        self
    }

    /// Centres with less than this share of the rows of the largest may be put elsewhere; 0 for never.
    pub fn reassignment_ratio(mut self, ratio: f64) -> Self {
        self.reassignment_ratio = ratio;
        self
    }

    /// Seed of starts and batches.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn check(&self) -> Result<()> {
        let mut check = Check::of(NAME)
            .between("n_clusters", self.n_clusters, 1, MOST_CLUSTERS)
            .optional_at_least("n_init", self.n_init, 1)
            .optional_at_least("init_size", self.init_size, 1)
            .between("batch_size", self.batch_size, 1, u32::MAX as usize)
            .at_least("max_iter", self.max_iter, 1)
            .range("tol", self.tol, 0.0..)
            .optional_at_least("max_no_improvement", self.max_no_improvement, 1)
            .range("reassignment_ratio", self.reassignment_ratio, 0.0..);
        if let KMeansInit::Centers(centers) = &self.init {
            check = check_start(check, centers, self.n_clusters);
        }
        check.finish()
    }

    fn check_data(&self, samples: &Samples<'_>) -> Result<()> {
        self.check()?;
        samples.require_real(NAME)?;
        require_rows(samples, "n_clusters", self.n_clusters)?;
        fits_columns(&self.init, samples.n_columns())
    }

    fn starts(&self) -> usize {
        match (&self.init, self.n_init) {
            (KMeansInit::Centers(_), _) => 1,
            (_, Some(starts)) => starts,
            (KMeansInit::Random, None) => 3,
            (KMeansInit::KMeansPlusPlus, None) => 1,
        }
    }

    /// A part of the rows, drawn with return, for starts and their comparison.
    fn part(&self, samples: &Samples<'_>, weights: &Weights, tag: &str, number: usize) -> Batch {
        let wanted = self.init_size.unwrap_or(self.batch_size.saturating_mul(3));
        let least = self.n_clusters.saturating_mul(if wanted < self.n_clusters { 3 } else { 1 });
        let size = wanted.max(least).min(samples.n_rows());
        let mut stream = Stream::new(self.seed, tag, number as u64);
        let rows: Vec<usize> = if size == samples.n_rows() {
            (0..size).collect()
        } else {
            (0..size).map(|_| stream.below(samples.n_rows())).collect()
        };
        Batch::of(samples, &rows, |row| weights.get(row))
    }

    /// The start of least inertia on a part of the rows.
    fn start(&self, samples: &Samples<'_>, weights: &Weights, frame: &Frame) -> Vec<f64> {
        if let KMeansInit::Centers(centers) = &self.init {
            return frame.placed(&centers.iter().copied().collect::<Vec<f64>>());
        }
        let starts = self.starts();
        let judge = self.part(samples, weights, "minibatch/judge", 0);
        let mut best: Option<(f64, Vec<f64>)> = None;
        for number in 0..starts {
            let part = self.part(samples, weights, "minibatch/start", number);
            let stream = Stream::new(self.seed, "minibatch/init", number as u64);
            let points = part.points(frame);
            let centers = match self.init {
                KMeansInit::Random => init::random(&points, self.n_clusters, stream),
                _ => init::plus_plus(&points, self.n_clusters, stream),
            };
            let inertia = if starts > 1 {
                state::inertia(&judge.points(frame), &Centers::new(centers.clone(), frame.width()))
            } else {
                0.0
            };
            if best.as_ref().is_none_or(|(least, _)| inertia < *least) {
                best = Some((inertia, centers));
            }
        }
        best.map(|(_, centers)| centers).unwrap_or_default()
    }

    /// Learns from a first batch of rows that come over time; the state learns from those that follow.
    ///
    /// Every batch is one step, its weights count as they are. There must be as many rows as clusters in the first.
    ///
    /// ```
    /// use crm_ml_clustering::{KMeansInit, MiniBatchKMeans};
    /// use crm_ml_core::Samples;
    /// use ndarray::array;
    ///
    /// let start = KMeansInit::Centers(array![[0.0], [10.0]]);
    /// let mut state = MiniBatchKMeans::new(2).init(start).partial_fit(&Samples::new(&array![[1.0], [9.0]])?)?;
    /// state.partial_fit(&Samples::new(&array![[3.0], [7.0]])?)?;
    /// assert_eq!(state.model()?.cluster_centers(), array![[2.0], [8.0]]);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn partial_fit(&self, samples: &Samples<'_>) -> Result<MiniBatchKMeansState> {
        self.check_data(samples)?;
        let weights = Weights::of(samples);
        let (frame, _) = Frame::of(samples, &weights);
        let start = self.start(samples, &weights, &frame);
        let mut state = MiniBatchKMeansState::new(self.clone(), samples.schema(), frame, start);
        state.partial_fit(samples)?;
        Ok(state)
    }
}

impl Clusterer for MiniBatchKMeans {
    type Model = KMeansModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<KMeansModel> {
        self.check_data(samples)?;
        let weights = Weights::of(samples);
        let (frame, variance) = Frame::of(samples, &weights);
        let start = self.start(samples, &weights, &frame);
        let mut state = MiniBatchKMeansState::new(self.clone(), samples.schema(), frame.clone(), start);
        let (rows, batch_size) = (samples.n_rows(), self.batch_size.min(samples.n_rows()));
        let steps =
            (self.max_iter as u128 * rows as u128 / batch_size as u128).min(usize::MAX as u128) as usize;
        let heights = state::heights(&weights, rows);
        let mut monitor = Monitor::new(rows, batch_size, self.tol * variance, self.max_no_improvement);
        let mut done = 0;
        let mut converged = false;
        while done < steps && !converged {
            let mut stream = Stream::new(self.seed, "minibatch/batch", done as u64);
            let drawn: Vec<usize> =
                (0..batch_size).map(|_| state::draw(&heights, rows, &mut stream)).collect();
            let batch = Batch::of(samples, &drawn, |_| 1.0);
            let (inertia, shift) = state.step(&batch.points(&frame));
            done += 1;
            converged = monitor.stops(inertia, shift);
            advance(progress, "mini-batch k-means", done, steps)?;
        }
        let centers = Centers::new(state.into_centers(), samples.n_columns());
        let labels = place::nearest(samples, &frame, &centers);
        let sum = place::inertia(samples, &weights, &frame, &centers.wide, |row| labels[row] as usize);
        let inertia = weights.back(frame.squares_back(sum)?);
        let iterations = (done as u128 * batch_size as u128).div_ceil(rows as u128) as usize;
        let mut report = FitReport { converged, iterations, objective: inertia, notes: Vec::new() };
        if !converged {
            report.notes.push(format!("the inertia of the batches still improved after {done} steps"));
        }
        KMeansModel::of_parts(samples.schema(), frame, centers.wide, &labels, inertia, report)
    }
}
