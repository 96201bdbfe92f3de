//! Exponential smoothing in state space form.

mod auto;
mod estimate;
mod form;
mod intervals;
mod model;
mod recursion;
mod region;
mod simulate;
mod start;
mod sums;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Forecaster, Result, Series};
use serde::{Deserialize, Serialize};

pub use auto::AutoEts;
pub use estimate::Bounds;
pub use form::{Component, ErrorType, EtsForm, Smoothing};
pub use model::EtsModel;

use crate::scale::scaled;
use estimate::{Aim, Given, PHI, Scratch, Starts, Task, estimate};
use model::{Frame, require_positive};
use recursion::Path;
use start::States;
use sums::Residual;

pub(crate) use start::line;

/// What an [`Ets`] minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EtsCriterion {
    /// The negative likelihood of normal errors.
    #[default]
    Likelihood,
    /// The mean square of `y - f`, whatever the errors are.
    Mse,
    /// The variance of the errors: relative ones where they are multiplicative.
    Sigma,
}

/// One model of the exponential smoothing family: errors, trend and season added or multiplied, the trend damped or not.
///
/// Smoothing parameters that are not given and the initial states are estimated together: by Levenberg and Marquardt's method
/// with exact derivatives (multiplicative errors' likelihood is a sum of squares too: of relative errors times the geometric mean of
/// the forecasts), started from R's decomposition and regression, inside the [`Bounds`]. R and statsforecast search with a simplex
/// that stops at its iteration limit in seasonal models; likelihoods here are as good or better. Likelihood, AIC, AICc, BIC and sigma2
/// are those of R's `ets` and statsforecast. Intervals: by formula where errors or seasons allow (classes 1 to 3 of the book), else from
/// 5,000 simulated paths.
///
/// Source: R. Hyndman, A. Koehler, J. Ord, R. Snyder, Forecasting with Exponential Smoothing, 2008. Time O(n (m + 4)^2) an
/// iteration for seasons of m, 10 to 20 iterations; memory O(n + m^2). Missing values and regressors are refused; multiplicative
/// parts take values above 0 only. Differs from statsforecast: given smoothing parameters are not counted in the criteria.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::Ets;
///
/// let deals: Vec<f64> = (0..36).map(|t| 50.0 + 2.0 * t as f64 + [8.0, -3.0, -5.0][t % 3]).collect();
/// let model = Ets::holt_winters(3).fit(&Series::new(&deals)?)?;
/// assert_eq!(model.form().to_string(), "ETS(A,A,A)");
/// let forecast = model.forecast(&Horizon::new(2)?.with_levels(&[95.0])?)?;
/// assert!((forecast.mean[0] - 130.0).abs() < 1e-6);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ets {
    form: EtsForm,
    season_length: usize,
    given: Given,
    bounds: Bounds,
    criterion: EtsCriterion,
    optimize_states: bool,
    initial: Option<InitialStates>,
    seed: u64,
}

/// Initial states that are given, in the units of the values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct InitialStates {
    level: f64,
    growth: f64,
    seasons: Vec<f64>,
}

const NAME: &str = "Ets";
/// Values of the longest season.
const MOST_SEASON: usize = 1_000_000;

/// Gain in -2 log L below which a search ends.
const PRECISION: f64 = 1e-8;

impl Ets {
    /// `ETS(A,N,N)` of a series with seasons of that many values (1: without).
    pub fn new(season_length: usize) -> Self {
        Self {
            form: EtsForm::LEVEL,
            season_length,
            given: Given::default(),
            bounds: Bounds::default(),
            criterion: EtsCriterion::default(),
            optimize_states: true,
            initial: None,
            seed: 0,
        }
    }

    /// Simple exponential smoothing: a level, `ETS(A,N,N)`.
    pub fn simple() -> Self {
        Self::new(1)
    }

    /// Holt's method: level and trend, `ETS(A,A,N)`; see [`damped`](Self::damped).
    pub fn holt() -> Self {
        Self::new(1).trend(Component::Additive)
    }

    /// Holt and Winters' method: level, trend and additive seasons, `ETS(A,A,A)`; see [`season`](Self::season).
    pub fn holt_winters(season_length: usize) -> Self {
        Self::new(season_length).trend(Component::Additive).season(Component::Additive)
    }

    /// All components at once.
    pub fn form(mut self, form: EtsForm) -> Self {
        self.form = form;
        self
    }

    /// How errors enter.
    pub fn error(mut self, error: ErrorType) -> Self {
        self.form.error = error;
        self
    }

    /// How the trend enters.
    pub fn trend(mut self, trend: Component) -> Self {
        self.form.trend = trend;
        self
    }

    /// Whether the trend fades out; it needs one.
    pub fn damped(mut self, damped: bool) -> Self {
        self.form.damped = damped;
        self
    }

    /// How seasons enter; they need a season length of at least 2.
    pub fn season(mut self, season: Component) -> Self {
        self.form.season = season;
        self
    }

    /// A level's smoothing that is given, in (0, 1).
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.given.alpha = Some(alpha);
        self
    }

    /// A growth's smoothing that is given, at most alpha.
    pub fn beta(mut self, beta: f64) -> Self {
        self.given.beta = Some(beta);
        self
    }

    /// The seasons' smoothing that is given, at most 1 - alpha.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.given.gamma = Some(gamma);
        self
    }

    /// A damping that is given, in (0, 1].
    pub fn phi(mut self, phi: f64) -> Self {
        self.given.phi = Some(phi);
        self
    }

    /// Where smoothing parameters are looked for.
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// What is minimised.
    pub fn criterion(mut self, criterion: EtsCriterion) -> Self {
        self.criterion = criterion;
        self
    }

    /// Whether the initial states are estimated with the smoothing parameters, or stay those of the decomposition.
    pub fn optimize_states(mut self, optimize: bool) -> Self {
        self.optimize_states = optimize;
        self
    }

    /// Initial states that are given and stay: the level, the growth (ignored without a trend) and the seasons, the first value's
    /// first (none without seasons).
    pub fn initial_states(mut self, level: f64, growth: f64, seasons: &[f64]) -> Self {
        self.initial = Some(InitialStates { level, growth, seasons: seasons.to_vec() });
        self
    }

    /// Seed of simulated intervals.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn check(&self) -> Result<()> {
        let Given { alpha, beta, gamma, phi } = self.given;
        let seasons = if self.form.has_season() { 2 } else { 1 };
        let optional = |value: Option<f64>, inside: f64| value.unwrap_or(inside);
        let most_beta = alpha.unwrap_or(1.0);
        let most_gamma = 1.0 - alpha.unwrap_or(0.0);
        Check::of(NAME)
            .between("season_length", self.season_length, seasons, MOST_SEASON)
            .rule(
                "damped",
                self.form.damped,
                !self.form.damped || self.form.has_trend(),
                "false without a trend",
            )
            .range("alpha", optional(alpha, 0.5), 0.0..=1.0)
            .range("beta", optional(beta, 0.0), 0.0..=most_beta.max(0.0))
            .range("gamma", optional(gamma, 0.0), 0.0..=most_gamma.max(0.0))
            .range(
                "phi",
                optional(phi, 1.0),
                (std::ops::Bound::Excluded(0.0), std::ops::Bound::Included(1.0)),
            )
            .rule(
                "initial_states",
                "given",
                self.initial_fits(),
                "finite, with one season a value of the season length",
            )
            .finish()
    }

    fn initial_fits(&self) -> bool {
        let Some(InitialStates { level, growth, seasons }) = &self.initial else { return true };
        let ring = if self.form.has_season() { self.season_length } else { 0 };
        seasons.len() == ring && seasons.iter().chain([level, growth]).all(|v| v.is_finite())
    }

    /// The initial states of values divided by `scale`.
    fn start(&self, y: &[f64], scale: f64) -> Option<States> {
        let Some(InitialStates { level, growth, seasons }) = &self.initial else {
            return start::states(self.form, y, self.season_length);
        };
        let unit = |component| if component == Component::Multiplicative { 1.0 } else { scale };
        let growth = if self.form.has_trend() { growth / unit(self.form.trend) } else { 0.0 };
        let path = Path { level: level / scale, growth };
        Some(States { path, seasons: seasons.iter().map(|s| s / unit(self.form.season)).collect() })
    }

    fn residual(&self) -> Residual {
        match (self.criterion, self.form.error) {
            (EtsCriterion::Mse, _) | (_, ErrorType::Additive) => Residual::Absolute,
            (EtsCriterion::Sigma, ErrorType::Multiplicative) => Residual::Relative,
            (EtsCriterion::Likelihood, ErrorType::Multiplicative) => Residual::Likelihood,
        }
    }
}

impl Forecaster for Ets {
    type Model = EtsModel;

    fn fit(&self, series: &Series<'_>) -> Result<EtsModel> {
        self.check()?;
        series.require_complete(NAME)?;
        series.require_no_regressors(NAME)?;
        if self.form.needs_positive() {
            require_positive(series, self.form)?;
        }
        let task = Task {
            form: self.form,
            m: self.season_length,
            given: self.given,
            bounds: self.bounds,
            residual: self.residual(),
            states: self.optimize_states && self.initial.is_none(),
        };
        // One value a free parameter, and one for the variance; a season needs to be seen once.
        let least =
            (task.lanes().count + 2).max(if self.form.has_season() { self.season_length + 2 } else { 0 });
        series.require_values(&self.form.to_string(), least)?;
        let (y, scale) = scaled(series.values());
        let cannot = || series.error("", format!("{} finds no finite initial states", self.form));
        let start = self.start(&y, scale).ok_or_else(cannot)?;
        let aim = Aim { precision: PRECISION, hopeless: f64::INFINITY, starts: Starts::All };
        let found = estimate(&task, &y, &start, None, aim, &mut Scratch::default()).ok_or_else(cannot)?;
        let mut notes = Vec::new();
        if !found.converged {
            notes.push("the search for the parameters stopped before it had converged".to_owned());
        }
        let frame =
            Frame { form: self.form, season_length: self.season_length, seed: self.seed, scale, notes };
        EtsModel::new(series, &y, frame, found)
    }
}
