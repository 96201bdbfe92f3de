//! To a uniform or normal distribution, by ranks.

mod model;

use crm_ml_core::{Check, Progress, Result, Samples, Schema, Stream, Transformer, advance, parallel};
use serde::{Deserialize, Serialize};

use crate::columns::{column, is_real};
use crate::stats::Observed;
pub use model::QuantileTransformerModel;
#[cfg(feature = "table")]
pub(crate) use model::are_ascending;

/// The distribution that values are mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OutputDistribution {
    /// From 0 to 1.
    #[default]
    Uniform,
    /// Standard normal, cut at about 5.2 on both sides.
    Normal,
}

/// Maps every real column to its ranks, from 0 to 1 or normally distributed: whatever the units and however far the extremes,
/// the result is spread evenly. Between the quantiles learnt, values are interpolated; beyond them they become the ends.
///
/// Missing values are left out in fitting and stay missing; category columns pass unchanged; a whole weight counts its row
/// that often, other weights are first scaled to a mean of 1. Of more rows than `subsample` that many are drawn (keyed by the
/// seed) to learn from. Equal to scikit-learn's `QuantileTransformer` where no rows are drawn; that one knows no weights. Time
/// O(rows log rows x columns).
///
/// Errors: no quantile, a subsample smaller than the number of quantiles.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::QuantileTransformer;
/// use ndarray::array;
///
/// let x = array![[1.0], [10.0], [100.0], [1000.0], [1e9]];
/// let samples = Samples::new(&x)?;
/// let model = QuantileTransformer::new().fit(&samples)?;
/// let ranks = model.transform(&samples)?;
/// assert_eq!(ranks.cells(), [0.0, 0.25, 0.5, 0.75, 1.0]);
/// assert_eq!(model.inverse_transform(&ranks)?.cells(), [1.0, 10.0, 100.0, 1000.0, 1e9]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileTransformer {
    n_quantiles: usize,
    output_distribution: OutputDistribution,
    subsample: Option<usize>,
    seed: u64,
}

impl Default for QuantileTransformer {
    fn default() -> Self {
        let output_distribution = OutputDistribution::default();
        Self { n_quantiles: 1000, output_distribution, subsample: Some(10_000), seed: 0 }
    }
}

impl QuantileTransformer {
    /// A thousand quantiles of at most ten thousand rows, to a uniform distribution.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many quantiles are learnt; no more than there are rows.
    pub fn n_quantiles(mut self, n_quantiles: usize) -> Self {
        self.n_quantiles = n_quantiles;
        self
    }

    /// The distribution to map to.
    pub fn output_distribution(mut self, output_distribution: OutputDistribution) -> Self {
        self.output_distribution = output_distribution;
        self
    }

    /// Most rows to learn from; `None` for all.
    pub fn subsample(mut self, subsample: impl Into<Option<usize>>) -> Self {
        self.subsample = subsample.into();
        self
    }

    /// Seed of the rows that are drawn.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The ascending quantiles of values, NaN where missing; empty without values.
    pub(crate) fn learn(&self, values: &[f64], weights: Option<&[f64]>) -> Vec<f64> {
        let seen = Observed::new(values, weights).sorted();
        if seen.values.is_empty() {
            return Vec::new();
        }
        let count = self.n_quantiles.min(values.len());
        let mut largest = f64::NEG_INFINITY;
        let mut ascending = |value: f64| {
            largest = largest.max(value);
            largest
        };
        (0..count).map(|i| ascending(seen.quantile(model::reference(i, count)))).collect()
    }
}

impl Transformer for QuantileTransformer {
    type Model = QuantileTransformerModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<QuantileTransformerModel> {
        let least = self.n_quantiles.max(1);
        Check::of("QuantileTransformer")
            .between("n_quantiles", self.n_quantiles, 1, 1_000_000)
            .optional_at_least("subsample", self.subsample, least)
            .finish()?;
        let drawn = self.subsample.filter(|most| *most < samples.n_rows()).map(|most| {
            let mut rows = Stream::new(self.seed, "quantile/subsample", 0).sample(samples.n_rows(), most);
            rows.sort_unstable();
            samples.select_rows(&rows)
        });
        let samples = drawn.as_ref().unwrap_or(samples);
        let schema: &Schema = samples.schema();
        let quantiles = parallel::map(samples.n_columns(), |position| {
            is_real(schema, position).then(|| self.learn(&column(samples, position), samples.weights()))
        });
        advance(progress, "quantile transformer", 1, 1)?;
        Ok(QuantileTransformerModel::new(schema, self.output_distribution, quantiles))
    }
}
