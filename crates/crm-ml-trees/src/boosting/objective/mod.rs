//! The losses that boosting minimises: what a loss must tell, and the built-in ones.

mod classes;
mod evaluate;
mod log_link;
mod quantile;
mod residual;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::ops::Range;

pub use classes::{Logistic, Softmax, sigmoid};
pub use log_link::{Gamma, Poisson, mean_of_log};
pub use residual::{Absolute, Huber, Quantile, Squared};

pub(crate) use evaluate::{Slopes, loss};

/// A loss of margins, with a target for every row.
///
/// A model gives every row one margin (or several: [`n_outputs`](Objective::n_outputs)). The loss and its first derivative are
/// required. The second derivative is optional: without it a leaf adds the mean of the negative gradients, as in Friedman's
/// (2001) gradient descent. All methods see many rows at once, so that nothing is called a row. Weights are not the loss's
/// business: boosting multiplies them in. Results must be the same for the same arguments.
///
/// A gradient that is not finite or a second derivative that is negative ends the fit with an error that names the row.
///
/// The logarithm of the hyperbolic cosine of the residual, a smooth loss between squared and absolute error:
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_trees::{At, Boosting, Derivatives, Objective, Part};
/// use ndarray::Array2;
///
/// #[derive(Debug)]
/// struct LogCosh<'a>(&'a [f64]);
///
/// impl Objective for LogCosh<'_> {
///     fn n_rows(&self) -> usize {
///         self.0.len()
///     }
///
///     fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
///         for ((loss, margin), y) in losses.iter_mut().zip(at.margins(0)).zip(&self.0[at.rows()]) {
///             let r = (margin - y).abs();
///             *loss = r + (-2.0 * r).exp().ln_1p() - 2f64.ln();
///         }
///     }
///
///     fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
///         let (gradients, hessians) = into.both(0);
///         let slopes = gradients.iter_mut().zip(hessians);
///         for (((g, h), margin), y) in slopes.zip(at.margins(0)).zip(&self.0[at.rows()]) {
///             *g = (margin - y).tanh();
///             *h = 1.0 - *g * *g;
///         }
///     }
/// }
///
/// let x = Array2::from_shape_fn((100, 1), |(row, _)| (row % 2) as f64);
/// let mut y: Vec<f64> = (0..100).map(|row| 1.0 + (row % 2) as f64).collect();
/// y[0] = 50.0;
/// let samples = Samples::new(&x)?;
/// let part = Part { samples: &samples, objective: &LogCosh(&y), weights: None };
/// let boosting = Boosting { n_estimators: 300, l2_regularization: 1.0, ..Boosting::default() };
/// let margins = boosting.fit(&part, None, &())?.booster.predict(&samples)?;
/// // The value of 50 moves the mean of its group to 1.98; here it weighs no more than any other.
/// assert!((margins[[2, 0]] - 1.0).abs() < 0.03 && (margins[[1, 0]] - 2.0).abs() < 0.01);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub trait Objective: Debug + Sync {
    /// Number of rows that have a target.
    fn n_rows(&self) -> usize;

    /// Margins a row; every round grows a tree for each.
    fn n_outputs(&self) -> usize {
        1
    }

    /// The constant margins of least loss, one an output, to start from. `None` (the default): boosting looks for them itself, by
    /// Newton's steps from 0.
    fn base(&self, _weights: Option<&[f64]>) -> Option<Vec<f64>> {
        None
    }

    /// Writes the loss of every row of `at`. It is what early stopping looks at.
    fn losses(&self, at: &At<'_>, losses: &mut [f64]);

    /// Writes the derivatives of the losses by the margins.
    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>);

    /// What a leaf adds, before the learning rate. Newton's step, unless the loss knows better (the median of the residuals for
    /// absolute error).
    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        leaf.newton()
    }
}

impl<O: Objective + ?Sized> Objective for &O {
    fn n_rows(&self) -> usize {
        (**self).n_rows()
    }

    fn n_outputs(&self) -> usize {
        (**self).n_outputs()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        (**self).base(weights)
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        (**self).losses(at, losses);
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        (**self).derivatives(at, into);
    }

    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        (**self).leaf_step(leaf)
    }
}

/// Neighbouring rows and their margins.
#[derive(Debug)]
pub struct At<'a> {
    rows: Range<usize>,
    margins: &'a [Vec<f64>],
}

impl<'a> At<'a> {
    /// The numbers of the rows.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// The margins of these rows for one output; empty where there is no such output.
    pub fn margins(&self, output: usize) -> &'a [f64] {
        self.margins.get(output).and_then(|of_output| of_output.get(self.rows.clone())).unwrap_or_default()
    }
}

/// Where an objective writes its derivatives: a value a row, for each output.
#[derive(Debug)]
pub struct Derivatives<'a> {
    gradients: Vec<&'a mut [f64]>,
    hessians: Vec<&'a mut [f64]>,
    has_hessians: bool,
}

impl Derivatives<'_> {
    /// The first derivatives by the margins of one output. Where [`both`](Self::both) is never asked for, the second
    /// derivatives are 1.
    pub fn gradients(&mut self, output: usize) -> &mut [f64] {
        self.gradients.get_mut(output).map_or(&mut [], |slopes| slopes)
    }

    /// The first and the second derivatives by the margins of one output, of which every entry must be written.
    pub fn both(&mut self, output: usize) -> (&mut [f64], &mut [f64]) {
        self.has_hessians = true;
        match (self.gradients.get_mut(output), self.hessians.get_mut(output)) {
            (Some(gradients), Some(hessians)) => (gradients, hessians),
            _ => (&mut [], &mut []),
        }
    }
}

/// A leaf whose value is asked for.
#[derive(Debug)]
pub struct Leaf<'a> {
    pub(crate) rows: &'a [u32],
    pub(crate) margins: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) output: usize,
    pub(crate) newton: f64,
}

impl Leaf<'_> {
    /// The rows of the leaf (those drawn for this round), ascending.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.rows.iter().map(|row| *row as usize)
    }

    /// Margin of a row, before this round.
    pub fn margin(&self, row: usize) -> f64 {
        self.margins.get(row).copied().unwrap_or(f64::NAN)
    }

    /// Weight of a row.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(f64::NAN))
    }

    /// Whether the rows have weights other than 1.
    pub fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// The output whose tree the leaf belongs to.
    pub fn output(&self) -> usize {
        self.output
    }

    /// Newton's step: minus the sum of gradients over the sum of Hessians and `l2_regularization`.
    pub fn newton(&self) -> f64 {
        self.newton
    }
}
