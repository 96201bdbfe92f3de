//! Seasonal autoregressive integrated moving averages.

mod fit;
mod gaps;
mod likelihood;
mod model;
mod polynomial;
mod search;
#[cfg(test)]
mod tests;

pub use model::{ArimaCoefficients, ArimaModel};
pub(crate) use polynomial::{difference, differencing};

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Forecaster, Result, Series};

/// ARIMA(p, d, q)(P, D, Q)m, with regressors if the series has any.
///
/// Values, `d` times differenced and `D` times over seasons of `m`, follow an autoregression with `p` and `P` seasonal lags whose
/// errors are a moving average with `q` and `Q` seasonal lags. Regressors and the constant (a mean, or a drift where the
/// series is differenced once) are fitted beside them: the rest of the series is what the process describes.
///
/// The likelihood is exact, that of the differenced values, as R's diffuse Kalman filter gives it; the constant and the
/// regressors are solved for inside it, and the optimiser sees the lags alone, kept stationary and invertible by their partial
/// autocorrelations. It starts from the conditional sum of squares.
///
/// Missing values are passed over by a Kalman filter: the likelihood is that of the values there are, with a diffuse start before
/// differencing, so that a gap costs one value, not all the differences it is in. It is used where there are gaps only, whatever the
/// [`method`](Self::method).
///
/// Errors: parameters out of range, too few values, collinear regressors. Time O(n s^2) an evaluation, with `s` the longest lag (of
/// the differences too where there are gaps); memory O(n s).
///
/// Sources: G. Box, G. Jenkins, Time Series Analysis (1970); P. Brockwell, R. Davis, Time Series: Theory and Methods, 2nd edition,
/// chapters 5, 8 and 9. Differs from R's `arima` in that moving averages are always invertible, and fitted values before the
/// first differenced one are missing.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::Arima;
///
/// let values: Vec<f64> = (0..40).map(|t| 10.0 + (t as f64 * 0.7).sin() + 0.5 * t as f64).collect();
/// let model = Arima::new(2, 1, 0).include_constant(true).fit(&Series::new(&values)?)?;
/// let forecast = model.forecast(&Horizon::new(2)?)?;
/// assert!((forecast.mean[0] - (10.0 + (40.0f64 * 0.7).sin() + 20.0)).abs() < 0.1);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arima {
    order: Order,
    include_constant: Option<bool>,
    method: ArimaMethod,
    max_iter: usize,
}

/// Numbers of lags and differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) p: usize,
    pub(crate) d: usize,
    pub(crate) q: usize,
    pub(crate) seasonal_p: usize,
    pub(crate) seasonal_d: usize,
    pub(crate) seasonal_q: usize,
    pub(crate) season_length: usize,
}

/// What is optimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ArimaMethod {
    /// The exact likelihood, from where the conditional sum of squares ends.
    #[default]
    CssMl,
    /// The exact likelihood, from no lags at all.
    Ml,
    /// The conditional sum of squares: errors before the first are taken as 0. Faster, worse for short series.
    Css,
}

/// The longest lag: beyond it a fit would take hours.
const MOST_LAGS: usize = 1000;
/// Values of the longest season.
const MOST_SEASON: usize = 1_000_000;
const MOST_SEASON_IN_WORDS: &str = "at most 1000000";
/// The most differences of one kind.
const MOST_DIFFERENCES: usize = 3;

impl Arima {
    /// Lags of the autoregression, differences, lags of the moving average.
    pub fn new(p: usize, d: usize, q: usize) -> Self {
        let order = Order { p, d, q, seasonal_p: 0, seasonal_d: 0, seasonal_q: 0, season_length: 1 };
        Self { order, include_constant: None, method: ArimaMethod::default(), max_iter: 100 }
    }

    /// Lags and differences over seasons of `season_length` values.
    pub fn seasonal(mut self, p: usize, d: usize, q: usize, season_length: usize) -> Self {
        self.order = Order { seasonal_p: p, seasonal_d: d, seasonal_q: q, season_length, ..self.order };
        self
    }

    /// A mean, or a drift where the series is differenced once. Without this call: a mean where it is not differenced.
    pub fn include_constant(mut self, include: bool) -> Self {
        self.include_constant = Some(include);
        self
    }

    /// What is optimised.
    pub fn method(mut self, method: ArimaMethod) -> Self {
        self.method = method;
        self
    }

    /// The most steps of the optimiser.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    pub(crate) fn of_order(order: Order, constant: bool, method: ArimaMethod) -> Self {
        Self { order, include_constant: Some(constant), method, max_iter: 100 }
    }

    fn check(&self) -> Result<()> {
        let o = &self.order;
        let seasonal = o.seasonal_p > 0 || o.seasonal_d > 0 || o.seasonal_q > 0;
        let lags = |plain: usize, season: usize| plain.saturating_add(season.saturating_mul(o.season_length));
        let differences = o.d.saturating_add(o.seasonal_d);
        Check::of("Arima")
            .between("p", lags(o.p, o.seasonal_p), 0, MOST_LAGS)
            .between("q", lags(o.q, o.seasonal_q), 0, MOST_LAGS)
            .between("d", o.d, 0, MOST_DIFFERENCES)
            .between("seasonal d", o.seasonal_d, 0, MOST_DIFFERENCES)
            .at_least("season_length", o.season_length, if seasonal { 2 } else { 1 })
            .rule("season_length", o.season_length, o.season_length <= MOST_SEASON, MOST_SEASON_IN_WORDS)
            .rule(
                "include_constant",
                true,
                self.include_constant != Some(true) || differences <= 1,
                "false where the series is differenced more than once",
            )
            .at_least("max_iter", self.max_iter, 1)
            .finish()
    }
}

impl Order {
    /// Whether a constant is fitted where nothing else is said.
    fn constant(&self) -> bool {
        self.d + self.seasonal_d == 0
    }

    /// Values that differencing takes away.
    fn lost(&self) -> usize {
        self.d.saturating_add(self.seasonal_d.saturating_mul(self.season_length))
    }
}

impl Forecaster for Arima {
    type Model = ArimaModel;

    fn fit(&self, series: &Series<'_>) -> Result<ArimaModel> {
        self.check()?;
        let constant = self.include_constant.unwrap_or_else(|| self.order.constant());
        fit::fit(series, self.order, constant, self.method, self.max_iter)
    }
}
