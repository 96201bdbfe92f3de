//! Parameters that several estimators share: their setters, written once.

/// Setters of what every tree has; `$engine` is the field with the engine's parameters.
#[doc(hidden)]
#[macro_export]
macro_rules! tree_setters {
    ($engine:ident) => {
        /// Most leaves of a tree, at least 2; the leaf with the greatest gain is split first (boosting: see `grow_policy`). `None`: no
        /// bound. Where `max_depth` is set too, both hold.
        #[must_use]
        pub fn max_leaf_nodes(mut self, max_leaf_nodes: impl Into<Option<usize>>) -> Self {
            self.$engine.growth.max_leaf_nodes = max_leaf_nodes.into();
            self
        }

        /// Most splits between root and leaf, at least 1. `None`: no bound.
        #[must_use]
        pub fn max_depth(mut self, max_depth: impl Into<Option<usize>>) -> Self {
            self.$engine.growth.max_depth = max_depth.into();
            self
        }

        /// Least rows of a node that is split, at least 2.
        #[must_use]
        pub fn min_samples_split(mut self, min_samples_split: usize) -> Self {
            self.$engine.growth.min_samples_split = min_samples_split;
            self
        }

        /// Least rows of a leaf, at least 1. Rows count, whatever their weight.
        #[must_use]
        pub fn min_samples_leaf(mut self, min_samples_leaf: usize) -> Self {
            self.$engine.growth.min_samples_leaf = min_samples_leaf;
            self
        }

        /// Columns drawn anew for every split (XGBoost's `colsample_bynode`, LightGBM's `feature_fraction_bynode`: a
        /// [`MaxFeatures::Share`]($crate::MaxFeatures::Share)).
        #[doc(alias = "colsample_bynode")]
        #[must_use]
        pub fn max_features(mut self, max_features: $crate::MaxFeatures) -> Self {
            self.$engine.max_features = max_features;
            self
        }

        /// Least rows that a category level needs in a node to be put in order; rarer levels stay together on one side (default 1 for
        /// trees and forests, 50 for boosting).
        #[must_use]
        pub fn min_samples_level(mut self, min_samples_level: usize) -> Self {
            self.$engine.growth.min_samples_level = min_samples_level;
            self
        }

        /// Rows of average weight by which the mean of a category level is shrunk towards that of the node before levels
        /// are put in order (default 0 for trees and forests, 10 for boosting; compare LightGBM's `cat_smooth`).
        #[must_use]
        pub fn categorical_smoothing(mut self, categorical_smoothing: f64) -> Self {
            self.$engine.growth.categorical_smoothing = categorical_smoothing;
            self
        }

        /// Seed of all draws.
        #[must_use]
        pub fn seed(mut self, seed: u64) -> Self {
            self.$engine.seed = seed;
            self
        }
    };
}

/// Setters of forests.
#[doc(hidden)]
#[macro_export]
macro_rules! forest_setters {
    ($engine:ident) => {
        /// Number of trees, 1 to 100,000 (default 100).
        #[must_use]
        pub fn n_estimators(mut self, n_estimators: usize) -> Self {
            self.$engine.n_estimators = n_estimators;
            self
        }

        /// Whether every tree has its own draw of rows with replacement; else all see all rows, unless `max_samples` is given.
        #[must_use]
        pub fn bootstrap(mut self, bootstrap: bool) -> Self {
            self.$engine.bootstrap = bootstrap;
            self
        }

        /// Rows of a tree's draw. `None` (default): as many as there are. Without `bootstrap` they are drawn without replacement.
        #[must_use]
        pub fn max_samples(mut self, max_samples: impl Into<Option<$crate::MaxSamples>>) -> Self {
            self.$engine.max_samples = max_samples.into();
            self
        }

        /// Whether to predict every row by the trees that have not drawn it (default not); needs `bootstrap` or `max_samples`.
        #[must_use]
        pub fn oob_score(mut self, oob_score: bool) -> Self {
            self.oob_score = oob_score;
            self
        }
    };
}

/// Setters of trees and forests.
#[doc(hidden)]
#[macro_export]
macro_rules! impurity_setters {
    ($engine:ident, $criterion:ty) => {
        /// What splits reduce.
        #[must_use]
        pub fn criterion(mut self, criterion: $criterion) -> Self {
            self.criterion = criterion;
            self
        }

        /// Least decrease of the weighted impurity by a split, as a share of the total weight (scikit-learn's definition).
        #[must_use]
        pub fn min_impurity_decrease(mut self, min_impurity_decrease: f64) -> Self {
            self.$engine.growth.min_gain = min_impurity_decrease;
            self
        }

        /// Minimal cost-complexity pruning: branches that decrease the weighted impurity by at most this for each leaf that they add
        /// are cut off, the weakest first (default 0: none).
        #[must_use]
        pub fn ccp_alpha(mut self, ccp_alpha: f64) -> Self {
            self.$engine.ccp_alpha = ccp_alpha;
            self
        }
    };
}

/// Setters of boosting.
#[doc(hidden)]
#[macro_export]
macro_rules! boosting_setters {
    ($engine:ident) => {
        /// Rounds, 1 to 100,000 (default 100).
        #[must_use]
        pub fn n_estimators(mut self, n_estimators: usize) -> Self {
            self.$engine.n_estimators = n_estimators;
            self
        }

        /// Factor of every leaf value, above 0 (default 0.1).
        #[must_use]
        pub fn learning_rate(mut self, learning_rate: f64) -> Self {
            self.$engine.learning_rate = learning_rate;
            self
        }

        /// Most bins of a column's values, 2 to 255 (default 255); missing and unseen have bins of their own. A category with
        /// more levels keeps the heaviest and puts the rest into one bin.
        ///
        /// More are refused: a bin is one byte, which is what makes fitting fast. Columns with up to 255 distinct values are cut
        /// exactly; of others the cuts are weighted quantiles (of 200,000 rows drawn, where there are more), so that at most about
        /// 0.4 % of the weight lies between a cut and the best one, which later trees make up for. Where one exact cut decides (a date, a limit of a contract), add a column
        /// that says on which side of it a row lies.
        #[must_use]
        pub fn max_bins(mut self, max_bins: usize) -> Self {
            self.$engine.max_bins = max_bins;
            self
        }

        /// L2 penalty of leaf values (default 0).
        #[must_use]
        pub fn l2_regularization(mut self, l2_regularization: f64) -> Self {
            self.$engine.l2_regularization = l2_regularization;
            self
        }

        /// L1 penalty of leaf values (default 0; XGBoost's name, LightGBM's `lambda_l1`): gradient sums of nodes count only as far as
        /// they exceed it.
        #[must_use]
        pub fn reg_alpha(mut self, reg_alpha: f64) -> Self {
            self.$engine.reg_alpha = reg_alpha;
            self
        }

        /// How trees grow: which leaf is split next where `max_leaf_nodes` ends the growth (default: the one of greatest gain), or all leaves of a
        /// level by one test (`GrowPolicy::Symmetric`; try it on noisy data).
        #[must_use]
        pub fn grow_policy(mut self, grow_policy: $crate::GrowPolicy) -> Self {
            self.$engine.growth.grow_policy = grow_policy;
            self
        }

        /// Share of the columns drawn for each tree, at least one column (default 1: all). Shares of tree, level and split
        /// multiply, as in XGBoost.
        #[must_use]
        pub fn colsample_bytree(mut self, colsample_bytree: f64) -> Self {
            self.$engine.colsample_bytree = colsample_bytree;
            self
        }

        /// Share of the tree's columns drawn for each of its levels, at least one column (default 1: all).
        #[must_use]
        pub fn colsample_bylevel(mut self, colsample_bylevel: f64) -> Self {
            self.$engine.colsample_bylevel = colsample_bylevel;
            self
        }

        /// Directions in which the output may move along each column: by position (`[1, 0, -1]`: up, free, down) or by
        /// name (`[("age", -1)]`). Default: free. Fitting fails where they do not fit the columns, for category columns and for more
        /// than two classes.
        #[must_use]
        pub fn monotonic_cst(mut self, monotonic_cst: impl Into<$crate::MonotonicCst>) -> Self {
            self.$engine.monotonic_cst = monotonic_cst.into();
            self
        }

        /// Groups of columns that may meet on one way from root to leaf, by position or by name. Default: all may. Fitting fails where
        /// they do not fit the columns.
        #[must_use]
        pub fn interaction_cst(mut self, interaction_cst: impl Into<$crate::InteractionCst>) -> Self {
            self.$engine.interaction_cst = interaction_cst.into();
            self
        }

        /// L2 penalty of both sides where the ordered levels of a category are cut, on top of `l2_regularization` (default 10;
        /// LightGBM's `cat_l2`).
        #[must_use]
        pub fn categorical_l2(mut self, categorical_l2: f64) -> Self {
            self.$engine.growth.categorical_l2 = categorical_l2;
            self
        }

        /// Least sum of Hessians (times weights) in a leaf (default 1e-3; LightGBM's `min_sum_hessian_in_leaf`, XGBoost's
        /// `min_child_weight`).
        #[must_use]
        pub fn min_sum_hessian(mut self, min_sum_hessian: f64) -> Self {
            self.$engine.growth.min_sum_hessian = min_sum_hessian;
            self
        }

        /// Least gain of a split (default 0; LightGBM's `min_split_gain`): the decrease of `-T(G)^2 / (H + l2)`, `T` as in
        /// `reg_alpha`.
        #[must_use]
        pub fn min_split_gain(mut self, min_split_gain: f64) -> Self {
            self.$engine.growth.min_gain = min_split_gain;
            self
        }

        /// Share of the rows drawn without replacement for each round (default 1: all).
        #[must_use]
        pub fn subsample(mut self, subsample: f64) -> Self {
            self.$engine.subsample = subsample;
            self
        }

        /// How category columns are treated: as numbers, ordered target statistics, where they have five levels or more (default), or
        /// by sets of levels.
        #[must_use]
        pub fn categorical_encoding(mut self, categorical_encoding: $crate::CategoricalEncoding) -> Self {
            self.$engine.categorical_encoding = categorical_encoding;
            self
        }

        /// Stops when the loss on a held-out (or given) part has not improved for so many rounds, and drops the rounds after the
        /// best. `None` (default): no early stopping, nothing held out.
        #[must_use]
        pub fn n_iter_no_change(mut self, n_iter_no_change: impl Into<Option<usize>>) -> Self {
            self.n_iter_no_change = n_iter_no_change.into();
            self
        }

        /// Share of the rows held out for early stopping (default 0.1).
        #[must_use]
        pub fn validation_fraction(mut self, validation_fraction: f64) -> Self {
            self.validation_fraction = validation_fraction;
            self
        }

        /// Least decrease of the held-out loss that counts as improvement (default 1e-7).
        #[must_use]
        pub fn tol(mut self, tol: f64) -> Self {
            self.tol = tol;
            self
        }
    };
}
