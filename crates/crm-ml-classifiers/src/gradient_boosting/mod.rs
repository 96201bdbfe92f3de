//! Gradient boosting.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, ClassWeight, Classifier, Labeled, Progress, Result, holdout};
use crm_ml_trees::{Boosting, Objective, Part, Stopping, boosting_setters, moderate, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::GradientBoostingClassifierModel;

/// Gradient boosted trees (Friedman 2001) on histograms: log loss, Newton steps, one tree a round for two classes and one a class
/// and round for more.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights and class
/// weights count; `min_samples_leaf` counts rows.
///
/// Trees grow best leaf first or level by level, under L1 and L2 penalties, on columns drawn a tree, a level and a split, with
/// directions along columns and groups of columns that may interact, where asked for.
///
/// Parameters and defaults are those of scikit-learn's `HistGradientBoostingClassifier` (its `max_iter` is `n_estimators`), without
/// early stopping unless asked for. Differs: bins are weighted quantiles; a tree without splits adds nothing, and fitting ends there.
/// Time: rounds x outputs x rows x columns x about the depth. Space: rows x columns bytes, and a histogram a leaf. Errors: parameters
/// out of range, constraints that do not fit the columns, too few rows to hold some out, cancelled.
///
/// ```
/// use crm_ml_core::{Classifier, ClassifierModel, Labeled, Samples};
/// use crm_ml_classifiers::GradientBoostingClassifier;
/// use ndarray::array;
///
/// // Calls with the lead, days since the last one (missing: none yet).
/// let x = array![[0.0, f64::NAN], [1.0, 40.0], [2.0, 30.0], [4.0, 3.0], [5.0, 2.0], [6.0, 9.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "lost", "won", "won", "won"])?;
/// let model = GradientBoostingClassifier::new().min_samples_leaf(1).n_estimators(20).fit(&data)?;
/// assert_eq!(model.predict(data.samples())?, [0, 0, 0, 1, 1, 1]);
/// assert!((model.predict_proba(data.samples())?[[5, 1]] - 0.93).abs() < 0.02);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientBoostingClassifier {
    boosting: Boosting,
    class_weight: ClassWeight,
    n_iter_no_change: Option<usize>,
    validation_fraction: f64,
    tol: f64,
}

impl Default for GradientBoostingClassifier {
    fn default() -> Self {
        Self {
            boosting: Boosting::default(),
            class_weight: ClassWeight::None,
            n_iter_no_change: None,
            validation_fraction: 0.1,
            tol: 1e-7,
        }
    }
}

impl GradientBoostingClassifier {
    /// 100 rounds of at most 31 leaves, learning rate 0.1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Weights of the classes.
    #[must_use]
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.class_weight = class_weight;
        self
    }

    boosting_setters!(boosting);
    tree_setters!(boosting);

    fn check(&self) -> Result<()> {
        let check = self.boosting.check(Check::of("GradientBoostingClassifier"));
        Stopping::check(check, self.n_iter_no_change, self.validation_fraction, self.tol).finish()
    }
}

impl Classifier for GradientBoostingClassifier {
    type Model = GradientBoostingClassifierModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check()?;
        let weights = self.class_weight.row_weights(data)?.map(moderate);
        let (ensemble, report) = match self.n_iter_no_change {
            None => self.boosting.fit(&part(data, weights.as_deref()), None, progress)?,
            Some(n_iter_no_change) => {
                let seed = self.boosting.seed;
                let fold = holdout(data.n_rows(), self.validation_fraction, Some(data.codes()), seed)?;
                let (train, test) = (data.select_rows(&fold.train), data.select_rows(&fold.test));
                let select =
                    |rows: &[usize]| weights.as_ref().map(|w| rows.iter().map(|&row| w[row]).collect());
                let (train_weights, test_weights): (Option<Vec<f64>>, Option<Vec<f64>>) =
                    (select(&fold.train), select(&fold.test));
                let rule = Stopping { n_iter_no_change, tol: self.tol };
                let validation = part(&test, test_weights.as_deref());
                self.boosting.fit(
                    &part(&train, train_weights.as_deref()),
                    Some((&validation, rule)),
                    progress,
                )?
            }
        };
        Ok(GradientBoostingClassifierModel {
            schema: data.samples().schema().clone(),
            classes: data.classes().clone(),
            ensemble,
            report,
        })
    }
}

fn part<'a>(data: &'a Labeled<'a>, weights: Option<&'a [f64]>) -> Part<'a> {
    let (codes, classes) = (data.codes(), data.classes().len());
    let objective =
        if classes == 2 { Objective::Logistic(codes) } else { Objective::Softmax { codes, classes } };
    Part { samples: data.samples(), objective, weights }
}
