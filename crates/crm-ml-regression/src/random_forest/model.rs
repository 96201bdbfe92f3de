//! Fitted random forests.

use serde::{Deserialize, Serialize};

use crate::trees::{Means, means_model};

/// A fitted [`RandomForestRegressor`](crate::RandomForestRegressor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomForestRegressorModel {
    pub(super) means: Means,
}

means_model!(RandomForestRegressorModel, "random-forest-regressor");
