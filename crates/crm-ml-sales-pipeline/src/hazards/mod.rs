//! How likely a deal leaves its stage on a day, and for where.

mod counts;
mod estimate;
mod spans;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Error, Result};

pub(crate) use counts::{Setting, Weights, walk};
pub(crate) use estimate::{Pull, estimate};
pub(crate) use spans::{AgeSpans, AmountGroups, QuarterSpans, SPAN_NAMES};

/// The daily probabilities of a deal to leave its stage, for each way out:
///
/// `h(stage, age, way) * f(amount group, way) * c(time to the end of the quarter, way)`
///
/// where the factors `f` and `c` are 1 for moves to other open stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hazards {
    /// One entry an open stage.
    pub(crate) stages: Vec<StageRates>,
    pub(crate) groups: AmountGroups,
    /// Factors of losing and of winning, one pair an amount group; the last group is that of unknown amounts.
    pub(crate) group_factors: Vec<[f64; 2]>,
    /// Factors of losing and of winning, one pair a span of days before the quarter's end.
    pub(crate) quarter_factors: Vec<[f64; 2]>,
}

/// The rates of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StageRates {
    pub(crate) spans: AgeSpans,
    /// For each span the daily probability of each state to come (open stages, lost, won).
    pub(crate) rates: Vec<Vec<f64>>,
    /// For each span the deals that left in it, unweighted.
    pub(crate) exits: Vec<f64>,
}

/// The daily probabilities of leaving a stage within a span of ages; see [`PipelineModel::hazards`](crate::PipelineModel::hazards).
#[derive(Debug, Clone, PartialEq)]
pub struct StageHazards {
    /// Name of the stage.
    pub stage: String,
    /// From the youngest to the oldest.
    pub spans: Vec<AgeSpan>,
}

/// Ages in a stage within which the probabilities of leaving it are taken to be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct AgeSpan {
    /// The first day in the stage, from 1: the day after that on which it was entered.
    pub from_day: u32,
    /// The last day; `None` for the last span, which has no end.
    pub to_day: Option<u32>,
    /// Deals that left the stage within it.
    pub exits: usize,
    /// Probability a day to be won, of an average amount at an average time of the quarter.
    pub won: f64,
    /// Probability a day to be lost.
    pub lost: f64,
    /// Probability a day to move to each of the open stages, in their order.
    pub moves: Vec<f64>,
}

impl Hazards {
    /// States in all: the open stages, lost, won.
    pub(crate) fn states(&self) -> usize {
        self.stages.len() + 2
    }

    pub(crate) fn lost(&self) -> usize {
        self.stages.len()
    }

    pub(crate) fn won(&self) -> usize {
        self.stages.len() + 1
    }

    /// The number that stands for no amount group: a deal of which the amount tells nothing.
    pub(crate) fn neutral(&self) -> usize {
        self.group_factors.len()
    }

    /// The probabilities of a day, by state to come; they sum to 1 at most.
    pub(crate) fn day(&self, stage: usize, span: usize, group: usize, quarter_span: usize, out: &mut [f64]) {
        out.copy_from_slice(&self.stages[stage].rates[span]);
        let group = self.group_factors.get(group).copied().unwrap_or([1.0; 2]);
        let season = self.quarter_factors.get(quarter_span).copied().unwrap_or([1.0; 2]);
        out[self.lost()] *= group[0] * season[0];
        out[self.won()] *= group[1] * season[1];
        let total: f64 = out.iter().sum();
        if total > 1.0 {
            out.iter_mut().for_each(|rate| *rate /= total);
        }
    }

    /// Checks what a file may have spoilt.
    pub(crate) fn validate(&self, stages: usize, quarter_spans: usize) -> Result<()> {
        let rates = |stage: &StageRates| {
            let counts = [stage.rates.len(), stage.exits.len()].iter().all(|len| *len == stage.spans.len());
            let probable = |day: &Vec<f64>| {
                day.len() == stages + 2
                    && day.iter().all(|rate| (0.0..=1.0).contains(rate))
                    && day.iter().sum::<f64>() <= 1.0 + 1e-9
            };
            stage.spans.sound()
                && counts
                && stage.rates.iter().all(probable)
                && stage.exits.iter().all(|n| (0.0..=1e15).contains(n))
        };
        let factors = |factors: &[[f64; 2]]| factors.iter().flatten().all(|f| (0.0..=1e6).contains(f));
        let sound = self.stages.len() == stages
            && self.stages.iter().all(rates)
            && self.groups.sound()
            && self.group_factors.len() == self.groups.count()
            && self.quarter_factors.len() == quarter_spans
            && factors(&self.group_factors)
            && factors(&self.quarter_factors);
        if sound { Ok(()) } else { Err(Error::model_file("hazards that are no probabilities")) }
    }

    /// The rates of a stage for people to read.
    pub(crate) fn shown(&self, stage: usize, name: &str) -> StageHazards {
        let (lost, won) = (self.lost(), self.won());
        let of = &self.stages[stage];
        let span = |span: usize| AgeSpan {
            from_day: of.spans.start(span),
            to_day: of.spans.end(span),
            exits: of.exits[span] as usize,
            won: of.rates[span][won],
            lost: of.rates[span][lost],
            moves: of.rates[span][..lost].to_vec(),
        };
        StageHazards { stage: name.to_owned(), spans: (0..of.spans.len()).map(span).collect() }
    }
}
