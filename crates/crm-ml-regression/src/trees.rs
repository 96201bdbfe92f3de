//! What the fitted models share.

use crm_ml_core::{Error, ErrorKind, Result, Samples, Schema, Targeted};
use crm_ml_trees::Ensemble;
use ndarray::{Array1, Array3, Axis};
use serde::{Deserialize, Serialize};

/// Trees of one output and the columns they were fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trees {
    pub(crate) schema: Schema,
    pub(crate) ensemble: Ensemble,
}

impl Trees {
    pub(crate) fn new(data: &Targeted<'_>, ensemble: Ensemble) -> Self {
        Self { schema: data.samples().schema().clone(), ensemble }
    }

    pub(crate) fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(self.ensemble.predict(samples)?.index_axis_move(Axis(1), 0))
    }

    pub(crate) fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.ensemble.contributions(samples)
    }

    pub(crate) fn validate(&self, is_mean: bool) -> Result<()> {
        self.ensemble.validate()?;
        let fits = self.ensemble.n_columns() == self.schema.width() && self.ensemble.n_outputs() == 1;
        if fits && self.ensemble.is_mean() == is_mean {
            Ok(())
        } else {
            Err(Error::model_file("trees that do not fit the model"))
        }
    }
}

/// Refuses targets whose squares leave the range of `f64`.
pub(crate) fn check_target(data: &Targeted<'_>) -> Result<()> {
    const MOST: f64 = 1e90;
    match data.target().iter().position(|y| y.abs() > MOST) {
        None => Ok(()),
        Some(row) => Err(ErrorKind::InvalidTarget {
            row,
            value: data.target()[row].to_string(),
            requirement: format!("a target must lie between -{MOST:e} and {MOST:e}"),
        }
        .into()),
    }
}

/// The weights of the rows, of moderate size.
pub(crate) fn weights(data: &Targeted<'_>) -> Option<Vec<f64>> {
    data.samples().weights().map(|weights| crm_ml_trees::moderate(weights.to_vec()))
}
