//! Gradient boosting by Newton steps.

mod booster;
mod encoding;
mod objective;
mod rounds;
mod staged;
mod start;
mod watch;

use crm_ml_core::{Check, Error, FitReport, Progress, Result, Samples, advance};
use serde::{Deserialize, Serialize};

pub use booster::Booster;
pub use encoding::{CategoricalEncoding, Encoder};
pub use objective::{
    Absolute, At, Derivatives, Gamma, Huber, Leaf, Logistic, Objective, Poisson, Quantile, Softmax, Squared,
    mean_of_log, sigmoid,
};
pub use staged::Staged;
pub use watch::{History, Stopping};

use crate::grow::Growth;
use crate::{InteractionCst, MOST_BINS, MOST_TREES, MaxFeatures, MonotonicCst, check_rows};
use rounds::{Constraints, Rounds};
use start::Start;
use watch::Watch;

/// What boosting does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boosting {
    /// Rounds; each adds a tree an output.
    pub n_estimators: usize,
    /// Factor of every leaf value.
    pub learning_rate: f64,
    /// L2 penalty of the leaf values.
    pub l2_regularization: f64,
    /// L1 penalty of the leaf values.
    pub reg_alpha: f64,
    /// Bounds of the trees.
    pub growth: Growth,
    /// Most value bins a column.
    pub max_bins: usize,
    /// Share of the rows drawn (without replacement) for each round.
    pub subsample: f64,
    /// Share of the columns drawn for each tree.
    pub colsample_bytree: f64,
    /// Share of the tree's columns drawn for each of its levels.
    pub colsample_bylevel: f64,
    /// Columns drawn for each split, out of those of its level.
    pub max_features: MaxFeatures,
    /// Directions in which the prediction may move along the columns.
    pub monotonic_cst: MonotonicCst,
    /// Columns that may meet on one way from root to leaf.
    pub interaction_cst: InteractionCst,
    /// How category columns are treated.
    pub categorical_encoding: CategoricalEncoding,
    /// Seed of the draws.
    pub seed: u64,
}

/// Rows with their loss and weights.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The features.
    pub samples: &'a Samples<'a>,
    /// The loss, with a target for every row.
    pub objective: &'a dyn Objective,
    /// Weight of every row, above 0; `None` for all 1. The samples' own weights are not looked at.
    pub weights: Option<&'a [f64]>,
}

/// What boosting gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// The model.
    pub booster: Booster,
    /// How the fit ended.
    pub report: FitReport,
    /// The losses round by round, where a validation part was given.
    pub history: History,
}

impl Default for Boosting {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            learning_rate: 0.1,
            l2_regularization: 0.0,
            reg_alpha: 0.0,
            growth: Growth {
                max_leaf_nodes: Some(31),
                min_samples_leaf: 20,
                min_sum_hessian: 1e-3,
                categorical_smoothing: 10.0,
                categorical_l2: 10.0,
                min_samples_level: 50,
                ..Growth::default()
            },
            max_bins: MOST_BINS,
            subsample: 1.0,
            colsample_bytree: 1.0,
            colsample_bylevel: 1.0,
            max_features: MaxFeatures::All,
            monotonic_cst: MonotonicCst::None,
            interaction_cst: InteractionCst::None,
            categorical_encoding: CategoricalEncoding::default(),
            seed: 0,
        }
    }
}

impl Boosting {
    /// The rules of these parameters, under scikit-learn's names.
    pub fn check(&self, check: Check) -> Check {
        let check = check
            .between("n_estimators", self.n_estimators, 1, MOST_TREES)
            .positive("learning_rate", self.learning_rate)
            .range("l2_regularization", self.l2_regularization, 0.0..)
            .range("reg_alpha", self.reg_alpha, 0.0..)
            .range("min_split_gain", self.growth.min_gain, 0.0..)
            .share("subsample", self.subsample)
            .share("colsample_bytree", self.colsample_bytree)
            .share("colsample_bylevel", self.colsample_bylevel)
            .between("max_bins", self.max_bins, 2, MOST_BINS);
        let check = self.interaction_cst.check(self.monotonic_cst.check(check));
        self.growth.check(self.max_features.check(self.categorical_encoding.check(check)))
    }

    /// Whether rows or columns of `width` are drawn at random, so that a round without a split says nothing of the next.
    fn draws(&self, width: usize) -> bool {
        self.subsample < 1.0
            || self.colsample_bytree < 1.0
            || self.colsample_bylevel < 1.0
            || self.max_features.draws(width)
    }

    /// Fits trees to the Newton steps of the loss (Friedman 2001; Chen and Guestrin 2016): a leaf adds
    /// `-learning_rate * T(G) / (H + l2)` of its rows' gradients and Hessians, where `T` moves `G` towards 0 by the L1 penalty, or
    /// what the loss says a leaf adds.
    ///
    /// Time: rounds x outputs x rows x columns x about the depth of the trees. Space: rows x columns bytes, and a
    /// histogram a leaf. Errors: cancelled, more rows than the packing serves, an objective of another number of rows or
    /// whose derivatives cannot be used, constraints that do not fit the columns (another number, an unknown name, a direction of a
    /// category), directions where the loss has several outputs.
    pub fn fit(
        &self,
        train: &Part<'_>,
        validation: Option<(&Part<'_>, Stopping)>,
        progress: &dyn Progress,
    ) -> Result<Boosted> {
        self.run(None, train, validation, progress)
    }

    /// Adds `n_estimators` rounds to a fitted model; the result holds the old trees too.
    ///
    /// The bins of real columns are learned anew from the data; the bins of category levels and their statistics are kept, and so
    /// is the treatment of categories. Draws are keyed by the number of the round, so that on the same data k rounds and m more
    /// give the bits of k + m at once. Errors: as [`Boosting::fit`], a model of another number of columns or outputs.
    pub fn fit_from(
        &self,
        model: &Booster,
        train: &Part<'_>,
        validation: Option<(&Part<'_>, Stopping)>,
        progress: &dyn Progress,
    ) -> Result<Boosted> {
        self.run(Some(model), train, validation, progress)
    }

    fn run(
        &self,
        model: Option<&Booster>,
        train: &Part<'_>,
        validation: Option<(&Part<'_>, Stopping)>,
        progress: &dyn Progress,
    ) -> Result<Boosted> {
        train.check()?;
        let start = Start::new(model, train)?;
        let views = start.views(self, train)?;
        let constraints = Constraints::new(self, train.samples.schema(), start.outputs(), &views)?;
        let mut rounds = Rounds::new(self, &views, train, &start, constraints);
        let mut watch = match validation {
            Some((part, rule)) => Some(Watch::new(part, rule, &start, &views, &rounds)?),
            None => None,
        };
        let mut notes = Vec::new();
        let mut converged = watch.is_none();
        for round in 0..self.n_estimators {
            let grew = rounds.add(start.rounds() + round)?;
            advance(progress, "gradient boosting", round + 1, self.n_estimators)?;
            if !grew && !self.draws(rounds.levels().len()) && views.samples.len() == 1 {
                rounds.drop_last();
                notes.push(format!("after {round} rounds no split gains any more"));
                converged = true;
                break;
            }
            if let Some(watch) = &mut watch {
                if watch.is_over(&rounds)? {
                    converged = true;
                    break;
                }
            }
        }
        let (objective, history) = match watch {
            None => (rounds.loss()?, History::default()),
            Some(watch) => {
                rounds.keep(watch.best_round());
                notes
                    .push(format!("the objective is the validation loss after round {}", watch.best_round()));
                (watch.best_loss(), watch.into_history())
            }
        };
        let iterations = rounds.count();
        let levels = rounds.levels().to_vec();
        let trees = rounds.into_trees();
        let booster = start.then(views.encoder.clone(), trees, levels);
        Ok(Boosted { booster, report: FitReport { converged, iterations, objective, notes }, history })
    }
}

impl Part<'_> {
    fn check(&self) -> Result<()> {
        check_rows(self.samples)?;
        let rows = self.samples.n_rows();
        if self.objective.n_rows() != rows {
            return Err(Error::length("rows of the objective", rows, self.objective.n_rows()));
        }
        match self.weights {
            Some(weights) if weights.len() != rows => Err(Error::length("weights", rows, weights.len())),
            _ => Ok(()),
        }
    }
}
