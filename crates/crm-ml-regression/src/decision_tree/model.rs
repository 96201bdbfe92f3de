//! Fitted regression trees.

use crm_ml_core::{Result, Samples};
use crm_ml_trees::Drawing;
use serde::{Deserialize, Serialize};

use crate::trees::{Trees, trees_model};

/// A fitted [`DecisionTreeRegressor`](crate::DecisionTreeRegressor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeRegressorModel {
    pub(super) trees: Trees,
}

trees_model!(DecisionTreeRegressorModel, "decision-tree-regressor", trees, |self| self.trees.validate(true));

impl DecisionTreeRegressorModel {
    /// The nodes that every row passes, from the root to its leaf. Errors: columns that are not the model's.
    pub fn decision_path(&self, samples: &Samples<'_>) -> Result<Vec<Vec<u32>>> {
        self.trees.schema.accepts(samples)?;
        self.trees.ensemble.decision_path(samples, 0)
    }

    /// The tree as text, a line a node. Errors: decimals out of range.
    pub fn export_text(&self, drawing: &Drawing) -> Result<String> {
        drawing.text(&self.trees.ensemble, 0, &self.trees.schema, None)
    }

    /// The tree as an SVG picture. Errors: decimals out of range.
    pub fn export_svg(&self, drawing: &Drawing) -> Result<String> {
        drawing.svg(&self.trees.ensemble, 0, &self.trees.schema, None)
    }
}
