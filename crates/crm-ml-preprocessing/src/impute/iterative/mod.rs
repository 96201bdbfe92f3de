//! Gaps filled by regressions of each column on the others, round by round.

mod model;
mod order;
mod posterior;
mod ridge;
mod start;
mod step;
mod work;

use crm_ml_core::{Check, Error, FitReport, Progress, Result, Samples, Transformer, advance};
use serde::{Deserialize, Serialize};

use super::{Strategy, output_schema};
pub use model::IterativeImputerModel;
pub use order::ImputationOrder;
use order::Nearness;
use posterior::Spread;
use start::Kept;
use step::Step;
use work::Work;

/// What a column's gaps are predicted by.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ImputerEstimator {
    /// A linear regression whose penalty the data choose (MacKay 1992), as scikit-learn's `BayesianRidge`.
    #[default]
    BayesianRidge,
    /// A linear regression with this penalty on the squares of its coefficients.
    Ridge(f64),
}

/// A bound of what is filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Limits {
    /// The same for every column.
    All(f64),
    /// One a column; an infinity where there is none.
    Each(Vec<f64>),
}

impl From<f64> for Limits {
    fn from(limit: f64) -> Self {
        Self::All(limit)
    }
}

impl From<Vec<f64>> for Limits {
    fn from(limits: Vec<f64>) -> Self {
        Self::Each(limits)
    }
}

/// Fills missing values with predictions from the other columns: each column is regressed on the others over the rows that have
/// it, and fills its gaps; in turn and again, until a round changes little (multiple imputation by chained equations).
///
/// At first gaps hold a statistic of their column (`initial_strategy`). A round ends the search if no row changed by more, summed
/// over its columns, than `tol` times the largest size of a value; else it ends after `max_iter` rounds, and
/// [`report`](IterativeImputerModel::report) says so. The model holds the regressions of all rounds and plays them on new rows. A
/// column without gaps in training has its regressions too, unless `skip_complete`. With `sample_posterior` values are drawn from
/// the predictive distribution (truncated at the limits), all rounds are played, and several seeds give several imputations; a draw
/// is keyed by seed and row, so that a row scored alone gets what it gets among others, and equal rows get equal draws.
///
/// Weights are honoured, in the statistics and in the regressions. Columns without any value are dropped, unless
/// `keep_empty_features`. Category columns are refused. Equal to scikit-learn's `IterativeImputer` (without draws) to 1e-8
/// of a column's largest value (1e-7 with fewer rows than columns); scikit-learn's knows no weights and takes any estimator.
///
/// One set of sums over all rows a round serves every column, less the rows of its gaps. Time O(rounds x columns^2 x (rows + gaps)
/// + rounds x columns^4), parallel over rows; space O(rows x columns + rounds x columns^2), with draws rounds x columns^3.
///
/// S. van Buuren and K. Groothuis-Oudshoorn, "mice: multivariate imputation by chained equations in R", Journal of Statistical
/// Software 45(3), 2011.
///
/// Errors: parameters out of range, a category column, no value at all, limits of another number than columns, values whose squares
/// are beyond 64-bit floats.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::IterativeImputer;
/// use ndarray::array;
///
/// // The second column is twice the first, the third their sum.
/// let gap = f64::NAN;
/// let x = array![[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [gap, 10.0, 15.0], [4.0, gap, 12.0], [7.0, 14.0, 21.0]];
/// let samples = Samples::new(&x)?;
/// let model = IterativeImputer::new().max_iter(50).fit(&samples)?;
/// let filled = model.transform(&samples)?;
/// assert!((filled.row(2)[0] - 5.0).abs() < 0.1 && (filled.row(3)[1] - 8.0).abs() < 0.1);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IterativeImputer {
    estimator: ImputerEstimator,
    sample_posterior: bool,
    max_iter: usize,
    tol: f64,
    n_nearest_features: Option<usize>,
    initial_strategy: Strategy,
    imputation_order: ImputationOrder,
    skip_complete: bool,
    min_value: Option<Limits>,
    max_value: Option<Limits>,
    seed: u64,
    add_indicator: bool,
    keep_empty_features: bool,
}

impl Default for IterativeImputer {
    fn default() -> Self {
        Self {
            estimator: ImputerEstimator::default(),
            sample_posterior: false,
            max_iter: 10,
            tol: 1e-3,
            n_nearest_features: None,
            initial_strategy: Strategy::default(),
            imputation_order: ImputationOrder::default(),
            skip_complete: false,
            min_value: None,
            max_value: None,
            seed: 0,
            add_indicator: false,
            keep_empty_features: false,
        }
    }
}

impl IterativeImputer {
    /// Ten rounds of Bayesian ridge at most, on all other columns, no limits, no draws.
    pub fn new() -> Self {
        Self::default()
    }

    /// What predicts.
    pub fn estimator(mut self, estimator: ImputerEstimator) -> Self {
        self.estimator = estimator;
        self
    }

    /// Whether values are drawn rather than predicted; with [`ImputerEstimator::BayesianRidge`] only.
    pub fn sample_posterior(mut self, sample_posterior: bool) -> Self {
        self.sample_posterior = sample_posterior;
        self
    }

    /// Most rounds; none leaves the first guesses.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// The change, relative to the largest value, below which the rounds end.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// How many other columns a regression looks at, drawn each time with chances in proportion to the absolute correlation;
    /// `None` for all.
    pub fn n_nearest_features(mut self, n_nearest_features: impl Into<Option<usize>>) -> Self {
        self.n_nearest_features = n_nearest_features.into();
        self
    }

    /// The first guess.
    pub fn initial_strategy(mut self, initial_strategy: Strategy) -> Self {
        self.initial_strategy = initial_strategy;
        self
    }

    /// In which order columns are filled.
    pub fn imputation_order(mut self, imputation_order: ImputationOrder) -> Self {
        self.imputation_order = imputation_order;
        self
    }

    /// Whether columns without gaps in training get no regressions: gaps of theirs in later rows keep the first guess.
    pub fn skip_complete(mut self, skip_complete: bool) -> Self {
        self.skip_complete = skip_complete;
        self
    }

    /// The least value to fill in: a number, or one a column.
    pub fn min_value(mut self, min_value: impl Into<Limits>) -> Self {
        self.min_value = Some(min_value.into());
        self
    }

    /// The largest value to fill in: a number, or one a column.
    pub fn max_value(mut self, max_value: impl Into<Limits>) -> Self {
        self.max_value = Some(max_value.into());
        self
    }

    /// Seed of draws, of random orders and of the columns looked at.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether to add columns `missingindicator_<name>` that say what was missing.
    pub fn add_indicator(mut self, add_indicator: bool) -> Self {
        self.add_indicator = add_indicator;
        self
    }

    /// Whether columns without any value are kept, filled with the constant, or with 0 under other strategies.
    pub fn keep_empty_features(mut self, keep_empty_features: bool) -> Self {
        self.keep_empty_features = keep_empty_features;
        self
    }

    fn check(&self) -> Result<()> {
        self.rules(Check::of("IterativeImputer")).finish()
    }

    /// The rules on the parameters.
    pub(crate) fn rules(&self, check: Check) -> Check {
        let mut check = check
            .between("max_iter", self.max_iter, 0, 10_000)
            .range("tol", self.tol, 0.0..)
            .optional_at_least("n_nearest_features", self.n_nearest_features, 1);
        if let Strategy::Constant(value) = self.initial_strategy {
            check = check.range("initial_strategy.constant", value, ..);
        }
        if let ImputerEstimator::Ridge(alpha) = self.estimator {
            check = check.range("estimator.alpha", alpha, 0.0..).rule(
                "sample_posterior",
                self.sample_posterior,
                !self.sample_posterior,
                "false with a ridge, which has no posterior",
            );
        }
        for (name, limits) in [("min_value", &self.min_value), ("max_value", &self.max_value)] {
            check = match limits {
                None => check,
                Some(Limits::All(limit)) => check.range(name, *limit, ..),
                Some(Limits::Each(limits)) => {
                    check.rule(name, "a list", !limits.iter().any(|v| v.is_nan()), "without NaN")
                }
            };
        }
        check
    }

    /// The bounds of each column. Errors: another number of limits, a lower one that is not below the upper one.
    fn limits(&self, width: usize) -> Result<Vec<(Option<f64>, Option<f64>)>> {
        let each = |limits: &Option<Limits>, name: &str| match limits {
            None => Ok(vec![None; width]),
            Some(Limits::All(limit)) => Ok(vec![Some(*limit); width]),
            Some(Limits::Each(limits)) if limits.len() == width => {
                Ok(limits.iter().map(|v| Some(*v).filter(|v| v.is_finite())).collect())
            }
            Some(Limits::Each(limits)) => Err(Error::length(name, width, limits.len())),
        };
        let pairs: Vec<_> = each(&self.min_value, "min_value")?
            .into_iter()
            .zip(each(&self.max_value, "max_value")?)
            .collect();
        for (lower, upper) in pairs.iter().filter_map(|(lower, upper)| lower.zip(*upper)) {
            let check = Check::of("IterativeImputer");
            check.rule("min_value", lower, lower < upper, &format!("below max_value, {upper}")).finish()?;
        }
        Ok(pairs)
    }
}

impl Transformer for IterativeImputer {
    type Model = IterativeImputerModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<IterativeImputerModel> {
        self.check()?;
        samples.require_no_categories("IterativeImputer")?;
        let limits = self.limits(samples.n_columns())?;
        let mut kept = start::kept(self, samples, &limits)?;
        let schema = samples.schema().clone();
        let gappy = |column: &usize| samples.dense().column(*column).iter().any(|v| v.is_nan());
        let indicators: Vec<usize> =
            (0..schema.width()).filter(|column| self.add_indicator && gappy(column)).collect();
        let output = output_schema(&schema, &model::kept_flags(&kept, schema.width()), &indicators)?;
        let (steps, report) = self.rounds(samples, &kept, progress)?;
        let seed = self.seed;
        for (place, kept) in kept.iter_mut().enumerate() {
            kept.regressed = steps.iter().any(|step| step.feature == place);
        }
        Ok(IterativeImputerModel { schema, output, kept, steps, indicators, seed, report })
    }
}

impl IterativeImputer {
    /// Regression after regression, round by round.
    fn rounds(
        &self,
        samples: &Samples<'_>,
        kept: &[Kept],
        progress: &dyn Progress,
    ) -> Result<(Vec<Step>, FitReport)> {
        let mut steps: Vec<Step> = Vec::new();
        let mut report = FitReport { converged: true, iterations: 0, objective: 0.0, notes: Vec::new() };
        if self.max_iter == 0 || kept.len() < 2 {
            return Ok((steps, report));
        }
        let mut work = Work::new(samples, kept, self.sample_posterior);
        let (missing, enough) = (work.missing(), self.tol * work.largest(samples));
        let nearness = self.nearness(&work, kept.len())?;
        for round in 1..=self.max_iter {
            work.sum_up()?;
            let mut moved = vec![0.0; samples.n_rows()];
            for target in self.turns(kept, &missing, round) {
                let neighbours = nearness.as_ref().map(|nearness| nearness.draw(target, steps.len()));
                let step = self.step(&work, target, neighbours).map_err(|e| {
                    let name = samples.schema().name(kept[target].column);
                    Error::numerical(format!("column '{name}': {e}"))
                })?;
                work.play(steps.len(), &step, self.seed, &mut moved);
                steps.push(step);
            }
            advance(progress, "iterative imputer", round, self.max_iter)?;
            report.iterations = round;
            report.objective = moved.into_iter().fold(0.0, f64::max);
            report.converged = self.sample_posterior || report.objective < enough;
            if report.converged && !self.sample_posterior {
                break;
            }
        }
        if !report.converged {
            report.notes.push(format!(
                "after {} rounds a row still changed by {:.3e}, {:.3e} would be enough",
                self.max_iter, report.objective, enough
            ));
        }
        Ok((steps, report))
    }

    fn nearness(&self, work: &Work<'_>, columns: usize) -> Result<Option<Nearness>> {
        match self.n_nearest_features {
            Some(count) if count + 1 < columns => Ok(Some(Nearness::new(&work.centred()?, count, self.seed))),
            _ => Ok(None),
        }
    }

    /// The regression of a column on its neighbours, or on all others.
    fn step(&self, work: &Work<'_>, target: usize, neighbours: Option<Vec<usize>>) -> Result<Step> {
        let looked_at = match &neighbours {
            Some(drawn) => drawn.clone(),
            None => (0..work.width()).filter(|&i| i != target).collect(),
        };
        let (deviations, equations) = work.over_rows_with(target, &looked_at)?;
        let posterior = match self.estimator {
            _ if equations.target == 0.0 => None,
            ImputerEstimator::BayesianRidge => Some(ridge::bayesian_ridge(&equations)),
            ImputerEstimator::Ridge(alpha) => Some(ridge::ridge(&equations, alpha)),
        };
        let means: Vec<f64> = looked_at.iter().map(|&i| deviations.mean[i]).collect();
        let found = posterior.as_ref().map_or_else(|| vec![0.0; means.len()], |p| p.coef.clone());
        let intercept = deviations.mean[target] - crm_ml_linalg::dot(&found, &means);
        let coef = match &neighbours {
            Some(_) => found,
            None => {
                let mut all = vec![0.0; work.width()];
                looked_at.iter().zip(found).for_each(|(&i, coef)| all[i] = coef);
                all
            }
        };
        let spread = posterior.filter(|_| self.sample_posterior).map(|p| Spread::new(&p, &means));
        let step = Step { feature: target, neighbours, coef, intercept, spread };
        match step.is_sound(work.width()) {
            true => Ok(step),
            false => Err(Error::numerical("its regression is beyond what a 64-bit float holds")),
        }
    }
}
