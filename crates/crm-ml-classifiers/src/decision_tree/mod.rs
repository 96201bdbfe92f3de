//! Decision tree.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, ClassWeight, Classifier, Labeled, Progress, Result};
use crm_ml_trees::{Forest, Impurity, Target, impurity_setters, moderate, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::DecisionTreeClassifierModel;
pub(crate) use model::Shares;

/// A decision tree (Breiman, Friedman, Olshen, Stone 1984): the shares of the classes in the leaf of a row.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights and class
/// weights count; `min_samples_leaf` counts rows.
///
/// Differs from scikit-learn: columns with more than `max_bins` distinct values are split at their weighted quantiles only, and
/// `max_features` draws a column in the order of its number. Time: rows x columns x depth. Errors: parameters out of range,
/// cancelled.
///
/// ```
/// use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// use crm_ml_classifiers::DecisionTreeClassifier;
/// use ndarray::array;
///
/// // Calls with the lead, days since the last one (missing: none yet).
/// let x = array![[0.0, f64::NAN], [1.0, 40.0], [2.0, 30.0], [4.0, 3.0], [5.0, 2.0], [6.0, 9.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "lost", "won", "won", "won"])?;
/// let model = DecisionTreeClassifier::new().max_depth(3).fit(&data)?;
/// assert_eq!(model.predict(data.samples())?, [0, 0, 0, 1, 1, 1]);
/// assert_eq!(model.predict_proba(data.samples())?[[5, 1]], 1.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeClassifier {
    forest: Forest,
    criterion: Impurity,
    class_weight: ClassWeight,
}

impl DecisionTreeClassifier {
    /// An unbounded tree on all columns.
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
}

impl Classifier for DecisionTreeClassifier {
    type Model = DecisionTreeClassifierModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.forest.check(Check::of("DecisionTreeClassifier")).finish()?;
        let weights = self.class_weight.row_weights(data)?.map(moderate);
        let target =
            Target::Classes { codes: data.codes(), classes: data.classes().len(), impurity: self.criterion };
        let ensemble = self.forest.fit(data.samples(), target, weights.as_deref(), progress)?;
        Ok(DecisionTreeClassifierModel { shares: Shares::new(data, ensemble) })
    }
}
