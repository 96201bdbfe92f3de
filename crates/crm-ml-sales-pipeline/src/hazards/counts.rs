//! Days at risk and events of a history.

use super::spans::{AgeSpans, AmountGroups, QuarterSpans};
use crate::deals::{Deals, Visit};

/// Where days are counted: span of age, amount group, span of the quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) span: usize,
    pub(crate) group: usize,
    pub(crate) quarter_span: usize,
}

/// What days are cut by.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    /// Spans of age, one entry an open stage.
    pub(crate) ages: &'a [AgeSpans],
    pub(crate) groups: &'a AmountGroups,
    pub(crate) quarters: &'a QuarterSpans,
    /// The last day that is known.
    pub(crate) as_of: i32,
}

/// How much a day of the past counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights {
    as_of: i32,
    /// What is left of a weight after a day.
    kept: f64,
}

impl Weights {
    pub(crate) fn new(as_of: i32, half_life: Option<f64>) -> Self {
        Self { as_of, kept: half_life.map_or(1.0, |days| (-1.0 / days).exp2()) }
    }

    pub(crate) fn day(&self, day: i32) -> f64 {
        self.kept.powi(self.as_of - day)
    }

    /// The sum over the days from one to another.
    pub(crate) fn sum(&self, from: i32, to: i32) -> f64 {
        let days = f64::from(to - from + 1);
        if self.kept < 1.0 {
            // 1 - kept^days, without the digits lost where kept is almost 1.
            self.day(to) * (days * self.kept.ln()).exp_m1() / self.kept.ln().exp_m1()
        } else {
            days
        }
    }
}

/// The days at risk of a visit of an open stage, each piece of one cell: `piece(cell, first day, last day)`.
///
/// A deal is at risk of leaving on the days after the one it entered on, up to the one it left on, or the last that is known. The
/// amount of a day at risk is that of the evening before.
pub(crate) fn walk(visit: &Visit<'_>, setting: &Setting<'_>, mut piece: impl FnMut(Cell, i32, i32)) {
    let ages = &setting.ages[usize::from(visit.state)];
    let last = visit.exit.map_or(setting.as_of, |(day, _)| day);
    let mut events = visit.events.iter().skip(1).peekable();
    let mut group = visit.events.first().map_or(0, |event| setting.groups.of_amount(event.amount));
    let mut day = visit.entered.saturating_add(1);
    while day <= last {
        while let Some(event) = events.next_if(|event| event.day < day) {
            group = setting.groups.of_amount(event.amount);
        }
        let span = ages.of((day - visit.entered) as u32);
        let span_end = ages.end(span).map_or(i32::MAX, |age| visit.entered.saturating_add_unsigned(age));
        let (quarter_span, quarter_end) = setting.quarters.at(day);
        let amount_end = events.peek().map_or(i32::MAX, |event| event.day);
        let end = last.min(span_end).min(quarter_end).min(amount_end);
        piece(Cell { span, group, quarter_span }, day, end);
        day = end + 1;
    }
}

/// Days at risk and events of one stage.
#[derive(Debug, Clone)]
pub(super) struct StageCounts {
    groups: usize,
    quarters: usize,
    states: usize,
    /// Weighted days by cell.
    exposure: Vec<f64>,
    /// Weighted exits by cell and state to come.
    events: Vec<f64>,
    /// Exits by span, unweighted.
    pub(super) exits: Vec<f64>,
}

impl StageCounts {
    fn new(spans: usize, groups: usize, quarters: usize, states: usize) -> Self {
        let cells = spans * groups * quarters;
        Self {
            groups,
            quarters,
            states,
            exposure: vec![0.0; cells],
            events: vec![0.0; cells * states],
            exits: vec![0.0; spans],
        }
    }

    fn place(&self, cell: Cell) -> usize {
        (cell.span * self.groups + cell.group) * self.quarters + cell.quarter_span
    }

    /// Every cell with its weighted days and its exits by state.
    pub(super) fn cells(&self) -> impl Iterator<Item = (Cell, f64, &[f64])> {
        let cell = |place: usize| Cell {
            span: place / (self.groups * self.quarters),
            group: place / self.quarters % self.groups,
            quarter_span: place % self.quarters,
        };
        let events = self.events.chunks_exact(self.states);
        self.exposure.iter().zip(events).enumerate().map(move |(place, (x, n))| (cell(place), *x, n))
    }

    fn add(&mut self, other: &Self) {
        let pairs = [(&mut self.exposure, &other.exposure), (&mut self.events, &other.events)];
        for (sum, part) in pairs.into_iter().chain([(&mut self.exits, &other.exits)]) {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    }
}

/// Deals counted as one piece.
const DEALS_A_PIECE: usize = 2048;

/// The counts of every open stage.
pub(super) fn count(deals: &Deals, setting: &Setting<'_>, weights: Weights) -> Vec<StageCounts> {
    let stages = deals.stages().count();
    let empty = || -> Vec<StageCounts> {
        let of = |ages: &AgeSpans| {
            let quarters = setting.quarters.spans();
            StageCounts::new(ages.len(), setting.groups.count(), quarters, stages + 2)
        };
        setting.ages.iter().map(of).collect()
    };
    let piece = |deals_of: std::ops::Range<usize>| {
        let mut counts = empty();
        for deal in deals_of {
            for visit in deals.visits(deal).filter(|visit| usize::from(visit.state) < stages) {
                let counts = &mut counts[usize::from(visit.state)];
                let mut last = None;
                walk(&visit, setting, |cell, from, to| {
                    let place = counts.place(cell);
                    counts.exposure[place] += weights.sum(from, to);
                    last = Some(cell);
                });
                if let (Some(cell), Some((day, state))) = (last, visit.exit) {
                    let place = counts.place(cell) * counts.states + usize::from(state);
                    counts.events[place] += weights.day(day);
                    counts.exits[cell.span] += 1.0;
                }
            }
        }
        counts
    };
    let combine = |mut sum: Vec<StageCounts>, part: Vec<StageCounts>| {
        sum.iter_mut().zip(&part).for_each(|(sum, part)| sum.add(part));
        sum
    };
    crm_ml_core::parallel::reduce_rows(deals.len(), DEALS_A_PIECE, piece, combine).unwrap_or_else(empty)
}
