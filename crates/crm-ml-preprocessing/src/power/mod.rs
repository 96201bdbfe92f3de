//! Towards a normal distribution, by a power.

mod curve;
mod likelihood;
mod model;

use crm_ml_core::{Error, Progress, Result, Samples, Schema, Transformer, advance, parallel};
use serde::{Deserialize, Serialize};

use crate::columns::{column, finite, is_real};
use crate::exact::Moments;
use crate::scale::mean_and_deviation;
use crate::stats::Observed;
pub use curve::PowerMethod;
use likelihood::Likelihood;
pub use model::PowerTransformerModel;

/// Makes every real column as normal as a power can: skewed amounts, counts and durations become roughly symmetric, then (by
/// `standardize`) of mean 0 and variance 1.
///
/// The power is the most likely one, the zero of the likelihood's derivative (scikit-learn's `PowerTransformer` minimises by
/// Brent's method, so that its powers agree to about 1e-8). Missing values are left out in fitting and stay missing; category
/// columns pass unchanged; weights are honoured; constant columns and columns without values keep power 1. Powers that would
/// make values of training overflow, or indistinguishable, are not considered; new values beyond the largest float become it.
/// Time O(rows x columns) times about ten.
///
/// Errors: under [`PowerMethod::BoxCox`] a value that is not above 0, with its row and column, in training and afterwards; a
/// transformed variance that overflows.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::PowerTransformer;
/// use ndarray::array;
///
/// let x = array![[1.0], [10.0], [100.0], [1000.0]];
/// let samples = Samples::new(&x)?;
/// let model = PowerTransformer::new().fit(&samples)?;
/// let normal = model.transform(&samples)?;
/// assert!((normal.cells()[0] + normal.cells()[3]).abs() < 0.05, "symmetric");
/// let back = model.inverse_transform(&normal)?;
/// assert!((back.cells()[3] - 1000.0).abs() < 1e-9);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerTransformer {
    method: PowerMethod,
    standardize: bool,
}

impl Default for PowerTransformer {
    fn default() -> Self {
        Self { method: PowerMethod::default(), standardize: true }
    }
}

impl PowerTransformer {
    /// Yeo and Johnson's curves, standardised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which family of curves.
    pub fn method(mut self, method: PowerMethod) -> Self {
        self.method = method;
        self
    }

    /// Whether the result is given mean 0 and variance 1.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
        self
    }

    /// Power, mean and scale learnt of values, NaN where missing.
    pub(crate) fn learn(&self, values: &[f64], weights: Option<&[f64]>) -> (f64, f64, f64) {
        let seen = Observed::new(values, weights);
        let extent = seen.extent();
        let lambda = match extent.min < extent.max {
            true => Likelihood::new(self.method, &seen).most_likely(),
            false => 1.0,
        };
        if !self.standardize || seen.is_empty() {
            return (lambda, 0.0, 1.0);
        }
        let curved: Vec<f64> = values.iter().map(|v| self.method.forward(*v, lambda)).collect();
        let (mean, scale) = mean_and_deviation(&Moments::of(&curved, weights));
        (lambda, mean, scale)
    }
}

impl Transformer for PowerTransformer {
    type Model = PowerTransformerModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<PowerTransformerModel> {
        let schema = samples.schema();
        let learnt = parallel::try_map(samples.n_columns(), |position| {
            if !is_real(schema, position) {
                return Ok(None);
            }
            let values = column(samples, position);
            check_domain(self.method, schema, position, &values, samples.kept_rows())?;
            let (lambda, mean, scale) = self.learn(&values, samples.weights());
            let mean = finite(mean, "transformed mean", schema, position)?;
            let scale = finite(scale, "transformed variance", schema, position)?;
            Ok(Some((lambda, mean, scale)))
        })?;
        advance(progress, "power transformer", 1, 1)?;
        Ok(PowerTransformerModel::new(schema, self.method, learnt))
    }
}

/// Errors: a value that has no such power.
fn check_domain(
    method: PowerMethod,
    schema: &Schema,
    position: usize,
    values: &[f64],
    kept: Option<&[usize]>,
) -> Result<()> {
    match values.iter().position(|v| !method.takes(*v)) {
        None => Ok(()),
        Some(row) => {
            let (value, name) = (values[row], schema.name(position));
            let row = kept.and_then(|kept| kept.get(row).copied()).unwrap_or(row);
            Err(Error::numerical(format!(
                "row {row}, column '{name}': {value} is not above 0, as the Box-Cox transformation needs: use Yeo-Johnson"
            )))
        }
    }
}
