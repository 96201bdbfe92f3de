//! Decision tree.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Progress, Regressor, Result, Targeted};
use crm_ml_trees::{Forest, RegressionCriterion, Target, impurity_setters, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::DecisionTreeRegressorModel;

use crate::trees::{Trees, check_target, weights};

/// A regression tree (Breiman, Friedman, Olshen, Stone 1984): the mean target in the leaf of a row, splits reducing the squared error.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights
/// count; `min_samples_leaf` counts rows.
///
/// Differs from scikit-learn: columns with more than `max_bins` distinct values are split at their weighted quantiles only. Time: rows x
/// columns x depth. Errors: parameters out of range, a target beyond 1e90, cancelled.
///
/// ```
/// use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
/// use crm_ml_regression::DecisionTreeRegressor;
/// use ndarray::array;
///
/// // Contract value by number of seats (missing: not told).
/// let x = array![[1.0], [2.0], [3.0], [10.0], [11.0], [f64::NAN]];
/// let data = Targeted::new(Samples::new(&x)?, &array![5.0, 5.0, 5.0, 9.0, 9.0, 9.0])?;
/// let model = DecisionTreeRegressor::new().max_depth(1).fit(&data)?;
/// let prediction = model.predict(data.samples())?;
/// assert_eq!(prediction.to_vec(), [5.0, 5.0, 5.0, 9.0, 9.0, 9.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeRegressor {
    forest: Forest,
    criterion: RegressionCriterion,
}

impl DecisionTreeRegressor {
    /// An unbounded tree on all columns.
    pub fn new() -> Self {
        Self::default()
    }

    tree_setters!(forest);
    impurity_setters!(forest, RegressionCriterion);
}

impl Regressor for DecisionTreeRegressor {
    type Model = DecisionTreeRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.forest.check(Check::of("DecisionTreeRegressor")).finish()?;
        check_target(data)?;
        let target = Target::Values(data.target(), self.criterion);
        let ensemble = self.forest.fit(data.samples(), target, weights(data).as_deref(), progress)?;
        Ok(DecisionTreeRegressorModel { trees: Trees::new(data, ensemble) })
    }
}
