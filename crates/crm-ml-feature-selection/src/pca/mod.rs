//! Principal component analysis.

mod decompose;
mod model;

use crm_ml_core::{Check, ErrorKind, Progress, Result, Samples, Schema, Transformer, advance};
use serde::{Deserialize, Serialize};

pub(crate) use decompose::{Spectrum, centre, weighted_mean};
pub use model::PcaModel;

/// How many components are kept.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Components {
    /// As many as the smaller of rows and columns.
    #[default]
    All,
    /// This many, at least 1 and at most the smaller of rows and columns.
    Count(usize),
    /// The fewest whose share of the variance is above this, above 0 and at most 1.
    Variance(f64),
}

/// Exact principal component analysis: the directions of largest variance of the centred columns.
///
/// Where rows far outnumber columns the covariance is decomposed, O(n p^2 / 2 + p^3); where that would lose digits (a
/// spread of variances beyond 10^8) or rows are few, the matrix itself, O(n p min(n, p)). One copy of the matrix.
/// Each component's entry of largest magnitude is positive, as in scikit-learn.
///
/// Variances are divided by `W - 1`, W the total weight (n - 1 without weights), so that an integer weight is a repeated
/// row; a total weight of at most 1 is an error. Missing values and category columns are refused by name.
/// Reference: Jolliffe, Principal Component Analysis, 2002.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_feature_selection::Pca;
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]];
/// let samples = Samples::new(&x)?;
/// let model = Pca::new().n_components(1).fit(&samples)?;
/// assert!((model.explained_variance_ratio()[0] - 1.0).abs() < 1e-12);
/// assert!((model.transform(&samples)?.dense()[[2, 0]] - 5f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Pca {
    components: Components,
    whiten: bool,
}

const NAME: &str = "Pca";

impl Pca {
    /// All components, not whitened.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps this many components.
    pub fn n_components(mut self, count: usize) -> Self {
        self.components = Components::Count(count);
        self
    }

    /// Keeps the fewest components whose share of the variance is above `share`.
    pub fn variance_share(mut self, share: f64) -> Self {
        self.components = Components::Variance(share);
        self
    }

    /// Keeps what `components` says.
    pub fn components(mut self, components: Components) -> Self {
        self.components = components;
        self
    }

    /// Whether every component is divided by its standard deviation.
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.whiten = whiten;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        match self.components {
            Components::All => Ok(()),
            Components::Count(count) => Check::of(NAME).at_least("n_components", count, 1).finish(),
            Components::Variance(share) => Check::of(NAME).share("n_components", share).finish(),
        }
    }

    /// How many components to keep of those with these shares of the variance.
    fn count(&self, shares: &[f64]) -> Result<usize> {
        match self.components {
            Components::All => Ok(shares.len()),
            Components::Count(count) if count > shares.len() => Err(ErrorKind::TooFew {
                what: "n_components is the smaller of rows and columns at most; rows and columns".to_owned(),
                needed: count,
                found: shares.len(),
            }
            .into()),
            Components::Count(count) => Ok(count),
            Components::Variance(share) => {
                let mut sum = 0.0;
                let enough = shares.iter().position(|s| {
                    sum += s;
                    sum > share
                });
                Ok(enough.map_or(shares.len(), |last| last + 1))
            }
        }
    }
}

impl Pca {
    /// The model of what a decomposition found.
    pub(crate) fn model(&self, schema: &Schema, spectrum: Spectrum) -> Result<PcaModel> {
        let shares = spectrum.shares();
        let count = self.count(&shares)?;
        PcaModel::new(schema, spectrum, &shares, count, self.whiten)
    }
}

impl Transformer for Pca {
    type Model = PcaModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<PcaModel> {
        self.check()?;
        samples.require_real(NAME)?;
        let total = samples.total_weight();
        if !(total > 1.0 && samples.n_rows() > 1) {
            let found = samples.n_rows().min(1);
            return Err(ErrorKind::TooFew {
                what: "rows (total weight above 1)".to_owned(),
                needed: 2,
                found,
            }
            .into());
        }
        let wanted = match self.components {
            Components::Count(count) => count,
            Components::All | Components::Variance(_) => samples.n_columns(),
        };
        let spectrum = decompose::spectrum(samples, wanted)?;
        advance(progress, "principal components", 1, 1)?;
        self.model(samples.schema(), spectrum)
    }
}
