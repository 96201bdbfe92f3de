//! Fitted decision trees.

use crm_ml_core::{Result, Samples};
use crm_ml_trees::Drawing;
use serde::{Deserialize, Serialize};

use crate::shares::{Shares, shares_model};

/// A fitted [`DecisionTreeClassifier`](crate::DecisionTreeClassifier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeClassifierModel {
    pub(super) shares: Shares,
}

shares_model!(DecisionTreeClassifierModel, "decision-tree-classifier", shares, shares);

impl DecisionTreeClassifierModel {
    /// The nodes that every row passes, from the root to its leaf. Errors: columns that are not the model's.
    pub fn decision_path(&self, samples: &Samples<'_>) -> Result<Vec<Vec<u32>>> {
        self.shares.schema.accepts(samples)?;
        self.shares.ensemble.decision_path(samples, 0)
    }

    /// The tree as text, a line a node. Errors: decimals out of range.
    pub fn export_text(&self, drawing: &Drawing) -> Result<String> {
        drawing.text(&self.shares.ensemble, 0, &self.shares.schema, Some(self.shares.classes.names()))
    }

    /// The tree as an SVG picture. Errors: decimals out of range.
    pub fn export_svg(&self, drawing: &Drawing) -> Result<String> {
        drawing.svg(&self.shares.ensemble, 0, &self.shares.schema, Some(self.shares.classes.names()))
    }
}
