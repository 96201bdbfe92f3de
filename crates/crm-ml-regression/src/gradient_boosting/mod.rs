//! Gradient boosting.

mod loss;
mod model;
#[cfg(test)]
mod tests;
mod xgboost;

use crm_ml_core::{Check, Error, Model, Progress, Regressor, Result, Samples, Targeted, holdout};
use crm_ml_trees::{Boosting, Objective, Part, Stopping, boosting_setters, moderate, tree_setters};
use serde::{Deserialize, Serialize};

pub use loss::RegressionLoss;
pub use model::GradientBoostingRegressorModel;

use crate::trees::check_target;

/// Gradient boosted trees (Friedman 2001) on histograms, for any [`RegressionLoss`] or an objective of your own.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights
/// count; `min_samples_leaf` counts rows.
///
/// Trees grow best leaf first or level by level, under L1 and L2 penalties, on columns drawn a tree, a level and a split, with
/// directions along columns and groups of columns that may interact, where asked for.
///
/// Parameters and defaults are those of scikit-learn's `HistGradientBoostingRegressor` (its `max_iter` is `n_estimators`), without early
/// stopping unless asked for. Differs: bins are weighted quantiles; a tree without splits adds nothing, and fitting ends there; quantiles
/// are those of weighted step functions (half is the median) where scikit-learn interpolates between rows without weights; steps of
/// a logarithmic margin beyond 4 are damped. Leaves of absolute error, quantile and Huber know no L2 penalty. Time: rounds x rows x columns
/// x about the depth. Space: rows x columns bytes, and a histogram a leaf. Errors: parameters out of range, constraints
/// that do not fit the columns, a target beyond 1e90 or not allowed by the loss, too few rows to hold some out, cancelled.
///
/// ```
/// use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
/// use crm_ml_regression::GradientBoostingRegressor;
/// use ndarray::array;
///
/// // Contract value by number of seats (missing: not told).
/// let x = array![[1.0], [2.0], [3.0], [10.0], [11.0], [f64::NAN]];
/// let data = Targeted::new(Samples::new(&x)?, &array![5.0, 5.0, 5.0, 9.0, 9.0, 9.0])?;
/// let model = GradientBoostingRegressor::new().min_samples_leaf(1).n_estimators(200).fit(&data)?;
/// let prediction = model.predict(data.samples())?;
/// assert!((prediction[0] - 5.0).abs() < 1e-6 && (prediction[5] - 9.0).abs() < 1e-6);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientBoostingRegressor {
    boosting: Boosting,
    loss: RegressionLoss,
    n_iter_no_change: Option<usize>,
    validation_fraction: f64,
    tol: f64,
}

impl Default for GradientBoostingRegressor {
    fn default() -> Self {
        Self {
            boosting: Boosting::default(),
            loss: RegressionLoss::SquaredError,
            n_iter_no_change: None,
            validation_fraction: 0.1,
            tol: 1e-7,
        }
    }
}

impl GradientBoostingRegressor {
    /// 100 rounds of at most 31 leaves, learning rate 0.1, squared error.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is minimised (default: squared error).
    #[must_use]
    pub fn loss(mut self, loss: RegressionLoss) -> Self {
        self.loss = loss;
        self
    }

    boosting_setters!(boosting);
    tree_setters!(boosting);

    /// Fits with early stopping by the loss on `validation`, on whose best round the model ends. Nothing is held out of `data`;
    /// without `n_iter_no_change` all rounds are done before the best is taken. The losses are in the model's
    /// [`history`](GradientBoostingRegressorModel::history).
    ///
    /// Errors: as fitting; a validation part of other columns.
    pub fn fit_with_validation(
        &self,
        data: &Targeted<'_>,
        validation: &Targeted<'_>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingRegressorModel> {
        self.check(data)?;
        data.samples().schema().accepts(validation.samples())?;
        check_target(validation)?;
        self.run(None, data, Some(validation), progress)
    }

    /// Adds `n_estimators` rounds to a model: its trees stay, the new ones are fitted to what they leave.
    ///
    /// On the same data k rounds and then m more give the same bits as k + m at once. Early stopping works as in fitting and
    /// looks at the new rounds. Errors: as fitting; other columns than the model's, another loss.
    pub fn fit_from(
        &self,
        model: &GradientBoostingRegressorModel,
        data: &Targeted<'_>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingRegressorModel> {
        self.check(data)?;
        if model.loss != Some(self.loss) {
            return Err(Error::unsupported(format!(
                "the model was fitted to {}, these parameters ask for {:?}",
                model.loss.map_or("an objective of its own".to_owned(), |loss| format!("{loss:?}")),
                self.loss
            )));
        }
        model.schema().accepts(data.samples())?;
        // The kinds of the columns are the model's, whether or not the data tells them.
        let data = data.with_samples(data.samples().clone().with_schema(model.schema())?)?;
        match self.n_iter_no_change {
            None => self.run(Some(model), &data, None, progress),
            Some(_) => {
                let (train, test) = self.hold_out(&data)?;
                self.run(Some(model), &train, Some(&test), progress)
            }
        }
    }

    /// Fits to an objective of your own, which holds the target of every row of `samples`. The model predicts the margins.
    ///
    /// Early stopping needs the objective of a validation part. Errors: as fitting, but for the target; early stopping without
    /// validation; an objective of several outputs or of another number of rows, or whose derivatives cannot be used (the row is
    /// named).
    ///
    /// ```
    /// use crm_ml_core::{RegressorModel, Samples};
    /// use crm_ml_regression::GradientBoostingRegressor;
    /// use crm_ml_trees::{At, Derivatives, Objective};
    /// use ndarray::Array2;
    ///
    /// /// Squared error that counts nine times where a forecast is too low: stock that is missing costs more than stock that lies.
    /// #[derive(Debug)]
    /// struct Shortage(Vec<f64>);
    ///
    /// impl Shortage {
    ///     fn weight(residual: f64) -> f64 {
    ///         if residual > 0.0 { 9.0 } else { 1.0 }
    ///     }
    /// }
    ///
    /// impl Objective for Shortage {
    ///     fn n_rows(&self) -> usize {
    ///         self.0.len()
    ///     }
    ///
    ///     fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
    ///         for ((loss, margin), y) in losses.iter_mut().zip(at.margins(0)).zip(&self.0[at.rows()]) {
    ///             *loss = 0.5 * Self::weight(y - margin) * (y - margin).powi(2);
    ///         }
    ///     }
    ///
    ///     fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
    ///         let (gradients, hessians) = into.both(0);
    ///         let slopes = gradients.iter_mut().zip(hessians);
    ///         for (((g, h), margin), y) in slopes.zip(at.margins(0)).zip(&self.0[at.rows()]) {
    ///             *h = Self::weight(y - margin);
    ///             *g = *h * (margin - y);
    ///         }
    ///     }
    /// }
    ///
    /// let x = Array2::from_shape_fn((200, 1), |(row, _)| (row % 2) as f64);
    /// let demand = (0..200).map(|row| ((row % 2) * 100 + row / 2 % 10) as f64).collect();
    /// let samples = Samples::new(&x)?;
    /// let model = GradientBoostingRegressor::new().fit_objective(&samples, &Shortage(demand), None, &())?;
    /// // Demand of 0 to 9 and of 100 to 109, alike: 9 times the shortage equals the surplus at 7.
    /// let prediction = model.predict(&samples)?;
    /// assert!((prediction[0] - 7.0).abs() < 0.1 && (prediction[1] - 107.0).abs() < 0.1);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn fit_objective(
        &self,
        samples: &Samples<'_>,
        objective: &dyn Objective,
        validation: Option<(&Samples<'_>, &dyn Objective)>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingRegressorModel> {
        self.check_parameters()?;
        if objective.n_outputs() != 1 {
            return Err(Error::length("outputs of the objective", 1, objective.n_outputs()));
        }
        let train = Rows::new(samples, objective);
        let validation = match validation {
            Some((watched, objective)) => {
                samples.schema().accepts(watched)?;
                Some(Rows::new(watched, objective))
            }
            None if self.n_iter_no_change.is_some() => {
                return Err(Error::unsupported(
                    "early stopping of an objective of your own needs one of a validation part",
                ));
            }
            None => None,
        };
        let watched = validation.as_ref().map(Rows::part);
        let watched = watched.as_ref().map(|part| (part, self.stopping()));
        let boosted = self.boosting.fit(&train.part(), watched, progress)?;
        Ok(GradientBoostingRegressorModel::new(samples, None, boosted))
    }

    /// The fit, once the data has been checked.
    fn run(
        &self,
        model: Option<&GradientBoostingRegressorModel>,
        data: &Targeted<'_>,
        validation: Option<&Targeted<'_>>,
        progress: &dyn Progress,
    ) -> Result<GradientBoostingRegressorModel> {
        let objective = self.loss.objective(data.target())?;
        let train = Rows::new(data.samples(), objective.as_ref());
        let objective = validation.map(|data| self.loss.validation(data.target())).transpose()?;
        let watched = validation.zip(objective.as_deref());
        let watched = watched.map(|(data, objective)| Rows::new(data.samples(), objective));
        let watched = watched.as_ref().map(Rows::part);
        let watched = watched.as_ref().map(|part| (part, self.stopping()));
        let boosted = match model {
            None => self.boosting.fit(&train.part(), watched, progress)?,
            Some(model) => self.boosting.fit_from(&model.booster, &train.part(), watched, progress)?,
        };
        Ok(GradientBoostingRegressorModel::new(data.samples(), Some(self.loss), boosted))
    }

    /// The rows to learn from and those to stop by.
    fn hold_out(&self, data: &Targeted<'_>) -> Result<(Targeted<'static>, Targeted<'static>)> {
        let fold = holdout(data.n_rows(), self.validation_fraction, None, self.boosting.seed)?;
        Ok((data.select_rows(&fold.train), data.select_rows(&fold.test)))
    }

    fn stopping(&self) -> Stopping {
        Stopping { n_iter_no_change: self.n_iter_no_change.unwrap_or(usize::MAX), tol: self.tol }
    }

    fn check_parameters(&self) -> Result<()> {
        let check = self.loss.check(self.boosting.check(Check::of("GradientBoostingRegressor")));
        Stopping::check(check, self.n_iter_no_change, self.validation_fraction, self.tol).finish()
    }

    /// Parameters, then targets.
    fn check(&self, data: &Targeted<'_>) -> Result<()> {
        self.check_parameters()?;
        check_target(data)?;
        self.loss.objective(data.target()).map(drop)
    }
}

impl Regressor for GradientBoostingRegressor {
    type Model = GradientBoostingRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check(data)?;
        match self.n_iter_no_change {
            None => self.run(None, data, None, progress),
            Some(_) => {
                let (train, test) = self.hold_out(data)?;
                self.run(None, &train, Some(&test), progress)
            }
        }
    }
}

/// Rows with their loss, and their weights of moderate size.
struct Rows<'a> {
    samples: &'a Samples<'a>,
    objective: &'a dyn Objective,
    weights: Option<Vec<f64>>,
}

impl<'a> Rows<'a> {
    fn new(samples: &'a Samples<'a>, objective: &'a dyn Objective) -> Self {
        Self { samples, objective, weights: samples.weights().map(|weights| moderate(weights.to_vec())) }
    }

    fn part(&self) -> Part<'_> {
        Part { samples: self.samples, objective: self.objective, weights: self.weights.as_deref() }
    }
}
