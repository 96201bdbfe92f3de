//! The minimum covariance determinant.

use crm_ml_core::{Check, ErrorKind, Progress, Result, Samples};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::chi_squared;
use super::gaussian::{Gaussian, spread};
use super::search::{Rows, is_singular, search};
use crate::moments::{Frame, moments};

/// Location and covariance of the rows that lie closest together, after Rousseeuw.
///
/// The *raw* estimate is mean and covariance of the `h` rows whose covariance has the least determinant, made consistent for normal rows by a
/// factor; rows within the 97.5 % quantile of the chi-squared distribution by that estimate then make the final one, made consistent again. Factors, quantile and
/// default support are scikit-learn's 1.9, so where both find the same rows, both give the same numbers.
///
/// The search is FastMCD: 500 starts from as few rows as span the space, two concentration steps each on at most five
/// subsets of 300 rows, the best ones concentrated further on the union of the subsets, then on all rows. It runs in
/// coordinates in which the rows have unit covariance, and leaves directions out in which they do not spread. Where so many rows lie in a plane that the determinant is 0, 10^-10 of the
/// covariance of all rows is added, so that rows off the plane get a distance that is large, but finite.
///
/// A row of weight w counts as w rows. Missing values and category columns are refused by name. O(n p^2) time a concentration step.
/// Errors: parameters, fewer than two rows.
/// References: Rousseeuw and Van Driessen 1999; Croux and Haesbroeck 1999; Pison, Van Aelst and Willems 2002.
///
/// ```
/// use crm_ml_anomaly::MinCovDet;
/// use crm_ml_core::Samples;
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [4.0], [5.0], [900.0]];
/// let robust = MinCovDet::new().fit(&Samples::new(&x)?)?;
/// assert_eq!(robust.location()[0], 3.0);
/// assert!(!robust.support()[5]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MinCovDet {
    support_fraction: Option<f64>,
    seed: u64,
}

/// The share of normal rows that make the final estimate.
const ORDINARY: f64 = 0.975;

/// What is added of the covariance of all rows to one whose determinant is 0.
const RIDGE: f64 = 1e-10;

impl MinCovDet {
    /// The support that withstands the most outliers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of rows the raw estimate is made of, above 0 and at most 1; by default (n + p + 1) / 2 rows, rounded up. The fewer, the more
    /// outliers it withstands; half of the rows or less are not a majority.
    pub fn support_fraction(mut self, fraction: impl Into<Option<f64>>) -> Self {
        self.support_fraction = fraction.into();
        self
    }

    /// The seed of the search.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(super) fn check(&self, name: &'static str) -> Check {
        let check = Check::of(name);
        match self.support_fraction {
            Some(fraction) => check.share("support_fraction", fraction),
            None => check,
        }
    }

    /// Estimates.
    pub fn fit(&self, samples: &Samples<'_>) -> Result<RobustCovariance> {
        self.check("MinCovDet").finish()?;
        Ok(self.robust(samples, "MinCovDet", &())?.0)
    }

    /// The estimate and the number of directions in which the rows spread.
    pub(super) fn robust(
        &self,
        samples: &Samples<'_>,
        name: &str,
        progress: &dyn Progress,
    ) -> Result<(RobustCovariance, usize)> {
        samples.require_real(name)?;
        if samples.n_rows() < 2 {
            return Err(ErrorKind::TooFew { what: "rows".to_owned(), needed: 2, found: 1 }.into());
        }
        let frame = Frame::of(samples, name)?;
        let inside = frame.rows(samples)?;
        let (centre, all) = moments(&inside, |row| samples.weight(row));
        let (values, directions) = spread(&all)?;
        let rank = values.len();
        let total = samples.total_weight();
        let wanted = match self.support_fraction {
            Some(fraction) => (fraction * total).floor().max(1.0),
            None => (0.5 * (total + rank as f64 + 1.0)).ceil(),
        };
        let support = wanted.min(total);
        let whitened = whiten(&inside, &centre, &values, &directions);
        let rows = Rows { cells: whitened, weights: samples.weights() };
        let chosen = search(&rows, support, self.seed, progress)?;

        // With no direction there is nothing to correct.
        let factor = |share: f64| if rank == 0 { 1.0 } else { consistency(rank, share) };
        let estimate = |weights: &[f64], factor: f64| -> Result<Gaussian> {
            let (location, mut covariance) = moments(&inside, |row| weights[row]);
            if rank > 0 && is_singular(&moments(&rows.cells, |row| weights[row]).1) {
                covariance = covariance + &all * RIDGE;
            }
            Gaussian::new(frame.clone(), location, covariance * factor)
        };
        let raw = estimate(&chosen.support, 1.0)?;
        let raw_factor = factor(support / total);
        let farthest = if rank == 0 { 0.0 } else { chi_squared::quantile(ORDINARY, rank) };
        let distances = raw.squared_distances(samples)?;
        let inlier: Vec<bool> = distances.iter().map(|d| d / raw_factor < farthest || rank == 0).collect();
        let weights: Vec<f64> =
            (0..).zip(&inlier).map(|(row, inlier)| if *inlier { samples.weight(row) } else { 0.0 }).collect();
        let gaussian = if weights.iter().any(|w| *w > 0.0) {
            estimate(&weights, factor(ORDINARY))?
        } else {
            raw.clone()
        };
        let raw_support = chosen.support.iter().map(|w| *w > 0.0).collect();
        Ok((RobustCovariance { raw, gaussian, raw_support, support: inlier }, rank))
    }
}

/// Rows in coordinates in which all of them together have unit covariance.
fn whiten(rows: &Array2<f64>, centre: &[f64], values: &[f64], directions: &Array2<f64>) -> Array2<f64> {
    let axes: Vec<Vec<f64>> = values
        .iter()
        .zip(directions.columns())
        .map(|(value, axis)| axis.iter().map(|v| v / value.sqrt()).collect())
        .collect();
    let mut whitened = Array2::zeros((rows.nrows(), axes.len()));
    for (mut to, from) in whitened.rows_mut().into_iter().zip(rows.rows()) {
        for (to, axis) in to.iter_mut().zip(&axes) {
            *to = from.iter().zip(centre).zip(axis).map(|((v, centre), a)| (v - centre) * a).sum();
        }
    }
    whitened
}

/// What makes the covariance of the innermost `share` of normal rows that of all (Croux and Haesbroeck, equation 4.2).
fn consistency(degrees: usize, share: f64) -> f64 {
    let inner = chi_squared::cdf(chi_squared::quantile(share, degrees), degrees + 2);
    if inner > 0.0 { share / inner } else { 1.0 }
}

/// What [`MinCovDet`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct RobustCovariance {
    raw: Gaussian,
    gaussian: Gaussian,
    raw_support: Vec<bool>,
    support: Vec<bool>,
}

impl RobustCovariance {
    /// The centre, one value a column.
    pub fn location(&self) -> Array1<f64> {
        self.gaussian.location()
    }

    /// The covariance, made consistent for normal rows.
    pub fn covariance(&self) -> Array2<f64> {
        self.gaussian.covariance()
    }

    /// The inverse of the covariance; its pseudo-inverse where it has none.
    pub fn precision(&self) -> Array2<f64> {
        self.gaussian.precision()
    }

    /// Mean of the rows of least determinant.
    pub fn raw_location(&self) -> Array1<f64> {
        self.raw.location()
    }

    /// Covariance of the rows of least determinant, not corrected.
    pub fn raw_covariance(&self) -> Array2<f64> {
        self.raw.covariance()
    }

    /// Which rows are those of least determinant.
    pub fn raw_support(&self) -> &[bool] {
        &self.raw_support
    }

    /// Which rows made the final estimate.
    pub fn support(&self) -> &[bool] {
        &self.support
    }

    /// Squared Mahalanobis distances of rows. Errors: another number of columns, a missing value, a row too far out for `f64`.
    pub fn squared_distances(&self, samples: &Samples<'_>) -> Result<Vec<f64>> {
        if samples.n_columns() != self.gaussian.width() {
            return Err(ErrorKind::WidthMismatch {
                expected: self.gaussian.width(),
                found: samples.n_columns(),
            }
            .into());
        }
        samples.require_complete("RobustCovariance")?;
        self.gaussian.squared_distances(samples)
    }

    pub(super) fn into_gaussian(self) -> Gaussian {
        self.gaussian
    }
}
