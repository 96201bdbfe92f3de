//! Extremely randomised trees.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Progress, Regressor, Result, Targeted};
use crm_ml_trees::{Forest, RegressionCriterion, Splitter, forest_setters, impurity_setters, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::ExtraTreesRegressorModel;

use crate::trees::Plan;

/// Extremely randomised trees (Geurts, Ernst, Wehenkel 2006): the mean prediction of regression trees that draw one threshold for each
/// column, uniformly from the range of its values in the node, and take the best of these.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels, of which one a column is drawn too; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights count and
/// multiply how often a row was drawn; `min_samples_leaf` counts rows.
///
/// Differs from scikit-learn: missing values go to the better side, not to one drawn at random; categories are cut by sets. Time: trees x rows x drawn columns x depth. Space: 4 bytes a cell, 8 a
/// distinct value, the trees. Errors: parameters out of range, a target beyond 1e90 or, for the Poisson deviance, below 0, cancelled.
///
/// ```
/// use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
/// use crm_ml_regression::ExtraTreesRegressor;
/// use ndarray::array;
///
/// // Contract value by number of seats (missing: not told).
/// let x = array![[1.0], [2.0], [3.0], [10.0], [11.0], [f64::NAN]];
/// let data = Targeted::new(Samples::new(&x)?, &array![5.0, 5.0, 5.0, 9.0, 9.0, 9.0])?;
/// let model = ExtraTreesRegressor::new().n_estimators(50).seed(7).fit(&data)?;
/// let prediction = model.predict(data.samples())?;
/// assert!(prediction[0] < 6.0 && prediction[4] > 8.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtraTreesRegressor {
    forest: Forest,
    criterion: RegressionCriterion,
    oob_score: bool,
}

impl Default for ExtraTreesRegressor {
    fn default() -> Self {
        let forest = Forest { n_estimators: 100, splitter: Splitter::Random, ..Forest::default() };
        Self { forest, criterion: RegressionCriterion::SquaredError, oob_score: false }
    }
}

impl ExtraTreesRegressor {
    /// 100 unbounded trees on all rows, all columns at every split.
    pub fn new() -> Self {
        Self::default()
    }

    tree_setters!(forest);
    impurity_setters!(forest, RegressionCriterion);
    forest_setters!(forest);
}

impl Regressor for ExtraTreesRegressor {
    type Model = ExtraTreesRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let plan = Plan { name: "ExtraTreesRegressor", forest: &self.forest, criterion: self.criterion };
        Ok(ExtraTreesRegressorModel { means: plan.fit_means(data, self.oob_score, progress)? })
    }
}
