//! Single trees, random forests and extremely randomised trees.

mod leaves;
mod out_of_bag;
mod rows;
mod target;

use crm_ml_core::{Check, Progress, Result, Samples, advance, parallel};
use serde::{Deserialize, Serialize};

use crate::ensemble::Ensemble;
use crate::exact::{self, Absolute, Criterion, Deviance, FEW, Few, Many, Plan, Ranked};
use crate::grow::{Grown, Growth};
use crate::pruning::PruningPath;
use crate::tree::Tree;
use crate::{MOST_TREES, MaxFeatures, check_rows};
pub use out_of_bag::OutOfBag;
pub use rows::MaxSamples;
use rows::Rows;
use target::Known;
pub use target::{Impurity, RegressionCriterion, Target};

/// Trees fitted between two calls of the progress hook. Fixed, so that cancelling means the same with any number of threads.
const WAVE: usize = 32;
/// Threads share single trees where there are fewer.
const SHARED: usize = 8;

/// What a forest does. One tree on all rows with all columns is a decision tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// Number of trees.
    pub n_estimators: usize,
    /// Bounds of the trees. `min_gain` is in units of the impurity's sum over weighted rows divided by their total
    /// (scikit-learn's `min_impurity_decrease`).
    pub growth: Growth,
    /// Columns drawn for each split.
    pub max_features: MaxFeatures,
    /// How a drawn column is cut.
    pub splitter: Splitter,
    /// Whether every tree has its own draw of rows with replacement.
    pub bootstrap: bool,
    /// Rows of a tree's draw; all where `None`. Without `bootstrap` they are drawn without replacement.
    pub max_samples: Option<MaxSamples>,
    /// Branches that decrease the impurity by less than this a leaf are cut off (Breiman et al. 1984, chapter 3).
    pub ccp_alpha: f64,
    /// Seed of the draws.
    pub seed: u64,
}

/// How a column is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Splitter {
    /// At its best threshold, between any two neighbouring values of the node.
    #[default]
    Best,
    /// At one threshold drawn from the range of the node's values (Geurts, Ernst, Wehenkel 2006); a category at a drawn set of the
    /// node's levels.
    Random,
}

impl Default for Forest {
    fn default() -> Self {
        Self {
            n_estimators: 1,
            growth: Growth::default(),
            max_features: MaxFeatures::All,
            splitter: Splitter::Best,
            bootstrap: false,
            max_samples: None,
            ccp_alpha: 0.0,
            seed: 0,
        }
    }
}

impl Forest {
    /// The rules of these parameters, under scikit-learn's names.
    pub fn check(&self, check: Check) -> Check {
        let check = check
            .between("n_estimators", self.n_estimators, 1, MOST_TREES)
            .range("min_impurity_decrease", self.growth.min_gain, 0.0..)
            .range("ccp_alpha", self.ccp_alpha, 0.0..);
        let check = match self.max_samples {
            Some(most) => most.check(check),
            None => check,
        };
        self.growth.check(self.max_features.check(check))
    }

    /// Whether trees leave rows out.
    pub fn draws_rows(&self) -> bool {
        self.bootstrap || self.max_samples.is_some()
    }

    /// Fits the trees (Breiman 2001). `weights` (above 0) are those of the rows; the samples' own are not looked at.
    ///
    /// Cuts are exact: any two neighbouring values of a node can be parted. Time: trees x rows x drawn columns x depth.
    /// Space: 4 bytes a cell, 8 bytes a distinct value, the trees. Errors: cancelled, more rows than the packing serves, a target that
    /// the criterion does not know.
    pub fn fit(
        &self,
        samples: &Samples<'_>,
        target: Target<'_>,
        weights: Option<&[f64]>,
        progress: &dyn Progress,
    ) -> Result<Ensemble> {
        check_rows(samples)?;
        let known = Known::new(target)?;
        let data = Ranked::new(samples, weights);
        let mut trees = Vec::new();
        for wave in parallel::chunks(self.n_estimators, WAVE) {
            let first = wave.start;
            trees.extend(parallel::map(wave.len(), |i| self.tree(first + i, &data, &known, weights)));
            for done in wave {
                advance(progress, "trees", done + 1, self.n_estimators)?;
            }
        }
        Ok(Ensemble::mean(trees, data.levels(), target.outputs()))
    }

    /// The steps of pruning the (first) tree from all of its splits to none.
    ///
    /// Time: that of a tree. Errors: those of [`Forest::fit`] but cancelled.
    pub fn pruning_path(
        &self,
        samples: &Samples<'_>,
        target: Target<'_>,
        weights: Option<&[f64]>,
    ) -> Result<PruningPath> {
        check_rows(samples)?;
        let known = Known::new(target)?;
        let rows = self.rows(0, samples.n_rows(), weights);
        let grown = self.grown(0, &Ranked::new(samples, weights), &known, &rows);
        let total: f64 = rows.weights.iter().sum();
        Ok(PruningPath::new(&grown, total, leaves::impurity(target, &rows) / total))
    }

    fn tree(&self, index: usize, data: &Ranked, known: &Known<'_>, weights: Option<&[f64]>) -> Tree {
        let rows = self.rows(index, data.n_rows(), weights);
        let mut grown = self.grown(index, data, known, &rows);
        if self.ccp_alpha > 0.0 {
            grown = grown.pruned(self.ccp_alpha * rows.weights.iter().sum::<f64>());
        }
        leaves::with_values(grown, known.target, &rows)
    }

    /// A tree without values.
    fn grown(&self, index: usize, data: &Ranked, known: &Known<'_>, rows: &Rows) -> Grown {
        let (places, weights) = (&rows.places, &rows.weights);
        match known.target {
            Target::Classes { codes, classes, impurity } if classes > FEW => {
                let (criterion, items) = Many::new(places, weights, codes, classes, impurity);
                self.grow(index, data, rows, &criterion, items)
            }
            Target::Classes { codes, classes, impurity } => match classes {
                ..=2 => self.few::<2>(index, data, rows, codes, impurity),
                3 => self.few::<3>(index, data, rows, codes, impurity),
                _ => self.few::<FEW>(index, data, rows, codes, impurity),
            },
            Target::Values(values, RegressionCriterion::SquaredError) => {
                let (criterion, items) = Deviance::<false>::new(places, weights, values, &known.ranks);
                self.grow(index, data, rows, &criterion, items)
            }
            Target::Values(values, RegressionCriterion::Poisson) => {
                let (criterion, items) = Deviance::<true>::new(places, weights, values, &known.ranks);
                self.grow(index, data, rows, &criterion, items)
            }
            Target::Values(values, RegressionCriterion::AbsoluteError) => {
                let (criterion, items) = Absolute::new(places, weights, values, &known.ranks);
                self.grow(index, data, rows, &criterion, items)
            }
        }
    }

    fn few<const K: usize>(
        &self,
        index: usize,
        data: &Ranked,
        rows: &Rows,
        codes: &[u32],
        impurity: crate::Impurity,
    ) -> Grown {
        let (criterion, items) = Few::<K>::new(&rows.places, &rows.weights, codes, impurity);
        self.grow(index, data, rows, &criterion, items)
    }

    fn grow<C: Criterion>(
        &self,
        index: usize,
        data: &Ranked,
        rows: &Rows,
        criterion: &C,
        items: Vec<C::Item>,
    ) -> Grown {
        let total: f64 = rows.weights.iter().sum();
        let growth = Growth { min_gain: self.growth.min_gain * total, ..self.growth.clone() };
        let plan = Plan {
            data,
            growth: &growth,
            amount: self.max_features.amount(data.width()),
            random: self.splitter == Splitter::Random,
            seed: self.seed,
            tree: index,
            shared: self.n_estimators < SHARED,
        };
        exact::grow(&plan, criterion, rows.places.clone(), items)
    }
}
