//! Ordinary least squares and ridge regression.

use crm_ml_core::{Progress, Regressor, Result, Targeted};
use crm_ml_linear::Family;
use serde::{Deserialize, Serialize};

use super::LinearModel;
use super::plan::{Plan, plan_setters};

/// The gradient of a quadratic problem after its steps is rounding: this asks for what can be had.
const TOL: f64 = 1e-14;
const STEPS: usize = 1000;

/// Ordinary least squares: minimises the weighted sum of squared errors.
///
/// One structured product of the columns and its Cholesky factor, then steps that remove rounding: O(n p^2 / 2) time, no copy of
/// the matrix. Collinear columns share what they tell: the solution of least norm of the standardised columns, with a note in
/// the report; so it is with fewer rows than columns. Constant columns get 0.
///
/// Category columns enter as they are, each level told against the first (whose coefficient is 0); a missing category is a level
/// of its own, one not seen in training counts as the first level. Missing real values are refused. Weights count as repeated
/// rows. With [`inference`](LinearRegression::inference) the model tells standard errors, t, p and intervals. Bounds and
/// `positive` (nonnegative least squares) go by coordinate descent.
///
/// ```
/// use crm_ml_core::{Regressor, RegressorModel, Samples, Targeted};
/// use crm_ml_regression::LinearRegression;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let data = Targeted::new(Samples::new(&x)?, &array![1.0, 3.1, 4.9, 7.0])?;
/// let model = LinearRegression::new().inference(true).fit(&data)?;
/// assert!((model.coefficients()[0] - 1.98).abs() < 1e-12 && (model.intercept() - 1.03).abs() < 1e-12);
/// let summary = model.summary().unwrap();
/// assert!((summary.standard_errors()[1].unwrap() - 0.0424264).abs() < 1e-6);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearRegression {
    plan: Plan,
}

/// Least squares with a penalty on squared coefficients: minimises `sum of weighted squared errors + alpha |coefficients|^2`, the
/// intercept free, as scikit-learn does.
///
/// As [`LinearRegression`], but every level of a category has a coefficient of its own (and one not seen in training has 0).
///
/// ```
/// use crm_ml_core::{Regressor, Samples, Targeted};
/// use crm_ml_regression::Ridge;
/// use ndarray::array;
///
/// let x = array![[-1.0], [0.0], [1.0]];
/// let data = Targeted::new(Samples::new(&x)?, &array![-2.0, 0.0, 2.0])?;
/// let model = Ridge::new().alpha(2.0).fit(&data)?;
/// assert!((model.coefficients()[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ridge {
    alpha: f64,
    plan: Plan,
}

impl Default for LinearRegression {
    fn default() -> Self {
        Self { plan: Plan::new(TOL, STEPS) }
    }
}

impl LinearRegression {
    /// With intercept, without bounds.
    pub fn new() -> Self {
        Self::default()
    }

    plan_setters!(plan);
    plan_setters!(plan, bounded);
}

impl Regressor for LinearRegression {
    type Model = LinearModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearModel> {
        const NAME: &str = "LinearRegression";
        self.plan.check(NAME, Family::Gaussian, false, false).finish()?;
        self.plan.fit(NAME, Family::Gaussian, (0.0, 0.0), data, progress)
    }
}

impl Default for Ridge {
    fn default() -> Self {
        Self { alpha: 1.0, plan: Plan::new(TOL, STEPS) }
    }
}

impl Ridge {
    /// `alpha` 1, with intercept, without bounds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Strength of the penalty, at least 0.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    plan_setters!(plan);
    plan_setters!(plan, bounded);
}

impl Regressor for Ridge {
    type Model = LinearModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearModel> {
        const NAME: &str = "Ridge";
        let check = self.plan.check(NAME, Family::Gaussian, self.alpha > 0.0, false);
        check.range("alpha", self.alpha, 0.0..).finish()?;
        let l2 = self.alpha / data.samples().total_weight();
        self.plan.fit(NAME, Family::Gaussian, (0.0, l2), data, progress)
    }
}
