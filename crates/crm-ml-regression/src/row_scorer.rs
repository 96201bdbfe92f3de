//! Predictions of one row at a time.

use crm_ml_core::Result;

use crate::RegressionLoss;

/// A tree model compiled for single rows: a call allocates nothing, and one scorer serves any number of threads.
///
/// Made once a model by its `row_scorer`; gives the bits that `predict` gives.
///
/// ```
/// use crm_ml_core::{Regressor, Samples, Targeted};
/// use crm_ml_regression::GradientBoostingRegressor;
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [10.0], [11.0], [12.0]];
/// let data = Targeted::new(Samples::new(&x)?, &array![5.0, 5.0, 5.0, 9.0, 9.0, 9.0])?;
/// let model = GradientBoostingRegressor::new().min_samples_leaf(1).fit(&data)?;
/// let scorer = model.row_scorer();
/// assert!((scorer.predict(&[11.5])? - 9.0).abs() < 1e-3);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowScorer {
    trees: crm_ml_trees::RowScorer,
    loss: Option<RegressionLoss>,
}

impl RowScorer {
    /// For trees whose output is the prediction, or what the loss makes it from.
    pub(crate) fn new(trees: crm_ml_trees::RowScorer, loss: Option<RegressionLoss>) -> Self {
        Self { trees, loss }
    }

    /// Number of columns of a row.
    pub fn n_columns(&self) -> usize {
        self.trees.n_columns()
    }

    /// The prediction for a row. NaN is missing; in a category column what is no known code is unseen.
    ///
    /// Errors: another number of cells, an infinite cell.
    pub fn predict(&self, row: &[f64]) -> Result<f64> {
        let mut margin = [0.0];
        self.trees.score(row, &mut margin)?;
        let [margin] = margin;
        Ok(self.loss.map_or(margin, |loss| loss.prediction(margin)))
    }
}
