//! The rounds of a fit.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, Stream, parallel};

use super::objective::{Leaf, Slopes, loss};
use super::start::Start;
use super::{Boosting, Constraints, Part};
use crate::bins::{Binned, Levels};
use crate::evidence::{Gradients, newton};
use crate::grow::{Columns, Draw, Grown, Plan, grow};
use crate::tree::Tree;

/// The rounds so far.
pub(super) struct Rounds<'a> {
    settings: &'a Boosting,
    data: &'a Binned,
    train: &'a Part<'a>,
    constraints: Constraints,
    levels: Vec<Option<Levels>>,
    /// Margins of the training rows, an array an output.
    margins: Vec<Vec<f64>>,
    slopes: Slopes,
    trees: Vec<Tree>,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(
        settings: &'a Boosting,
        data: &'a Binned,
        train: &'a Part<'a>,
        start: &Start<'_>,
        constraints: Constraints,
    ) -> Result<Self> {
        let slopes = Slopes::new(train.samples.n_rows(), start.outputs());
        let margins = start.margins(train.samples)?;
        let levels = data.levels();
        Ok(Self { settings, data, train, constraints, levels, margins, slopes, trees: Vec::new() })
    }

    /// One round; whether any tree has a split.
    pub(super) fn add(&mut self, round: usize) -> Result<bool> {
        self.slopes.update(self.train.objective, &self.margins, self.train.weights)?;
        let rows = self.rows(round);
        let outputs = self.margins.len();
        let mut grew = false;
        for output in 0..outputs {
            let (gradients, hessians) = (&self.slopes.gradients[output], &self.slopes.hessians[output]);
            let evidence = Gradients::new(gradients, hessians, self.settings.l2_regularization);
            let plan = self.plan(round * outputs + output);
            let grown = grow(self.data, &evidence, &self.settings.growth, rows.clone(), plan);
            grew |= grown.leaves.len() > 1;
            let tree = self.with_values(grown, output)?;
            self.trees.push(tree);
        }
        Ok(grew)
    }

    /// What a tree must keep to.
    fn plan(&self, tree: usize) -> Plan<'_> {
        let (settings, width) = (self.settings, self.data.bins.len());
        let stream = |tag| Stream::new(settings.seed, tag, tree as u64);
        let draw = || Draw { stream: stream("boosting/features"), features: settings.max_features };
        let Boosting { colsample_bytree, colsample_bylevel, .. } = *settings;
        Plan {
            columns: Columns::drawn(width, colsample_bytree, colsample_bylevel, stream("boosting/columns")),
            draw: settings.max_features.draws(width).then(draw),
            l1: settings.reg_alpha,
            directions: &self.constraints.directions,
            interactions: &self.constraints.interactions,
        }
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
    fn with_values(&mut self, grown: Grown, output: usize) -> Result<Tree> {
        let bounds = grown.bounds(&self.constraints.directions, |rows| self.step(rows, output))?;
        let Grown { mut tree, rows, leaves } = grown;
        let is_stump = leaves.len() == 1;
        let settings = self.settings;
        let of_leaf = |place: usize| {
            let (node, range) = &leaves[place];
            let rows = &rows[range.clone()];
            let cover = rows.iter().map(|&row| self.train.weights.map_or(1.0, |w| w[row as usize])).sum();
            let step = if is_stump { 0.0 } else { bounds[place].clip(self.step(rows, output)?) };
            Ok((*node, cover, settings.learning_rate * step))
        };
        let values: Vec<(usize, f64, f64)> = parallel::try_map(leaves.len(), of_leaf)?;
        if self.settings.subsample == 1.0 {
            for ((_, range), (_, _, value)) in leaves.iter().zip(&values) {
                rows[range.clone()].iter().for_each(|&row| self.margins[output][row as usize] += value);
            }
        }
        tree.set_leaves(1, values.into_iter().map(|(node, cover, value)| (node, cover, vec![value])));
        if self.settings.subsample != 1.0 {
            move_margins(&mut self.margins[output], &tree, self.train.samples, &self.levels);
        }
        Ok(tree)
    }

    /// What a leaf adds before the learning rate.
    fn step(&self, rows: &[u32], output: usize) -> Result<f64> {
        let (gradients, hessians) = (&self.slopes.gradients[output], &self.slopes.hessians[output]);
        let (mut g, mut h) = (0.0, 0.0);
        for &row in rows {
            g += gradients[row as usize];
            h += hessians[row as usize];
        }
        let newton = newton(g, h + self.settings.l2_regularization, self.settings.reg_alpha);
        let leaf = Leaf {
            rows,
            margins: &self.margins[output],
            weights: self.train.weights,
            output,
            // Of weights so small that no sum is left.
            newton: if newton.is_finite() { newton } else { 0.0 },
        };
        let step = self.train.objective.leaf_step(&leaf);
        if step.is_finite() {
            return Ok(step);
        }
        let row = rows.first().copied().unwrap_or_default();
        Err(Error::numerical(format!("row {row}: the objective's step for its leaf is {step}")))
    }

    /// Mean loss of the training rows.
    pub(super) fn loss(&self) -> Result<f64> {
        loss(self.train.objective, &self.margins, self.train.weights)
    }

    /// The bins of the category columns.
    pub(super) fn levels(&self) -> &[Option<Levels>] {
        &self.levels
    }

    /// Number of rounds.
    pub(super) fn count(&self) -> usize {
        self.trees.len() / self.margins.len()
    }

    /// The trees of the last round, one an output.
    pub(super) fn last(&self) -> &[Tree] {
        &self.trees[self.trees.len().saturating_sub(self.margins.len())..]
    }

    /// Drops the last round, which changed no margin.
    pub(super) fn drop_last(&mut self) {
        self.keep(self.count() - 1);
    }

    /// Drops the trees behind the first `rounds` rounds.
    pub(super) fn keep(&mut self, rounds: usize) {
        self.trees.truncate(rounds * self.margins.len());
    }

    pub(super) fn into_trees(self) -> Vec<Tree> {
        self.trees
    }
}

/// Adds a tree's outputs to the margins.
pub(super) fn move_margins(
    margins: &mut [f64],
    tree: &Tree,
    samples: &Samples<'_>,
    levels: &[Option<Levels>],
) {
    parallel::fill_rows(margins, 1, ROW_CHUNK, |first, piece| {
        for (i, margin) in piece.iter_mut().enumerate() {
            *margin += tree.values(tree.leaf_of(samples.row(first + i), levels))[0];
        }
    });
}
