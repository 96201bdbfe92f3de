//! Gaussian mixtures.

mod block;
mod choose;
mod estimate;
mod exp;
mod gaussians;
mod init;
mod matrices;
mod model;
mod pass;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Clusterer, Error, FitReport, Progress, Result, Samples, advance};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::input::require_rows;
use crate::kmeans::MOST_CLUSTERS;
use crate::kmeans::frame::{Frame, Weights};
pub use choose::{Candidate, Criterion, MixtureChoice};
use estimate::{Ridge, maximise};
pub use gaussians::CovarianceType;
use gaussians::Gaussians;
pub use init::MixtureInit;
pub use matrices::Matrices;
pub use model::GaussianMixtureModel;
use pass::{Rows, Source, moments};

/// A mixture of normal distributions, fitted by expectation-maximisation (Dempster, Laird and Rubin 1977): every row belongs to
/// every component to some degree.
///
/// An iteration costs O(n k p^2) for full and tied covariances, O(n k p) for the others, in one pass over the rows;
/// responsibilities are never stored. All sums of densities are made of logarithms. Memory: O(k p^2).
///
/// Missing values and category columns are refused by name. Weights count as repeated rows (scikit-learn has none). Fewer rows
/// than components are an error, as is a covariance that is not positive definite in spite of `reg_covar`; with several starts
/// such a start is left out, which the report's notes tell, as they tell of components that lost their rows.
///
/// From the same start, weights, means, covariances and responsibilities are scikit-learn's.
///
/// ```
/// use crm_ml_clustering::GaussianMixture;
/// use crm_ml_core::{ClusterModel, Clusterer, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]];
/// let model = GaussianMixture::new(2).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.labels()[0], model.labels()[1]);
/// let mean = model.means().row(model.labels()[3] as usize).to_owned();
/// assert!((mean[0] - 10.0).abs() < 1e-9 && (mean[1] - 2.0).abs() < 1e-9);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GaussianMixture {
    n_components: usize,
    covariance_type: CovarianceType,
    init_params: MixtureInit,
    weights_init: Option<Array1<f64>>,
    means_init: Option<Array2<f64>>,
    precisions_init: Option<Matrices>,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    reg_covar: f64,
    seed: u64,
}

const NAME: &str = "GaussianMixture";

impl Default for GaussianMixture {
    /// One component.
    fn default() -> Self {
        Self::new(1)
    }
}

impl GaussianMixture {
    /// Full covariances, started by k-means once, at most 100 iterations, `tol` 0.001, `reg_covar` 1e-6, seed 0.
    pub fn new(n_components: usize) -> Self {
        Self {
            n_components,
            covariance_type: CovarianceType::default(),
            init_params: MixtureInit::default(),
            weights_init: None,
            means_init: None,
            precisions_init: None,
            n_init: 1,
            max_iter: 100,
            tol: 1e-3,
            reg_covar: 1e-6,
            seed: 0,
        }
    }

    /// How many components, from 1 to 16,777,216.
    pub fn n_components(mut self, n_components: usize) -> Self {
        self.n_components = n_components;
        self
    }

    /// What covariances may be.
    pub fn covariance_type(mut self, covariance_type: CovarianceType) -> Self {
        self.covariance_type = covariance_type;
        self
    }

    /// Where responsibilities start; what is given by `weights_init`, `means_init` and `precisions_init` overrules it.
    pub fn init_params(mut self, init_params: MixtureInit) -> Self {
        self.init_params = init_params;
        self
    }

    /// Weights to start from, one a component; they must sum to 1.
    pub fn weights_init<'a>(mut self, weights: impl Into<ArrayView1<'a, f64>>) -> Self {
        self.weights_init = Some(weights.into().to_owned());
        self
    }

    /// Means to start from, one a row.
    pub fn means_init<'a>(mut self, means: impl Into<ArrayView2<'a, f64>>) -> Self {
        self.means_init = Some(means.into().to_owned());
        self
    }

    /// Inverse covariances to start from, in the form of the covariance type.
    pub fn precisions_init(mut self, precisions: Matrices) -> Self {
        self.precisions_init = Some(precisions);
        self
    }

    /// How many starts are tried; the one of highest likelihood is kept.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = n_init;
        self
    }

    /// Most iterations, at least 1.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// A run ends when the mean log-likelihood of a row changes by less; 0 asks for `max_iter` iterations.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Added to every variance, in the unit of the columns squared.
    pub fn reg_covar(mut self, reg_covar: f64) -> Self {
        self.reg_covar = reg_covar;
        self
    }

    /// Seed of the starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Starts where another fit ended: on newer rows, or to go on with more iterations.
    ///
    /// Errors: an inverse covariance beyond the range of `f64`.
    pub fn start_from(self, model: &GaussianMixtureModel) -> Result<Self> {
        let precisions = model.precisions()?;
        Ok(Self { covariance_type: precisions.kind(), n_components: model.weights().len(), ..self }
            .weights_init(model.weights())
            .means_init(model.means())
            .precisions_init(precisions))
    }

    fn check(&self) -> Result<()> {
        let k = self.n_components;
        let mut check = Check::of(NAME)
            .between("n_components", k, 1, MOST_CLUSTERS)
            .at_least("n_init", self.n_init, 1)
            .at_least("max_iter", self.max_iter, 1)
            .range("tol", self.tol, 0.0..)
            .range("reg_covar", self.reg_covar, 0.0..);
        if let Some(weights) = &self.weights_init {
            let right = weights.iter().all(|w| (0.0..=1.0).contains(w)) && (weights.sum() - 1.0).abs() < 1e-6;
            let value = format!("{} weights", weights.len());
            check = check.rule(
                "weights_init",
                value,
                right && weights.len() == k,
                "n_components shares that sum to 1",
            );
        }
        if let Some(means) = &self.means_init {
            let right = means.nrows() == k && means.iter().all(|v| v.is_finite());
            check = check.rule(
                "means_init",
                format!("{} rows", means.nrows()),
                right,
                "n_components finite rows",
            );
        }
        if let Some(precisions) = &self.precisions_init {
            let right = precisions.kind() == self.covariance_type && precisions.suits(k);
            let words = "finite, of the covariance type and n_components";
            check = check.rule("precisions_init", format!("{:?}", precisions.kind()), right, words);
        }
        check.finish()
    }

    /// One run of expectation-maximisation.
    fn run(
        &self,
        rows: Rows<'_>,
        start: Gaussians,
        ridge: &Ridge,
        mut tell: impl FnMut(usize) -> Result<()>,
    ) -> Result<Run> {
        let mut run =
            Run { gaussians: start, likelihood: f64::NEG_INFINITY, iterations: 0, converged: false };
        while run.iterations < self.max_iter && !run.converged {
            let around = moments(rows, &run.gaussians, Source::Density);
            let likelihood = around.likelihood / rows.weights.total;
            if !likelihood.is_finite() {
                return Err(Error::numerical("GaussianMixture: the likelihood is beyond the range of f64"));
            }
            run.gaussians = maximise(&run.gaussians, &around, ridge)?;
            run.converged = (likelihood - run.likelihood).abs() < self.tol;
            run.likelihood = likelihood;
            run.iterations += 1;
            tell(run.iterations)?;
        }
        Ok(run)
    }
}

/// Where a run ended; the likelihood is that before the last step, a row, in the frame.
struct Run {
    gaussians: Gaussians,
    likelihood: f64,
    iterations: usize,
    converged: bool,
}

impl Clusterer for GaussianMixture {
    type Model = GaussianMixtureModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<GaussianMixtureModel> {
        self.check()?;
        samples.require_real(NAME)?;
        require_rows(samples, "n_components", self.n_components)?;
        let weights = Weights::of(samples);
        let (frame, _) = Frame::of(samples, &weights);
        let rows = Rows { cells: samples.cells(), frame: &frame, weights: &weights };
        let ridge = Ridge::new(rows, self.covariance_type, self.reg_covar * frame.scale() * frame.scale());
        let mut best: Option<Run> = None;
        let (mut failed, mut reason) = (0, None);
        let total = self.n_init.saturating_mul(self.max_iter);
        for number in 0..self.n_init {
            let before = number.saturating_mul(self.max_iter);
            let mut stopped = false;
            let tell = |iteration| {
                let told = advance(progress, "Gaussian mixture", before.saturating_add(iteration), total);
                stopped = told.is_err();
                told
            };
            let start = self.start(samples, rows, &ridge, number);
            match start.and_then(|start| self.run(rows, start, &ridge, tell)) {
                Err(error) if stopped || self.n_init == 1 => return Err(error),
                Err(error) => {
                    failed += 1;
                    reason = Some(error);
                }
                Ok(run) => {
                    if best.as_ref().is_none_or(|best| run.likelihood > best.likelihood) {
                        best = Some(run);
                    }
                }
            }
        }
        let Some(run) = best else {
            return Err(reason.unwrap_or_else(|| Error::numerical("GaussianMixture: no run")));
        };
        let mut notes = Vec::new();
        if failed > 0 {
            notes.push(format!(
                "{failed} of {} starts ended in a covariance that is not positive definite",
                self.n_init
            ));
        }
        if !run.converged {
            notes.push(format!("{} iterations were not enough for tol {}", run.iterations, self.tol));
        }
        let objective = run.likelihood + samples.n_columns() as f64 * frame.scale().ln();
        let report = FitReport { converged: run.converged, iterations: run.iterations, objective, notes };
        GaussianMixtureModel::new(samples, frame, run.gaussians, &weights, report)
    }
}
