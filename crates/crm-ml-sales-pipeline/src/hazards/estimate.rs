//! Rates from counts.

use super::counts::{Setting, StageCounts, Weights, count};
use super::{Hazards, StageRates};
use crate::deals::Deals;

/// How strongly rates that rest on few events are pulled to what is usual.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pull {
    /// Exits that the mean of a stage counts for in each of its spans of age.
    pub(crate) span: f64,
    /// Wins (or losses) that a factor of 1 counts for.
    pub(crate) factor: f64,
}

/// Rounds of rates and factors in turn: what they fit is convex, and far fewer settle it.
const ROUNDS: usize = 12;

/// The rates of daily exits, as competing risks.
///
/// Deals still in a stage count with their days so far, so that they are censored, not left out. A rate is the mean of a gamma distribution
/// after events and days at risk were seen (conjugate to counts): that of a span of age starts at the mean of its stage, worth `pull.span` exits; that of a
/// stage at the usual rates of all stages, worth one; factors start at 1.
pub(crate) fn estimate(deals: &Deals, setting: &Setting<'_>, weights: Weights, pull: Pull) -> Hazards {
    let counts = count(deals, setting, weights);
    let stages = counts.len();
    let (lost, won) = (stages, stages + 1);
    let (groups, quarters) = (setting.groups.count(), setting.quarters.spans());
    let mut hazards = Hazards {
        stages: Vec::new(),
        groups: setting.groups.clone(),
        group_factors: vec![[1.0; 2]; groups],
        quarter_factors: vec![[1.0; 2]; quarters],
    };
    for _ in 0..ROUNDS {
        hazards.stages = rates(&counts, setting, &hazards, pull);
        // Events and what the rates expect without the factor that is looked for.
        let mut by_group = vec![[[0.0; 2]; 2]; groups];
        let mut by_quarter = vec![[[0.0; 2]; 2]; quarters];
        for (counts, of) in counts.iter().zip(&hazards.stages) {
            for (cell, days, events) in counts.cells() {
                for (kind, state) in [lost, won].into_iter().enumerate() {
                    let expected = days * of.rates[cell.span][state];
                    let season = hazards.quarter_factors[cell.quarter_span][kind];
                    by_group[cell.group][kind][0] += events[state];
                    by_group[cell.group][kind][1] += expected * season;
                }
            }
        }
        factors(&mut hazards.group_factors, &by_group, pull.factor);
        for (counts, of) in counts.iter().zip(&hazards.stages) {
            for (cell, days, events) in counts.cells() {
                for (kind, state) in [lost, won].into_iter().enumerate() {
                    let expected = days * of.rates[cell.span][state];
                    let amount = hazards.group_factors[cell.group][kind];
                    by_quarter[cell.quarter_span][kind][0] += events[state];
                    by_quarter[cell.quarter_span][kind][1] += expected * amount;
                }
            }
        }
        if quarters > 1 {
            factors(&mut hazards.quarter_factors, &by_quarter, pull.factor);
        }
    }
    hazards.stages = rates(&counts, setting, &hazards, pull);
    hazards
}

/// Factors of events beside those expected.
fn factors(factors: &mut [[f64; 2]], seen: &[[[f64; 2]; 2]], pull: f64) {
    for (factor, seen) in factors.iter_mut().zip(seen) {
        for (factor, [events, expected]) in factor.iter_mut().zip(seen) {
            *factor = (events + pull) / (expected + pull);
        }
    }
}

/// The rates of every stage under the factors.
fn rates(counts: &[StageCounts], setting: &Setting<'_>, hazards: &Hazards, pull: Pull) -> Vec<StageRates> {
    let stages = counts.len();
    let states = stages + 2;
    // By stage, span and state: events, and days at risk weighted by the factors.
    let sums: Vec<Vec<Vec<[f64; 2]>>> = counts
        .iter()
        .zip(setting.ages)
        .map(|(counts, ages)| {
            let mut sums = vec![vec![[0.0; 2]; states]; ages.len()];
            for (cell, days, events) in counts.cells() {
                let (group, season) =
                    (hazards.group_factors[cell.group], hazards.quarter_factors[cell.quarter_span]);
                for (state, (sum, event)) in sums[cell.span].iter_mut().zip(events).enumerate() {
                    let factor = match state.checked_sub(stages) {
                        Some(kind) => group[kind] * season[kind],
                        None => 1.0,
                    };
                    sum[0] += event;
                    sum[1] += days * factor;
                }
            }
            sums
        })
        .collect();
    let usual = Usual::of(&sums);
    let stage = |(stage, sums): (usize, &Vec<Vec<[f64; 2]>>)| {
        let total = |state: usize| {
            sums.iter().fold([0.0; 2], |sum, span| [sum[0] + span[state][0], sum[1] + span[state][1]])
        };
        let prior_days = 1.0 / usual.leaving;
        let mean: Vec<f64> = (0..states)
            .map(|state| {
                let [events, days] = total(state);
                (events + usual.share(stage, state)) / (days + prior_days)
            })
            .collect();
        let days = pull.span / mean.iter().sum::<f64>();
        let span = |span: &Vec<[f64; 2]>| {
            let rate =
                |([events, at_risk], mean): (&[f64; 2], &f64)| (events + days * mean) / (at_risk + days);
            let mut rates: Vec<f64> = span.iter().zip(&mean).map(rate).collect();
            let total: f64 = rates.iter().sum();
            if total > 1.0 {
                rates.iter_mut().for_each(|rate| *rate /= total);
            }
            rates
        };
        StageRates {
            spans: setting.ages[stage].clone(),
            rates: sums.iter().map(span).collect(),
            exits: counts[stage].exits.clone(),
        }
    };
    sums.iter().enumerate().map(stage).collect()
}

/// How deals leave stages in general.
struct Usual {
    /// Probability a day.
    leaving: f64,
    /// Shares of the next stage, of lost and of won among exits.
    shares: [f64; 3],
    stages: usize,
}

impl Usual {
    fn of(sums: &[Vec<Vec<[f64; 2]>>]) -> Self {
        let stages = sums.len();
        // One exit of each kind in 90 days, where nothing is known.
        let (mut events, mut days) = ([1.0; 3], 90.0);
        for (stage, spans) in sums.iter().enumerate() {
            for (state, [seen, at_risk]) in spans.iter().flat_map(|span| span.iter().enumerate()) {
                match state {
                    state if state == stages => events[1] += seen,
                    state if state == stages + 1 => {
                        events[2] += seen;
                        days += at_risk;
                    }
                    state if state == stage + 1 => events[0] += seen,
                    _ => {}
                }
            }
        }
        let total: f64 = events.iter().sum();
        Self { leaving: (total / days).min(1.0), shares: events.map(|n| n / total), stages }
    }

    /// The share of exits from a stage that go to a state.
    fn share(&self, stage: usize, state: usize) -> f64 {
        let [next, lost, won] = self.shares;
        // From the last open stage there is no next one.
        let scale = if stage + 1 < self.stages { 1.0 } else { 1.0 / (lost + won) };
        match state {
            state if state == self.stages => lost * scale,
            state if state == self.stages + 1 => won * scale,
            state if state == stage + 1 => next,
            _ => 0.0,
        }
    }
}
