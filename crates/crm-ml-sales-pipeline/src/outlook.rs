//! The probability of a deal to be won in time, without simulation.

use crm_ml_core::parallel;

use crate::hazards::{Hazards, QuarterSpans};

/// The days that are looked ahead, and those on which a win counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ahead {
    pub(crate) as_of: i32,
    /// The first day on which a win counts.
    pub(crate) first: i32,
    pub(crate) last: i32,
}

impl Ahead {
    /// Days from the one after `as_of` to the last one.
    pub(crate) fn days(self) -> usize {
        usize::try_from(self.last.saturating_sub(self.as_of)).unwrap_or(0)
    }
}

/// Probabilities to be won on the days that count.
///
/// A deal that enters a stage on a day is won with the probability `V` that solves, backward over the days,
///
/// `V(s, d) = sum over u of S(u - 1) * (h_won(s, u, d + u) + sum over j of h_j(s, u, d + u) * V(j, d + u))`,
///
/// where `S` is the probability to be in the stage still, and `h` the hazards of age `u` on day `d + u`. A deal of another age runs through the same
/// sum from its age on. Time: `days^2 * stages^2` for the `V` of an amount group, `days * stages` a deal.
#[derive(Debug)]
pub(crate) struct Outlook<'a> {
    hazards: &'a Hazards,
    days: usize,
    /// The first day ahead on which a win counts, from 1.
    counts_from: usize,
    /// The quarter's span of each day ahead, from day 1.
    spans: Vec<usize>,
    /// Daily probabilities by stage, span of age, amount group (then none) and span of the quarter.
    table: Vec<Vec<f64>>,
    /// `V` by amount group, then none; stage by stage, each by day from 0.
    entering: Vec<Vec<f64>>,
}

impl<'a> Outlook<'a> {
    pub(crate) fn new(hazards: &'a Hazards, quarters: &QuarterSpans, ahead: Ahead) -> Self {
        let days = ahead.days();
        let states = hazards.states();
        let (groups, seasons) = (hazards.neutral() + 1, hazards.quarter_factors.len());
        let table = hazards.stages.iter().enumerate().map(|(stage, of)| {
            let mut table = vec![0.0; of.spans.len() * groups * seasons * states];
            for (place, day) in table.chunks_exact_mut(states).enumerate() {
                let (span, group, season) =
                    (place / (groups * seasons), place / seasons % groups, place % seasons);
                hazards.day(stage, span, group, season, day);
            }
            table
        });
        let span = |day: usize| quarters.at(ahead.as_of.saturating_add_unsigned(day as u32 + 1)).0;
        let mut outlook = Self {
            hazards,
            days,
            counts_from: usize::try_from(ahead.first.saturating_sub(ahead.as_of)).unwrap_or(0),
            spans: (0..days).map(span).collect(),
            table: table.collect(),
            entering: Vec::new(),
        };
        outlook.entering = parallel::map(groups, |group| outlook.entries(group));
        outlook
    }

    /// The daily probabilities of an age on a day ahead.
    fn day(&self, stage: usize, span: usize, group: usize, ahead: usize) -> &[f64] {
        let (groups, seasons) = (self.hazards.neutral() + 1, self.hazards.quarter_factors.len());
        let states = self.hazards.states();
        let place = ((span * groups + group) * seasons + self.spans[ahead - 1]) * states;
        &self.table[stage][place..place + states]
    }

    fn entries(&self, group: usize) -> Vec<f64> {
        let (stages, width) = (self.hazards.stages.len(), self.days + 1);
        let mut entering = vec![0.0; stages * width];
        for day in (0..self.days).rev() {
            for stage in 0..stages {
                entering[stage * width + day] = self.run(stage, 0, group, day, &entering);
            }
        }
        entering
    }

    /// The probability of a deal that has been in a stage for `age` days at the end of a day ahead.
    fn run(&self, stage: usize, age: u32, group: usize, from: usize, entering: &[f64]) -> f64 {
        let (stages, width, won) = (self.hazards.stages.len(), self.days + 1, self.hazards.won());
        let spans = &self.hazards.stages[stage].spans;
        let mut span = spans.of(age.saturating_add(1));
        let mut span_end = spans.end(span);
        let (mut still, mut chance) = (1.0, 0.0);
        for day in from + 1..=self.days {
            let now = age.saturating_add((day - from) as u32);
            while span_end.is_some_and(|end| now > end) {
                span += 1;
                span_end = spans.end(span);
            }
            let exits = self.day(stage, span, group, day);
            let mut through = if day >= self.counts_from { exits[won] } else { 0.0 };
            for (rate, later) in exits.iter().take(stages).zip(entering.iter().skip(day).step_by(width)) {
                through += rate * later;
            }
            chance += still * through;
            still *= (1.0 - exits.iter().sum::<f64>()).max(0.0);
        }
        chance.clamp(0.0, 1.0)
    }

    /// The probability of a deal that has been in a stage for `age` days today.
    pub(crate) fn chance(&self, stage: usize, age: u32, group: usize) -> f64 {
        let group = group.min(self.hazards.neutral());
        self.run(stage, age, group, 0, &self.entering[group])
    }

    /// The probability of a deal that enters a state on a day ahead.
    pub(crate) fn entering(&self, state: usize, group: usize, day: usize) -> f64 {
        if state < self.hazards.stages.len() {
            let group = group.min(self.hazards.neutral());
            return self.entering[group][state * (self.days + 1) + day];
        }
        f64::from(u8::from(state == self.hazards.won() && day >= self.counts_from))
    }

    pub(crate) fn days(&self) -> usize {
        self.days
    }
}
