//! The rounds of a fit.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, Schema, Stream, parallel};

use super::objective::{Leaf, Slopes, loss};
use super::start::{Start, Views};
use super::{Boosting, Part};
use crate::bins::{Binned, Levels};
use crate::evidence::{Gradients, newton};
use crate::grow::{Columns, Draw, Grown, Plan, grow};
use crate::tree::Tree;

/// The constraints as the trees meet them.
pub(super) struct Constraints {
    directions: Vec<i8>,
    interactions: Vec<Vec<usize>>,
}

impl Constraints {
    pub(super) fn new(
        settings: &Boosting,
        schema: &Schema,
        outputs: usize,
        views: &Views<'_>,
    ) -> Result<Self> {
        let directions = settings.monotonic_cst.directions(schema)?;
        if outputs > 1 && !directions.is_empty() {
            return Err(Error::unsupported(
                "monotonic_cst with several outputs: no class moves in one direction while the margins of the others may move too",
            ));
        }
        let interactions = settings.interaction_cst.groups(schema)?;
        Ok(match &views.encoder {
            None => Self { directions, interactions },
            Some(encoder) => Self {
                directions: encoder.spread_directions(directions),
                interactions: encoder.spread_groups(interactions),
            },
        })
    }
}

/// The rounds so far.
pub(super) struct Rounds<'a> {
    settings: &'a Boosting,
    views: &'a Views<'a>,
    /// The views in bins.
    data: Vec<Binned>,
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
        views: &'a Views<'a>,
        train: &'a Part<'a>,
        start: &Start<'_>,
        constraints: Constraints,
    ) -> Self {
        let data: Vec<Binned> =
            views.samples.iter().map(|samples| start.bin(settings, samples, train.weights)).collect();
        let levels = data[0].levels();
        let margins = start.train_margins(views, &levels);
        let slopes = Slopes::new(train.samples.n_rows(), start.outputs());
        Self { settings, views, data, train, constraints, levels, margins, slopes, trees: Vec::new() }
    }

    /// One round; whether any tree has a split.
    pub(super) fn add(&mut self, round: usize) -> Result<bool> {
        self.slopes.update(self.train.objective, &self.margins, self.train.weights)?;
        let rows = self.rows(round);
        let outputs = self.margins.len();
        let view = self.views.of(round);
        let mut grew = false;
        for output in 0..outputs {
            let (gradients, hessians) = (&self.slopes.gradients[output], &self.slopes.hessians[output]);
            let evidence = Gradients::new(gradients, hessians, self.settings.l2_regularization);
            let plan = self.plan(round * outputs + output);
            let grown = grow(&self.data[view], &evidence, &self.settings.growth, rows.clone(), plan);
            grew |= grown.leaves.len() > 1;
            let tree = self.with_values(grown, output, view)?;
            self.trees.push(tree);
        }
        Ok(grew)
    }

    /// What a tree must keep to.
    fn plan(&self, tree: usize) -> Plan<'_> {
        let (settings, width) = (self.settings, self.levels.len());
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
    fn with_values(&mut self, grown: Grown, output: usize, view: usize) -> Result<Tree> {
        let step = |rows: &[u32]| self.step(rows, output);
        let bounds = grown.bounds(&self.constraints.directions, step);
        let Grown { mut tree, rows, leaves } = grown;
        let is_stump = leaves.len() == 1;
        let of_leaf = |place: usize| {
            let (node, range) = &leaves[place];
            let rows = &rows[range.clone()];
            let cover = rows.iter().map(|&row| self.train.weights.map_or(1.0, |w| w[row as usize])).sum();
            if is_stump {
                return Ok((*node, cover, 0.0));
            }
            let step = step(rows);
            if step.is_finite() {
                return Ok((*node, cover, self.settings.learning_rate * bounds[place].clip(step)));
            }
            let row = rows.first().copied().unwrap_or_default();
            Err(Error::numerical(format!("row {row}: the objective's step for its leaf is {step}")))
        };
        let values: Vec<(usize, f64, f64)> = parallel::try_map(leaves.len(), of_leaf)?;
        if self.settings.subsample == 1.0 {
            for ((_, range), (_, _, value)) in leaves.iter().zip(&values) {
                rows[range.clone()].iter().for_each(|&row| self.margins[output][row as usize] += value);
            }
        }
        tree.set_leaves(1, values.into_iter().map(|(node, cover, value)| (node, cover, vec![value])));
        if self.settings.subsample != 1.0 {
            move_margins(&mut self.margins[output], &tree, &self.views.samples[view], &self.levels);
        }
        Ok(tree)
    }

    /// What a leaf adds before the learning rate.
    fn step(&self, rows: &[u32], output: usize) -> f64 {
        let (gradients, hessians) = (&self.slopes.gradients[output], &self.slopes.hessians[output]);
        let add = |(g, h), &row: &u32| (g + gradients[row as usize], h + hessians[row as usize]);
        let (g, h) = rows.iter().fold((0.0, 0.0), add);
        let newton = newton(g, h + self.settings.l2_regularization, self.settings.reg_alpha);
        self.train.objective.leaf_step(&Leaf {
            rows,
            margins: &self.margins[output],
            weights: self.train.weights,
            output,
            // Of weights so small that no sum is left.
            newton: if newton.is_finite() { newton } else { 0.0 },
        })
    }

    /// Mean loss of the training rows.
    pub(super) fn loss(&self) -> Result<f64> {
        loss(self.train.objective, &self.margins, self.train.weights)
    }

    /// Number of columns of the data.
    pub(super) fn n_columns(&self) -> usize {
        self.train.samples.n_columns()
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
