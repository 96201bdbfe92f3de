//! Where boosting starts: at constants, or at the margins of a model.

use crm_ml_core::{Error, ErrorKind, Result, Samples};

use super::objective::{Slopes, loss};
use super::{Boosting, Part};
use crate::bins::{Binned, ColumnBins, Levels};
use crate::ensemble::Ensemble;
use crate::tree::Tree;

pub(super) struct Start<'a> {
    model: Option<&'a Ensemble>,
    base: Vec<f64>,
}

impl<'a> Start<'a> {
    pub(super) fn new(model: Option<&'a Ensemble>, train: &Part<'_>) -> Result<Self> {
        let outputs = train.objective.n_outputs();
        let Some(model) = model else {
            return Ok(Self { model, base: checked_base(train)? });
        };
        let (expected, found) = (model.n_columns(), train.samples.n_columns());
        if expected != found {
            return Err(ErrorKind::WidthMismatch { expected, found }.into());
        }
        if model.is_mean() || model.n_outputs() != outputs {
            return Err(Error::unsupported(format!(
                "boosting for {outputs} outputs cannot go on from a model of {} outputs{}",
                model.n_outputs(),
                if model.is_mean() { " whose trees are averaged" } else { "" }
            )));
        }
        Ok(Self { model: Some(model), base: model.base().to_vec() })
    }

    pub(super) fn outputs(&self) -> usize {
        self.base.len()
    }

    /// Rounds of the model.
    pub(super) fn rounds(&self) -> usize {
        self.model.map_or(0, |model| model.trees().len() / self.outputs())
    }

    /// The margins of all rows, an array an output.
    pub(super) fn margins(&self, samples: &Samples<'_>) -> Result<Vec<Vec<f64>>> {
        match self.model {
            None => Ok(self.base.iter().map(|base| vec![*base; samples.n_rows()]).collect()),
            Some(model) => Ok(model.predict(samples)?.columns().into_iter().map(|m| m.to_vec()).collect()),
        }
    }

    /// The training rows in bins. The levels of a category keep the bins that the model's splits speak of.
    pub(super) fn bin(&self, settings: &Boosting, train: &Part<'_>) -> Binned {
        let mut data = Binned::new(train.samples, train.weights, settings.max_bins);
        let known: &[Option<Levels>] = self.model.map_or(&[], Ensemble::levels);
        for (column, levels) in known.iter().enumerate() {
            let Some(levels) = levels else { continue };
            let kept = ColumnBins::Category(levels.clone());
            if data.bins[column] != kept {
                let cells = train.samples.dense();
                data.columns[column] = cells.column(column).iter().map(|cell| levels.bin(*cell)).collect();
                data.bins[column] = kept;
            }
        }
        if settings.max_features.draws(train.samples.n_columns()) { data } else { data.with_lines() }
    }

    /// The model with more trees.
    pub(super) fn then(self, trees: Vec<Tree>, levels: Vec<Option<Levels>>) -> Ensemble {
        let before = self.model.map_or(&[][..], Ensemble::trees);
        Ensemble::sum(before.iter().cloned().chain(trees).collect(), levels, self.base)
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
