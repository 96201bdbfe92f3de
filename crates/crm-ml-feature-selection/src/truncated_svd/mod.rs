//! Truncated singular value decomposition: components without centring.

mod model;

use crm_ml_core::{Check, ErrorKind, Progress, Result, Samples, Transformer, advance};
use crm_ml_linalg::{RandomizedSvd, RightSvd, SymmetricEigen, ThinSvd, weighted_gram};
use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

pub use model::TruncatedSvdModel;

const NAME: &str = "TruncatedSvd";

/// The directions that hold most of the rows' squared length: components of counts and other data in which zero means
/// nothing, so that a mean may not be taken away (latent semantic analysis where columns are words).
///
/// Exact by default, random projections on request ([`randomized`](TruncatedSvd::randomized)). Unlike in scikit-learn weights
/// are honoured (a weight of w is w rows), and signs make the largest entry of every component positive. O(n p^2) time,
/// randomised O(n p k). Errors: missing values, category columns, more components than the smaller side has.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_feature_selection::TruncatedSvd;
/// use ndarray::array;
///
/// let words = array![[2.0, 2.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// let samples = Samples::new(&words)?;
/// let model = TruncatedSvd::new(1).fit(&samples)?;
/// assert!((model.singular_values()[0] - 10f64.sqrt()).abs() < 1e-12);
/// assert!((model.transform(&samples)?.dense()[[0, 0]] - 8f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruncatedSvd {
    n_components: usize,
    randomized: Option<Randomized>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Randomized {
    iterations: usize,
    seed: u64,
}

/// Columns of a random projection beyond the components asked for.
const OVERSAMPLES: usize = 10;
/// Below this share of the largest value, squares have lost too many digits of a component.
const GRADED: f64 = 1e-6;

impl TruncatedSvd {
    /// Exact, this many components.
    pub fn new(n_components: usize) -> Self {
        Self { n_components, randomized: None }
    }

    /// By random projections with this many power iterations (scikit-learn takes 5): close, and fast where many columns
    /// become few components.
    pub fn randomized(mut self, iterations: usize, seed: u64) -> Self {
        self.randomized = Some(Randomized { iterations, seed });
        self
    }

    /// Singular values and directions, one a row.
    fn decompose(&self, samples: &Samples<'_>) -> Result<(Vec<f64>, Array2<f64>)> {
        let k = self.n_components;
        let (rows, columns) = samples.dense().dim();
        let leading =
            |values: &[f64], vt: &Array2<f64>| (values[..k].to_vec(), vt.slice(s![..k, ..]).to_owned());
        if let Some(random) = &self.randomized {
            let weighed = weighed(samples);
            let (iterations, seed) = (random.iterations, random.seed);
            let svd = RandomizedSvd::new(weighed.view(), k, OVERSAMPLES, iterations, seed)?;
            // Fewer values come out than asked for where the rank is lower: the rest is nothing in no direction.
            let mut values = svd.singular_values().to_vec();
            let mut vt = Array2::zeros((k, columns));
            vt.slice_mut(s![..values.len(), ..]).assign(svd.vt());
            values.resize(k, 0.0);
            return Ok((values, vt));
        }
        if rows >= 10 * columns && columns <= 2000 {
            let gram = weighted_gram(samples.dense(), samples.weights())?;
            if gram.iter().all(|v| v.is_finite()) {
                let eigen = SymmetricEigen::new(gram.view())?;
                let values = eigen.values();
                if values[k - 1] > GRADED * values[0] && values[0] > 1e-200 {
                    let roots: Vec<f64> = values.iter().map(|v| v.max(0.0).sqrt()).collect();
                    return Ok(leading(&roots, &eigen.vectors().t().to_owned()));
                }
            }
        }
        if rows >= columns {
            let svd = RightSvd::new(samples.dense(), samples.weights())?;
            return Ok(leading(&svd.singular_values().to_vec(), svd.vt()));
        }
        let svd = ThinSvd::new(weighed(samples).view())?;
        Ok(leading(&svd.singular_values().to_vec(), svd.vt()))
    }
}

/// Rows times the square roots of their weights.
fn weighed(samples: &Samples<'_>) -> Array2<f64> {
    let mut matrix = samples.dense().to_owned();
    if let Some(weights) = samples.weights() {
        matrix.rows_mut().into_iter().zip(weights).for_each(|(mut row, w)| row *= w.sqrt());
    }
    matrix
}

impl Transformer for TruncatedSvd {
    type Model = TruncatedSvdModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<TruncatedSvdModel> {
        Check::of(NAME).at_least("n_components", self.n_components, 1).finish()?;
        samples.require_real(NAME)?;
        let size = samples.n_rows().min(samples.n_columns());
        if self.n_components > size {
            let what = "n_components is the smaller of rows and columns at most; rows and columns".to_owned();
            return Err(ErrorKind::TooFew { what, needed: self.n_components, found: size }.into());
        }
        let (values, components) = self.decompose(samples)?;
        advance(progress, "singular values", 1, 1)?;
        TruncatedSvdModel::new(samples, values, components)
    }
}
