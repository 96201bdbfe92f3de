//! Trees that add up.

use crm_ml_core::{Error, ErrorKind, Result, Samples, parallel};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::bins::Levels;
use crate::row_scorer::RowScorer;
use crate::tree::Tree;
use crate::walk::Form;

/// Rows a block in prediction: the block's cells stay in cache while all trees pass over them.
const BLOCK: usize = 64;
/// From so many rows on it pays to bring the trees into another form.
const MANY: usize = 256;

/// A sum or a mean of trees: what decision trees, forests and boosting fit.
///
/// Each output is a base value plus the sum (boosting) or the mean (trees, forests) of leaf values. Cells are compared as they are,
/// not binned. NaN takes the side learned in training; a category code that training did not know is unseen, which
/// takes the side learned in training if training had unseen cells in that node, else the side with more training rows (so
/// does everything else that a node has not met).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    trees: Vec<Tree>,
    /// Bins of the category columns; as many entries as columns.
    levels: Vec<Option<Levels>>,
    base: Vec<f64>,
    kind: Kind,
}

/// How leaf values become outputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Kind {
    /// Tree `i` adds its one value to output `i % outputs`.
    Sum,
    /// Every tree gives all outputs, which are averaged.
    Mean,
}

/// How much a column mattered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Importance {
    /// Gain of all splits on the column; in a mean of trees each tree counts the same (scikit-learn's `feature_importances_`).
    #[default]
    Gain,
    /// Weight of the training rows that met a split on the column.
    Cover,
    /// Number of splits on the column.
    Split,
}

impl Ensemble {
    pub(crate) fn sum(trees: Vec<Tree>, levels: Vec<Option<Levels>>, base: Vec<f64>) -> Self {
        Self { trees, levels, base, kind: Kind::Sum }
    }

    pub(crate) fn mean(trees: Vec<Tree>, levels: Vec<Option<Levels>>, outputs: usize) -> Self {
        Self { trees, levels, base: vec![0.0; outputs], kind: Kind::Mean }
    }

    /// The trees. In boosting with several outputs tree `i` belongs to output `i % outputs`.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// Number of outputs.
    pub fn n_outputs(&self) -> usize {
        self.base.len()
    }

    /// Whether trees are averaged (trees, forests) rather than summed (boosting).
    pub fn is_mean(&self) -> bool {
        matches!(self.kind, Kind::Mean)
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.levels.len()
    }

    pub(crate) fn base(&self) -> &[f64] {
        &self.base
    }

    pub(crate) fn levels(&self) -> &[Option<Levels>] {
        &self.levels
    }

    /// The outputs a tree adds to, and the factor of its values.
    pub(crate) fn share_of(&self, tree: usize) -> (usize, f64) {
        match self.kind {
            Kind::Sum => (tree % self.base.len().max(1), 1.0),
            Kind::Mean => (0, 1.0 / self.trees.len() as f64),
        }
    }

    pub(crate) fn check_width(&self, samples: &Samples<'_>) -> Result<()> {
        let (expected, found) = (self.levels.len(), samples.n_columns());
        if expected == found { Ok(()) } else { Err(ErrorKind::WidthMismatch { expected, found }.into()) }
    }

    /// The outputs of every row, rows x outputs: margins of boosting, class shares or means of trees and forests.
    ///
    /// Errors: another number of columns. Time: rows x trees x depth.
    pub fn predict(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.check_width(samples)?;
        let outputs = self.n_outputs();
        let mut margins = Array2::zeros((samples.n_rows(), outputs));
        // Fewer rows are not worth another form of the trees.
        let form = match samples.n_rows() < MANY {
            true => Form::AsIs,
            false => Form::new(&self.trees, &self.levels),
        };
        if let Some(buffer) = margins.as_slice_mut() {
            parallel::fill_rows(buffer, outputs, BLOCK, |first, piece| {
                self.predict_block(&form, samples, first, piece)
            });
        }
        Ok(margins)
    }

    /// The ensemble compiled for scoring one row at a time.
    pub fn row_scorer(&self) -> RowScorer {
        RowScorer::new(self, None)
    }

    fn predict_block(&self, form: &Form, samples: &Samples<'_>, first: usize, margins: &mut [f64]) {
        let outputs = self.n_outputs();
        let rows = margins.len() / outputs;
        if matches!(self.kind, Kind::Sum) {
            margins.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(&self.base));
        }
        let block = form.block(samples, first, rows);
        for (place, tree) in self.trees.iter().enumerate() {
            let (output, _) = self.share_of(place);
            if block.add(place, &mut margins[output..], outputs) {
                continue;
            }
            let mut add = |row: usize, leaf: usize| {
                let margin = &mut margins[row * outputs + output..(row + 1) * outputs];
                margin.iter_mut().zip(tree.values(leaf)).for_each(|(sum, value)| *sum += value);
            };
            let walked = block.leaves(place, &mut add);
            (walked..rows).for_each(|row| add(row, tree.leaf_of(samples.row(first + row), &self.levels)));
        }
        if matches!(self.kind, Kind::Mean) {
            margins.iter_mut().for_each(|sum| *sum /= self.trees.len() as f64);
        }
    }

    /// The leaf of every row in every tree (node numbers), rows x trees.
    ///
    /// Errors: another number of columns.
    pub fn apply(&self, samples: &Samples<'_>) -> Result<Array2<u32>> {
        self.check_width(samples)?;
        let leaf =
            |(row, tree): (usize, usize)| self.trees[tree].leaf_of(samples.row(row), &self.levels) as u32;
        Ok(Array2::from_shape_fn((samples.n_rows(), self.trees.len()), leaf))
    }

    /// The nodes of a tree that every row passes, from the root to its leaf. Errors: another number of columns, no such tree.
    pub fn decision_path(&self, samples: &Samples<'_>, tree: usize) -> Result<Vec<Vec<u32>>> {
        self.check_width(samples)?;
        let Some(tree) = self.trees.get(tree) else {
            return Err(Error::length("trees", tree + 1, self.trees.len()));
        };
        let path = |row: usize| tree.path_of(samples.row(row), &self.levels);
        Ok(parallel::map(samples.n_rows(), path))
    }

    /// Importance of every column, summing to 1; all 0 where no tree has a split.
    pub fn importances(&self, importance: Importance) -> Array1<f64> {
        let mut totals = Array1::zeros(self.levels.len());
        for tree in &self.trees {
            let mut of_tree = Array1::<f64>::zeros(self.levels.len());
            for node in 0..tree.n_nodes() {
                let Some(branch) = tree.branch(node) else { continue };
                of_tree[branch.feature] += match importance {
                    Importance::Gain => tree.gain(node),
                    Importance::Cover => tree.cover(node),
                    Importance::Split => 1.0,
                };
            }
            let each_alike = matches!((self.kind, importance), (Kind::Mean, Importance::Gain));
            totals += &(if each_alike { normalised(of_tree) } else { of_tree });
        }
        normalised(totals)
    }

    /// Checks that the values of all leaves are class shares; for values read from a file.
    pub fn validate_shares(&self) -> Result<()> {
        let is_share = |tree: &Tree, node: usize| {
            let values = tree.values(node);
            let sum: f64 = values.iter().sum();
            values.iter().all(|v| (0.0..=1.0 + 1e-9).contains(v)) && (sum - 1.0).abs() < 1e-6
        };
        let holds = self.trees.iter().all(|tree| (0..tree.n_nodes()).all(|node| is_share(tree, node)));
        if holds { Ok(()) } else { Err(Error::model_file("a leaf whose values are no class shares")) }
    }

    /// Checks all that prediction relies on; for values read from a file.
    pub fn validate(&self) -> Result<()> {
        if self.base.is_empty() || self.levels.is_empty() || !self.base.iter().all(|b| b.is_finite()) {
            return Err(Error::model_file("an ensemble without columns or base values"));
        }
        self.levels.iter().flatten().try_for_each(Levels::validate)?;
        let (width, whole) = match self.kind {
            Kind::Sum => (1, self.trees.len() % self.base.len() == 0),
            Kind::Mean => (self.base.len(), !self.trees.is_empty()),
        };
        if !whole {
            return Err(Error::model_file("an ensemble with a wrong number of trees"));
        }
        self.trees.iter().try_for_each(|tree| tree.validate(width, &self.levels))
    }
}

/// The values divided by their sum, where there is one.
fn normalised(mut values: Array1<f64>) -> Array1<f64> {
    // Dividing by the largest first keeps huge gains finite.
    let largest = values.fold(0.0, |most: f64, v| most.max(*v));
    if largest > 0.0 {
        values /= largest;
        let total = values.sum();
        values /= total;
    }
    values
}
