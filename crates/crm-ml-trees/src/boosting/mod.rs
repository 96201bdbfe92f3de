//! Gradient boosting by Newton steps.

mod objective;

use crm_ml_core::{Check, FitReport, Progress, ROW_CHUNK, Result, Samples, Stream, advance, parallel};
use serde::{Deserialize, Serialize};

pub use objective::{Objective, sigmoid};

use crate::bins::Binned;
use crate::ensemble::Ensemble;
use crate::evidence::Gradients;
use crate::grow::{Draw, Grown, Growth, grow};
use crate::tree::Tree;
use crate::{MOST_BINS, MOST_TREES, MaxFeatures, check_rows};

/// What boosting does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boosting {
    /// Rounds; each adds a tree an output.
    pub n_estimators: usize,
    /// Factor of every leaf value.
    pub learning_rate: f64,
    /// L2 penalty of the leaf values.
    pub l2_regularization: f64,
    /// Bounds of the trees.
    pub growth: Growth,
    /// Most value bins a column.
    pub max_bins: usize,
    /// Share of the rows drawn (without replacement) for each round.
    pub subsample: f64,
    /// Columns drawn for each split.
    pub max_features: MaxFeatures,
    /// Seed of the draws.
    pub seed: u64,
}

/// Early stopping: the rounds after the best one on the validation part are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stopping {
    /// Rounds without improvement after which to stop.
    pub n_iter_no_change: usize,
    /// Least decrease of the loss that is an improvement.
    pub tol: f64,
}

impl Stopping {
    /// Adds the rules of the parameters of an estimator that holds out a share of its rows to stop by.
    pub fn check(check: Check, n_iter_no_change: Option<usize>, validation_fraction: f64, tol: f64) -> Check {
        let share = validation_fraction > 0.0 && validation_fraction < 1.0;
        check
            .optional_at_least("n_iter_no_change", n_iter_no_change, 1)
            .rule("validation_fraction", validation_fraction, share, "above 0 and below 1")
            .range("tol", tol, 0.0..)
    }
}

/// Rows with their loss and weights.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The features.
    pub samples: &'a Samples<'a>,
    /// The loss, with a target for every row.
    pub objective: Objective<'a>,
    /// Weight of every row, above 0; `None` for all 1. The samples' own weights are not looked at.
    pub weights: Option<&'a [f64]>,
}

impl Default for Boosting {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            learning_rate: 0.1,
            l2_regularization: 0.0,
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
            max_features: MaxFeatures::All,
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
            .range("min_split_gain", self.growth.min_gain, 0.0..)
            .share("subsample", self.subsample)
            .between("max_bins", self.max_bins, 2, MOST_BINS);
        self.growth.check(self.max_features.check(check))
    }

    /// Fits trees to the Newton steps of the loss (Friedman 2001; Chen and Guestrin 2016): a leaf adds
    /// `-learning_rate * G / (H + l2)` of its rows' gradients and Hessians.
    ///
    /// Time: rounds x outputs x rows x columns x about the depth of the trees. Space: rows x columns bytes, and a
    /// histogram a leaf. Errors: cancelled, more rows than the packing serves.
    pub fn fit(
        &self,
        train: &Part<'_>,
        validation: Option<(&Part<'_>, Stopping)>,
        progress: &dyn Progress,
    ) -> Result<(Ensemble, FitReport)> {
        check_rows(train.samples)?;
        let mut data = Binned::new(train.samples, train.weights, self.max_bins);
        if !self.max_features.draws(train.samples.n_columns()) {
            data = data.with_lines();
        }
        let base = train.objective.base(train.weights);
        let mut rounds = Rounds::new(self, &data, train, &base);
        let mut watch = validation.map(|(part, rule)| Watch::new(part, rule, &base, &data));
        let mut notes = Vec::new();
        let mut converged = watch.is_none();
        for round in 0..self.n_estimators {
            let grew = rounds.add(round);
            advance(progress, "gradient boosting", round + 1, self.n_estimators)?;
            if !grew && self.subsample == 1.0 && !self.max_features.draws(train.samples.n_columns()) {
                rounds.drop_last();
                notes.push(format!("after {round} rounds no split gains any more"));
                converged = true;
                break;
            }
            if watch.as_mut().is_some_and(|watch| watch.is_over(&rounds.trees)) {
                converged = true;
                break;
            }
        }
        let mut objective = train.objective.loss(&rounds.margins, train.weights);
        if let Some(watch) = &watch {
            rounds.trees.truncate(watch.best_round * base.len());
            objective = watch.best_loss;
            notes.push(format!("the objective is the validation loss after round {}", watch.best_round));
        }
        let iterations = rounds.trees.len() / base.len();
        let ensemble = Ensemble::sum(rounds.trees, data.levels(), base);
        Ok((ensemble, FitReport { converged, iterations, objective, notes }))
    }
}

/// The rounds so far.
struct Rounds<'a> {
    settings: &'a Boosting,
    data: &'a Binned,
    train: &'a Part<'a>,
    levels: Vec<Option<crate::bins::Levels>>,
    /// Margins of the training rows, an array an output.
    margins: Vec<Vec<f64>>,
    trees: Vec<Tree>,
}

impl<'a> Rounds<'a> {
    fn new(settings: &'a Boosting, data: &'a Binned, train: &'a Part<'a>, base: &[f64]) -> Self {
        let margins = base.iter().map(|b| vec![*b; train.samples.n_rows()]).collect();
        Self { settings, data, train, levels: data.levels(), margins, trees: Vec::new() }
    }

    /// One round; whether any tree has a split.
    fn add(&mut self, round: usize) -> bool {
        let derivatives = self.train.objective.derivatives(&self.margins, self.train.weights);
        let rows = self.rows(round);
        let outputs = self.margins.len();
        let mut grew = false;
        for (output, (gradients, hessians)) in
            derivatives.gradients.iter().zip(&derivatives.hessians).enumerate()
        {
            let evidence = Gradients::new(gradients, hessians, self.settings.l2_regularization);
            let width = self.data.bins.len();
            let draw = self.settings.max_features.draws(width).then(|| Draw {
                stream: Stream::new(
                    self.settings.seed,
                    "boosting/features",
                    (round * outputs + output) as u64,
                ),
                amount: self.settings.max_features.amount(width),
            });
            let grown = grow(self.data, &evidence, &self.settings.growth, rows.clone(), draw);
            grew |= grown.leaves.len() > 1;
            let tree = self.with_values(grown, gradients, hessians, output);
            self.trees.push(tree);
        }
        grew
    }

    /// The rows of a round, ascending.
    fn rows(&self, round: usize) -> Vec<u32> {
        let count = self.train.samples.n_rows();
        if self.settings.subsample == 1.0 {
            return (0..count as u32).collect();
        }
        let amount = ((count as f64 * self.settings.subsample).round() as usize).clamp(1, count);
        let mut stream = Stream::new(self.settings.seed, "boosting/rows", round as u64);
        let mut rows: Vec<u32> = stream.sample(count, amount).into_iter().map(|row| row as u32).collect();
        rows.sort_unstable();
        rows
    }

    /// Gives the leaves their values, from unquantised derivatives, and moves the margins.
    fn with_values(&mut self, grown: Grown, gradients: &[f64], hessians: &[f64], output: usize) -> Tree {
        let Grown { mut tree, rows, leaves } = grown;
        let Boosting { learning_rate, l2_regularization, subsample, .. } = *self.settings;
        let is_stump = leaves.len() == 1;
        let leaf = |place: usize| {
            let (node, range) = &leaves[place];
            let (mut g, mut h, mut cover) = (0.0, 0.0, 0.0);
            for &row in &rows[range.clone()] {
                g += gradients[row as usize];
                h += hessians[row as usize];
                cover += self.train.weights.map_or(1.0, |w| w[row as usize]);
            }
            let step = -learning_rate * g / (h + l2_regularization);
            (*node, cover, if step.is_finite() && !is_stump { step } else { 0.0 })
        };
        let values = parallel::map(leaves.len(), leaf);
        if subsample == 1.0 {
            for ((_, range), (_, _, value)) in leaves.iter().zip(&values) {
                rows[range.clone()].iter().for_each(|&row| self.margins[output][row as usize] += value);
            }
            tree.set_leaves(1, values.into_iter().map(|(node, cover, value)| (node, cover, vec![value])));
        } else {
            tree.set_leaves(1, values.into_iter().map(|(node, cover, value)| (node, cover, vec![value])));
            move_margins(&mut self.margins[output], &tree, self.train.samples, &self.levels);
        }
        tree
    }

    fn drop_last(&mut self) {
        let kept = self.trees.len() - self.margins.len();
        self.trees.truncate(kept);
    }
}

/// Adds a tree's outputs to the margins.
fn move_margins(
    margins: &mut [f64],
    tree: &Tree,
    samples: &Samples<'_>,
    levels: &[Option<crate::bins::Levels>],
) {
    parallel::fill_rows(margins, 1, ROW_CHUNK, |first, piece| {
        for (i, margin) in piece.iter_mut().enumerate() {
            *margin += tree.values(tree.leaf_of(samples.row(first + i), levels))[0];
        }
    });
}

/// Watches the loss of the validation part.
struct Watch<'a> {
    part: &'a Part<'a>,
    rule: Stopping,
    levels: Vec<Option<crate::bins::Levels>>,
    margins: Vec<Vec<f64>>,
    round: usize,
    best_round: usize,
    best_loss: f64,
    /// Loss from which the next improvement counts.
    mark: f64,
    idle: usize,
}

impl<'a> Watch<'a> {
    fn new(part: &'a Part<'a>, rule: Stopping, base: &[f64], data: &Binned) -> Self {
        let margins: Vec<Vec<f64>> = base.iter().map(|b| vec![*b; part.samples.n_rows()]).collect();
        let loss = part.objective.loss(&margins, part.weights);
        let levels = data.levels();
        Self { part, rule, levels, margins, round: 0, best_round: 0, best_loss: loss, mark: loss, idle: 0 }
    }

    /// Looks at the last round; whether to stop.
    fn is_over(&mut self, trees: &[Tree]) -> bool {
        let outputs = self.margins.len();
        let last = &trees[trees.len().saturating_sub(outputs)..];
        for (margins, tree) in self.margins.iter_mut().zip(last) {
            move_margins(margins, tree, self.part.samples, &self.levels);
        }
        self.round += 1;
        let loss = self.part.objective.loss(&self.margins, self.part.weights);
        if loss < self.best_loss {
            self.best_loss = loss;
            self.best_round = self.round;
        }
        if loss < self.mark - self.rule.tol {
            self.mark = loss;
            self.idle = 0;
        } else {
            self.idle += 1;
        }
        self.idle >= self.rule.n_iter_no_change
    }
}
