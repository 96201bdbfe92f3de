//! Sequential selection: columns go in or out one after another.

mod search;

use crm_ml_core::{Check, Classifier, Labeled, Progress, Regressor, Result, Split, Targeted};
use crm_ml_metrics::{ClassificationMetric, RegressionMetric};
use serde::{Deserialize, Serialize};

use crate::validation::{ClassTask, TargetTask, Task};
use crate::{Amount, ClassSelector, SelectedModel, Selection, TargetSelector};
use search::Found;

/// Whether a selection starts from nothing or from all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Direction {
    /// Starts without columns and takes in the best one a round.
    #[default]
    Forward,
    /// Starts with all columns and drops the one that is missed least a round.
    Backward,
}

/// When a selection ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Stop {
    At(Amount),
    GainBelow(f64),
}

/// Takes columns in, or drops them, one a round: each time the one with which cross-validation finds the estimator best.
///
/// Unlike [`Rfe`](crate::Rfe) it needs no importances and sees what columns tell together: it takes any classifier or regressor,
/// judged by a [`ClassificationMetric`] or a [`RegressionMetric`]. It chooses columns for what follows ([`ClassSelector`],
/// [`TargetSelector`], so [`SelectThen`](crate::SelectThen)), and is itself an estimator, whose model predicts with the estimator
/// fitted on the columns chosen and tells what each round reached ([`SelectedModel::validation`], in the order of the rounds).
///
/// Choices and scores equal scikit-learn's `SequentialFeatureSelector`, of equal candidates the first; but a backward
/// search by [`tol`](Self::tol) compares its first round with all columns (there the first column goes whatever it costs), a
/// forward one may take in all, and half of an odd number is rounded down both ways. Columns left out by a forward search are ranked by
/// what the last round would have reached with them, those that a backward search dropped by when they went.
///
/// Weights, missing values and categories are the estimator's affair. O(p^2 folds) fits at worst, those of a round in parallel.
/// Reference: Ferri et al., Comparative study of techniques for large-scale feature selection, 1994.
///
/// ```
/// use crm_ml_classifiers::DecisionTreeClassifier;
/// use crm_ml_core::{Classifier, Labeled, Samples};
/// use crm_ml_feature_selection::SequentialSelector;
/// use crm_ml_metrics::ClassificationMetric;
/// use ndarray::Array2;
///
/// // Neither column tells anything without the other: what matters is whether both agree.
/// let x = Array2::from_shape_fn((80, 4), |(i, j)| ((i >> j) % 2) as f64);
/// let agree: Vec<bool> = x.rows().into_iter().map(|row| row[1] == row[3]).collect();
/// let data = Labeled::new(Samples::new(&x)?, &agree)?;
/// let model = SequentialSelector::new(DecisionTreeClassifier::new(), ClassificationMetric::Accuracy)
///     .direction(crm_ml_feature_selection::Direction::Backward)
///     .n_features_to_select(2)
///     .fit(&data)?;
/// assert_eq!(model.selection().selected(), [1, 3]);
/// assert_eq!(model.validation().last().map(|point| point.mean), Some(1.0));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequentialSelector<E, S> {
    estimator: E,
    metric: S,
    direction: Direction,
    stop: Stop,
    split: Option<Split>,
    by_field: bool,
}

impl<E, S> SequentialSelector<E, S> {
    /// Forwards to half of the columns, by five folds (stratified for classifiers) in an order drawn from seed 0.
    pub fn new(estimator: E, metric: S) -> Self {
        let stop = Stop::At(Amount::Share(0.5));
        Self { estimator, metric, direction: Direction::Forward, stop, split: None, by_field: false }
    }

    /// Whether to start from nothing or from all.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// Ends at this many columns; all where there are not more. Takes the place of a share or `tol`.
    pub fn n_features_to_select(mut self, count: usize) -> Self {
        self.stop = Stop::At(Amount::Count(count));
        self
    }

    /// Ends at this share of the columns. Takes the place of a number or `tol`.
    pub fn share_to_select(mut self, share: f64) -> Self {
        self.stop = Stop::At(Amount::Share(share));
        self
    }

    /// Ends when a round improves the mean metric by less than this: scikit-learn's `n_features_to_select="auto"` with `tol`. Takes
    /// the place of a number. At least 0 forwards; backwards it may be below 0, the loss that each column less is worth.
    pub fn tol(mut self, tol: f64) -> Self {
        self.stop = Stop::GainBelow(tol);
        self
    }

    /// How rows are held out.
    pub fn split(mut self, split: Split) -> Self {
        self.split = Some(split);
        self
    }

    /// Whether columns made from one raw field, such as the flags of one category, go in and out together; numbers and
    /// shares then count fields.
    pub fn by_field(mut self, by_field: bool) -> Self {
        self.by_field = by_field;
        self
    }

    fn check(&self) -> Result<()> {
        let check = Check::of("SequentialSelector");
        match (self.stop, self.direction) {
            (Stop::At(amount), _) => amount.check(check, "n_features_to_select"),
            (Stop::GainBelow(tol), Direction::Forward) => check.range("tol", tol, 0.0..),
            (Stop::GainBelow(tol), Direction::Backward) => check.range("tol", tol, ..),
        }
        .finish()
    }

    /// Chooses columns and fits the estimator on them.
    fn fit_task<T: Task>(&self, task: &T, progress: &dyn Progress) -> Result<SelectedModel<T::Model>> {
        let Found { selection, validation } = self.search(task, progress)?;
        let estimator = task.fit(&T::columns(task.data(), &selection.selected())?)?;
        Ok(SelectedModel { selection, estimator, validation })
    }
}

impl<E: Classifier> ClassSelector for SequentialSelector<E, ClassificationMetric> {
    fn select(&self, data: &Labeled<'_>) -> Result<Selection> {
        let task = ClassTask { estimator: &self.estimator, metric: self.metric, data };
        Ok(self.search(&task, &())?.selection)
    }
}

impl<E: Regressor> TargetSelector for SequentialSelector<E, RegressionMetric> {
    fn select(&self, data: &Targeted<'_>) -> Result<Selection> {
        let task = TargetTask { estimator: &self.estimator, metric: self.metric, data };
        Ok(self.search(&task, &())?.selection)
    }
}

impl<E: Classifier> Classifier for SequentialSelector<E, ClassificationMetric> {
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.fit_task(&ClassTask { estimator: &self.estimator, metric: self.metric, data }, progress)
    }
}

impl<E: Regressor> Regressor for SequentialSelector<E, RegressionMetric> {
    type Model = SelectedModel<E::Model>;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.fit_task(&TargetTask { estimator: &self.estimator, metric: self.metric, data }, progress)
    }
}
