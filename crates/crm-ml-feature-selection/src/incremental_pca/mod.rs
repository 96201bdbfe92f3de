//! Principal components of rows that come in pieces.

use crm_ml_core::{Error, ErrorKind, Persist, Result, Samples, Schema};
use crm_ml_linalg::RightSvd;
use ndarray::{Array2, Axis, concatenate, s};
use serde::{Deserialize, Serialize};

use crate::pca::{Spectrum, centre, weighted_mean};
use crate::{Pca, PcaModel};

/// Principal components of rows that come piece by piece, or from several machines.
///
/// Keeps the mean and the triangular factor of the deviations of all rows so far: p^2 numbers, whatever the number of rows.
/// So nothing is lost between pieces: the model is that of [`Pca`] on all rows together, to rounding. (scikit-learn's
/// `IncrementalPCA` keeps the components alone and only comes near.) O(p^2) time a row.
/// Reference: Ross et al., Incremental learning for robust visual tracking, 2008 (the shift of the mean as one more row).
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_feature_selection::{IncrementalPca, Pca};
/// use ndarray::{Array2, s};
///
/// let x = Array2::from_shape_fn((40, 3), |(i, j)| ((i * (5 * j + 3)) % 17) as f64);
/// let mut pieces = IncrementalPca::new(Pca::new().n_components(2));
/// pieces.partial_fit(&Samples::new(x.slice(s![..25, ..]))?)?;
/// pieces.partial_fit(&Samples::new(x.slice(s![25.., ..]))?)?;
/// assert_eq!(pieces.finish()?.components().dim(), (2, 3));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncrementalPca {
    pca: Pca,
    seen: Option<Seen>,
}

/// What is known of the rows so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Seen {
    schema: Schema,
    rows: usize,
    weight: f64,
    mean: Vec<f64>,
    /// Its product with itself is that of the deviations of all rows.
    factor: Array2<f64>,
}

impl IncrementalPca {
    /// Nothing seen yet; components are chosen as `pca` says.
    pub fn new(pca: Pca) -> Self {
        Self { pca, seen: None }
    }

    /// Takes rows in; any number of them. Errors: parameters of `pca`, missing values, category columns, other columns than
    /// before.
    pub fn partial_fit(&mut self, samples: &Samples<'_>) -> Result<()> {
        self.pca.check()?;
        samples.require_real("IncrementalPca")?;
        if let Some(seen) = &self.seen {
            seen.schema.accepts(samples)?;
        }
        let mean = weighted_mean(samples)?;
        let deviations = centre(samples, &mean);
        let found = Seen {
            schema: samples.schema().clone(),
            rows: samples.n_rows(),
            weight: samples.total_weight(),
            mean,
            factor: factor(&deviations, samples.weights())?,
        };
        self.take(found)
    }

    /// Takes in what another one has seen. Errors: other columns, other parameters.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.pca != other.pca {
            return Err(Error::unsupported("IncrementalPca: both sides must have the same parameters"));
        }
        match &other.seen {
            None => Ok(()),
            Some(found) => self.take(found.clone()),
        }
    }

    /// The model of all rows so far. Errors: those of [`Pca`].
    pub fn finish(&self) -> Result<PcaModel> {
        self.pca.check()?;
        let Some(seen) = self.seen.as_ref().filter(|seen| seen.rows > 1 && seen.weight > 1.0) else {
            let found = self.seen.as_ref().map_or(0, |seen| seen.rows.min(1));
            let what = "rows (total weight above 1)".to_owned();
            return Err(ErrorKind::TooFew { what, needed: 2, found }.into());
        };
        let svd = RightSvd::new(seen.factor.view(), None)?;
        let size = seen.rows.min(seen.mean.len()).min(svd.singular_values().len());
        let root = (seen.weight - 1.0).sqrt();
        let variances = svd.singular_values().slice(s![..size]).mapv(|s| (s / root).powi(2));
        let directions = svd.vt().slice(s![..size, ..]).to_owned();
        self.pca.model(&seen.schema, Spectrum { mean: seen.mean.clone(), directions, variances })
    }

    fn take(&mut self, found: Seen) -> Result<()> {
        let Some(seen) = self.seen.take() else {
            self.seen = Some(found);
            return Ok(());
        };
        let joined = seen.join(&found);
        // What was seen stays if the new rows cannot be taken in.
        match joined {
            Ok(joined) => self.seen = Some(joined),
            Err(error) => {
                self.seen = Some(seen);
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Seen {
    fn join(&self, other: &Self) -> Result<Self> {
        if self.schema != other.schema {
            return Err(Error::unsupported("IncrementalPca: both sides must have seen the same columns"));
        }
        let weight = self.weight + other.weight;
        let share = other.weight / weight;
        let shift: Vec<f64> = self.mean.iter().zip(&other.mean).map(|(a, b)| b - a).collect();
        let mean = self.mean.iter().zip(&shift).map(|(a, shift)| a + share * shift).collect();
        // Deviations from the common mean are those from each side's and one more row for the distance of both.
        let length = (self.weight * share).sqrt();
        let row = Array2::from_shape_fn((1, shift.len()), |(_, j)| length * shift[j]);
        let stacked = concatenate(Axis(0), &[self.factor.view(), other.factor.view(), row.view()])
            .map_err(|e| Error::numerical(e.to_string()))?;
        Ok(Self {
            schema: self.schema.clone(),
            rows: self.rows.saturating_add(other.rows),
            weight,
            mean,
            factor: factor(&stacked, None)?,
        })
    }
}

/// A matrix of at most p rows with the same product with itself.
fn factor(matrix: &Array2<f64>, weights: Option<&[f64]>) -> Result<Array2<f64>> {
    let svd = RightSvd::new(matrix.view(), weights)?;
    let mut factor = svd.vt().clone();
    factor.rows_mut().into_iter().zip(svd.singular_values()).for_each(|(mut row, s)| row *= *s);
    if factor.iter().any(|v| !v.is_finite()) {
        return Err(Error::numerical(
            "IncrementalPca: values beyond the range of f64, scale the columns first",
        ));
    }
    Ok(factor)
}

impl Persist for IncrementalPca {
    const KIND: &'static str = "incremental_pca";

    fn validate(&self) -> Result<()> {
        self.pca.check()?;
        let Some(seen) = &self.seen else { return Ok(()) };
        let width = seen.schema.width();
        if width == 0 || seen.mean.len() != width || seen.factor.ncols() != width || seen.rows == 0 {
            return Err(Error::model_file("pieces that do not fit the schema"));
        }
        let finite = seen.mean.iter().chain(&seen.factor).all(|v| v.is_finite());
        if !(finite && seen.weight.is_finite() && seen.weight > 0.0) {
            return Err(Error::model_file("a weight, mean or factor that is not finite"));
        }
        Ok(())
    }
}
