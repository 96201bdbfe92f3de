//! Linear regression on a trend that may bend, waves and regressors.

mod design;
mod fit;
mod model;
#[cfg(test)]
mod tests;

pub use model::TrendRegressionModel;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Forecaster, Result, Series};

/// A regression on time: a trend, waves of any periods, and the regressors of the series.
///
/// The trend is a level, a line, or a line that bends at many evenly spaced points. Bends are small unless the values ask for
/// them: they are a random effect, whose variance maximises the likelihood (restricted: levels, waves and regressors have none).
/// Bends to come are expected to be none, and as likely and large as those before, which widens the intervals. In the spirit of S.
/// Taylor, B. Letham, "Forecasting at Scale", The American Statistician 72 (2018), with a normal prior in place of Laplace's, so that
/// the fit is exact and intervals need no simulation.
///
/// Missing values are left out. With `logarithm` the parts multiply; forecasts are then medians. Errors: parameters out of range,
/// fewer values than unpenalised columns and two, values of at most 0 with `logarithm`. Time O(n p^2), memory O(n p).
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::{Trend, TrendRegression};
///
/// let values: Vec<f64> = (0..48).map(|t| 3.0 * t as f64 + [0.0, 8.0, 1.0, -9.0][t % 4]).collect();
/// let model = TrendRegression::new(Trend::Linear).season(4, 2).fit(&Series::new(&values)?)?;
/// assert!((model.forecast(&Horizon::new(2)?)?.mean[1] - (3.0 * 49.0 + 8.0)).abs() < 1e-9);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrendRegression {
    trend: Trend,
    seasons: Vec<Season>,
    logarithm: bool,
}

/// How the level moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Trend {
    /// Not at all.
    Flat,
    /// Along a line.
    Linear,
    /// Along a line that may bend at `changepoints` places, evenly spread over the first `range` of the values.
    Piecewise {
        /// Places.
        changepoints: usize,
        /// Share of the values, above 0 and at most 1.
        range: f64,
    },
}

impl Trend {
    /// 25 places in the first 80 % of the values, Prophet's choice.
    pub const PIECEWISE: Self = Self::Piecewise { changepoints: 25, range: 0.8 };
}

/// Waves of a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Season {
    /// In values, not necessarily whole.
    period: f64,
    /// Pairs of sine and cosine.
    order: usize,
}

impl TrendRegression {
    /// A trend without waves.
    pub fn new(trend: Trend) -> Self {
        Self { trend, seasons: Vec::new(), logarithm: false }
    }

    /// Adds waves of a period of so many values, for example 12 or 365.25: `order` pairs of sine and cosine. Half the period
    /// of pairs fits any season; fewer a smooth one.
    pub fn season(mut self, period: impl Into<f64>, order: usize) -> Self {
        self.seasons.push(Season { period: period.into(), order });
        self
    }

    /// Whether the logarithm is regressed, so that parts multiply.
    pub fn logarithm(mut self, logarithm: bool) -> Self {
        self.logarithm = logarithm;
        self
    }

    fn check(&self) -> Result<()> {
        let mut check = Check::of("TrendRegression");
        if let Trend::Piecewise { changepoints, range } = self.trend {
            check = check.between("changepoints", changepoints, 1, 1000).share("range", range);
        }
        for season in &self.seasons {
            check = check.range("period", season.period, 2.0..=1e6).between("order", season.order, 1, 500);
        }
        check.finish()
    }
}

impl Forecaster for TrendRegression {
    type Model = TrendRegressionModel;

    fn fit(&self, series: &Series<'_>) -> Result<TrendRegressionModel> {
        self.check()?;
        fit::fit(self, series)
    }
}
