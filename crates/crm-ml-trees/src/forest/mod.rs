//! Single trees and random forests.

use crm_ml_core::{Check, Progress, Result, Samples, Stream, advance, parallel};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::bins::Binned;
use crate::ensemble::Ensemble;
use crate::evidence::{ClassWeights, Evidence, Gradients, Impurity};
use crate::grow::{Draw, Grown, Growth, Plan, grow};
use crate::tree::Tree;
use crate::{MOST_BINS, MOST_TREES, MaxFeatures, check_rows};

/// Trees fitted between two calls of the progress hook. Fixed, so that cancelling means the same with any number of threads.
const WAVE: usize = 8;

/// What a forest does. One tree without bootstrap and with all columns is a decision tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// Number of trees.
    pub n_estimators: usize,
    /// Bounds of the trees. `min_gain` is in units of the impurity's sum over weighted rows divided by their total
    /// (scikit-learn's `min_impurity_decrease`).
    pub growth: Growth,
    /// Most value bins a column.
    pub max_bins: usize,
    /// Columns drawn for each split.
    pub max_features: MaxFeatures,
    /// Whether every tree has its own draw of rows with replacement.
    pub bootstrap: bool,
    /// Seed of the draws.
    pub seed: u64,
}

/// What the trees predict.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Target<'a> {
    /// Class shares.
    Classes {
        /// Class of every row.
        codes: &'a [u32],
        /// Number of classes.
        classes: usize,
        /// What a split reduces.
        impurity: Impurity,
    },
    /// Means, splits reducing the squared error.
    Values(&'a [f64]),
}

impl Target<'_> {
    fn outputs(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Values(_) => 1,
        }
    }
}

impl Default for Forest {
    fn default() -> Self {
        Self {
            n_estimators: 1,
            growth: Growth::default(),
            max_bins: MOST_BINS,
            max_features: MaxFeatures::All,
            bootstrap: false,
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
            .between("max_bins", self.max_bins, 2, MOST_BINS);
        self.growth.check(self.max_features.check(check))
    }

    /// Fits the trees (Breiman 2001). `weights` (above 0) are those of the rows; the samples' own are not looked at.
    ///
    /// Time: trees x rows x drawn columns x depth, and 256 bins a drawn column of every node. Space: rows x columns bytes and the
    /// trees. Errors: cancelled, more rows than the packing serves.
    pub fn fit(
        &self,
        samples: &Samples<'_>,
        target: Target<'_>,
        weights: Option<&[f64]>,
        progress: &dyn Progress,
    ) -> Result<Ensemble> {
        check_rows(samples)?;
        let mut data = Binned::new(samples, weights, self.max_bins);
        if !self.max_features.draws(samples.n_columns()) {
            data = data.with_lines();
        }
        let mut trees = Vec::new();
        for wave in parallel::chunks(self.n_estimators, WAVE) {
            let first = wave.start;
            trees.extend(parallel::map(wave.len(), |i| {
                self.tree(first + i, &data, target, weights, samples.n_rows())
            }));
            for done in wave {
                advance(progress, "trees", done + 1, self.n_estimators)?;
            }
        }
        Ok(Ensemble::mean(trees, data.levels(), target.outputs()))
    }

    fn tree(
        &self,
        index: usize,
        data: &Binned,
        target: Target<'_>,
        weights: Option<&[f64]>,
        count: usize,
    ) -> Tree {
        let mut weights = weights.map_or_else(|| vec![1.0; count], <[f64]>::to_vec);
        if self.bootstrap {
            let drawn = self.bootstrap_counts(index, count);
            weights.iter_mut().zip(&drawn).for_each(|(weight, times)| *weight *= f64::from(*times));
        }
        let rows: Vec<u32> = (0..count as u32).filter(|row| weights[*row as usize] > 0.0).collect();
        match target {
            Target::Classes { codes, classes, impurity } => {
                let evidence = ClassWeights::new(&weights, codes, classes, impurity);
                let grown = self.grow(index, data, &evidence, rows, &weights);
                with_values(grown, &weights, classes, |rows, cover| {
                    let mut shares = vec![0.0; classes];
                    rows.iter()
                        .for_each(|&row| shares[codes[row as usize] as usize] += weights[row as usize]);
                    shares.iter_mut().for_each(|share| *share /= cover);
                    shares
                })
            }
            Target::Values(target) => {
                let total: f64 = weights.iter().sum();
                let mean: f64 = target.iter().zip(&weights).map(|(y, w)| y * (w / total)).sum();
                let gradients: Vec<f64> = target.iter().zip(&weights).map(|(y, w)| (mean - y) * w).collect();
                let evidence = Gradients::new(&gradients, &weights, 0.0);
                let grown = self.grow(index, data, &evidence, rows, &weights);
                with_values(grown, &weights, 1, |rows, cover| {
                    // Around one of them, so that a large common offset costs no digits and equal targets none at all.
                    let centre = rows.first().map_or(0.0, |&row| target[row as usize]);
                    let deviation = |&row: &u32| weights[row as usize] * (target[row as usize] - centre);
                    vec![centre + rows.iter().map(deviation).sum::<f64>() / cover]
                })
            }
        }
    }

    fn grow<E: Evidence>(
        &self,
        index: usize,
        data: &Binned,
        evidence: &E,
        rows: Vec<u32>,
        weights: &[f64],
    ) -> Grown {
        let total: f64 = weights.iter().sum();
        let growth = Growth { min_gain: self.growth.min_gain * total, ..self.growth.clone() };
        let draw = self.max_features.draws(data.bins.len()).then(|| Draw {
            stream: Stream::new(self.seed, "forest/features", index as u64),
            features: self.max_features,
        });
        grow(data, evidence, &growth, rows, Plan::free(data.bins.len(), draw))
    }

    /// How often each row was drawn for a tree.
    fn bootstrap_counts(&self, tree: usize, rows: usize) -> Vec<u32> {
        let mut stream = Stream::new(self.seed, "forest/bootstrap", tree as u64);
        let mut counts = vec![0; rows];
        (0..rows).for_each(|_| counts[stream.below(rows)] += 1);
        counts
    }

    /// The mean output of every row over the trees whose bootstrap left it out, rows x outputs; NaN where there is none.
    ///
    /// `samples` must be those of the fit. Errors: another number of columns than the ensemble has.
    pub fn out_of_bag(&self, ensemble: &Ensemble, samples: &Samples<'_>) -> Result<Array2<f64>> {
        let rows = samples.n_rows();
        let mut sums = Array2::zeros((rows, ensemble.n_outputs()));
        let mut counts = vec![0u32; rows];
        ensemble.check_width(samples)?;
        for (index, tree) in ensemble.trees().iter().enumerate() {
            let drawn = self.bootstrap_counts(index, rows);
            for row in (0..rows).filter(|row| drawn[*row] == 0) {
                let leaf = tree.leaf_of(samples.row(row), ensemble.levels());
                sums.row_mut(row).iter_mut().zip(tree.values(leaf)).for_each(|(sum, value)| *sum += value);
                counts[row] += 1;
            }
        }
        for (mut row, count) in sums.rows_mut().into_iter().zip(counts) {
            row /= f64::from(count);
        }
        Ok(sums)
    }
}

/// Gives every leaf its outputs: `outputs` of its rows and their weight.
fn with_values(
    grown: Grown,
    weights: &[f64],
    width: usize,
    outputs: impl Fn(&[u32], f64) -> Vec<f64>,
) -> Tree {
    let Grown { mut tree, rows, leaves } = grown;
    let leaf = |(node, range): &(usize, std::ops::Range<usize>)| {
        let rows = &rows[range.clone()];
        let cover = rows.iter().map(|&row| weights[row as usize]).sum();
        (*node, cover, outputs(rows, cover))
    };
    tree.set_leaves(width, leaves.iter().map(leaf));
    tree
}
