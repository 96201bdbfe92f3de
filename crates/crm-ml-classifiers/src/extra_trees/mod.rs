//! Extremely randomised trees.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{ClassWeight, Classifier, Labeled, Progress, Result};
use crm_ml_trees::{Forest, Impurity, MaxFeatures, Splitter, forest_setters, impurity_setters, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::ExtraTreesClassifierModel;

use crate::shares::Plan;

/// Extremely randomised trees (Geurts, Ernst, Wehenkel 2006): the mean class shares of trees that draw not only the columns of a
/// split but also one threshold for each, uniformly from the range of its values in the node, and take the best of these.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels, of which one a column is drawn too; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights and class
/// weights count and multiply how often a row was drawn; `min_samples_leaf` counts rows.
///
/// Differs from scikit-learn: missing values go to the better side, not to one drawn at random; categories are cut by sets. Time: trees x rows x drawn columns x depth. Space: 4 bytes a cell, 8 a
/// distinct value, the trees. Errors: parameters out of range, cancelled.
///
/// ```
/// use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// use crm_ml_classifiers::ExtraTreesClassifier;
/// use ndarray::array;
///
/// // Calls with the lead, days since the last one (missing: none yet).
/// let x = array![[0.0, f64::NAN], [1.0, 40.0], [2.0, 30.0], [4.0, 3.0], [5.0, 2.0], [6.0, 9.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "lost", "won", "won", "won"])?;
/// let model = ExtraTreesClassifier::new().n_estimators(50).seed(7).fit(&data)?;
/// assert_eq!(model.predict(data.samples())?, [0, 0, 0, 1, 1, 1]);
/// assert!(model.predict_proba(data.samples())?[[4, 1]] > 0.8);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtraTreesClassifier {
    forest: Forest,
    criterion: Impurity,
    class_weight: ClassWeight,
    oob_score: bool,
}

impl Default for ExtraTreesClassifier {
    fn default() -> Self {
        let forest = Forest {
            n_estimators: 100,
            max_features: MaxFeatures::Sqrt,
            splitter: Splitter::Random,
            ..Forest::default()
        };
        Self { forest, criterion: Impurity::Gini, class_weight: ClassWeight::None, oob_score: false }
    }
}

impl ExtraTreesClassifier {
    /// 100 unbounded trees on all rows, the square root of the columns at every split.
    pub fn new() -> Self {
        Self::default()
    }

    /// Weights of the classes.
    #[must_use]
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.class_weight = class_weight;
        self
    }

    tree_setters!(forest);
    impurity_setters!(forest, Impurity);
    forest_setters!(forest);
}

impl Classifier for ExtraTreesClassifier {
    type Model = ExtraTreesClassifierModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let plan = Plan {
            name: "ExtraTreesClassifier",
            forest: &self.forest,
            criterion: self.criterion,
            class_weight: &self.class_weight,
        };
        Ok(ExtraTreesClassifierModel { votes: plan.fit_votes(data, self.oob_score, progress)? })
    }
}
