//! Decision tree.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{ClassWeight, Classifier, Labeled, Progress, Result};
use crm_ml_trees::{Forest, Impurity, PruningPath, Splitter, impurity_setters, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::DecisionTreeClassifierModel;

use crate::shares::Plan;

/// A decision tree (Breiman, Friedman, Olshen, Stone 1984): the shares of the classes in the leaf of a row.
///
/// Cuts are exact: in the middle between any two neighbouring values of a node. Missing values are taken: every split learns the
/// side they go to. Category columns are split by sets of levels; unseen levels are kept apart from missing ones, and what a node
/// has not met goes to the side with more training rows. Row weights and class weights count; `min_samples_leaf` counts rows.
///
/// Differs from scikit-learn: of equally good splits the first column's lowest is taken, not one at random, unless columns are
/// drawn; thresholds are of 64 bits. Time: rows x columns x depth. Space: 4 bytes a cell and 8 a distinct value. Errors: parameters out
/// of range, cancelled.
///
/// ```
/// use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// use crm_ml_classifiers::{DecisionTreeClassifier, Drawing};
/// use ndarray::array;
///
/// // Calls with the lead, days since the last one (missing: none yet).
/// let x = array![[0.0, f64::NAN], [1.0, 40.0], [2.0, 30.0], [4.0, 3.0], [5.0, 2.0], [6.0, 9.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "lost", "won", "won", "won"])?;
/// let model = DecisionTreeClassifier::new().max_depth(3).fit(&data)?;
/// assert_eq!(model.predict(data.samples())?, [0, 0, 0, 1, 1, 1]);
/// assert_eq!(model.predict_proba(data.samples())?[[5, 1]], 1.0);
/// assert!(model.export_text(&Drawing::new())?.starts_with("|--- x0 <= 3"));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeClassifier {
    forest: Forest,
    criterion: Impurity,
    class_weight: ClassWeight,
}

impl DecisionTreeClassifier {
    /// An unbounded tree on all columns, by the Gini impurity.
    pub fn new() -> Self {
        Self::default()
    }

    /// Weights of the classes.
    #[must_use]
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.class_weight = class_weight;
        self
    }

    /// Whether columns are cut at their best threshold (default) or at one drawn at random.
    #[must_use]
    pub fn splitter(mut self, splitter: Splitter) -> Self {
        self.forest.splitter = splitter;
        self
    }

    tree_setters!(forest);
    impurity_setters!(forest, Impurity);

    /// The values of `ccp_alpha` at which branches of this tree (as grown without pruning) are cut off, and the impurity that is left.
    ///
    /// Errors: those of `fit`.
    pub fn cost_complexity_pruning_path(&self, data: &Labeled<'_>) -> Result<PruningPath> {
        self.plan().pruning_path(data)
    }

    fn plan(&self) -> Plan<'_> {
        Plan {
            name: "DecisionTreeClassifier",
            forest: &self.forest,
            criterion: self.criterion,
            class_weight: &self.class_weight,
        }
    }
}

impl Classifier for DecisionTreeClassifier {
    type Model = DecisionTreeClassifierModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        Ok(DecisionTreeClassifierModel { shares: self.plan().fit(data, progress)? })
    }
}
