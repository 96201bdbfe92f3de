//! The model of the family that a criterion prefers.

use crm_ml_core::{Check, Forecaster, Result, Series};
use serde::{Deserialize, Serialize};

use super::estimate::{Aim, Bounds, Estimate, Given, Scratch, Starts, Task, estimate, rounding};
use super::form::{Component, ErrorType, EtsForm, Smoothing};
use super::model::{EtsModel, Frame, aicc, require_positive};
use super::recursion::Path;
use super::start::{States, states};
use super::sums::{Residual, Sums};
use super::{MOST_SEASON, PHI, PRECISION};
use crate::criterion::InformationCriterion;
use crate::scale::scaled;

/// What the criterion adds to -2 log L; infinite where values are too few.
fn penalty(ic: InformationCriterion, parameters: usize, n: usize) -> f64 {
    let p = parameters as f64;
    match ic {
        InformationCriterion::Aicc => aicc(2.0 * p, parameters, n),
        InformationCriterion::Aic => 2.0 * p,
        InformationCriterion::Bic => (n as f64).ln() * p,
    }
}

/// Exponential smoothing with automatic choice of errors, trend, damping and seasons.
///
/// Fits every model that is not ruled out and keeps the one of the least criterion. As in R's `ets`: multiplicative parts are for values
/// above 0, [`restrict`](Self::restrict) keeps out models of infinite variance, a trend that is a factor must be
/// [allowed](Self::allow_multiplicative_trend), seasons need more values than one season. Models that cannot come near the
/// best any more are given up early. A constant series, or one too short for every model, gets a level that follows the last value, and a
/// note says so.
///
/// See [`Ets`](crate::Ets) for the models, their estimation, and what is refused. Fifteen models at most (30 with multiplicative
/// trends).
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::AutoEts;
///
/// let calls: Vec<f64> = (0..48).map(|t| (20.0 + t as f64) * [1.3, 0.7, 0.9, 1.1][t % 4]).collect();
/// let model = AutoEts::new(4).fit(&Series::new(&calls)?)?;
/// assert!(model.form().to_string().ends_with(",A,M)"));
/// let next = model.forecast(&Horizon::new(1)?)?.mean[0];
/// assert!((next / (68.0 * 1.3) - 1.0).abs() < 1e-3);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutoEts {
    season_length: usize,
    error: Option<ErrorType>,
    trend: Option<Component>,
    season: Option<Component>,
    damped: Option<bool>,
    phi: Option<f64>,
    bounds: Bounds,
    ic: InformationCriterion,
    restrict: bool,
    additive_only: bool,
    allow_multiplicative_trend: bool,
    seed: u64,
}

const NAME: &str = "AutoEts";

/// Precision in -2 log L that a choice among models needs.
const SCREENING: f64 = 1e-3;

impl AutoEts {
    /// Every component free; seasons of that many values (1: without).
    pub fn new(season_length: usize) -> Self {
        Self {
            season_length,
            error: None,
            trend: None,
            season: None,
            damped: None,
            phi: None,
            bounds: Bounds::default(),
            ic: InformationCriterion::default(),
            restrict: true,
            additive_only: false,
            allow_multiplicative_trend: false,
            seed: 0,
        }
    }

    /// Errors that are given.
    pub fn error(mut self, error: ErrorType) -> Self {
        self.error = Some(error);
        self
    }

    /// A trend that is given.
    pub fn trend(mut self, trend: Component) -> Self {
        self.trend = Some(trend);
        self
    }

    /// Seasons that are given; they are left out all the same where the series is not longer than one.
    pub fn season(mut self, season: Component) -> Self {
        self.season = Some(season);
        self
    }

    /// Whether trends must, or must not, fade out.
    pub fn damped(mut self, damped: bool) -> Self {
        self.damped = Some(damped);
        self
    }

    /// The damping of damped trends, from 0.8 to 0.98.
    pub fn phi(mut self, phi: f64) -> Self {
        self.phi = Some(phi);
        self
    }

    /// Where smoothing parameters are looked for.
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The criterion.
    pub fn ic(mut self, ic: InformationCriterion) -> Self {
        self.ic = ic;
        self
    }

    /// Whether models of infinite variance are kept out (they are).
    pub fn restrict(mut self, restrict: bool) -> Self {
        self.restrict = restrict;
        self
    }

    /// Whether only additive components are looked at (no).
    pub fn additive_only(mut self, additive_only: bool) -> Self {
        self.additive_only = additive_only;
        self
    }

    /// Whether trends may be factors (no).
    pub fn allow_multiplicative_trend(mut self, allow: bool) -> Self {
        self.allow_multiplicative_trend = allow;
        self
    }

    /// Seed of simulated intervals.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn check(&self) -> Result<()> {
        let seasonal = matches!(self.season, Some(Component::Additive | Component::Multiplicative));
        let no_trend = self.trend == Some(Component::None);
        // What other rules catch is not told twice.
        let otherwise_bad = self.season_length == 0 || (self.damped == Some(true) && no_trend);
        let some_model = otherwise_bad || !self.forms(true).is_empty();
        Check::of(NAME)
            .between("season_length", self.season_length, if seasonal { 2 } else { 1 }, MOST_SEASON)
            .rule("damped", true, self.damped != Some(true) || !no_trend, "false without a trend")
            .range("phi", self.phi.unwrap_or(PHI.0), PHI.0..=PHI.1)
            .rule(
                "restrict",
                self.restrict,
                some_model,
                "such that a model of the components asked for is left",
            )
            .finish()
    }

    /// The models to look at, the simplest first.
    fn forms(&self, positive: bool) -> Vec<EtsForm> {
        use Component::{Additive, Multiplicative, None as No};
        let seasons = if self.season_length > 1 { vec![No, Additive, Multiplicative] } else { vec![No] };
        let trends = [No, Additive, Multiplicative];
        let mut forms = Vec::new();
        for &season in &seasons {
            for trend in trends {
                for damped in [false, true] {
                    for error in [ErrorType::Additive, ErrorType::Multiplicative] {
                        forms.push(EtsForm { error, trend, damped, season });
                    }
                }
            }
        }
        let wanted_season = self.season.filter(|_| self.season_length > 1);
        forms.retain(|form| {
            let trend_allowed = form.trend != Multiplicative
                || self.allow_multiplicative_trend
                || self.trend == Some(Multiplicative);
            self.error.is_none_or(|error| error == form.error)
                && self.trend.is_none_or(|trend| trend == form.trend)
                && wanted_season.is_none_or(|season| season == form.season)
                && self.damped.is_none_or(|damped| damped == form.damped || !form.has_trend())
                && (form.has_trend() || !form.damped)
                && trend_allowed
                && !(self.restrict && form.unstable())
                && (positive || !form.needs_positive())
                && !(self.additive_only && form.needs_positive())
        });
        forms
    }

    fn task(&self, form: EtsForm) -> Task {
        let residual = match form.error {
            ErrorType::Additive => Residual::Absolute,
            ErrorType::Multiplicative => Residual::Likelihood,
        };
        Task {
            form,
            m: self.season_length,
            given: Given { phi: self.phi, ..Given::default() },
            bounds: self.bounds,
            residual,
            states: true,
        }
    }
}

impl Forecaster for AutoEts {
    type Model = EtsModel;

    fn fit(&self, series: &Series<'_>) -> Result<EtsModel> {
        self.check()?;
        series.require_complete(NAME)?;
        series.require_no_regressors(NAME)?;
        let (y, scale) = scaled(series.values());
        let mut notes = Vec::new();
        let mut seasonal = self.season_length > 1;
        if seasonal && y.len() <= self.season_length {
            notes.push("not longer than one season: seasons are left out".to_owned());
            seasonal = false;
        }
        let positive = y.iter().all(|v| *v > 0.0);
        let mut forms = self.forms(positive);
        if !seasonal {
            forms.retain(|form| !form.has_season());
            if forms.is_empty() {
                let without = Self { season: None, ..self.clone() };
                forms = without.forms(positive);
                forms.retain(|form| !form.has_season());
            }
        }
        if forms.is_empty() {
            let all = self.forms(true);
            all.first().map_or(Ok(()), |form| require_positive(series, *form))?;
        }
        let frame = |form: EtsForm, notes: Vec<String>| Frame {
            form,
            season_length: self.season_length,
            seed: self.seed,
            scale,
            notes,
        };
        let constant = y.iter().all(|v| *v == y[0]);
        if constant {
            notes.push("every value is the same".to_owned());
        } else if let Some((form, found)) = self.choose(&forms, &y) {
            if !found.converged {
                notes.push("the search for the parameters stopped before it had converged".to_owned());
            }
            return EtsModel::new(series, &y, frame(form, notes), found);
        } else {
            notes.push("too few values to estimate a model: the level follows the last value".to_owned());
        }
        EtsModel::new(series, &y, frame(EtsForm::LEVEL, notes), last_value(&y))
    }
}

impl AutoEts {
    /// The model of the least criterion, estimated to the end; `None` where values are too few for each.
    fn choose(&self, forms: &[EtsForm], y: &[f64]) -> Option<(EtsForm, Estimate)> {
        let n = y.len();
        let mut scratch = Scratch::default();
        let mut starts: Vec<(Component, Component, Option<States>)> = Vec::new();
        let mut best: Option<(f64, EtsForm, Estimate)> = None;
        for &form in forms {
            let task = self.task(form);
            let count = task.lanes().count;
            let penalty = penalty(self.ic, count + 1, n);
            if count + 1 >= n || !penalty.is_finite() {
                continue;
            }
            let known =
                starts.iter().position(|(trend, season, _)| (*trend, *season) == (form.trend, form.season));
            let known = known.unwrap_or_else(|| {
                starts.push((form.trend, form.season, states(form, y, self.season_length)));
                starts.len() - 1
            });
            let Some(start) = &starts[known].2 else { continue };
            let least = best.as_ref().map_or(f64::INFINITY, |(least, ..)| *least);
            let hopeless = ((least - penalty) / n as f64).exp();
            let aim = Aim { precision: SCREENING, hopeless, starts: Starts::First };
            let Some(found) = estimate(&task, y, start, None, aim, &mut scratch) else { continue };
            let squares = found.sums.objective(task.residual, n).max(rounding(n));
            let criterion = n as f64 * squares.ln() + penalty;
            if criterion < least {
                best = Some((criterion, form, found));
            }
        }
        let (_, form, found) = best?;
        let task = self.task(form);
        let value = |e: &Estimate| e.sums.objective(task.residual, n);
        let mut polish = |found: Estimate| {
            let aim = Aim { precision: PRECISION, hopeless: f64::INFINITY, starts: Starts::All };
            let polished = estimate(&task, y, &found.states, Some(&found.smoothing), aim, &mut scratch);
            polished.filter(|polished| value(polished) <= value(&found)).unwrap_or(found)
        };
        let polished = polish(found);
        // States that hardly move often have an optimum of their own, which screening does not look for.
        let start = starts.iter().find(|(trend, season, _)| (*trend, *season) == (form.trend, form.season));
        let aim = Aim { precision: SCREENING, hopeless: value(&polished), starts: Starts::Still };
        let other = start
            .and_then(|(.., start)| start.as_ref())
            .and_then(|start| estimate(&task, y, start, None, aim, &mut Scratch::default()))
            .filter(|other| value(other) < value(&polished));
        Some((form, other.map_or(polished, polish)))
    }
}

/// The level that follows the last value, as it is: nothing is estimated.
fn last_value(y: &[f64]) -> Estimate {
    let first = y.first().copied().unwrap_or(0.0);
    Estimate {
        smoothing: Smoothing { alpha: 0.9999, beta: 0.0, gamma: 0.0, phi: 1.0 },
        states: States { path: Path { level: first, growth: 0.0 }, seasons: Vec::new() },
        sums: Sums { squares: 0.0, logs: 0.0 },
        count: 1,
        iterations: 0,
        converged: true,
    }
}
