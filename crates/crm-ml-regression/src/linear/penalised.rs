//! Lasso and elastic net.

use crm_ml_core::{Progress, Regressor, Result, Targeted};
use crm_ml_linear::Family;
use serde::{Deserialize, Serialize};

use super::LinearModel;
use super::plan::{Plan, plan_setters};

const TOL: f64 = 1e-8;
const SWEEPS: usize = 10_000;

/// Least squares with a penalty on the coefficients' magnitudes, of which many become 0: minimises
/// `sum of weighted squared errors / (2 n) + alpha |coefficients|`, n the total weight, the intercept free, as scikit-learn does.
///
/// Coordinate descent on the columns' products; it ends when the duality gap is at most `tol` times the mean squared (centred)
/// target: scikit-learn's rule, with 1e-8 in place of its 1e-4. Every level of a category has a coefficient; missing categories are
/// a level of their own, unseen ones have 0. Missing real values are refused; weights count as repeated rows.
///
/// ```
/// use crm_ml_core::{Regressor, Samples, Targeted};
/// use crm_ml_regression::Lasso;
/// use ndarray::array;
///
/// let x = array![[-1.0, 0.3], [0.0, -0.6], [1.0, 0.3]];
/// let data = Targeted::new(Samples::new(&x)?, &array![-2.0, 0.0, 2.0])?;
/// let model = Lasso::new().alpha(0.5).fit(&data)?;
/// // The first column's covariance 4/3 is shrunk by 1/2, its variance is 2/3.
/// assert!((model.coefficients()[0] - 1.25).abs() < 1e-6 && model.coefficients()[1] == 0.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lasso {
    alpha: f64,
    plan: Plan,
}

/// Least squares with both penalties: minimises
/// `sum of weighted squared errors / (2 n) + alpha l1_ratio |coefficients| + alpha (1 - l1_ratio) |coefficients|^2 / 2`, otherwise
/// as [`Lasso`].
///
/// ```
/// use crm_ml_core::{Regressor, Samples, Targeted};
/// use crm_ml_regression::ElasticNet;
/// use ndarray::array;
///
/// let x = array![[-1.0], [0.0], [1.0]];
/// let data = Targeted::new(Samples::new(&x)?, &array![-2.0, 0.0, 2.0])?;
/// let model = ElasticNet::new().alpha(1.0).l1_ratio(0.5).fit(&data)?;
/// assert!((model.coefficients()[0] - (4.0 / 3.0 - 0.5) / (2.0 / 3.0 + 0.5)).abs() < 1e-6);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElasticNet {
    alpha: f64,
    l1_ratio: f64,
    plan: Plan,
}

impl Default for Lasso {
    fn default() -> Self {
        Self { alpha: 1.0, plan: Plan::new(TOL, SWEEPS) }
    }
}

impl Lasso {
    /// `alpha` 1, `tol` 1e-8, at most 10,000 sweeps, with intercept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Strength of the penalty, at least 0.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    plan_setters!(plan);
    plan_setters!(plan, iterative);
}

impl Regressor for Lasso {
    type Model = LinearModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearModel> {
        const NAME: &str = "Lasso";
        let check = self.plan.check(NAME, Family::Gaussian, true, true);
        check.range("alpha", self.alpha, 0.0..).finish()?;
        self.plan.lasso(NAME, (self.alpha, 1.0), data, progress)
    }
}

impl Default for ElasticNet {
    fn default() -> Self {
        Self { alpha: 1.0, l1_ratio: 0.5, plan: Plan::new(TOL, SWEEPS) }
    }
}

impl ElasticNet {
    /// `alpha` 1, `l1_ratio` 0.5, `tol` 1e-8, at most 10,000 sweeps, with intercept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Strength of the penalty, at least 0.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// Share of the L1 penalty, 0 to 1.
    pub fn l1_ratio(mut self, l1_ratio: f64) -> Self {
        self.l1_ratio = l1_ratio;
        self
    }

    plan_setters!(plan);
    plan_setters!(plan, iterative);
}

impl Regressor for ElasticNet {
    type Model = LinearModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearModel> {
        const NAME: &str = "ElasticNet";
        let check = self.plan.check(NAME, Family::Gaussian, true, true);
        check.range("alpha", self.alpha, 0.0..).range("l1_ratio", self.l1_ratio, 0.0..=1.0).finish()?;
        self.plan.lasso(NAME, (self.alpha, self.l1_ratio), data, progress)
    }
}
