//! Random forest.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, ClassWeight, Classifier, Labeled, Progress, Result, most_probable};
use crm_ml_trees::{
    Ensemble, Forest, Impurity, MaxFeatures, Target, forest_setters, impurity_setters, moderate, tree_setters,
};
use serde::{Deserialize, Serialize};

pub use model::RandomForestClassifierModel;

use crate::decision_tree::Shares;

/// A random forest (Breiman 2001): the mean class shares of trees, each grown on rows drawn with replacement and on columns drawn
/// anew for every split.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights and class
/// weights count; `min_samples_leaf` counts rows.
/// Row weights multiply how often a row was drawn.
///
/// Differs from scikit-learn: columns with more than `max_bins` distinct values are split at their weighted quantiles only; more
/// columns are drawn while none of the drawn ones has an allowed split. Time: trees x rows x drawn columns x depth. Errors:
/// parameters out of range, cancelled.
///
/// ```
/// use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// use crm_ml_classifiers::RandomForestClassifier;
/// use ndarray::array;
///
/// // Calls with the lead, days since the last one (missing: none yet).
/// let x = array![[0.0, f64::NAN], [1.0, 40.0], [2.0, 30.0], [4.0, 3.0], [5.0, 2.0], [6.0, 9.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "lost", "won", "won", "won"])?;
/// let model = RandomForestClassifier::new().n_estimators(50).seed(7).fit(&data)?;
/// assert_eq!(model.predict(data.samples())?, [0, 0, 0, 1, 1, 1]);
/// assert!(model.predict_proba(data.samples())?[[4, 1]] > 0.8);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomForestClassifier {
    forest: Forest,
    criterion: Impurity,
    class_weight: ClassWeight,
    oob_score: bool,
}

impl Default for RandomForestClassifier {
    fn default() -> Self {
        let forest = Forest {
            n_estimators: 100,
            bootstrap: true,
            max_features: MaxFeatures::Sqrt,
            ..Forest::default()
        };
        Self { forest, criterion: Impurity::Gini, class_weight: ClassWeight::None, oob_score: false }
    }
}

impl RandomForestClassifier {
    /// 100 unbounded trees, the square root of the columns at every split.
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

    /// Weighted accuracy of the mean shares of the trees that have not drawn a row; `None` if every tree has drawn every row.
    fn out_of_bag_accuracy(&self, data: &Labeled<'_>, ensemble: &Ensemble) -> Result<Option<f64>> {
        let proba = self.forest.out_of_bag(ensemble, data.samples())?;
        let (mut right, mut total) = (0.0, 0.0);
        for (row, code) in most_probable(&proba).into_iter().enumerate() {
            if !proba[[row, 0]].is_nan() {
                let weight = data.samples().weight(row);
                total += weight;
                right += if code == data.codes()[row] { weight } else { 0.0 };
            }
        }
        Ok((total > 0.0).then(|| right / total))
    }
}

impl Classifier for RandomForestClassifier {
    type Model = RandomForestClassifierModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.forest
            .check(Check::of("RandomForestClassifier"))
            .rule(
                "oob_score",
                self.oob_score,
                !self.oob_score || self.forest.draws_rows(),
                "false without bootstrap or max_samples",
            )
            .finish()?;
        let weights = self.class_weight.row_weights(data)?.map(moderate);
        let target =
            Target::Classes { codes: data.codes(), classes: data.classes().len(), impurity: self.criterion };
        let ensemble = self.forest.fit(data.samples(), target, weights.as_deref(), progress)?;
        let oob_score = if self.oob_score { self.out_of_bag_accuracy(data, &ensemble)? } else { None };
        Ok(RandomForestClassifierModel { shares: Shares::new(data, ensemble), oob_score })
    }
}
