//! Grid and random search over a typed space of parameters.

mod space;

use std::fmt;

use crm_ml_core::{Check, Classifier, Labeled, Progress, Result, Split, Stream, advance};

use space::Draw;
pub use space::Space;

use crate::{ClassificationMetric, cross_validate};

/// Tries every combination of a space's choices by cross-validation.
///
/// ```
/// # use crm_ml_classifiers::LogisticRegression;
/// # use crm_ml_core::{Labeled, Samples};
/// # use crm_ml_model_selection::{ClassificationMetric, GridSearch, Space};
/// # use ndarray::Array2;
/// let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64);
/// let y: Vec<bool> = x.rows().into_iter().map(|r| r[0] > r[1]).collect();
/// let data = Labeled::new(Samples::new(&x)?, &y)?;
/// let space = Space::new(LogisticRegression::new()).choice("C", [1e-6, 1.0, 100.0], |e, c| e.c(*c));
/// let found = GridSearch::new(space).metric(ClassificationMetric::LogLoss).fit(&data)?;
/// assert_eq!(found.trials.len(), 3);
/// assert_eq!(found.best_trial().parameters, [("C".to_owned(), "100.0".to_owned())]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug)]
pub struct GridSearch<C> {
    plan: Plan<C>,
}

/// Tries random points of a space by cross-validation.
///
/// Source: J. Bergstra, Y. Bengio, Random Search for Hyper-Parameter Optimization, JMLR 13, 2012.
#[derive(Debug)]
pub struct RandomSearch<C> {
    plan: Plan<C>,
    trials: usize,
    seed: u64,
}

#[derive(Debug)]
struct Plan<C> {
    space: Space<C>,
    split: Split,
    metric: ClassificationMetric,
}

/// One point of the space and how it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Name and value of each parameter tried.
    pub parameters: Vec<(String, String)>,
    /// The metric on each fold.
    pub scores: Vec<f64>,
    /// Mean of the scores.
    pub mean: f64,
    /// Standard deviation of the scores (n - 1).
    pub deviation: f64,
}

/// Every trial, and the best estimator, not yet fitted on all rows.
#[derive(Debug, Clone)]
pub struct SearchResult<C> {
    /// The trials in the order they were made.
    pub trials: Vec<Trial>,
    /// Position of the best trial; of equals the first.
    pub best: usize,
    /// The estimator with the best parameters.
    pub best_estimator: C,
    /// What the scores are.
    pub metric: ClassificationMetric,
}

impl<C: Classifier + Clone> GridSearch<C> {
    /// 5 stratified folds, log loss.
    pub fn new(space: Space<C>) -> Self {
        Self { plan: Plan::new(space) }
    }

    /// The folds.
    pub fn split(mut self, split: Split) -> Self {
        self.plan.split = split;
        self
    }

    /// What is compared.
    pub fn metric(mut self, metric: ClassificationMetric) -> Self {
        self.plan.metric = metric;
        self
    }

    /// Runs the search. See [`GridSearch::fit_with`].
    pub fn fit(&self, data: &Labeled<'_>) -> Result<SearchResult<C>> {
        self.fit_with(data, &())
    }

    /// Runs the search, telling `progress` of each trial.
    ///
    /// Errors: a space with a range (which has no finite grid), a list of values that is empty or more than 100,000 points, and those of
    /// cross-validation.
    pub fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<SearchResult<C>> {
        let points = self.plan.space.grid()?;
        self.plan.run(&points, data, progress)
    }
}

impl<C: Classifier + Clone> RandomSearch<C> {
    /// `trials` random points; 5 stratified folds, log loss, seed 0.
    pub fn new(space: Space<C>, trials: usize) -> Self {
        Self { plan: Plan::new(space), trials, seed: 0 }
    }

    /// The folds.
    pub fn split(mut self, split: Split) -> Self {
        self.plan.split = split;
        self
    }

    /// What is compared.
    pub fn metric(mut self, metric: ClassificationMetric) -> Self {
        self.plan.metric = metric;
        self
    }

    /// Seed of the draws.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Runs the search. See [`RandomSearch::fit_with`].
    pub fn fit(&self, data: &Labeled<'_>) -> Result<SearchResult<C>> {
        self.fit_with(data, &())
    }

    /// Runs the search, telling `progress` of each trial.
    ///
    /// Errors: no trials, a list of values that is empty, and those of cross-validation.
    pub fn fit_with(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<SearchResult<C>> {
        Check::of("RandomSearch").between("trials", self.trials, 1, 100_000).finish()?;
        self.plan.space.require_choices()?;
        let points: Vec<_> = (0..self.trials)
            .map(|trial| self.plan.space.draw(&mut Stream::new(self.seed, "random-search", trial as u64)))
            .collect();
        self.plan.run(&points, data, progress)
    }
}

impl<C: Classifier + Clone> Plan<C> {
    fn new(space: Space<C>) -> Self {
        Self { space, split: Split::stratified(5, 0), metric: ClassificationMetric::LogLoss }
    }

    fn run(
        &self,
        points: &[Vec<Draw>],
        data: &Labeled<'_>,
        progress: &dyn Progress,
    ) -> Result<SearchResult<C>> {
        let mut trials: Vec<Trial> = Vec::with_capacity(points.len());
        let mut best: Option<(usize, C)> = None;
        for (i, point) in points.iter().enumerate() {
            let (estimator, parameters) = self.space.at(point);
            let validated = cross_validate(&estimator, data, &self.split, &[self.metric], &())?;
            let scores = validated.scores.column(0);
            let trial = Trial {
                parameters,
                mean: scores.mean().unwrap_or(f64::NAN),
                deviation: scores.std(1.0),
                scores: scores.to_vec(),
            };
            let better = match &best {
                None => true,
                Some((b, _)) if self.metric.greater_is_better() => trial.mean > trials[*b].mean,
                Some((b, _)) => trial.mean < trials[*b].mean,
            };
            if better {
                best = Some((i, estimator));
            }
            trials.push(trial);
            advance(progress, "search", i + 1, points.len())?;
        }
        let (best, best_estimator) = best.ok_or_else(|| crm_ml_core::Error::empty("points in the space"))?;
        Ok(SearchResult { trials, best, best_estimator, metric: self.metric })
    }
}

impl<C> SearchResult<C> {
    /// The best trial.
    pub fn best_trial(&self) -> &Trial {
        &self.trials[self.best]
    }
}

impl<C> fmt::Display for SearchResult<C> {
    /// The trials from best to worst.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut order: Vec<&Trial> = self.trials.iter().collect();
        order.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        if self.metric.greater_is_better() {
            order.reverse();
        }
        writeln!(formatter, "{:>10} {:>9}  parameters", self.metric.name(), "+-")?;
        for trial in order {
            let parameters: Vec<_> =
                trial.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            writeln!(formatter, "{:>10.5} {:>9.5}  {}", trial.mean, trial.deviation, parameters.join(" "))?;
        }
        Ok(())
    }
}
