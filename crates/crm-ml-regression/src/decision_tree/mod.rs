//! Decision tree.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Progress, Regressor, Result, Targeted};
use crm_ml_trees::{Forest, PruningPath, RegressionCriterion, Splitter, impurity_setters, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::DecisionTreeRegressorModel;

use crate::trees::Plan;

/// A regression tree (Breiman, Friedman, Olshen, Stone 1984): the mean target in the leaf of a row, or its median for the absolute error.
///
/// Cuts are exact: in the middle between any two neighbouring values of a node. Missing values are taken: every split learns the
/// side they go to. Category columns are split by sets of levels; unseen levels are kept apart from missing ones, and what a node
/// has not met goes to the side with more training rows. Row weights count; `min_samples_leaf` counts rows.
///
/// Differs from scikit-learn: of equally good splits the first column's lowest is taken, not one at random, unless columns are
/// drawn; thresholds are of 64 bits; missing values are taken by the absolute error too. Time: rows x columns x depth, for the absolute
/// error times the logarithm of the rows. Space: 4 bytes a cell and 8 a distinct value. Errors: parameters out of range, a target beyond
/// 1e90 or, for the Poisson deviance, below 0, cancelled.
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
    /// An unbounded tree on all columns, by the squared error.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether columns are cut at their best threshold (default) or at one drawn at random.
    #[must_use]
    pub fn splitter(mut self, splitter: Splitter) -> Self {
        self.forest.splitter = splitter;
        self
    }

    tree_setters!(forest);
    impurity_setters!(forest, RegressionCriterion);

    /// The values of `ccp_alpha` at which branches of this tree (as grown without pruning) are cut off, and the impurity that is left.
    ///
    /// Errors: those of `fit`.
    pub fn cost_complexity_pruning_path(&self, data: &Targeted<'_>) -> Result<PruningPath> {
        self.plan().pruning_path(data)
    }

    fn plan(&self) -> Plan<'_> {
        Plan { name: "DecisionTreeRegressor", forest: &self.forest, criterion: self.criterion }
    }
}

impl Regressor for DecisionTreeRegressor {
    type Model = DecisionTreeRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        Ok(DecisionTreeRegressorModel { trees: self.plan().fit(data, progress)? })
    }
}
