//! Fitted extremely randomised trees.

use serde::{Deserialize, Serialize};

use crate::shares::{Votes, votes_model};

/// A fitted [`ExtraTreesClassifier`](crate::ExtraTreesClassifier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtraTreesClassifierModel {
    pub(super) votes: Votes,
}

votes_model!(ExtraTreesClassifierModel, "extra-trees-classifier");
