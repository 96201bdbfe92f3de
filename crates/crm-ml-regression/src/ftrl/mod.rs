//! Least squares that learns row by row.

mod model;

use crm_ml_core::{Check, Progress, Regressor, Result, Schema, Targeted};
use crm_ml_linear::{FtrlSolver, FtrlTarget, ftrl_setters};
use serde::{Deserialize, Serialize};

pub use model::FtrlRegressorModel;

/// A linear regressor that learns row by row, by FTRL-proximal (McMahan et al., Ad click prediction: a view from the trenches, 2013).
///
/// With rows enough it comes near the minimum of `sum of squares / 2 + l1 * sum of magnitudes + l2 / 2 * squared norm`, which is
/// [`Ridge`](crate::Ridge)'s where `l1` is 0. The model is the state: [`partial_fit`](FtrlRegressorModel::partial_fit) goes on with rows to come, also of a
/// saved model, bit for bit as if it had never stopped; [`start`](Self::start) gives one that has seen nothing.
/// [`progressive_loss`](FtrlRegressorModel::progressive_loss) tells half the squared error of rows just before they were first learned.
///
/// A step is about `alpha` in a coefficient's own unit, so that columns *and target* should be scaled to a spread of about 1: a mean far
/// from 0 is learned in small steps. Category columns enter as their codes, one coefficient a level and one for missing cells.
/// Missing real values, and cells and targets beyond 1e40, are refused by name. A weight multiplies its row's gradient, which is near,
/// but not equal, to learning the row so often. Results depend on the order of rows. O(p) time a row, on one thread.
///
/// ```
/// use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
/// use crm_ml_regression::FtrlRegressor;
/// use ndarray::{Array1, Array2};
///
/// let x = Array2::from_shape_fn((500, 2), |(i, j)| ((i * (7 * j + 3)) % 11) as f64 / 5.0 - 1.0);
/// let y: Array1<f64> = x.rows().into_iter().map(|row| 0.5 + row[0] - 2.0 * row[1]).collect();
/// let model = FtrlRegressor::new().alpha(1.0).l2(0.0).epochs(20).fit(&Targeted::new(Samples::new(&x)?, &y)?)?;
/// assert!((model.coefficients()[1] + 2.0).abs() < 1e-3 && (model.intercept() - 0.5).abs() < 1e-3);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FtrlRegressor {
    solver: FtrlSolver,
}

const NAME: &str = "FtrlRegressor";

impl FtrlRegressor {
    /// `alpha` 0.1, `beta` 1, `l1` 0, `l2` 1, with intercept, five epochs in orders drawn from seed 0.
    pub fn new() -> Self {
        Self::default()
    }

    ftrl_setters!(solver);

    /// A model that has seen no row: it predicts 0. Errors: parameters, no columns.
    pub fn start(&self, schema: &Schema) -> Result<FtrlRegressorModel> {
        self.check().finish()?;
        Ok(FtrlRegressorModel::new(schema, self.solver.start(schema, 1)?))
    }

    fn check(&self) -> Check {
        self.solver.check(NAME)
    }
}

impl Regressor for FtrlRegressor {
    type Model = FtrlRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<FtrlRegressorModel> {
        self.check().finish()?;
        let (samples, target) = (data.samples(), FtrlTarget::Values(data.target()));
        let state = self.solver.fit(NAME, samples, target, samples.weights(), progress)?;
        Ok(FtrlRegressorModel::new(samples.schema(), state))
    }
}
