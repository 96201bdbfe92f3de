//! Random forest.

mod model;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Progress, Regressor, Result, Targeted};
use crm_ml_trees::{
    Ensemble, Forest, RegressionCriterion, Target, forest_setters, impurity_setters, tree_setters,
};
use serde::{Deserialize, Serialize};

pub use model::RandomForestRegressorModel;

use crate::trees::{Trees, check_target, weights};

/// A random forest (Breiman 2001): the mean prediction of regression trees, each grown on rows drawn with replacement and, if asked
/// for, on columns drawn anew for every split.
///
/// Missing values are taken: every split learns the side they go to. Category columns are split by sets of levels; unseen levels
/// are kept apart from missing ones, and what a node has not met goes to the side with more training rows. Row weights
/// count; `min_samples_leaf` counts rows.
/// Row weights multiply how often a row was drawn.
///
/// Differs from scikit-learn: columns with more than `max_bins` distinct values are split at their weighted quantiles only. Time:
/// trees x rows x drawn columns x depth. Errors: parameters out of range, a target beyond 1e90, cancelled.
///
/// ```
/// use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
/// use crm_ml_regression::RandomForestRegressor;
/// use ndarray::array;
///
/// // Contract value by number of seats (missing: not told).
/// let x = array![[1.0], [2.0], [3.0], [10.0], [11.0], [f64::NAN]];
/// let data = Targeted::new(Samples::new(&x)?, &array![5.0, 5.0, 5.0, 9.0, 9.0, 9.0])?;
/// let model = RandomForestRegressor::new().n_estimators(50).seed(7).fit(&data)?;
/// let prediction = model.predict(data.samples())?;
/// assert!(prediction[0] < 6.0 && prediction[4] > 8.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomForestRegressor {
    forest: Forest,
    criterion: RegressionCriterion,
    oob_score: bool,
}

impl Default for RandomForestRegressor {
    fn default() -> Self {
        let forest = Forest { n_estimators: 100, bootstrap: true, ..Forest::default() };
        Self { forest, criterion: RegressionCriterion::SquaredError, oob_score: false }
    }
}

impl RandomForestRegressor {
    /// 100 unbounded trees, all columns at every split.
    pub fn new() -> Self {
        Self::default()
    }

    tree_setters!(forest);
    impurity_setters!(forest, RegressionCriterion);
    forest_setters!(forest);

    /// Weighted R2 of the mean of the trees that have not drawn a row; `None` if there is no such row or the target is constant.
    fn out_of_bag_r2(&self, data: &Targeted<'_>, ensemble: &Ensemble) -> Result<Option<f64>> {
        let means = self.forest.out_of_bag(ensemble, data.samples())?;
        let rows: Vec<usize> = (0..data.n_rows()).filter(|&row| !means[[row, 0]].is_nan()).collect();
        let weight = |row: usize| data.samples().weight(row);
        let total: f64 = rows.iter().map(|&row| weight(row)).sum();
        let mean = rows.iter().map(|&row| weight(row) / total * data.target()[row]).sum::<f64>();
        let squares = |centre: &dyn Fn(usize) -> f64| -> f64 {
            rows.iter().map(|&row| weight(row) / total * (data.target()[row] - centre(row)).powi(2)).sum()
        };
        let r2 = 1.0 - squares(&|row| means[[row, 0]]) / squares(&|_| mean);
        Ok(r2.is_finite().then_some(r2))
    }
}

impl Regressor for RandomForestRegressor {
    type Model = RandomForestRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        self.forest
            .check(Check::of("RandomForestRegressor"))
            .rule(
                "oob_score",
                self.oob_score,
                !self.oob_score || self.forest.draws_rows(),
                "false without bootstrap or max_samples",
            )
            .finish()?;
        check_target(data)?;
        let target = Target::Values(data.target(), self.criterion);
        let ensemble = self.forest.fit(data.samples(), target, weights(data).as_deref(), progress)?;
        let oob_score = if self.oob_score { self.out_of_bag_r2(data, &ensemble)? } else { None };
        Ok(RandomForestRegressorModel { trees: Trees::new(data, ensemble), oob_score })
    }
}
