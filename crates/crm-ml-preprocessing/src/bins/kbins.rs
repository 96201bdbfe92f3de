//! Bins by the values alone.

use crm_ml_core::{Check, Error, Persist, Progress, Result, Samples, Schema, Transformer, advance, parallel};
use serde::{Deserialize, Serialize};

use super::k_means::centres;
use super::output::{self, BinEncode, Cuts};
use crate::columns::{check_output, check_schema, column, is_real, map_indexed, transformer_model};
use crate::stats::Observed;

/// How the width of bins is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum BinStrategy {
    /// All bins have the same width.
    Uniform,
    /// All bins have about the same weight of rows.
    #[default]
    Quantile,
    /// Values are nearest to the centre of their bin (k-means).
    KMeans,
}

/// How quantiles are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum QuantileMethod {
    /// A value of the data, or the mean of two: scikit-learn's choice since 1.9.
    #[default]
    AveragedInvertedCdf,
    /// Interpolated between values.
    Linear,
}

/// Cuts every real column into `n_bins` intervals. A value on a cut belongs to the bin above; values beyond those of training
/// to the outermost bins.
///
/// Under quantiles and k-means an edge within 1e-8 of the one before it is left out; a constant column has one bin. Missing values are left out
/// in fitting and keep a column of their own or stay missing (see [`BinEncode`]); category columns and columns without any
/// value pass unchanged. Weights are honoured by quantiles and k-means. Equal to scikit-learn's `KBinsDiscretizer`, which
/// takes no missing values. Time O(rows log rows x columns).
///
/// Errors: fewer than 2 bins.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::{BinEncode, BinStrategy, KBinsDiscretizer};
/// use ndarray::array;
///
/// let x = array![[0.0], [10.0], [19.0], [40.0]];
/// let samples = Samples::new(&x)?;
/// let bins = KBinsDiscretizer::new(2).strategy(BinStrategy::Uniform);
/// let model = bins.fit(&samples)?;
/// assert_eq!(model.output_schema().name(0), "x0=(-inf, 20)");
/// assert_eq!(model.transform(&samples)?.row(3), [0.0, 1.0]);
/// let model = bins.encode(BinEncode::Ordinal).fit(&samples)?;
/// assert_eq!(model.transform(&samples)?.cells(), [0.0, 0.0, 0.0, 1.0]);
/// assert_eq!(model.bin_edges(0), Some(&[0.0, 20.0, 40.0][..]));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KBinsDiscretizer {
    n_bins: usize,
    encode: BinEncode,
    strategy: BinStrategy,
    quantile_method: QuantileMethod,
}

/// The fitted [`KBinsDiscretizer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KBinsDiscretizerModel {
    schema: Schema,
    output: Schema,
    encode: BinEncode,
    cuts: Vec<Option<Cuts>>,
    /// The cuts with the least and the largest value.
    edges: Vec<Option<Vec<f64>>>,
}

impl Default for KBinsDiscretizer {
    fn default() -> Self {
        Self::new(5)
    }
}

impl KBinsDiscretizer {
    /// Bins of about equal weight, one-hot.
    pub fn new(n_bins: usize) -> Self {
        Self {
            n_bins,
            encode: BinEncode::default(),
            strategy: BinStrategy::default(),
            quantile_method: QuantileMethod::default(),
        }
    }

    /// What a bin becomes.
    pub fn encode(mut self, encode: BinEncode) -> Self {
        self.encode = encode;
        self
    }

    /// How the width of bins is chosen.
    pub fn strategy(mut self, strategy: BinStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// How quantiles are taken.
    pub fn quantile_method(mut self, quantile_method: QuantileMethod) -> Self {
        self.quantile_method = quantile_method;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        Check::of("KBinsDiscretizer").between("n_bins", self.n_bins, 2, 1_000_000).finish()
    }

    /// Ascending edges with both ends; `None` without values.
    pub(crate) fn edges(&self, seen: &Observed) -> Option<Vec<f64>> {
        let extent = seen.extent();
        if seen.is_empty() {
            return None;
        }
        let (low, high) = (extent.min, extent.max);
        let mut edges: Vec<f64> = match self.strategy {
            _ if low == high => return Some(vec![low, high]),
            BinStrategy::Uniform => even(low, high, self.n_bins),
            BinStrategy::Quantile => {
                let sorted = seen.sorted();
                let at = |share: f64| match self.quantile_method {
                    QuantileMethod::Linear => sorted.quantile(share),
                    QuantileMethod::AveragedInvertedCdf => sorted.stepped(share),
                };
                // By percentiles, as scikit-learn does: rounding decides whose bin a value on an edge is.
                even(0.0, 100.0, self.n_bins).into_iter().map(|percentile| at(percentile / 100.0)).collect()
            }
            BinStrategy::KMeans => {
                let centres = centres(seen, self.n_bins);
                let inner = centres.windows(2).map(|pair| 0.5 * pair[0] + 0.5 * pair[1]);
                std::iter::once(low).chain(inner).chain([high]).collect()
            }
        };
        let narrowest = if self.strategy == BinStrategy::Uniform { 0.0 } else { 1e-8 };
        edges.retain(|edge| edge.is_finite());
        let mut before = f64::NEG_INFINITY;
        edges.retain(|&edge| edge - std::mem::replace(&mut before, edge) > narrowest);
        if edges.len() < 2 { Some(vec![low, high]) } else { Some(edges) }
    }
}

/// The edges of so many intervals of equal width, to the bit those of numpy's `linspace`.
fn even(low: f64, high: f64, intervals: usize) -> Vec<f64> {
    let step = (high - low) / intervals as f64;
    let share = |i: usize| i as f64 / intervals as f64;
    let edge = |i: usize| match step.is_finite() {
        true => i as f64 * step + low,
        // The ends may be farther apart than a float holds, but not their halves.
        false => low + 2.0 * (share(i) * (0.5 * high - 0.5 * low)),
    };
    (0..intervals).map(edge).chain([high]).collect()
}

/// The cuts between edges.
pub(crate) fn inner(edges: &[f64]) -> Vec<f64> {
    edges.get(1..edges.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

impl Transformer for KBinsDiscretizer {
    type Model = KBinsDiscretizerModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<KBinsDiscretizerModel> {
        self.check()?;
        let schema = samples.schema();
        let learnt = parallel::map(samples.n_columns(), |position| {
            if !is_real(schema, position) {
                return None;
            }
            let seen = Observed::new(&column(samples, position), samples.weights());
            let edges = self.edges(&seen)?;
            Some((Cuts { cuts: inner(&edges), gaps: seen.count() < samples.n_rows() }, edges))
        });
        advance(progress, "discretizer", 1, 1)?;
        let (cuts, edges): (Vec<_>, Vec<_>) = learnt.into_iter().map(Option::unzip).unzip();
        let output = output::schema(schema, &cuts, self.encode)?;
        Ok(KBinsDiscretizerModel { schema: schema.clone(), output, encode: self.encode, cuts, edges })
    }
}

impl KBinsDiscretizerModel {
    /// Ends and cuts of a column, ascending; `None` for one that passes unchanged.
    pub fn bin_edges(&self, column: usize) -> Option<&[f64]> {
        self.edges.get(column)?.as_deref()
    }

    /// The middle of each cell's bin, from [`BinEncode::Ordinal`] or [`BinEncode::Category`].
    ///
    /// Errors: under [`BinEncode::OneHot`], other columns than this model gives.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        if self.encode == BinEncode::OneHot {
            return Err(Error::unsupported(
                "the way back starts from numbers of bins: encode as Ordinal or Category",
            ));
        }
        self.output.accepts(samples)?;
        map_indexed(samples, &self.schema, |column, cell| {
            let Some(edges) = &self.edges[column] else { return cell };
            if cell.is_nan() || cell < 0.0 {
                return f64::NAN;
            }
            let bin = (cell as usize).min(edges.len() - 2);
            0.5 * edges[bin] + 0.5 * edges[bin + 1]
        })
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        output::transform(samples, &self.output, &self.cuts, self.encode)
    }
}

transformer_model!(KBinsDiscretizerModel);

impl Persist for KBinsDiscretizerModel {
    const KIND: &'static str = "preprocessing/k-bins-discretizer";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        let width = self.schema.width();
        if self.cuts.len() != width || self.edges.len() != width {
            return Err(Error::length("edges", width, self.edges.len().min(self.cuts.len())));
        }
        for (position, (cuts, edges)) in self.cuts.iter().zip(&self.edges).enumerate() {
            let sound = match (cuts, edges) {
                (None, None) => true,
                (Some(cuts), Some(edges)) => {
                    is_real(&self.schema, position)
                        && cuts.is_sound()
                        && edges.len() >= 2
                        && edges.iter().all(|edge| edge.is_finite())
                        && inner(edges) == cuts.cuts
                }
                _ => false,
            };
            if !sound {
                let name = self.schema.name(position);
                return Err(Error::model_file(format!("the bins of column '{name}' do not fit it")));
            }
        }
        check_output(&self.output, &output::schema(&self.schema, &self.cuts, self.encode)?)
    }
}
