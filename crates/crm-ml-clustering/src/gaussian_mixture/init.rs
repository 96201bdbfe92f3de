//! Where mixtures start.

use crm_ml_core::{Error, Result, Samples, Stream};
use serde::{Deserialize, Serialize};

use super::GaussianMixture;
use super::estimate::{Estimates, Ridge, from_responsibilities};
use super::gaussians::Gaussians;
use super::matrices::inverses;
use super::pass::{Rows, Source};
use crate::kmeans::lloyd::{self, Stop};
use crate::kmeans::points::Points;
use crate::kmeans::{frame::Frame, init};

/// Where the responsibilities of [`GaussianMixture`](crate::GaussianMixture) start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MixtureInit {
    /// The clusters of k-means.
    #[default]
    KMeans,
    /// One row a component, by greedy k-means++; other rows belong to none.
    KMeansPlusPlus,
    /// Random shares.
    Random,
    /// One random row a component.
    RandomFromData,
    /// The same share of every row for every component, so that each starts with the covariance of the data; means are random
    /// rows where none are given.
    Even,
}

impl GaussianMixture {
    /// The components a run starts from.
    pub(super) fn start(
        &self,
        samples: &Samples<'_>,
        rows: Rows<'_>,
        ridge: &Ridge,
        number: usize,
    ) -> Result<Gaussians> {
        let (k, width, kind) = (self.n_components, rows.frame.width(), self.covariance_type);
        let given = self.given(rows.frame)?;
        if let Given { weights: Some(weights), means: Some(means), covariances: Some(covariances) } = given {
            return Estimates { weights, means, covariances }.build(kind, width);
        }
        let stream = |tag| Stream::new(self.seed, tag, number as u64);
        let points = || Points::placed(samples.cells(), rows.frame.clone(), rows.weights.clone());
        let estimate = |source: Source<'_>| from_responsibilities(rows, kind, k, source, ridge);
        let mut start = match self.init_params {
            MixtureInit::KMeans => {
                let points = points();
                let (_, variance) = Frame::of(samples, rows.weights);
                let stop = Stop { max_iter: 300, shift: 1e-4 * variance };
                let centers = init::plus_plus(&points, k, stream("mixture/kmeans"));
                let run = lloyd::run(&points, centers, stop, k > 4, |_| Ok(()))?;
                estimate(Source::Labels(&run.labels))
            }
            MixtureInit::KMeansPlusPlus => {
                let chosen = init::plus_plus_rows(&points(), k, stream("mixture/plus-plus"));
                estimate(Source::Labels(&one_row_each(rows.len(), &chosen)))
            }
            MixtureInit::RandomFromData => {
                let chosen = init::random_rows(&points(), k, stream("mixture/rows"));
                estimate(Source::Labels(&one_row_each(rows.len(), &chosen)))
            }
            MixtureInit::Random => {
                estimate(Source::Shares(&random_shares(rows.len(), k, stream("mixture/random"))))
            }
            MixtureInit::Even => self.even(rows, ridge),
        };
        if self.init_params == MixtureInit::Even && self.means_init.is_none() {
            let points = points();
            for (mean, row) in
                start.means.chunks_exact_mut(width).zip(init::random_rows(&points, k, stream("mixture/rows")))
            {
                points.place(row, mean);
            }
        }
        start.weights = given.weights.unwrap_or(start.weights);
        start.means = given.means.unwrap_or(start.means);
        start.covariances = given.covariances.unwrap_or(start.covariances);
        start.build(kind, width)
    }

    /// The covariance of the data as it is, with `reg_covar` only where it is singular without.
    fn even(&self, rows: Rows<'_>, ridge: &Ridge) -> Estimates {
        let (k, width, kind) = (self.n_components, rows.frame.width(), self.covariance_type);
        let bare = Ridge { reg_covar: 0.0, ..ridge.clone() };
        let estimates = from_responsibilities(rows, kind, k, Source::Even, &bare);
        match estimates.clone().build(kind, width) {
            Ok(_) => estimates,
            Err(_) => from_responsibilities(rows, kind, k, Source::Even, ridge),
        }
    }

    /// What was given to start from, in the frame.
    fn given(&self, frame: &Frame) -> Result<Given> {
        let width = frame.width();
        let means = match &self.means_init {
            Some(means) if means.ncols() != width => {
                return Err(Error::length("columns of means_init", width, means.ncols()));
            }
            means => means.as_ref().map(|means| frame.placed(&means.iter().copied().collect::<Vec<f64>>())),
        };
        let covariances = match &self.precisions_init {
            None => None,
            Some(precisions) => {
                if let Some(columns) = precisions.width().filter(|columns| *columns != width) {
                    return Err(Error::length("columns of precisions_init", width, columns));
                }
                let (scale, covariances) =
                    (frame.scale(), inverses(precisions.kind(), &precisions.values(), width)?);
                Some(covariances.iter().map(|v| v * scale * scale).collect())
            }
        };
        let weights = self.weights_init.as_ref().map(|weights| weights / weights.sum());
        Ok(Given { weights: weights.map(|weights| weights.to_vec()), means, covariances })
    }
}

/// What overrules the responsibilities of a start.
struct Given {
    weights: Option<Vec<f64>>,
    means: Option<Vec<f64>>,
    covariances: Option<Vec<f64>>,
}

/// Labels of rows of which a few are alone in their component, and the others in none.
fn one_row_each(rows: usize, chosen: &[usize]) -> Vec<u32> {
    let mut labels = vec![u32::MAX; rows];
    for (component, row) in chosen.iter().enumerate() {
        labels[*row] = component as u32;
    }
    labels
}

fn random_shares(rows: usize, count: usize, mut stream: Stream) -> Vec<f64> {
    let mut shares: Vec<f64> = (0..rows * count).map(|_| stream.uniform().max(f64::MIN_POSITIVE)).collect();
    for row in shares.chunks_exact_mut(count) {
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|share| *share /= sum);
    }
    shares
}
