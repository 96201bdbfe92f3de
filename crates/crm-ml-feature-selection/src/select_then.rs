//! A selection and an estimator as one estimator.

use crm_ml_core::{Classifier, Labeled, Progress, Regressor, Result, Targeted};
use serde::{Deserialize, Serialize};

use crate::{ClassSelector, SelectedModel, TargetSelector};

/// Chooses columns, then fits an estimator on them: one estimator, so that cross-validation chooses columns anew in every
/// fold and held-out rows never have a say.
///
/// ```
/// use crm_ml_classifiers::LogisticRegression;
/// use crm_ml_core::{Classifier, Labeled, Samples};
/// use crm_ml_feature_selection::{ClassScore, SelectByScore, SelectThen};
/// use ndarray::array;
///
/// let x = array![[0.0, 5.0], [1.0, 4.0], [2.0, 5.0], [3.0, 4.0]];
/// let data = Labeled::new(Samples::new(&x)?, &[0, 0, 1, 1])?;
/// let filter = SelectByScore::new(ClassScore::AnovaF).count(1);
/// let model = SelectThen::new(filter, LogisticRegression::new()).fit(&data)?;
/// assert_eq!(model.selection().selected(), [0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelectThen<S, E> {
    selector: S,
    estimator: E,
}

impl<S, E> SelectThen<S, E> {
    /// Of what chooses columns and what is fitted on them.
    pub fn new(selector: S, estimator: E) -> Self {
        Self { selector, estimator }
    }
}

impl<S: ClassSelector, E: Classifier> Classifier for SelectThen<S, E> {
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let selection = self.selector.select(data)?;
        let kept = data.with_samples(data.samples().select_columns(&selection.selected()))?;
        let estimator = self.estimator.fit_with(&kept, progress)?;
        Ok(SelectedModel { selection, estimator, validation: Vec::new() })
    }
}

impl<S: TargetSelector, E: Regressor> Regressor for SelectThen<S, E> {
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let selection = self.selector.select(data)?;
        let kept = data.with_samples(data.samples().select_columns(&selection.selected()))?;
        let estimator = self.estimator.fit_with(&kept, progress)?;
        Ok(SelectedModel { selection, estimator, validation: Vec::new() })
    }
}
