//! The losses of gradient boosting, by name.

use crm_ml_core::{Check, Result};
use crm_ml_trees::{Absolute, Gamma, Huber, Objective, Poisson, Quantile, Squared, mean_of_log};
use serde::{Deserialize, Serialize};

/// What gradient boosting minimises, under scikit-learn's names.
///
/// The losses of absolute residuals (absolute error, Huber, quantile) are hardly moved by a few wild targets. Those of a positive
/// mean (Poisson, gamma) predict `exp(margin)`, so columns multiply each other's effects.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RegressionLoss {
    /// Half the squared error: the mean.
    #[default]
    SquaredError,
    /// The absolute error: the median.
    AbsoluteError,
    /// Squared error up to a residual of `delta`, linear beyond it. `delta` is in the unit of the target and stays as it is (as
    /// LightGBM's `alpha`; scikit-learn's `GradientBoostingRegressor` sets it anew every round to a quantile of the residuals, so
    /// that losses of two rounds cannot be compared).
    Huber {
        /// Where the parabola ends, above 0.
        delta: f64,
    },
    /// The pinball loss: a quantile.
    Quantile {
        /// Which, above 0 and below 1.
        quantile: f64,
    },
    /// Half the Poisson deviance, for counts; targets of at least 0, one of them above 0.
    Poisson,
    /// Half the gamma deviance, for amounts; targets above 0.
    Gamma,
}

impl RegressionLoss {
    pub(super) fn check(self, check: Check) -> Check {
        match self {
            Self::Huber { delta } => check.positive("delta", delta),
            Self::Quantile { quantile } => {
                let holds = quantile > 0.0 && quantile < 1.0;
                check.rule("quantile", quantile, holds, "above 0 and below 1")
            }
            _ => check,
        }
    }

    /// The loss of these targets. Errors: a target that the loss does not allow.
    pub(super) fn objective(self, target: &[f64]) -> Result<Box<dyn Objective + '_>> {
        Ok(match self {
            Self::SquaredError => Box::new(Squared::new(target)),
            Self::AbsoluteError => Box::new(Absolute::new(target)),
            Self::Huber { delta } => Box::new(Huber::new(target, delta)?),
            Self::Quantile { quantile } => Box::new(Quantile::new(target, quantile)?),
            Self::Poisson => Box::new(Poisson::new(target)?),
            Self::Gamma => Box::new(Gamma::new(target)?),
        })
    }

    /// As [`Self::objective`] for rows on which nothing is learned.
    pub(super) fn validation(self, target: &[f64]) -> Result<Box<dyn Objective + '_>> {
        match self {
            Self::Poisson => Ok(Box::new(Poisson::for_validation(target)?)),
            _ => self.objective(target),
        }
    }

    /// The prediction of a margin.
    pub(crate) fn prediction(self, margin: f64) -> f64 {
        match self {
            Self::Poisson | Self::Gamma => mean_of_log(margin),
            _ => margin,
        }
    }
}
