//! Gaps that are filled from the other columns, once all are encoded.

use crm_ml_core::{Check, Model, Persist, Result, Samples, Schema, Transformer, TransformerModel};
use serde::{Deserialize, Serialize};

use crate::{IterativeImputer, IterativeImputerModel, KnnImputer, KnnImputerModel, NeighborWeights};

/// By what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum FillFrom {
    Nearest { count: usize, weights: NeighborWeights },
    Regressions(Box<IterativeImputer>),
}

/// The fitted imputer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Filler {
    Nearest(KnnImputerModel),
    Regressions(IterativeImputerModel),
}

impl FillFrom {
    pub(super) fn check(&self, check: Check) -> Check {
        match self {
            Self::Nearest { count, .. } => check.at_least("impute_knn.n_neighbors", *count, 1),
            Self::Regressions(imputer) => imputer.rules(check),
        }
    }

    /// Learns from the encoded rows, and fills them as later ones are filled.
    pub(super) fn fit(&self, encoded: &Samples<'_>) -> Result<(Filler, Samples<'static>)> {
        let filler = match self {
            Self::Nearest { count, weights } => {
                Filler::Nearest(KnnImputer::new().n_neighbors(*count).weights(*weights).fit(encoded)?)
            }
            Self::Regressions(imputer) => Filler::Regressions(imputer.fit(encoded)?),
        };
        let filled = filler.transform(encoded)?;
        Ok((filler, filled))
    }
}

impl Filler {
    /// What was done, in words.
    pub(super) fn note(&self) -> String {
        match self {
            Self::Nearest(model) => {
                format!("gaps that are left are filled from the {} nearest rows", model.n_neighbors())
            }
            Self::Regressions(model) => {
                let report = model.report();
                let left = report.notes.first().map_or_else(String::new, |note| format!(" ({note})"));
                let rounds = report.iterations;
                format!(
                    "gaps that are left are filled by {rounds} rounds of regressions on the other columns{left}"
                )
            }
        }
    }

    pub(super) fn schema(&self) -> &Schema {
        match self {
            Self::Nearest(model) => model.schema(),
            Self::Regressions(model) => model.schema(),
        }
    }

    pub(super) fn output_schema(&self) -> &Schema {
        match self {
            Self::Nearest(model) => model.output_schema(),
            Self::Regressions(model) => model.output_schema(),
        }
    }

    pub(super) fn transform(&self, encoded: &Samples<'_>) -> Result<Samples<'static>> {
        match self {
            Self::Nearest(model) => model.transform(encoded),
            Self::Regressions(model) => model.transform(encoded),
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        match self {
            Self::Nearest(model) => model.validate(),
            Self::Regressions(model) => model.validate(),
        }
    }
}
