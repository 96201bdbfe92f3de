//! Generalised linear regressors of counts and of positive amounts.

use crm_ml_core::{Progress, Regressor, Result, Targeted};
use crm_ml_linear::Family;
use serde::{Deserialize, Serialize};

use super::LinearModel;
use super::plan::{Plan, plan_setters};

const TOL: f64 = 1e-6;
const STEPS: usize = 100;

/// Defines a regressor with a penalty beside half the mean deviance.
macro_rules! glm {
    ($(#[$docs:meta])* $name:ident, $family:expr $(, $power:ident)?) => {
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            alpha: f64,
            l1_ratio: f64,
            $($power: f64,)?
            plan: Plan,
        }

        impl $name {
            /// Strength of the penalty `alpha (l1_ratio |coefficients| + (1 - l1_ratio) |coefficients|^2 / 2)` beside half the
            /// mean deviance, at least 0 (1 where nothing is said, as in scikit-learn).
            pub fn alpha(mut self, alpha: f64) -> Self {
                self.alpha = alpha;
                self
            }

            /// Share of the L1 penalty, 0 (where nothing is said) to 1.
            pub fn l1_ratio(mut self, l1_ratio: f64) -> Self {
                self.l1_ratio = l1_ratio;
                self
            }

            /// A real column above 0 whose logarithm is added to the margin, in training and in predicting: how long or how much a
            /// row was exposed.
            pub fn exposure(mut self, column: impl Into<String>) -> Self {
                self.plan.exposure = Some(column.into());
                self
            }

            plan_setters!(plan);
            plan_setters!(plan, iterative);
            plan_setters!(plan, bounded);
        }

        impl Regressor for $name {
            type Model = LinearModel;

            fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<LinearModel> {
                const NAME: &str = stringify!($name);
                let family: Family = $family(self);
                let power = match family {
                    Family::Tweedie { power } => power,
                    _ => 1.0,
                };
                let l1 = self.alpha * self.l1_ratio;
                self.plan
                    .check(NAME, family, self.alpha > 0.0, l1 > 0.0)
                    .range("alpha", self.alpha, 0.0..)
                    .range("l1_ratio", self.l1_ratio, 0.0..=1.0)
                    .range("power", power, 1.0..=3.0)
                    .finish()?;
                self.plan.fit(NAME, family, (l1, self.alpha * (1.0 - self.l1_ratio)), data, progress)
            }
        }
    };
}

glm! {
    /// Counts (or rates) of at least 0 whose mean is e^margin and whose variance is their mean: log-linear Poisson regression.
    ///
    /// Minimises half the mean deviance plus the penalty by Newton's steps on a structured Hessian (coordinate descent with an L1
    /// penalty or bounds) until the largest gradient entry is at most `tol` (1e-6). Results equal scikit-learn's at a tight
    /// `tol`; without penalty R's and statsmodels'. Category columns enter as they are; a missing category is a level of its own,
    /// an unseen one counts 0 (without penalty: as the first level). Missing real values and negative targets are refused; weights
    /// count as repeated rows.
    ///
    /// ```
    /// use crm_ml_core::{Column, Regressor, RegressorModel, Samples, Schema, Targeted};
    /// use crm_ml_regression::PoissonRegressor;
    /// use ndarray::array;
    ///
    /// // Support tickets by plan, of customers observed for 1 to 12 months: half a ticket a month, and two.
    /// let schema = Schema::new(vec![Column::category("plan", vec!["team".into(), "pro".into()]), Column::real("months")])?;
    /// let x = array![[0.0, 12.0], [0.0, 2.0], [1.0, 1.0], [1.0, 6.0]];
    /// let data = Targeted::new(Samples::new(&x)?.with_schema(&schema)?, &array![6.0, 1.0, 2.0, 12.0])?;
    /// let model = PoissonRegressor::new().alpha(0.0).exposure("months").fit(&data)?;
    /// assert!((model.coefficients()[1] - 4f64.ln()).abs() < 1e-5);
    /// assert!((model.predict(data.samples())?[0] - 6.0).abs() < 1e-5);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    PoissonRegressor, |_: &PoissonRegressor| Family::Poisson
}

glm! {
    /// Amounts above 0 whose mean is e^margin and whose standard deviation is in proportion to it: gamma regression. Otherwise as
    /// [`PoissonRegressor`].
    ///
    /// ```
    /// use crm_ml_core::{Regressor, Samples, Targeted};
    /// use crm_ml_regression::GammaRegressor;
    /// use ndarray::array;
    ///
    /// let x = array![[0.0], [0.0], [1.0], [1.0]];
    /// let data = Targeted::new(Samples::new(&x)?, &array![1.0, 3.0, 10.0, 30.0])?;
    /// let model = GammaRegressor::new().alpha(0.0).fit(&data)?;
    /// assert!((model.coefficients()[0] - 10f64.ln()).abs() < 1e-5);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    GammaRegressor, |_: &GammaRegressor| Family::Gamma
}

glm! {
    /// Amounts whose variance grows as their mean e^margin to a power from 1 (Poisson) over 2 (gamma) to 3 (inverse Gaussian);
    /// between 1 and 2 many may be 0, as with revenue or claims. Power 0 is least squares on the margin itself. Otherwise as
    /// [`PoissonRegressor`].
    ///
    /// ```
    /// use crm_ml_core::{Regressor, Samples, Targeted};
    /// use crm_ml_regression::TweedieRegressor;
    /// use ndarray::array;
    ///
    /// let x = array![[0.0], [0.0], [1.0], [1.0]];
    /// let data = Targeted::new(Samples::new(&x)?, &array![0.0, 4.0, 0.0, 20.0])?;
    /// let model = TweedieRegressor::new().power(1.5).alpha(0.0).fit(&data)?;
    /// assert!((model.coefficients()[0] - 5f64.ln()).abs() < 1e-5);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    TweedieRegressor, |own: &TweedieRegressor| {
        if own.power == 0.0 { Family::Gaussian } else { Family::Tweedie { power: own.power } }
    }, power
}

impl Default for PoissonRegressor {
    fn default() -> Self {
        Self { alpha: 1.0, l1_ratio: 0.0, plan: Plan::new(TOL, STEPS) }
    }
}

impl PoissonRegressor {
    /// `alpha` 1 (all L2), `tol` 1e-6, at most 100 steps, with intercept.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Default for GammaRegressor {
    fn default() -> Self {
        Self { alpha: 1.0, l1_ratio: 0.0, plan: Plan::new(TOL, STEPS) }
    }
}

impl GammaRegressor {
    /// `alpha` 1 (all L2), `tol` 1e-6, at most 100 steps, with intercept.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Default for TweedieRegressor {
    fn default() -> Self {
        Self { alpha: 1.0, l1_ratio: 0.0, power: 1.5, plan: Plan::new(TOL, STEPS) }
    }
}

impl TweedieRegressor {
    /// Power 1.5 (scikit-learn's default is 0), `alpha` 1 (all L2), `tol` 1e-6, at most 100 steps, with intercept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Power of the variance: 0, or from 1 to 3.
    pub fn power(mut self, power: f64) -> Self {
        self.power = power;
        self
    }
}
