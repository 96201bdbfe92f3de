//! Gradient boosting.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Progress, Regressor, Result, Targeted, holdout};
use crm_ml_trees::{Boosting, Objective, Part, Stopping, boosting_setters, tree_setters};
use serde::{Deserialize, Serialize};

pub use model::GradientBoostingRegressorModel;

use crate::trees::{Trees, check_target, weights};

/// Gradient boosted trees (Friedman 2001) on histograms, squared error.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights
/// count; `min_samples_leaf` counts rows.
///
/// Trees grow best leaf first or level by level, under L1 and L2 penalties, on columns drawn a tree, a level and a split, with
/// directions along columns and groups of columns that may interact, where asked for.
///
/// Parameters and defaults are those of scikit-learn's `HistGradientBoostingRegressor` (its `max_iter` is `n_estimators`), without early
/// stopping unless asked for. Differs: bins are weighted quantiles; a tree without splits adds nothing, and fitting ends there. Time:
/// rounds x rows x columns x about the depth. Space: rows x columns bytes, and a histogram a leaf. Errors: parameters out of range, constraints that
/// do not fit the columns, a target beyond 1e90, too few rows to hold some out, cancelled.
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
    n_iter_no_change: Option<usize>,
    validation_fraction: f64,
    tol: f64,
}

impl Default for GradientBoostingRegressor {
    fn default() -> Self {
        Self { boosting: Boosting::default(), n_iter_no_change: None, validation_fraction: 0.1, tol: 1e-7 }
    }
}

impl GradientBoostingRegressor {
    /// 100 rounds of at most 31 leaves, learning rate 0.1.
    pub fn new() -> Self {
        Self::default()
    }

    boosting_setters!(boosting);
    tree_setters!(boosting);

    fn check(&self) -> Result<()> {
        let check = self.boosting.check(Check::of("GradientBoostingRegressor"));
        Stopping::check(check, self.n_iter_no_change, self.validation_fraction, self.tol).finish()
    }
}

impl Regressor for GradientBoostingRegressor {
    type Model = GradientBoostingRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.check()?;
        check_target(data)?;
        let (ensemble, report) = match self.n_iter_no_change {
            None => self.boosting.fit(&part(data, weights(data).as_deref()), None, progress)?,
            Some(n_iter_no_change) => {
                let fold = holdout(data.n_rows(), self.validation_fraction, None, self.boosting.seed)?;
                let (train, test) = (data.select_rows(&fold.train), data.select_rows(&fold.test));
                let (train_weights, test_weights) = (weights(&train), weights(&test));
                let rule = Stopping { n_iter_no_change, tol: self.tol };
                let validation = part(&test, test_weights.as_deref());
                self.boosting.fit(
                    &part(&train, train_weights.as_deref()),
                    Some((&validation, rule)),
                    progress,
                )?
            }
        };
        Ok(GradientBoostingRegressorModel { trees: Trees::new(data, ensemble), report })
    }
}

fn part<'a>(data: &'a Targeted<'a>, weights: Option<&'a [f64]>) -> Part<'a> {
    Part { samples: data.samples(), objective: Objective::Squared(data.target()), weights }
}
