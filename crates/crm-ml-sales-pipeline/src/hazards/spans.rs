//! Ages, amounts and days before the end of a quarter, in a few pieces each.

use serde::{Deserialize, Serialize};

use crate::quarter::{Quarter, time_of};

/// Spans of days in a stage; the last one has no end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AgeSpans {
    /// First day of each span, ascending, the first of them 1.
    starts: Vec<u32>,
}

impl AgeSpans {
    /// Spans of equally many exits at these ages, `most` at most, each with `least` of them at least.
    pub(crate) fn of_exits(mut ages: Vec<u32>, most: usize, least: usize) -> Self {
        ages.sort_unstable();
        let count = (ages.len() / least.max(1)).clamp(1, most.max(1));
        let mut starts = vec![1];
        // Exits below the start of the span that is open.
        let mut below = 0;
        for cut in 1..count {
            let Some(age) = ages.get(ages.len() * cut / count) else { break };
            // Equal ages stay together, so a span may be smaller than its share: it is merged with the next one.
            let before = ages.partition_point(|a| a < age);
            if before - below >= least && ages.len() - before >= least {
                starts.push(*age);
                below = before;
            }
        }
        Self { starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The span of an age in days, from 1.
    pub(crate) fn of(&self, age: u32) -> usize {
        self.starts.partition_point(|start| *start <= age).saturating_sub(1)
    }

    pub(crate) fn start(&self, span: usize) -> u32 {
        self.starts[span]
    }

    /// The last day of a span, if it has one.
    pub(crate) fn end(&self, span: usize) -> Option<u32> {
        self.starts.get(span + 1).map(|next| next - 1)
    }

    pub(crate) fn sound(&self) -> bool {
        self.starts.first() == Some(&1) && self.starts.windows(2).all(|pair| pair[0] < pair[1])
    }
}

/// Groups of amounts, equally many deals in each, and one for unknown amounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AmountGroups {
    /// Least amount of each group but the first.
    edges: Vec<f64>,
}

impl AmountGroups {
    pub(crate) fn of(mut amounts: Vec<f64>, groups: usize) -> Self {
        amounts.retain(|amount| tells(*amount));
        amounts.sort_unstable_by(f64::total_cmp);
        let edge = |group: usize| amounts.get(amounts.len() * group / groups).copied();
        let mut edges: Vec<f64> = (1..groups).filter_map(edge).collect();
        edges.dedup();
        // Below the least amount there is nothing.
        edges.retain(|edge| amounts.first().is_some_and(|least| least < edge));
        Self { edges }
    }

    /// Number of groups, that of unknown amounts included.
    pub(crate) fn count(&self) -> usize {
        self.edges.len() + 2
    }

    /// The group of an amount; the last one where it is unknown or 0.
    pub(crate) fn of_amount(&self, amount: f64) -> usize {
        if tells(amount) { self.edges.partition_point(|edge| *edge <= amount) } else { self.edges.len() + 1 }
    }

    pub(crate) fn edges(&self) -> &[f64] {
        &self.edges
    }

    pub(crate) fn sound(&self) -> bool {
        self.edges.iter().all(|edge| tells(*edge) && edge.is_finite())
            && self.edges.windows(2).all(|pair| pair[0] < pair[1])
    }
}

/// Whether an amount says anything: 0 is what is entered before it is known.
pub(crate) fn tells(amount: f64) -> bool {
    amount > 0.0
}

/// Spans of days before the end of a quarter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QuarterSpans {
    /// First days of spans, ascending, and their numbers; one entry without a rhythm.
    starts: Vec<(i32, usize)>,
}

/// Days left from which on a span is another: the last week, the one before, and so on.
const LEFT: [i32; 4] = [64, 29, 15, 8];

impl QuarterSpans {
    /// Number of spans.
    pub(crate) fn count(rhythm: bool) -> usize {
        if rhythm { LEFT.len() + 1 } else { 1 }
    }

    /// The spans of the days from one to another.
    pub(crate) fn of(rhythm: bool, first_month: u32, from: i32, to: i32) -> Self {
        let mut starts = vec![(i32::MIN, 0)];
        if rhythm {
            let mut quarter = Quarter::holding(time_of(from), first_month);
            while quarter.first_day() <= to {
                starts.push((quarter.first_day(), 0));
                let end = quarter.end_day();
                starts.extend(LEFT.iter().zip(1..).map(|(left, span)| (end - left + 1, span)));
                quarter = quarter.next();
            }
        }
        Self { starts }
    }

    /// Number of its spans.
    pub(crate) fn spans(&self) -> usize {
        Self::count(self.starts.len() > 1)
    }

    /// The span of a day, and its last day.
    pub(crate) fn at(&self, day: i32) -> (usize, i32) {
        let next = self.starts.partition_point(|(start, _)| *start <= day);
        let span = self.starts.get(next.saturating_sub(1)).map_or(0, |(_, span)| *span);
        (span, self.starts.get(next).map_or(i32::MAX, |(start, _)| start - 1))
    }
}

/// Names of the spans, for people to read.
pub(crate) const SPAN_NAMES: [&str; 5] = [
    "more than 9 weeks before the end",
    "5 to 9 weeks before the end",
    "3 and 4 weeks before the end",
    "the last week but one",
    "the last week",
];
