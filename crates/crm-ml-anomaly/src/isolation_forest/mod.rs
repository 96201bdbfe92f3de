//! Isolation forest.

mod choices;
mod draw;
mod grow;
mod model;
mod path_length;
mod reasons;
mod rolling;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

use crm_ml_core::{Check, OutlierDetector, Progress, Result, Samples, Stream, advance, parallel};
use serde::{Deserialize, Serialize};

pub use choices::{ColumnChoice, MaxDepth, MaxFeatures, MaxSamples, NewCategAction};
pub use model::IsolationForestModel;
pub use path_length::average_path_length;
pub use rolling::{RollingIsolationForest, RollingIsolationForestModel};

use crate::Contamination;
use draw::Rows;
use grow::Grower;
use tree::Tree;

const NAME: &str = "IsolationForest";
/// Most trees that can be asked for.
const MOST_TREES: usize = 100_000;
/// Trees between two words to the caller.
const WAVE: usize = 50;

/// Isolation forest: rows that random cuts separate from the rest after few steps are odd.
///
/// Every tree is grown on a few rows, drawn without replacement: a column and a threshold between its smallest and largest
/// value are drawn, until rows are alone, alike, or `max_depth` cuts deep. With `h` the mean over the trees of the length
/// of a row's path (plus, in a leaf of `m` rows, [`average_path_length`]`(m)`), the anomaly score is `2^(-h / c)`, `c` the
/// average path length of a tree's rows: near 1 for rows isolated at once, below 0.5 for rows deep in the crowd.
/// `score_samples` is its negative, as in scikit-learn; the automatic threshold is -0.5.
///
/// Variants are parameters of the one estimator: sloped cuts over [`ndim`](Self::ndim) columns (Hariri et al. 2019), cuts
/// where they separate best ([`prob_pick_avg_gain`](Self::prob_pick_avg_gain), Liu et al. 2010, and
/// [`prob_pick_pooled_gain`](Self::prob_pick_pooled_gain), Cortes 2021), columns taken by their range (random cuts, Guha et
/// al. 2016) or kurtosis ([`column_choice`](Self::column_choice)).
///
/// - Categories are taken as they are: a cut sends a random half of the levels in the node one way. A level that the node
///   has not seen follows [`new_categ_action`](Self::new_categ_action).
/// - Missing values: in the fit, a row that lacks the value goes down one branch, drawn by the branches' shares; in
///   scoring, down both, weighted by their shares, so that a score does not depend on chance and a missing value neither
///   accuses nor excuses. In a sloped cut the node's median stands for it.
/// - Weights: a row of weight w is drawn as w rows would be. (Where weights sum to less than the number of rows they are
///   shares of it.)
///
/// Time: fit O(trees x rows of a tree x depth), however many rows there are (with a share for the contamination, all are
/// scored once); scoring O(rows x trees x depth). The same bits at any number of threads, together or row by row.
/// Differs from scikit-learn: the number of random columns a cut looks at is one as there, but data stay in 64 bits, and the
/// random numbers are others. Reference: Liu, Ting, Zhou, Isolation Forest, 2008.
///
/// ```
/// use crm_ml_anomaly::IsolationForest;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::Array2;
///
/// // A grid of usual rows, and one far from all.
/// let mut x = Array2::from_shape_fn((100, 2), |(row, column)| if column == 0 { row % 10 } else { row / 10 } as f64);
/// x[[99, 0]] = 60.0;
/// let samples = Samples::new(&x)?;
/// let model = IsolationForest::new().seed(7).fit(&samples)?;
/// let scores = model.anomaly_scores(&samples)?;
/// assert!(scores[99] > 0.7 && scores[44] < 0.5);
/// assert!(model.is_outlier(&samples)?[99]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IsolationForest {
    n_estimators: usize,
    max_samples: MaxSamples,
    max_features: MaxFeatures,
    bootstrap: bool,
    max_depth: MaxDepth,
    contamination: Contamination,
    ndim: usize,
    ntry: usize,
    prob_pick_avg_gain: f64,
    prob_pick_pooled_gain: f64,
    column_choice: ColumnChoice,
    new_categ_action: NewCategAction,
    seed: u64,
}

impl Default for IsolationForest {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            max_samples: MaxSamples::Auto,
            max_features: MaxFeatures::All,
            bootstrap: false,
            max_depth: MaxDepth::Auto,
            contamination: Contamination::Auto,
            ndim: 1,
            ntry: 1,
            prob_pick_avg_gain: 0.0,
            prob_pick_pooled_gain: 0.0,
            column_choice: ColumnChoice::Uniform,
            new_categ_action: NewCategAction::Weighted,
            seed: 0,
        }
    }
}

impl IsolationForest {
    /// The forest of the paper: 100 trees of 256 rows, cut at random.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of trees, 1 to 100,000 (100).
    pub fn n_estimators(mut self, count: usize) -> Self {
        self.n_estimators = count;
        self
    }

    /// Rows drawn for a tree ([`MaxSamples::Auto`]).
    pub fn max_samples(mut self, amount: MaxSamples) -> Self {
        self.max_samples = amount;
        self
    }

    /// Columns drawn for a tree ([`MaxFeatures::All`]).
    pub fn max_features(mut self, amount: MaxFeatures) -> Self {
        self.max_features = amount;
        self
    }

    /// Whether rows are drawn with replacement (no).
    pub fn bootstrap(mut self, bootstrap: bool) -> Self {
        self.bootstrap = bootstrap;
        self
    }

    /// Most cuts on a path ([`MaxDepth::Auto`]).
    pub fn max_depth(mut self, depth: MaxDepth) -> Self {
        self.max_depth = depth;
        self
    }

    /// How many rows are outliers, which sets the threshold ([`Contamination::Auto`]: a score of -0.5).
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }

    /// Columns of a cut, at least 1 (1). From 2 on cuts are sloped: the sum of so many columns, each with a standard normal
    /// coefficient in units of its standard deviation in the node, is compared with a threshold between its smallest and largest
    /// value. A category has a coefficient a level.
    pub fn ndim(mut self, columns: usize) -> Self {
        self.ndim = columns;
        self
    }

    /// Columns, or sums of columns, of which a guided cut takes the best, at least 1 (1).
    pub fn ntry(mut self, count: usize) -> Self {
        self.ntry = count;
        self
    }

    /// Probability that a cut is made where the mean of the standard deviations of the two sides is smallest (0): it seeks
    /// small groups that stand apart. (A category is cut by the frequency of its levels: the rare from the common.)
    pub fn prob_pick_avg_gain(mut self, probability: f64) -> Self {
        self.prob_pick_avg_gain = probability;
        self
    }

    /// Probability that a cut is made where the standard deviations of the two sides, weighted by their rows, are smallest
    /// (0): it seeks clusters. The two probabilities sum to 1 at most; what is left are random cuts.
    pub fn prob_pick_pooled_gain(mut self, probability: f64) -> Self {
        self.prob_pick_pooled_gain = probability;
        self
    }

    /// With what probability a cut takes a column ([`ColumnChoice::Uniform`]).
    pub fn column_choice(mut self, choice: ColumnChoice) -> Self {
        self.column_choice = choice;
        self
    }

    /// What becomes of levels that a node has not seen ([`NewCategAction::Weighted`]).
    pub fn new_categ_action(mut self, action: NewCategAction) -> Self {
        self.new_categ_action = action;
        self
    }

    /// Seed of the random draws (0).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn check(&self) -> Result<()> {
        let gains = self.prob_pick_avg_gain + self.prob_pick_pooled_gain;
        let check = Check::of(NAME)
            .between("n_estimators", self.n_estimators, 1, MOST_TREES)
            .at_least("ndim", self.ndim, 1)
            .at_least("ntry", self.ntry, 1)
            .range("prob_pick_avg_gain", self.prob_pick_avg_gain, 0.0..=1.0)
            .range("prob_pick_pooled_gain", self.prob_pick_pooled_gain, 0.0..=1.0)
            .rule("prob_pick_avg_gain + prob_pick_pooled_gain", gains, gains <= 1.0, "at most 1");
        let check = self.max_depth.check(self.max_features.check(self.max_samples.check(check)));
        self.contamination.check(check).finish()
    }

    fn tree(&self, tree: usize, samples: &Samples<'_>, rows: &Rows, max_samples: usize) -> Tree {
        let index = tree as u64;
        let rows = rows.draw(max_samples, self.bootstrap, Stream::new(self.seed, "isolation/rows", index));
        let columns = match self.max_features.amount(samples.n_columns()) {
            all if all == samples.n_columns() => (0..all).collect(),
            some => Stream::new(self.seed, "isolation/columns", index).sample(samples.n_columns(), some),
        };
        Grower::new(self, samples, &rows, columns, Stream::new(self.seed, "isolation/cuts", index)).grow()
    }
}

impl OutlierDetector for IsolationForest {
    type Model = IsolationForestModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<IsolationForestModel> {
        self.check()?;
        let rows = Rows::new(samples);
        let max_samples = self.max_samples.amount(rows.count())?;
        let mut trees = Vec::with_capacity(self.n_estimators);
        for wave in parallel::chunks(self.n_estimators, WAVE) {
            let tree = |place| self.tree(wave.start + place, samples, &rows, max_samples);
            trees.extend(parallel::map(wave.len(), tree));
            advance(progress, "isolation forest", wave.end, self.n_estimators)?;
        }
        let mut model = IsolationForestModel::new(samples.schema().clone(), trees, max_samples);
        let scores = || model.scores(samples);
        model.offset = self.contamination.offset(model.offset, scores, samples.weights());
        Ok(model)
    }
}
