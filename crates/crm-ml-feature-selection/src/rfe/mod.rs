//! Recursive feature elimination.

mod cross_validated;
mod eliminate;

use crm_ml_core::{Check, Classifier, Importances, Labeled, Progress, Regressor, Result, Targeted};
use serde::{Deserialize, Serialize};

use crate::{Amount, SelectedModel};
pub use cross_validated::Rfecv;
use eliminate::eliminate;

/// Recursive feature elimination: fits an estimator, drops the columns of least importance, and again, until as many are
/// left as wanted.
///
/// Works with any classifier or regressor whose model tells importances, and is itself one: its model predicts with the
/// estimator fitted on the columns left, and selects them ([`Selection`](crate::Selection)). Ranking and support equal scikit-learn's `RFE`
/// with the same estimator; of equal importances the first column goes first. Weights, missing values and category columns
/// are the estimator's affair. Fits the estimator `(p - selected) / step + 1` times.
/// Reference: Guyon et al., Gene selection for cancer classification using support vector machines, 2002.
///
/// ```
/// use crm_ml_core::{Classifier, Labeled, Samples};
/// use crm_ml_classifiers::LogisticRegression;
/// use crm_ml_feature_selection::Rfe;
/// use ndarray::array;
///
/// let x = array![[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]];
/// let data = Labeled::new(Samples::new(&x)?, &[0, 0, 1, 1])?;
/// let model = Rfe::new(LogisticRegression::new()).n_features_to_select(1).fit(&data)?;
/// assert_eq!(model.selection().ranking(), [1, 2]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rfe<E> {
    estimator: E,
    n_features_to_select: Amount,
    step: Amount,
}

impl<E> Rfe<E> {
    /// Half of the columns, one dropped at a time.
    pub fn new(estimator: E) -> Self {
        Self { estimator, n_features_to_select: Amount::Share(0.5), step: Amount::Count(1) }
    }

    /// Keeps this many columns; all where there are not more.
    pub fn n_features_to_select(mut self, count: usize) -> Self {
        self.n_features_to_select = Amount::Count(count);
        self
    }

    /// Keeps this share of the columns.
    pub fn share_to_select(mut self, share: f64) -> Self {
        self.n_features_to_select = Amount::Share(share);
        self
    }

    /// Drops this many columns a round.
    pub fn step(mut self, count: usize) -> Self {
        self.step = Amount::Count(count);
        self
    }

    /// Drops this share of all columns a round.
    pub fn step_share(mut self, share: f64) -> Self {
        self.step = Amount::Share(share);
        self
    }

    /// The estimator.
    pub fn estimator(&self) -> &E {
        &self.estimator
    }

    fn check(&self) -> Result<()> {
        let check = self.n_features_to_select.check(Check::of("Rfe"), "n_features_to_select");
        self.step.check(check, "step").finish()
    }
}

impl<E> Classifier for Rfe<E>
where
    E: Classifier,
    E::Model: Importances,
{
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check()?;
        let fit = |columns: &[usize]| {
            self.estimator.fit(&data.with_samples(data.samples().select_columns(columns))?)
        };
        eliminate(
            data.samples().schema(),
            (self.n_features_to_select, self.step),
            fit,
            |_, _| Ok(()),
            progress,
        )
    }
}

impl<E> Regressor for Rfe<E>
where
    E: Regressor,
    E::Model: Importances,
{
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check()?;
        let fit = |columns: &[usize]| {
            self.estimator.fit(&data.with_samples(data.samples().select_columns(columns))?)
        };
        eliminate(
            data.samples().schema(),
            (self.n_features_to_select, self.step),
            fit,
            |_, _| Ok(()),
            progress,
        )
    }
}
