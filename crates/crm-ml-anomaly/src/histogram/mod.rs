//! Histogram-based outlier scores.

mod bins;
mod model;

use crm_ml_core::{Check, OutlierDetector, OutlierModel, Progress, Result, Samples, advance};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use crate::Contamination;
use crate::contamination::A_TENTH;
use bins::Histogram;
pub use model::HbosModel;

/// How many bins a column's histogram has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HistogramBins {
    /// This many of equal width, at least 2.
    Count(usize),
    /// The number, up to 256, of largest penalised likelihood (Birgé and Rozenholc, How many bins should be put in a
    /// regular histogram, 2006), column by column.
    Auto,
}

/// Histogram-based outlier scores: how thinly a row's cells are settled, column by column.
///
/// The anomaly score is `-sum_j log2(density_j + alpha)` over the columns, `density_j` being the share of rows in the
/// cell's bin over its width; columns count as independent. A cell outside of the bins takes the score of the nearest bin if it lies
/// within `tol` of that bin's width, else that of the thinnest. A cell that is missing adds nothing. In a category
/// column every level is a bin of width 1, and a level not seen in training is as odd as the thinnest bin can be, of density 0.
///
/// A constant column has a bin of width 1 with empty ones beside it, so that it accuses other values alone (pyod's ten
/// narrow bins accuse the value itself). Else scores are pyod's where the number of bins is given. The automatic number is chosen by the same
/// criterion, but for the penalty, which the paper takes once and pyod once a bin. A column whose values are too close for so many bins gets fewer.
/// With [`Contamination::Auto`] a tenth of the rows are outliers, since the method has no threshold of its own.
/// Weights are honoured. O(n p) time (automatic bins: O(n log n) a column), O(p n_bins) space beyond the data.
/// Errors: parameters; values too far apart for `f64`.
/// Reference: Goldstein and Dengel, Histogram-based outlier score (HBOS), 2012.
///
/// ```
/// use crm_ml_anomaly::Hbos;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [1.0], [1.0], [4.0]];
/// let model = Hbos::new().n_bins(2).fit(&Samples::new(&x)?)?;
/// // Four of five rows lie in a bin of width 2, one in the other.
/// let scores = model.anomaly_scores(&Samples::new(&x)?)?;
/// assert!((scores[0] + (0.4f64 + 0.1).log2()).abs() < 1e-12);
/// assert!((scores[4] + (0.1f64 + 0.1).log2()).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hbos {
    bins: HistogramBins,
    alpha: f64,
    tol: f64,
    contamination: Contamination,
}

const NAME: &str = "Hbos";

impl Default for Hbos {
    fn default() -> Self {
        Self { bins: HistogramBins::Count(10), alpha: 0.1, tol: 0.5, contamination: Contamination::Auto }
    }
}

impl Hbos {
    /// Ten bins a column, `alpha` 0.1, `tol` 0.5.
    pub fn new() -> Self {
        Self::default()
    }

    /// This many bins a column, from 2 to a million.
    pub fn n_bins(mut self, count: usize) -> Self {
        self.bins = HistogramBins::Count(count);
        self
    }

    /// How many bins a column has.
    pub fn bins(mut self, bins: HistogramBins) -> Self {
        self.bins = bins;
        self
    }

    /// What is added to every density, above 0 and below 1: it bounds what one column can add.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// How far beyond the bins, in their width, a cell still counts as in the last one, above 0 and below 1.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }

    fn check(&self) -> Result<()> {
        let open = |value: f64| value > 0.0 && value < 1.0;
        let mut check = Check::of(NAME);
        if let HistogramBins::Count(count) = self.bins {
            check = check.between("n_bins", count, 2, 1_000_000);
        }
        check = check.rule("alpha", self.alpha, open(self.alpha), "above 0 and below 1");
        check = check.rule("tol", self.tol, open(self.tol), "above 0 and below 1");
        self.contamination.check(check).finish()
    }
}

impl Hbos {
    fn run(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<(HbosModel, Array1<f64>)> {
        self.check()?;
        let histograms = Histogram::of_columns(samples, self.bins)?;
        advance(progress, "histograms", 1, 1)?;
        let mut model = HbosModel::new(samples.schema().clone(), &histograms, self.alpha, self.tol);
        let scores = model.score_samples(samples)?;
        let contamination = self.contamination.or_share(A_TENTH);
        model.offset = contamination.offset(0.0, || scores.to_vec(), samples.weights());
        Ok((model, scores))
    }
}

impl OutlierDetector for Hbos {
    type Model = HbosModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<HbosModel> {
        Ok(self.run(samples, progress)?.0)
    }

    fn fit_score(&self, samples: &Samples<'_>) -> Result<(HbosModel, Array1<f64>)> {
        self.run(samples, &())
    }
}
