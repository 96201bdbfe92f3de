//! Fitted extremely randomised trees.

use serde::{Deserialize, Serialize};

use crate::trees::{Means, means_model};

/// A fitted [`ExtraTreesRegressor`](crate::ExtraTreesRegressor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtraTreesRegressorModel {
    pub(super) means: Means,
}

means_model!(ExtraTreesRegressorModel, "extra-trees-regressor");
