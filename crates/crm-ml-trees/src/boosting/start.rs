//! Where boosting starts: at constants, or at the margins of a model.

use std::borrow::Cow;

use crm_ml_core::{Error, ErrorKind, Result, Samples};

use super::booster::Booster;
use super::encoding::{Encoder, Evidence};
use super::objective::{Slopes, loss};
use super::rounds::move_margins;
use super::{Boosting, Part};
use crate::bins::{Binned, Levels};
use crate::ensemble::Ensemble;
use crate::tree::Tree;

pub(super) struct Start<'a> {
    model: Option<&'a Booster>,
    base: Vec<f64>,
}

/// The training rows as trees look at them: more than one view where categories become numbers, of which the rounds use one
/// after the other.
pub(super) struct Views<'a> {
    pub(super) encoder: Option<Encoder>,
    pub(super) samples: Vec<Cow<'a, Samples<'a>>>,
}

impl Views<'_> {
    /// The view of a round.
    pub(super) fn of(&self, round: usize) -> usize {
        round % self.samples.len()
    }

    /// Other rows, as trees look at them.
    pub(super) fn encoded<'b>(&self, samples: &'b Samples<'b>) -> Result<Cow<'b, Samples<'b>>> {
        Ok(match &self.encoder {
            None => Cow::Borrowed(samples),
            Some(encoder) => Cow::Owned(encoder.encode(samples)?),
        })
    }
}

impl<'a> Start<'a> {
    pub(super) fn new(model: Option<&'a Booster>, train: &Part<'_>) -> Result<Self> {
        let outputs = train.objective.n_outputs();
        let Some(model) = model else {
            return Ok(Self { model, base: checked_base(train)? });
        };
        let (expected, found) = (model.n_columns(), train.samples.n_columns());
        if expected != found {
            return Err(ErrorKind::WidthMismatch { expected, found }.into());
        }
        if model.n_outputs() != outputs {
            return Err(Error::unsupported(format!(
                "boosting for {outputs} outputs cannot go on from a model of {} outputs",
                model.n_outputs(),
            )));
        }
        Ok(Self { model: Some(model), base: model.ensemble().base().to_vec() })
    }

    pub(super) fn outputs(&self) -> usize {
        self.base.len()
    }

    /// Rounds of the model.
    pub(super) fn rounds(&self) -> usize {
        self.trees().len() / self.outputs()
    }

    fn trees(&self) -> &[Tree] {
        self.model.map_or(&[], |model| model.ensemble().trees())
    }

    fn constants(&self, rows: usize) -> Vec<Vec<f64>> {
        self.base.iter().map(|base| vec![*base; rows]).collect()
    }

    /// The views of the training rows. A model keeps its treatment of categories.
    pub(super) fn views<'t>(&self, settings: &Boosting, train: &Part<'t>) -> Result<Views<'t>> {
        let encoder = match self.model {
            Some(model) => model.encoder().cloned(),
            None => Encoder::plan(settings.categorical_encoding, train.samples.schema(), self.outputs()),
        };
        let Some(mut encoder) = encoder else {
            return Ok(Views { encoder, samples: vec![Cow::Borrowed(train.samples)] });
        };
        let rows = train.samples.n_rows();
        let mut slopes = Slopes::new(rows, self.outputs());
        slopes.update(train.objective, &self.constants(rows), train.weights)?;
        let evidence = Evidence { gradients: &slopes.gradients, weights: train.weights, seed: settings.seed };
        let views = encoder.learn(train.samples, &evidence, self.model.is_some())?;
        Ok(Views { encoder: Some(encoder), samples: views.into_iter().map(Cow::Owned).collect() })
    }

    /// A view in bins. The levels of a category keep the bins that the model's splits speak of.
    pub(super) fn bin(&self, settings: &Boosting, samples: &Samples<'_>, weights: Option<&[f64]>) -> Binned {
        let data = Binned::new(samples, weights, settings.max_bins);
        let known: &[Option<Levels>] = self.model.map_or(&[], |model| model.ensemble().levels());
        let same = known.is_empty() || data.levels() == known;
        let data = if same { data } else { data.with_levels(samples, known) };
        if settings.max_features.draws(samples.n_columns()) { data } else { data.with_lines() }
    }

    /// The margins of the training rows, an array an output: each tree looks at the view of its round.
    pub(super) fn train_margins(&self, views: &Views<'_>, levels: &[Option<Levels>]) -> Vec<Vec<f64>> {
        let mut margins = self.constants(views.samples[0].n_rows());
        for (place, tree) in self.trees().iter().enumerate() {
            let samples = &views.samples[views.of(place / self.outputs())];
            move_margins(&mut margins[place % self.outputs()], tree, samples, levels);
        }
        margins
    }

    /// The margins of other rows, encoded.
    pub(super) fn margins(&self, encoded: &Samples<'_>) -> Result<Vec<Vec<f64>>> {
        match self.model {
            None => Ok(self.constants(encoded.n_rows())),
            Some(model) => {
                let margins = model.ensemble().predict(encoded)?;
                Ok(margins.columns().into_iter().map(|m| m.to_vec()).collect())
            }
        }
    }

    /// The model with more trees.
    pub(super) fn then(
        self,
        encoder: Option<Encoder>,
        trees: Vec<Tree>,
        levels: Vec<Option<Levels>>,
    ) -> Booster {
        let trees = self.trees().iter().cloned().chain(trees).collect();
        Booster { encoder, ensemble: Ensemble::sum(trees, levels, self.base) }
    }
}

/// The base margins that the objective tells, or the ones found for it.
fn checked_base(train: &Part<'_>) -> Result<Vec<f64>> {
    let outputs = train.objective.n_outputs();
    if outputs == 0 {
        return Err(Error::empty("outputs"));
    }
    let base = match train.objective.base(train.weights) {
        Some(base) => base,
        None => best_constants(train, outputs)?,
    };
    if base.len() != outputs {
        return Err(Error::length("base margins", outputs, base.len()));
    }
    match base.iter().find(|b| !b.is_finite()) {
        Some(bad) => Err(Error::numerical(format!("the objective's base margin is {bad}"))),
        None => Ok(base),
    }
}

/// Constant margins of (nearly) least loss: Newton's steps from 0, each halved as long as that helps.
fn best_constants(train: &Part<'_>, outputs: usize) -> Result<Vec<f64>> {
    const STEPS: usize = 50;
    const HALVINGS: i32 = 60;
    let rows = train.samples.n_rows();
    let everywhere = |base: &[f64]| base.iter().map(|b| vec![*b; rows]).collect::<Vec<_>>();
    let mut base = vec![0.0; outputs];
    let mut best = base.clone();
    let mut margins = everywhere(&base);
    let mut least = loss(train.objective, &margins, train.weights)?;
    let mut slopes = Slopes::new(rows, outputs);
    for _ in 0..STEPS {
        slopes.update(train.objective, &margins, train.weights)?;
        let step = |(g, h): (&Vec<f64>, &Vec<f64>)| {
            let step = -g.iter().sum::<f64>() / h.iter().sum::<f64>();
            if step.is_finite() { step } else { 0.0 }
        };
        let steps: Vec<f64> = slopes.gradients.iter().zip(&slopes.hessians).map(step).collect();
        let before = least;
        for halvings in 0..HALVINGS {
            let share = 0.5f64.powi(halvings);
            let moved: Vec<f64> = base.iter().zip(&steps).map(|(b, step)| b + share * step).collect();
            let there = everywhere(&moved);
            // A step too far may leave the range of numbers; a shorter one need not.
            let reached = loss(train.objective, &there, train.weights).unwrap_or(f64::INFINITY);
            if reached < least {
                (best, margins, least) = (moved, there, reached);
            } else if least < before {
                break;
            }
        }
        if before - least <= 1e-12 * least.abs() {
            break;
        }
        base.clone_from(&best);
    }
    Ok(best)
}
