//! The choice of an ARIMA's order.

mod search;
mod stationarity;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Forecaster, Result, Series};

use crate::arima::{Arima, ArimaMethod, ArimaModel, Order, difference, differencing};
use crate::criterion::InformationCriterion;
use search::{Candidate, Search};
use stationarity::{constant, filled, plain_differences, seasonal_differences};

/// ARIMA with an order of its own choice.
///
/// Seasonal differences are taken while the season is strong (more than 0.64 of the detrended variance, by STL), plain ones
/// while the KPSS test refuses a constant level; then lags are added and taken away while that lowers the criterion (or all are
/// tried). Autoregressions with roots within 1 % of the unit circle are passed over. Moving averages are not, as R does: the
/// exact likelihood needs no invertibility, and on the M3 series passing them over makes forecasts worse.
///
/// Source: R. Hyndman, Y. Khandakar, "Automatic Time Series Forecasting: The forecast Package for R", Journal of Statistical Software
/// 27 (2008), with the starts, bounds and steps of R's `auto.arima`. Where the likelihood is approximated, the criterion is that
/// of the exact likelihood at the lags that the conditional sum of squares finds.
///
/// Missing values are passed over, as [`Arima`] does; for the tests of differences alone they are drawn in between their neighbours of
/// the same season (R does so for the season, and leaves them out of the KPSS test).
///
/// Errors: parameters out of range, fewer than three values. Some dozens of [`Arima`] fits; with gaps none is approximated.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::AutoArima;
///
/// let values: Vec<f64> = (0..60).map(|t| t as f64 + [0.0, 9.0, -3.0, 4.0][t % 4] + ((t * 7) % 5) as f64).collect();
/// let model = AutoArima::new(4).fit(&Series::new(&values)?)?;
/// assert!(model.name().starts_with("ARIMA("));
/// assert_eq!(model.forecast(&Horizon::new(8)?)?.mean.len(), 8);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutoArima {
    season_length: usize,
    d: Option<usize>,
    seasonal_d: Option<usize>,
    max_p: usize,
    max_q: usize,
    max_seasonal_p: usize,
    max_seasonal_q: usize,
    max_order: usize,
    max_d: usize,
    max_seasonal_d: usize,
    criterion: InformationCriterion,
    stepwise: bool,
    approximation: Option<bool>,
    allow_constant: bool,
    n_models: usize,
}

impl AutoArima {
    /// Values of the longest season.
    pub const MOST_SEASON: usize = 350;

    /// For seasons of `season_length` values; 1 for none.
    pub fn new(season_length: usize) -> Self {
        Self {
            season_length,
            d: None,
            seasonal_d: None,
            max_p: 5,
            max_q: 5,
            max_seasonal_p: 2,
            max_seasonal_q: 2,
            max_order: 5,
            max_d: 2,
            max_seasonal_d: 1,
            criterion: InformationCriterion::Aicc,
            stepwise: true,
            approximation: None,
            allow_constant: true,
            n_models: 94,
        }
    }

    /// Plain differences, not to be tested for.
    pub fn d(mut self, differences: usize) -> Self {
        self.d = Some(differences);
        self
    }

    /// Seasonal differences, not to be tested for.
    pub fn seasonal_d(mut self, differences: usize) -> Self {
        self.seasonal_d = Some(differences);
        self
    }

    /// The most lags of the autoregression and the moving average.
    pub fn max_lags(mut self, p: usize, q: usize) -> Self {
        (self.max_p, self.max_q) = (p, q);
        self
    }

    /// The most seasonal lags of the autoregression and the moving average.
    pub fn max_seasonal_lags(mut self, p: usize, q: usize) -> Self {
        (self.max_seasonal_p, self.max_seasonal_q) = (p, q);
        self
    }

    /// The most lags together where all orders are tried.
    pub fn max_order(mut self, lags: usize) -> Self {
        self.max_order = lags;
        self
    }

    /// The most plain and seasonal differences that tests may ask for.
    pub fn max_differences(mut self, plain: usize, seasonal: usize) -> Self {
        (self.max_d, self.max_seasonal_d) = (plain, seasonal);
        self
    }

    /// By which criterion orders are compared.
    pub fn criterion(mut self, criterion: InformationCriterion) -> Self {
        self.criterion = criterion;
        self
    }

    /// Whether to go from order to order, or try all.
    pub fn stepwise(mut self, stepwise: bool) -> Self {
        self.stepwise = stepwise;
        self
    }

    /// Whether orders are compared at the lags that the conditional sum of squares finds. Where not set: for more than 150 values
    /// or seasons of more than 12.
    pub fn approximation(mut self, approximation: bool) -> Self {
        self.approximation = Some(approximation);
        self
    }

    /// Whether a mean or a drift may be chosen.
    pub fn allow_constant(mut self, allow: bool) -> Self {
        self.allow_constant = allow;
        self
    }

    /// The most models of a stepwise search.
    pub fn n_models(mut self, models: usize) -> Self {
        self.n_models = models;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of("AutoArima")
            .between("season_length", self.season_length, 1, Self::MOST_SEASON)
            .between("d", self.d.unwrap_or(0), 0, 2)
            .between("seasonal_d", self.seasonal_d.unwrap_or(0), 0, 2)
            .between("max_p", self.max_p, 0, 20)
            .between("max_q", self.max_q, 0, 20)
            .between("max_seasonal_p", self.max_seasonal_p, 0, 2)
            .between("max_seasonal_q", self.max_seasonal_q, 0, 2)
            .between("max_d", self.max_d, 0, 2)
            .between("max_seasonal_d", self.max_seasonal_d, 0, 2)
            .at_least("n_models", self.n_models, 1)
            .finish()
    }

    /// Differences, and whether nothing is left to explain after them.
    fn differences(&self, values: &[f64]) -> (usize, usize, bool) {
        let season = self.season_length;
        let seasonal_d = match self.seasonal_d {
            _ if season == 1 => 0,
            Some(given) => given,
            None => seasonal_differences(values, season, self.max_seasonal_d),
        };
        let values = difference(values, &differencing(0, seasonal_d, season));
        let d = self.d.unwrap_or_else(|| plain_differences(&values, self.max_d));
        let values = difference(&values, &differencing(d, 0, 1));
        (d, seasonal_d, constant(&values))
    }

    fn bounds(&self, n: usize) -> [usize; 4] {
        let season = self.season_length;
        let (third, seasons) = (n / 3, n / 3 / season);
        if season == 1 {
            return [self.max_p.min(third), self.max_q.min(third), 0, 0];
        }
        let (p, q) = (self.max_seasonal_p.min(seasons), self.max_seasonal_q.min(seasons));
        // A plain lag as long as a season would be there twice.
        let below = |most: usize, seasonal: usize| if seasonal > 0 { most.min(season - 1) } else { most };
        [below(self.max_p.min(third), p), below(self.max_q.min(third), q), p, q]
    }
}

impl Forecaster for AutoArima {
    type Model = ArimaModel;

    fn fit(&self, series: &Series<'_>) -> Result<ArimaModel> {
        self.check()?;
        let known = series.values().iter().filter(|value| !value.is_nan()).count();
        if known < 3 {
            let problem = format!("AutoArima needs 3 values that are not missing, it has {known}");
            return Err(series.error("", problem));
        }
        // The differences are those of what regressors do not explain.
        let left = match series.regressors() {
            None => series.values().to_vec(),
            Some(_) => Arima::new(0, 0, 0).fit(series)?.unexplained().to_vec(),
        };
        let left = filled(&left, self.season_length);
        let (d, seasonal_d, flat) = self.differences(&left);
        let season_length = self.season_length;
        let none = Order { p: 0, d, q: 0, seasonal_p: 0, seasonal_d, seasonal_q: 0, season_length };
        let may_shift = self.allow_constant && d + seasonal_d <= 1;
        if flat {
            return Arima::of_order(none, may_shift, ArimaMethod::CssMl).fit(series);
        }
        let n = known;
        let approximate =
            self.approximation.unwrap_or(n > 150 || season_length > 12) && known == series.len();
        let search = Search {
            series,
            criterion: if n <= 3 { InformationCriterion::Aic } else { self.criterion },
            method: if approximate { ArimaMethod::Css } else { ArimaMethod::CssMl },
            bounds: self.bounds(n),
            may_shift,
        };
        let mut tried: Vec<Candidate> = match self.stepwise {
            true => search.stepwise(none, self.n_models),
            false => search.all(none, self.max_order),
        };
        tried.sort_by(|a, b| a.score.total_cmp(&b.score));
        for best in tried {
            if best.score == f64::INFINITY {
                break;
            }
            match best.model {
                Some(model) if !approximate => return Ok(*model),
                _ => {}
            }
            let exact = search.exact(best.order, best.constant);
            if let Some(model) = exact {
                return Ok(model);
            }
        }
        let simplest = Arima::of_order(none, may_shift, ArimaMethod::CssMl).fit(series);
        simplest.or_else(|_| Arima::of_order(none, false, ArimaMethod::CssMl).fit(series))
    }
}
