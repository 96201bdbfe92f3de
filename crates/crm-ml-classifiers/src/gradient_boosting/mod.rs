//! Gradient boosting.

mod model;
#[cfg(test)]
mod tests;
mod xgboost;

use crm_ml_core::{
    Check, ClassWeight, Classes, Classifier, Error, Labeled, Model, Progress, Result, holdout,
};
use crm_ml_trees::{
    Boosting, Logistic, Objective, Part, Softmax, Stopping, boosting_setters, moderate, tree_setters,
};
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

    /// Fits with early stopping by the log loss on `validation`, on whose best round the model ends. Nothing is held out of `data`;
    /// without `n_iter_no_change` all rounds are done before the best is taken. Class weights count in both parts. The losses are
    /// in the model's [`history`](GradientBoostingClassifierModel::history).
    ///
    /// Errors: as fitting; a validation part of other columns or classes.
    pub fn fit_with_validation(
        &self,
        data: &Labeled<'_>,
        validation: &Labeled<'_>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingClassifierModel> {
        self.check()?;
        data.samples().schema().accepts(validation.samples())?;
        same_classes(data.classes(), validation.classes())?;
        let (train, validation) = (self.rows(data)?, self.rows(validation)?);
        self.run(None, &train, Some(&validation), progress)
    }

    /// Adds `n_estimators` rounds to a model: its trees stay, the new ones are fitted to what they leave.
    ///
    /// On the same data k rounds and then m more give the same bits as k + m at once. Early stopping works as in fitting and
    /// looks at the new rounds. Errors: as fitting; other columns or classes than the model's (give codes into the model's classes
    /// with [`Labeled::from_codes`] where some have no row).
    pub fn fit_from(
        &self,
        model: &GradientBoostingClassifierModel,
        data: &Labeled<'_>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingClassifierModel> {
        self.check()?;
        model.schema().accepts(data.samples())?;
        same_classes(&model.classes, data.classes())?;
        // The kinds of the columns are the model's, whether or not the data tells them.
        let data = data.with_samples(data.samples().clone().with_schema(model.schema())?)?;
        self.run_holding_out(Some(model), &data, progress)
    }

    /// Fits to an objective of your own, which holds the classes of the rows of `data`. Its margins are taken as those of log loss:
    /// for two classes one, the log-odds of the second; else one a class. Class weights count.
    ///
    /// Early stopping needs the objective of a validation part. Errors: as fitting; early stopping without validation; an objective
    /// of another number of outputs or rows, or whose derivatives cannot be used (the row is named).
    pub fn fit_objective(
        &self,
        data: &Labeled<'_>,
        objective: &dyn Objective,
        validation: Option<(&Labeled<'_>, &dyn Objective)>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingClassifierModel> {
        self.check()?;
        let outputs = n_outputs(data.classes());
        if objective.n_outputs() != outputs {
            return Err(Error::length("outputs of the objective", outputs, objective.n_outputs()));
        }
        let train = Rows { weights: self.weights(data)?, data, objective: Box::new(objective) };
        let validation = match validation {
            Some((data, objective)) => {
                train.data.samples().schema().accepts(data.samples())?;
                same_classes(train.data.classes(), data.classes())?;
                Some(Rows { weights: self.weights(data)?, data, objective: Box::new(objective) })
            }
            None if self.n_iter_no_change.is_some() => {
                return Err(Error::unsupported(
                    "early stopping of an objective of your own needs one of a validation part",
                ));
            }
            None => None,
        };
        self.run(None, &train, validation.as_ref(), progress)
    }

    fn check(&self) -> Result<()> {
        let check = self.boosting.check(Check::of("GradientBoostingClassifier"));
        Stopping::check(check, self.n_iter_no_change, self.validation_fraction, self.tol).finish()
    }

    /// Row weights times class weights, of moderate size.
    fn weights(&self, data: &Labeled<'_>) -> Result<Option<Vec<f64>>> {
        Ok(self.class_weight.row_weights(data)?.map(moderate))
    }

    /// The rows with log loss.
    fn rows<'a>(&self, data: &'a Labeled<'a>) -> Result<Rows<'a>> {
        Ok(Rows { data, objective: log_loss(data), weights: self.weights(data)? })
    }

    /// The fit, with early stopping on a part of the data if asked for.
    fn run_holding_out(
        &self,
        model: Option<&GradientBoostingClassifierModel>,
        data: &Labeled<'_>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingClassifierModel> {
        let all = self.rows(data)?;
        if self.n_iter_no_change.is_none() {
            return self.run(model, &all, None, progress);
        }
        let fold = holdout(data.n_rows(), self.validation_fraction, Some(data.codes()), self.boosting.seed)?;
        let parts = [data.select_rows(&fold.train), data.select_rows(&fold.test)];
        let weights = |rows: &[usize]| all.weights.as_ref().map(|w| rows.iter().map(|&row| w[row]).collect());
        let [train, test] = [(&parts[0], &fold.train), (&parts[1], &fold.test)].map(|(data, rows)| Rows {
            data,
            objective: log_loss(data),
            weights: weights(rows),
        });
        self.run(model, &train, Some(&test), progress)
    }

    fn run(
        &self,
        model: Option<&GradientBoostingClassifierModel>,
        train: &Rows<'_>,
        validation: Option<&Rows<'_>>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingClassifierModel> {
        let rule = Stopping { n_iter_no_change: self.n_iter_no_change.unwrap_or(usize::MAX), tol: self.tol };
        let watched = validation.map(Rows::part);
        let watched = watched.as_ref().map(|part| (part, rule));
        let boosted = match model {
            None => self.boosting.fit(&train.part(), watched, progress)?,
            Some(model) => self.boosting.fit_from(&model.booster, &train.part(), watched, progress)?,
        };
        Ok(GradientBoostingClassifierModel {
            schema: train.data.samples().schema().clone(),
            classes: train.data.classes().clone(),
            booster: boosted.booster,
            report: boosted.report,
            history: boosted.history,
        })
    }
}

impl Classifier for GradientBoostingClassifier {
    type Model = GradientBoostingClassifierModel;

    fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check()?;
        self.run_holding_out(None, data, progress)
    }
}

/// Rows with their loss and weights.
struct Rows<'a> {
    data: &'a Labeled<'a>,
    objective: Box<dyn Objective + 'a>,
    weights: Option<Vec<f64>>,
}

impl Rows<'_> {
    fn part(&self) -> Part<'_> {
        Part {
            samples: self.data.samples(),
            objective: self.objective.as_ref(),
            weights: self.weights.as_deref(),
        }
    }
}

fn log_loss<'a>(data: &'a Labeled<'_>) -> Box<dyn Objective + 'a> {
    match data.classes().len() {
        2 => Box::new(Logistic::new(data.codes())),
        classes => Box::new(Softmax::new(data.codes(), classes)),
    }
}

/// Margins a row: two classes share one.
fn n_outputs(classes: &Classes) -> usize {
    if classes.len() == 2 { 1 } else { classes.len() }
}

fn same_classes(expected: &Classes, found: &Classes) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let list = |classes: &Classes| classes.names().join("', '");
    Err(Error::unsupported(format!("the classes are '{}', expected '{}'", list(found), list(expected))))
}
