//! Reconstruction errors of principal components.

mod model;

use crm_ml_core::{Check, ErrorKind, OutlierDetector, OutlierModel, Progress, Result, Samples, advance};
use crm_ml_linalg::SymmetricEigen;
use serde::{Deserialize, Serialize};

use crate::Contamination;
use crate::contamination::A_TENTH;
use crate::moments::{Frame, moments};
pub use model::PcaReconstructionModel;

/// How many principal components a row is rebuilt from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum PcaComponents {
    /// This many, at least 1 and fewer than columns.
    Count(usize),
    /// The fewest whose share of the variance is above this, above 0 and at most 1; one fewer at most than there are
    /// directions in which the rows vary.
    Variance(f64),
}

/// How much of a row the principal components of the data do not explain.
///
/// The columns are centred and, unless told otherwise, divided by their standard deviations; the anomaly score is the squared length of what is left of
/// a row after its projection on the components of largest variance. It finds rows that break the relations between columns,
/// though every cell is ordinary. A constant column is not divided.
///
/// Missing values and category columns are refused by name; weights are honoured. With [`Contamination::Auto`] a tenth of the rows
/// are outliers, since the method has no threshold of its own. O(n p^2 + p^3) time to fit, O(p k) a row to score.
/// Errors: parameters, fewer than two rows, more components than columns, values beyond the range of `f64`.
/// Reference: Jolliffe, Principal Component Analysis, 2002, section 10.1; unlike pyod's `PCA`, which sums squared projections over eigenvalues.
///
/// ```
/// use crm_ml_anomaly::PcaReconstruction;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// // Two columns that go together, and a last row in which they do not.
/// let x = array![[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0], [1.0, 4.0]];
/// let detector = PcaReconstruction::new().n_components(1).standardize(false);
/// let model = detector.fit(&Samples::new(&x)?)?;
/// let scores = model.anomaly_scores(&Samples::new(&x)?)?;
/// assert_eq!(scores.iter().position(|s| *s > 1.0), Some(4));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PcaReconstruction {
    components: PcaComponents,
    standardize: bool,
    contamination: Contamination,
}

const NAME: &str = "PcaReconstruction";

/// Below this share of the largest variance there is none.
const NO_VARIANCE: f64 = 1e-12;

impl Default for PcaReconstruction {
    fn default() -> Self {
        Self {
            components: PcaComponents::Variance(0.9),
            standardize: true,
            contamination: Contamination::Auto,
        }
    }
}

impl PcaReconstruction {
    /// Nine tenths of the variance of standardised columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps this many components.
    pub fn n_components(mut self, count: usize) -> Self {
        self.components = PcaComponents::Count(count);
        self
    }

    /// Keeps the fewest components whose share of the variance is above `share`.
    pub fn variance_share(mut self, share: f64) -> Self {
        self.components = PcaComponents::Variance(share);
        self
    }

    /// Whether columns are divided by their standard deviations.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
        self
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }

    fn check(&self) -> Result<()> {
        let check = match self.components {
            PcaComponents::Count(count) => Check::of(NAME).at_least("n_components", count, 1),
            PcaComponents::Variance(share) => Check::of(NAME).share("n_components", share),
        };
        self.contamination.check(check).finish()
    }

    /// How many components to keep of those with these variances.
    fn count(&self, variances: &[f64]) -> Result<usize> {
        let most = variances.len().saturating_sub(1);
        let largest = variances.first().copied().unwrap_or(0.0);
        let varied = variances.iter().filter(|v| **v > largest * NO_VARIANCE).count();
        match self.components {
            PcaComponents::Count(count) if count > most => Err(ErrorKind::TooFew {
                what: "columns (one more than components)".to_owned(),
                needed: count.saturating_add(1),
                found: variances.len(),
            }
            .into()),
            PcaComponents::Count(count) => Ok(count),
            PcaComponents::Variance(share) => {
                let total: f64 = variances.iter().map(|v| v.max(0.0)).sum();
                let mut sum = 0.0;
                let enough = variances.iter().position(|v| {
                    sum += v.max(0.0);
                    sum > share * total
                });
                Ok(enough.map_or(varied, |last| last + 1).min(varied.saturating_sub(1)))
            }
        }
    }
}

impl OutlierDetector for PcaReconstruction {
    type Model = PcaReconstructionModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<PcaReconstructionModel> {
        self.check()?;
        samples.require_real(NAME)?;
        if samples.n_rows() < 2 {
            return Err(ErrorKind::TooFew { what: "rows".to_owned(), needed: 2, found: 1 }.into());
        }
        let frame = Frame::of(samples, NAME)?;
        let (mean, mut covariance) = moments(&frame.rows(samples)?, |row| samples.weight(row));
        // What a step of one in the frame is in the columns that are decomposed.
        let units: Vec<f64> = (0..frame.width())
            .map(|column| {
                let deviation = covariance[[column, column]].sqrt();
                let divided = self.standardize && deviation > 0.0;
                if divided { 1.0 / deviation } else { 1.0 / frame.scale[column] }
            })
            .collect();
        for ((i, j), value) in covariance.indexed_iter_mut() {
            *value *= units[i] * units[j];
        }
        let eigen = SymmetricEigen::new(covariance.view())?;
        advance(progress, "principal components", 1, 1)?;
        let count = self.count(eigen.values().as_slice().unwrap_or(&[]))?;
        let centre = mean.iter().zip(&frame.centre).zip(&frame.scale).map(|((m, c), s)| c + m / s).collect();
        let scale = units.iter().zip(&frame.scale).map(|(unit, scale)| unit * scale).collect();
        let components =
            eigen.vectors().slice(ndarray::s![.., ..count]).t().as_standard_layout().into_owned();
        let mut model = PcaReconstructionModel::new(samples.schema().clone(), centre, scale, components);
        let scores = model.score_samples(samples)?.to_vec();
        let contamination = self.contamination.or_share(A_TENTH);
        model.offset = contamination.offset(0.0, || scores, samples.weights());
        Ok(model)
    }
}
