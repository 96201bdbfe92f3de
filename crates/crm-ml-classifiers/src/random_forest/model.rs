//! Fitted random forests.

use serde::{Deserialize, Serialize};

use crate::shares::{Votes, votes_model};

/// A fitted [`RandomForestClassifier`](crate::RandomForestClassifier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomForestClassifierModel {
    pub(super) votes: Votes,
}

votes_model!(RandomForestClassifierModel, "random-forest-classifier");
