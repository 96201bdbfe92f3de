//! Fitted mixtures.

use crm_ml_core::{
    ClusterModel, ClusterPredict, Error, FitReport, Model, Persist, Result, Samples, Schema, Stream,
    most_probable,
};
use crm_ml_linalg::Cholesky;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::gaussians::{CovarianceType, Gaussians};
use super::matrices::{Matrices, inverses};
use super::pass::{Rows, responsibilities};
use crate::kmeans::frame::{Frame, Weights};

/// A fitted [`GaussianMixture`](crate::GaussianMixture). The label of a row is its most probable component, ties to the lowest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GaussianMixtureModel {
    schema: Schema,
    frame: Frame,
    gaussians: Gaussians,
    /// In the unit of the columns.
    means: Array2<f64>,
    covariances: Matrices,
    labels: Vec<i32>,
    report: FitReport,
}

const NAME: &str = "GaussianMixtureModel";

impl GaussianMixtureModel {
    pub(super) fn new(
        samples: &Samples<'_>,
        frame: Frame,
        gaussians: Gaussians,
        weights: &Weights,
        mut report: FitReport,
    ) -> Result<Self> {
        let (count, width) = (gaussians.len(), gaussians.width);
        let square = |v: &f64| v / frame.scale() / frame.scale();
        let values: Vec<f64> = gaussians.covariances.iter().map(square).collect();
        let means = frame.back(&gaussians.means);
        let finite = values.iter().chain(&means).chain([&report.objective]).all(|v| v.is_finite());
        if !finite || gaussians.validate().is_err() {
            return Err(Error::numerical(
                "GaussianMixture: a component is beyond the range of f64, scale the columns first",
            ));
        }
        // A component that holds less than a thousandth of a row of average weight is one in name only.
        let least = 1e-3 / samples.n_rows() as f64;
        for (number, share) in gaussians.weights.iter().enumerate().filter(|(_, share)| **share < least) {
            report.notes.push(format!("component {number} lost its rows: its weight is {share:e}"));
        }
        let covariances = Matrices::from_values(gaussians.kind, count, width, values)?;
        let means =
            Array2::from_shape_vec((count, width), means).map_err(|e| Error::numerical(e.to_string()))?;
        let schema = samples.schema().clone();
        let mut model = Self { schema, frame, gaussians, means, covariances, labels: Vec::new(), report };
        let (shares, _) = model.shares(samples, weights)?;
        model.labels = labels(&shares);
        Ok(model)
    }

    /// Share of the rows of every component; they sum to 1.
    pub fn weights(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.gaussians.weights)
    }

    /// The means, one a row.
    pub fn means(&self) -> ArrayView2<'_, f64> {
        self.means.view()
    }

    /// The covariances.
    pub fn covariances(&self) -> &Matrices {
        &self.covariances
    }

    /// The inverse covariances. Errors: one beyond the range of `f64`.
    pub fn precisions(&self) -> Result<Matrices> {
        let (count, width, kind) = (self.gaussians.len(), self.gaussians.width, self.gaussians.kind);
        let values = inverses(kind, &self.gaussians.covariances, width)?;
        let scale = self.frame.scale();
        let values: Vec<f64> = values.iter().map(|v| v * scale * scale).collect();
        if values.iter().all(|v| v.is_finite()) {
            Matrices::from_values(kind, count, width, values)
        } else {
            Err(Error::numerical("GaussianMixtureModel: an inverse covariance is beyond the range of f64"))
        }
    }

    /// How the fit ended; its objective is the mean log-likelihood of a row before the last step.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The probability of every component for every row (responsibilities): rows x components, rows sum to 1.
    ///
    /// Errors: other columns, a missing value, a row so far off that every density is 0 even as a logarithm.
    pub fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(self.look(samples)?.0)
    }

    /// The log-likelihood of every row. Errors: as [`predict_proba`](GaussianMixtureModel::predict_proba).
    pub fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        Ok(self.look(samples)?.1)
    }

    /// The weighted mean log-likelihood of a row. Errors: as [`predict_proba`](GaussianMixtureModel::predict_proba).
    pub fn score(&self, samples: &Samples<'_>) -> Result<f64> {
        let (logs, weights) = (self.score_samples(samples)?, Weights::of(samples));
        let sum: f64 = logs.iter().enumerate().map(|(row, log)| weights.get(row) * log).sum();
        Ok(sum / weights.total)
    }

    /// Free parameters of the mixture.
    pub fn n_parameters(&self) -> f64 {
        let (count, width) = (self.gaussians.len(), self.gaussians.width);
        self.gaussians.kind.freedom(count, width) + (count * width + count - 1) as f64
    }

    /// Akaike's information criterion: lower is better. Weights count as repeated rows.
    ///
    /// Errors: as [`predict_proba`](GaussianMixtureModel::predict_proba).
    pub fn aic(&self, samples: &Samples<'_>) -> Result<f64> {
        Ok(-2.0 * self.score(samples)? * samples.total_weight() + 2.0 * self.n_parameters())
    }

    /// The Bayesian information criterion (Schwarz 1978): lower is better. Weights count as repeated rows.
    ///
    /// Errors: as [`predict_proba`](GaussianMixtureModel::predict_proba).
    pub fn bic(&self, samples: &Samples<'_>) -> Result<f64> {
        let rows = samples.total_weight();
        Ok(-2.0 * self.score(samples)? * rows + self.n_parameters() * rows.ln())
    }

    /// `n` new rows and the component each was drawn from. Every row has a random stream of its own: more rows leave the first
    /// ones as they are.
    pub fn sample(&self, n: usize, seed: u64) -> Result<(Array2<f64>, Vec<i32>)> {
        let (count, width) = (self.gaussians.len(), self.gaussians.width);
        let roots = self.roots()?;
        let mut x = Vec::with_capacity(n.saturating_mul(width).min(1 << 24));
        let mut components = Vec::with_capacity(n.min(1 << 24));
        let (mut noise, mut z) = (vec![0.0; width], vec![0.0; width]);
        for row in 0..n {
            let mut stream = Stream::new(seed, "mixture/sample", row as u64);
            let mut left = stream.uniform() * self.gaussians.weights.iter().sum::<f64>();
            let mut component = count - 1;
            for (number, weight) in self.gaussians.weights.iter().enumerate() {
                if left < *weight {
                    component = number;
                    break;
                }
                left -= weight;
            }
            noise.iter_mut().for_each(|v| *v = stream.normal());
            let root = &roots[component * width * width..(component + 1) * width * width];
            for (i, (z, mean)) in z.iter_mut().zip(self.gaussians.mean(component)).enumerate() {
                *z = mean
                    + root[i * width..=i * width + i].iter().zip(&noise).map(|(a, b)| a * b).sum::<f64>();
            }
            x.extend(self.frame.back(&z));
            components.push(component as i32);
        }
        let x = Array2::from_shape_vec((n, width), x).map_err(|e| Error::numerical(e.to_string()))?;
        Ok((x, components))
    }

    /// Lower triangular square roots of the covariances, one a component.
    fn roots(&self) -> Result<Vec<f64>> {
        let (count, width, values) =
            (self.gaussians.len(), self.gaussians.width, &self.gaussians.covariances);
        let mut roots = vec![0.0; count * width * width];
        for (number, root) in roots.chunks_exact_mut(width * width).enumerate() {
            match self.gaussians.kind {
                CovarianceType::Full | CovarianceType::Tied => {
                    let first =
                        if self.gaussians.kind == CovarianceType::Full { number * width * width } else { 0 };
                    let matrix =
                        ArrayView2::from_shape((width, width), &values[first..first + width * width]);
                    let matrix = matrix.map_err(|e| Error::numerical(e.to_string()))?;
                    let factor = Cholesky::new(matrix)?;
                    root.iter_mut().zip(factor.factor()).for_each(|(root, cell)| *root = *cell);
                }
                CovarianceType::Diag => {
                    (0..width).for_each(|i| root[i * width + i] = values[number * width + i].max(0.0).sqrt());
                }
                CovarianceType::Spherical => {
                    (0..width).for_each(|i| root[i * width + i] = values[number].max(0.0).sqrt());
                }
            }
        }
        Ok(roots)
    }

    /// Responsibilities and log-likelihoods of rows to predict.
    fn look(&self, samples: &Samples<'_>) -> Result<(Array2<f64>, Array1<f64>)> {
        self.schema.accepts(samples)?;
        samples.require_real(NAME)?;
        self.shares(samples, &Weights::none(samples.n_rows()))
    }

    fn shares(&self, samples: &Samples<'_>, weights: &Weights) -> Result<(Array2<f64>, Array1<f64>)> {
        let rows = Rows { cells: samples.cells(), frame: &self.frame, weights };
        let (shares, logs) = responsibilities(rows, &self.gaussians);
        let jacobian = self.gaussians.width as f64 * self.frame.scale().ln();
        let logs: Array1<f64> = logs.iter().map(|log| log + jacobian).collect();
        if !logs.iter().all(|log| log.is_finite()) || shares.iter().any(|share| share.is_nan()) {
            return Err(Error::numerical("GaussianMixtureModel: a row is so far off that its density is 0"));
        }
        let shape = (samples.n_rows(), self.gaussians.len());
        let shares = Array2::from_shape_vec(shape, shares).map_err(|e| Error::numerical(e.to_string()))?;
        Ok((shares, logs))
    }
}

fn labels(shares: &Array2<f64>) -> Vec<i32> {
    most_probable(shares).into_iter().map(|component| component as i32).collect()
}

impl Model for GaussianMixtureModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for GaussianMixtureModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        self.gaussians.len()
    }
}

impl ClusterPredict for GaussianMixtureModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<i32>> {
        Ok(labels(&self.look(samples)?.0))
    }
}

impl Persist for GaussianMixtureModel {
    const KIND: &'static str = "gaussian-mixture";

    fn validate(&self) -> Result<()> {
        self.frame.validate()?;
        self.gaussians.validate()?;
        let (count, width) = (self.gaussians.len(), self.gaussians.width);
        let fits = self.schema.width() == width
            && self.frame.width() == width
            && self.means.dim() == (count, width)
            && self.covariances.kind() == self.gaussians.kind
            && self.covariances.suits(count)
            && self.covariances.width().is_none_or(|columns| columns == width);
        if !fits {
            return Err(Error::model_file("components that do not fit the schema"));
        }
        let known = |label: &i32| usize::try_from(*label).is_ok_and(|label| label < count);
        if self.means.iter().all(|v| v.is_finite()) && self.labels.iter().all(known) {
            Ok(())
        } else {
            Err(Error::model_file("a mean that is not finite or a label that is no component"))
        }
    }
}
