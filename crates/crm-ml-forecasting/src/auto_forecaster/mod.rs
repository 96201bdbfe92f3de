//! The method that would have forecast a series best.

mod model;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Error, ErrorKind, Forecaster, Result, Series};

use crate::conformal::{Calibration, REFERENCE};
use crate::ensemble::combine;
use crate::{
    AnyForecaster, AutoArima, AutoEts, BackTest, BackTestReport, BackTestWindow, ConformalModel, Ensemble,
    ForecastMetric, Refit, SeasonalNaive, Theta,
};

pub use model::{AutoForecasterModel, Candidate};

const NAME: &str = "AutoForecaster";

/// Chooses a method for a series by a back-test inside it, and calibrates its intervals by the errors there.
///
/// The candidates are by default the mean of [`AutoEts`] and the dynamic optimised [`Theta`] method, each of these,
/// [`SeasonalNaive`] and [`AutoArima`]. Errors of few overlapping windows are noisy, and who takes the smallest does worse than who
/// always combines: so the first candidate is kept unless another one's error is smaller by more than the
/// [`margin`](Self::margin). A candidate is fitted before the first origin, applied at the others, and the chosen one
/// fitted to the whole series; an ensemble of candidates takes their forecasts and costs nothing more. A candidate that fails at some
/// origins stands behind those that do not, for errors of other values do not compare. A series too short for a back-test takes the
/// first candidate that fits it.
///
/// Intervals are those of [`Conformal`](crate::Conformal), on the same windows. Missing values and regressors as the candidates: those
/// that refuse them drop out with a note in the table of candidates.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::{AutoForecaster, Drift, SeasonalNaive};
///
/// let sales: Vec<f64> = (0..60).map(|t| 100.0 + 9.0 * f64::from(t % 4) + f64::from(t * 31 % 7)).collect();
/// let auto = AutoForecaster::new(4).candidates([Drift::new().into(), SeasonalNaive::new(4).into()]);
/// let model = auto.fit(&Series::new(&sales)?)?;
/// assert_eq!(model.name(), "SeasonalNaive");
/// assert!(model.candidates()[0].error > model.candidates()[1].error);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutoForecaster {
    season_length: usize,
    candidates: Vec<AnyForecaster>,
    horizon: usize,
    n_windows: usize,
    metric: ForecastMetric,
    margin: f64,
}

impl AutoForecaster {
    /// The default candidates for seasons of that many values (1: without); without [`AutoArima`] where they are too long for it.
    pub fn new(season_length: usize) -> Self {
        let mut auto = Self::fast(season_length);
        if season_length <= AutoArima::MOST_SEASON {
            auto.candidates.push(AutoArima::new(season_length).into());
        }
        auto
    }

    /// The default candidates without [`AutoArima`], which takes a hundred times as long as all the others: for thousands of series.
    pub fn fast(season_length: usize) -> Self {
        let methods: [AnyForecaster; 2] =
            [AutoEts::new(season_length).into(), Theta::dynamic_optimized(season_length).into()];
        let mut candidates = vec![Ensemble::new(methods.clone()).into()];
        candidates.extend(methods);
        candidates.push(SeasonalNaive::new(season_length).into());
        Self {
            season_length,
            candidates,
            horizon: season_length.clamp(4, 24),
            n_windows: 12,
            metric: ForecastMetric::default(),
            margin: 0.5,
        }
    }

    /// The methods to choose from; the first is the one to fall back on.
    pub fn candidates(mut self, candidates: impl IntoIterator<Item = AnyForecaster>) -> Self {
        self.candidates = candidates.into_iter().collect();
        self
    }

    /// How many steps ahead it is to be good: the values of a window. By default a season, 4 to 24 values.
    pub fn horizon(mut self, horizon: usize) -> Self {
        self.horizon = horizon;
        self
    }

    /// Origins in the second half of the series, one value apart; fewer where it is short.
    pub fn n_windows(mut self, n_windows: usize) -> Self {
        self.n_windows = n_windows;
        self
    }

    /// Which error is to be small.
    pub fn metric(mut self, metric: ForecastMetric) -> Self {
        self.metric = metric;
        self
    }

    /// By which share of its error the first candidate must be beaten; 0.5 by default.
    pub fn margin(mut self, margin: f64) -> Self {
        self.margin = margin;
        self
    }

    /// Tests every candidate; an ensemble of earlier ones is made of their windows where `tested` holds them.
    fn test(&self, series: &Series<'_>) -> Result<Vec<Tested>> {
        let test = BackTest::new(self.horizon)
            .n_windows(self.n_windows)
            .refit(Refit::First)
            .season_length(self.season_length)
            .levels(&[REFERENCE])
            .min_train(series.len().div_ceil(2));
        let one = std::slice::from_ref(series);
        let mut tested: Vec<Option<Tested>> = vec![None; self.candidates.len()];
        for (candidate, tested) in self.candidates.iter().zip(&mut tested) {
            if self.parts(candidate).is_none() {
                *tested = Some(Tested::new(test.run(candidate, one)?, self.metric));
            }
        }
        for i in 0..tested.len() {
            let Some((ensemble, parts)) = self.parts(&self.candidates[i]) else { continue };
            let windows: Vec<&BackTestReport> =
                parts.iter().filter_map(|part| tested[*part].as_ref().map(|part| &part.report)).collect();
            let report = together(&windows, ensemble);
            let report = match report {
                Some(report) => report,
                None => test.run(&self.candidates[i], one)?,
            };
            tested[i] = Some(Tested::new(report, self.metric));
        }
        Ok(tested.into_iter().flatten().collect())
    }

    /// The places of an ensemble's methods among the candidates, if all are there.
    fn parts<'c>(&self, candidate: &'c AnyForecaster) -> Option<(&'c Ensemble, Vec<usize>)> {
        let AnyForecaster::Ensemble(ensemble) = candidate else { return None };
        ensemble.simple_rule()?;
        let place = |part: &AnyForecaster| {
            let at = self.candidates.iter().position(|candidate| candidate == part)?;
            (!matches!(part, AnyForecaster::Ensemble(_))).then_some(at)
        };
        let parts = ensemble.forecasters().iter().map(place).collect::<Option<Vec<_>>>()?;
        (!parts.is_empty()).then_some((ensemble, parts))
    }
}

/// A candidate's back-test.
#[derive(Debug, Clone)]
struct Tested {
    report: BackTestReport,
    error: Option<f64>,
}

impl Tested {
    fn new(report: BackTestReport, metric: ForecastMetric) -> Self {
        let error = report.metrics().get(metric);
        Self { report, error }
    }
}

/// The back-test of an ensemble from those of its parts, if they have the same windows.
fn together(parts: &[&BackTestReport], ensemble: &Ensemble) -> Option<BackTestReport> {
    let (rule, first) = (ensemble.simple_rule()?, *parts.first()?);
    let origins = |report: &BackTestReport| -> Vec<usize> {
        report.windows().iter().map(|window| window.origin).collect()
    };
    if parts.len() < ensemble.forecasters().len() || parts.iter().any(|part| origins(part) != origins(first))
    {
        return None;
    }
    let window = |(i, window): (usize, &BackTestWindow)| {
        let forecasts: Vec<_> = parts.iter().map(|part| &part.windows()[i].forecast).collect();
        BackTestWindow { forecast: combine(&forecasts, &rule), ..window.clone() }
    };
    Some(first.with_windows(first.windows().iter().enumerate().map(window).collect()))
}

impl Forecaster for AutoForecaster {
    type Model = AutoForecasterModel;

    fn fit(&self, series: &Series<'_>) -> Result<AutoForecasterModel> {
        Check::of(NAME)
            .between("season_length", self.season_length, 1, 1_000_000)
            .at_least("candidates", self.candidates.len(), 1)
            .between("horizon", self.horizon, 1, 1_000_000)
            .between("n_windows", self.n_windows, 1, 1_000_000)
            .rule("margin", self.margin, self.margin >= 0.0 && self.margin < 1.0, "0 or more and below 1")
            .finish()?;
        let tested = self.test(series)?;
        let mut table: Vec<Candidate> =
            self.candidates.iter().zip(&tested).map(|(of, tested)| Candidate::new(of, tested)).collect();
        let mut first_error: Option<Error> = None;
        for chosen in self.order(&tested) {
            match self.candidates[chosen].fit(series) {
                Ok(model) => {
                    table[chosen].chosen = true;
                    let calibration = Calibration::new(tested[chosen].report.windows());
                    return Ok(AutoForecasterModel::new(
                        ConformalModel::new(Box::new(model), calibration),
                        table,
                    ));
                }
                Err(error) if matches!(error.kind(), ErrorKind::InvalidParameters { .. }) => {
                    return Err(error);
                }
                Err(error) => {
                    table[chosen].note.get_or_insert(error.to_string());
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| series.error("", "no candidate fits")))
    }
}

impl AutoForecaster {
    /// The candidates from the best to the worst: by error, behind them those with fewer windows, whose errors are of other values,
    /// and last, in the order of the list, those without an error.
    fn order(&self, tested: &[Tested]) -> Vec<usize> {
        let windows = |of: &Tested| of.report.windows().len();
        let most = tested.iter().map(windows).max().unwrap_or(0);
        let error = |i: usize| match tested[i].error {
            Some(error) if i == 0 => error * (1.0 - self.margin),
            Some(error) => error,
            None => f64::INFINITY,
        };
        let rank = |i: usize| match tested[i].error {
            Some(_) if windows(&tested[i]) == most => 0,
            Some(_) => 1,
            None => 2,
        };
        let mut order: Vec<usize> = (0..tested.len()).collect();
        order.sort_by(|a, b| rank(*a).cmp(&rank(*b)).then(error(*a).total_cmp(&error(*b))));
        order
    }
}
