//! A fitted model of boosting: trees, and what turns categories into the numbers they look at.

use std::borrow::Cow;

use crm_ml_core::{Error, ErrorKind, Result, Samples};
use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};

use super::encoding::Encoder;
use super::staged::Staged;
use crate::RowScorer;
use crate::ensemble::{Ensemble, Importance};

/// The trees of boosting and, where categories were made numbers, their [`Encoder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Booster {
    pub(super) encoder: Option<Encoder>,
    pub(super) ensemble: Ensemble,
}

impl From<Ensemble> for Booster {
    fn from(ensemble: Ensemble) -> Self {
        Self { encoder: None, ensemble }
    }
}

impl Booster {
    /// The trees. With an [`encoder`](Self::encoder) they look at encoded columns.
    pub fn ensemble(&self) -> &Ensemble {
        &self.ensemble
    }

    /// What turns categories into numbers, if anything does.
    pub fn encoder(&self) -> Option<&Encoder> {
        self.encoder.as_ref()
    }

    /// Number of columns of the data.
    pub fn n_columns(&self) -> usize {
        self.encoder.as_ref().map_or(self.ensemble.n_columns(), Encoder::n_columns)
    }

    /// Number of outputs.
    pub fn n_outputs(&self) -> usize {
        self.ensemble.n_outputs()
    }

    /// The rows as the trees look at them.
    pub(super) fn encoded<'a>(&self, samples: &'a Samples<'a>) -> Result<Cow<'a, Samples<'a>>> {
        let (expected, found) = (self.n_columns(), samples.n_columns());
        if expected != found {
            return Err(ErrorKind::WidthMismatch { expected, found }.into());
        }
        Ok(match &self.encoder {
            None => Cow::Borrowed(samples),
            Some(encoder) => Cow::Owned(encoder.encode(samples)?),
        })
    }

    /// The margins of every row, rows x outputs. Errors: another number of columns.
    pub fn predict(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.ensemble.predict(&*self.encoded(samples)?)
    }

    /// The leaf of every row in every tree (node numbers), rows x trees. Errors: another number of columns.
    pub fn apply(&self, samples: &Samples<'_>) -> Result<Array2<u32>> {
        self.ensemble.apply(&*self.encoded(samples)?)
    }

    /// The model compiled for scoring one row at a time.
    pub fn row_scorer(&self) -> RowScorer {
        RowScorer::new(&self.ensemble, self.encoder.as_ref())
    }

    /// The margins after every round, rows x outputs each; the last equals [`Booster::predict`] to the bit. A round costs the
    /// walk of its own trees. Errors: another number of columns.
    pub fn staged<'a>(&'a self, samples: &'a Samples<'a>) -> Result<Staged<'a>> {
        Ok(Staged::new(&self.ensemble, self.encoded(samples)?))
    }

    /// Splits every margin of every row into shares of the columns of the data, the base value last: see
    /// [`Ensemble::contributions`]. The share of a number made of two categories is halved between them.
    pub fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        let shares = self.ensemble.contributions(&*self.encoded(samples)?)?;
        Ok(match &self.encoder {
            None => shares,
            Some(encoder) => encoder.fold_shares(&shares),
        })
    }

    /// Importance of every column of the data, summing to 1; all 0 where no tree has a split.
    pub fn importances(&self, importance: Importance) -> Array1<f64> {
        let importances = self.ensemble.importances(importance);
        match &self.encoder {
            None => importances,
            Some(encoder) => encoder.fold_importances(&importances),
        }
    }

    /// The model of the first rounds (all, if there are fewer).
    #[must_use]
    pub fn first_rounds(&self, rounds: usize) -> Self {
        let trees = rounds.saturating_mul(self.n_outputs()).min(self.ensemble.trees().len());
        let ensemble = Ensemble::sum(
            self.ensemble.trees()[..trees].to_vec(),
            self.ensemble.levels().to_vec(),
            self.ensemble.base().to_vec(),
        );
        Self { encoder: self.encoder.clone(), ensemble }
    }

    /// Checks all that prediction relies on; for values read from a file.
    pub fn validate(&self) -> Result<()> {
        self.ensemble.validate()?;
        if self.ensemble.is_mean() {
            return Err(Error::model_file("trees that are not those of boosting"));
        }
        let Some(encoder) = &self.encoder else { return Ok(()) };
        encoder.validate()?;
        // Numbers of a size that can be added, first.
        let is_sane =
            encoder.outputs() == self.n_outputs() && encoder.n_columns() <= self.ensemble.n_columns();
        if is_sane && encoder.n_encoded() == self.ensemble.n_columns() {
            Ok(())
        } else {
            Err(Error::model_file("trees that do not fit the statistics of categories"))
        }
    }
}
