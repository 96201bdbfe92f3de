//! Intermittent demand: series that are mostly zero.

mod model;
#[cfg(test)]
mod tests;

pub use model::CrostonModel;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Forecaster, Result, Series};

/// Croston's method and its successors: how much is wanted when something is wanted, and how often that is.
///
/// Both are smoothed exponentially, each over the times at which it is known, from the first one on. The forecast is the same at
/// every step. Its intervals take the errors of one step for those of every step; demand that is mostly zero has no symmetric
/// errors, so conformal intervals fit it better.
///
/// Errors: parameters out of range, missing or negative values. Time and memory O(n), times 100 where a factor is searched.
///
/// Sources: J. Croston, Operational Research Quarterly 23 (1972); A. Syntetos, J. Boylan, International Journal of Forecasting 21
/// (2005); R. Teunter, A. Syntetos, M. Babai, European Journal of Operational Research 214 (2011).
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::Croston;
///
/// let demand = [0.0, 0.0, 6.0, 0.0, 0.0, 6.0, 0.0, 0.0, 6.0];
/// let model = Croston::new().fit(&Series::new(&demand)?)?;
/// assert_eq!(model.forecast(&Horizon::new(1)?)?.mean, [2.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Croston {
    variant: CrostonVariant,
    alpha_demand: Option<f64>,
    alpha_occurrence: Option<f64>,
}

/// How the size and the frequency of demand make a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CrostonVariant {
    /// Size over interval.
    #[default]
    Classic,
    /// The same, less the bias that smoothing an interval has: Syntetos and Boylan.
    Sba,
    /// Size times probability, which falls while nothing is wanted: Teunter, Syntetos and Babai.
    Tsb,
}

impl Default for Croston {
    fn default() -> Self {
        Self { variant: CrostonVariant::default(), alpha_demand: Some(0.1), alpha_occurrence: Some(0.1) }
    }
}

impl Croston {
    /// The classic method with smoothing factors of 0.1.
    pub fn new() -> Self {
        Self::default()
    }

    /// How size and frequency make a forecast.
    pub fn variant(mut self, variant: CrostonVariant) -> Self {
        self.variant = variant;
        self
    }

    /// Share of the newest size in the smoothed one; `None` for the one between 0.1 and 0.3 of the least squared errors.
    pub fn alpha_demand(mut self, alpha: impl Into<Option<f64>>) -> Self {
        self.alpha_demand = alpha.into();
        self
    }

    /// Share of the newest interval (or of whether something was wanted) in the smoothed one; `None` as for the size.
    pub fn alpha_occurrence(mut self, alpha: impl Into<Option<f64>>) -> Self {
        self.alpha_occurrence = alpha.into();
        self
    }
}

impl Forecaster for Croston {
    type Model = CrostonModel;

    fn fit(&self, series: &Series<'_>) -> Result<CrostonModel> {
        let range = |check: Check, name: &str, alpha: Option<f64>| match alpha {
            Some(alpha) => check.range(name, alpha, 0.0..=1.0),
            None => check,
        };
        let check = range(Check::of("Croston"), "alpha_demand", self.alpha_demand);
        range(check, "alpha_occurrence", self.alpha_occurrence).finish()?;
        CrostonModel::new(series, self.variant, self.alpha_demand, self.alpha_occurrence)
    }
}
