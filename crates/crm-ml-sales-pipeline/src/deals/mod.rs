//! What happened to every deal.

mod dates;
mod history;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crm_ml_core::{Check, Error, ErrorKind, Result, Timestamp};

pub use dates::StageDates;
pub use history::StageHistory;

use crate::quarter::{DAYS, Quarter, check_day, day_of, time_of};
use crate::stages::{Stages, State};

/// Beyond this an amount is surely an error.
const MOST: f64 = 1e12;

/// One row of a stage history: a deal is in a stage, with an amount, from a time on.
#[derive(Debug, Clone, PartialEq)]
pub struct StageEntry {
    /// Identifier of the deal.
    pub deal: String,
    /// Name of the stage.
    pub stage: String,
    /// When the deal entered it, or when its amount changed there.
    pub time: Timestamp,
    /// The amount from then on; `None` where it is not known.
    pub amount: Option<f64>,
}

/// What happened to every deal, day by day: the stage and the amount at the end of each day on which one of them changed.
///
/// Made by [`StageHistory`], [`StageDates`] or [`Deals::from_entries`]. What histories are like is taken as it comes:
///
/// - **Order** of rows does not matter. Of rows of a deal at the same time the furthest stage counts (won is further than lost, lost than
///   open), of rows of one stage the larger amount; of several times on a day the last one, so that stages passed within a day are skipped ones.
/// - **Skipped stages and steps back** are moves like any other. A **repeated** stage with another amount is a change of the amount: the deal's
///   age in the stage goes on.
/// - **Reopened** deals are open again from that day; their win or loss counts for days before it alone.
/// - **Amounts** that are missing are those of the row before; where there is none the amount is unknown. Deals won at 0 are won, and add nothing.
///   Negative amounts are refused.
/// - **Days** are those of UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct Deals {
    stages: Stages,
    ids: Vec<String>,
    /// Where the events of every deal start, and the end.
    starts: Vec<usize>,
    events: Vec<Event>,
}

/// The state of a deal at the end of a day; amounts that are unknown are NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Event {
    pub(crate) day: i32,
    pub(crate) state: State,
    pub(crate) amount: f64,
}

/// A row that was checked, of the deal of that number.
#[derive(Debug, Clone, Copy)]
struct Row {
    deal: u32,
    micros: i64,
    state: State,
    amount: Option<f64>,
}

/// A stay of a deal in a stage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit<'a> {
    pub(crate) state: State,
    /// The day at whose end the deal was in the stage first.
    pub(crate) entered: i32,
    /// The day at whose end it was elsewhere, and where; `None` while it is there.
    pub(crate) exit: Option<(i32, State)>,
    /// Its amounts, each from the end of a day on.
    pub(crate) events: &'a [Event],
}

impl Visit<'_> {
    /// The amount at the end of a day of the visit.
    pub(crate) fn amount(&self, day: i32) -> f64 {
        let after = self.events.partition_point(|event| event.day <= day);
        self.events.get(after.saturating_sub(1)).map_or(f64::NAN, |event| event.amount)
    }

    /// The last amount of the visit.
    pub(crate) fn last_amount(&self) -> f64 {
        self.events.last().map_or(f64::NAN, |event| event.amount)
    }
}

impl Deals {
    /// Of rows in memory. Errors: those of [`StageHistory::read`], with the row's number.
    ///
    /// ```
    /// use crm_ml_sales_pipeline::{Deals, StageEntry, Stages};
    ///
    /// let entry = |stage: &str, time: &str| StageEntry {
    ///     deal: "D1".into(),
    ///     stage: stage.into(),
    ///     time: time.parse().unwrap(),
    ///     amount: Some(500.0),
    /// };
    /// let rows = [entry("Won", "2024-02-01"), entry("Open", "2024-01-10")];
    /// let deals = Deals::from_entries(&Stages::new(["Open"], "Won", "Lost"), &rows)?;
    /// assert_eq!(deals.won_revenue("2024-01-01".parse()?, "2024-04-01".parse()?), 500.0);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn from_entries(stages: &Stages, entries: &[StageEntry]) -> Result<Self> {
        stages.check()?;
        let mut ids = Ids::default();
        let mut rows = Vec::with_capacity(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            let refused = |column: &str, value: String, message: &str| -> Error {
                ErrorKind::Input {
                    source_name: "stage history".to_owned(),
                    line: None,
                    column: Some(column.to_owned()),
                    value: Some(value),
                    message: format!("row {place}: {message}"),
                }
                .into()
            };
            if entry.deal.is_empty() {
                return Err(refused("deal", String::new(), MISSING_DEAL));
            }
            let state = stages
                .state(&entry.stage)
                .ok_or_else(|| refused("stage", entry.stage.clone(), &stages.unknown()))?;
            let micros = micros(entry.time.seconds())
                .ok_or_else(|| refused("time", entry.time.to_string(), WRONG_TIME))?;
            if let Some(problem) = entry.amount.and_then(wrong_amount) {
                return Err(refused(
                    "amount",
                    entry.amount.map_or_else(String::new, |a| a.to_string()),
                    problem,
                ));
            }
            rows.push(Row { deal: ids.code(&entry.deal)?, micros, state, amount: entry.amount });
        }
        Self::from_rows(stages, ids, rows)
    }

    fn from_rows(stages: &Stages, ids: Ids, mut rows: Vec<Row>) -> Result<Self> {
        if rows.is_empty() {
            return Err(Error::empty("rows"));
        }
        let (ids, place) = ids.sorted();
        rows.iter_mut().for_each(|row| row.deal = place[row.deal as usize]);
        // Amounts that are not known come first, so that known ones of the same time count.
        let amount = |row: &Row| row.amount.unwrap_or(-1.0);
        rows.sort_unstable_by(|a, b| {
            (a.deal, a.micros, a.state)
                .cmp(&(b.deal, b.micros, b.state))
                .then(amount(a).total_cmp(&amount(b)))
        });
        let (mut starts, mut events) = (Vec::with_capacity(ids.len() + 1), Vec::with_capacity(rows.len()));
        for deal in rows.chunk_by(|a, b| a.deal == b.deal) {
            starts.push(events.len());
            let start = events.len();
            let mut known = f64::NAN;
            for row in deal {
                known = row.amount.unwrap_or(known);
                let day = row.micros.div_euclid(MICROS_A_DAY) as i32;
                // What is the same day's is replaced by what came later.
                if events[start..].last().is_some_and(|last: &Event| last.day == day) {
                    events.pop();
                }
                events.push(Event { day, state: row.state, amount: known });
            }
            let mut kept = start;
            for place in start..events.len() {
                let event = events[place];
                let same = |last: &Event| {
                    last.state == event.state && last.amount.to_bits() == event.amount.to_bits()
                };
                if !events[start..kept].last().is_some_and(same) {
                    events[kept] = event;
                    kept += 1;
                }
            }
            events.truncate(kept);
        }
        starts.push(events.len());
        Ok(Self { stages: stages.clone(), ids, starts, events })
    }

    /// The stages.
    pub fn stages(&self) -> &Stages {
        &self.stages
    }

    /// The deals' identifiers, sorted as texts.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Number of deals.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none, as before the first day.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The first day of any deal.
    pub fn first(&self) -> Timestamp {
        time_of(self.events.iter().map(|event| event.day).min().unwrap_or(0))
    }

    /// The last day on which anything changed.
    pub fn last(&self) -> Timestamp {
        time_of(self.events.iter().map(|event| event.day).max().unwrap_or(0))
    }

    /// What was known at the end of a day: nothing later is in it.
    ///
    /// Errors: a day beyond the years 1900 to 2199.
    pub fn as_of(&self, day: Timestamp) -> Result<Self> {
        check_day(Check::of("Deals"), "as_of", day).finish()?;
        Ok(self.until(day_of(day)))
    }

    pub(crate) fn until(&self, day: i32) -> Self {
        let mut known = Self {
            stages: self.stages.clone(),
            ids: Vec::new(),
            starts: Vec::new(),
            events: Vec::with_capacity(self.events.len()),
        };
        for deal in 0..self.len() {
            let events = self.events(deal);
            let events = &events[..events.partition_point(|event| event.day <= day)];
            if !events.is_empty() {
                known.ids.push(self.ids[deal].clone());
                known.starts.push(known.events.len());
                known.events.extend_from_slice(events);
            }
        }
        known.starts.push(known.events.len());
        known
    }

    /// The amounts of the deals that were won from a day on and before another, and are still won.
    pub fn won_revenue(&self, from: Timestamp, to: Timestamp) -> f64 {
        self.won(day_of(from)..day_of(to)).0
    }

    /// What was won in a quarter.
    pub fn won_in(&self, quarter: Quarter) -> f64 {
        self.won(quarter.first_day()..quarter.end_day()).0
    }

    /// Amount and number of the deals won on some days that are still won; unknown amounts count as 0.
    pub(crate) fn won(&self, days: std::ops::Range<i32>) -> (f64, usize) {
        let mut sum = (0.0, 0);
        for deal in 0..self.len() {
            if let Some((day, amount)) = self.win(deal) {
                if days.contains(&day) {
                    sum.0 += known(amount);
                    sum.1 += 1;
                }
            }
        }
        sum
    }

    /// Day and amount of a deal that is won.
    pub(crate) fn win(&self, deal: usize) -> Option<(i32, f64)> {
        let last = self.last_visit(deal)?;
        (last.state == self.stages.won_state()).then(|| (last.entered, last.last_amount()))
    }

    pub(crate) fn events(&self, deal: usize) -> &[Event] {
        &self.events[self.starts[deal]..self.starts[deal + 1]]
    }

    /// The stays of a deal in stages, one after the other.
    pub(crate) fn visits(&self, deal: usize) -> impl Iterator<Item = Visit<'_>> {
        let mut rest = self.events(deal);
        std::iter::from_fn(move || {
            let first = rest.first()?;
            let length = rest.iter().take_while(|event| event.state == first.state).count();
            let (events, later) = rest.split_at(length);
            rest = later;
            let exit = later.first().map(|next| (next.day, next.state));
            Some(Visit { state: first.state, entered: first.day, exit, events })
        })
    }

    pub(crate) fn last_visit(&self, deal: usize) -> Option<Visit<'_>> {
        let events = self.events(deal);
        let state = events.last()?.state;
        let start = events.iter().rposition(|event| event.state != state).map_or(0, |place| place + 1);
        let entered = events.get(start)?.day;
        Some(Visit { state, entered, exit: None, events: &events[start..] })
    }

    /// For every open stage the share of won deals among the closed ones that were ever in it; `None` where none was.
    ///
    /// This is the rate that many CRM systems multiply amounts by. It tells of ever, not of this quarter.
    pub fn win_rates(&self) -> Vec<Option<f64>> {
        let count = self.stages.count();
        let mut closed = vec![(0usize, 0usize); count];
        for deal in 0..self.len() {
            let Some(last) = self.last_visit(deal) else { continue };
            if usize::from(last.state) < count {
                continue;
            }
            let mut seen = vec![false; count];
            for visit in self.visits(deal) {
                if let Some(seen) = seen.get_mut(usize::from(visit.state)) {
                    *seen = true;
                }
            }
            for (closed, _) in closed.iter_mut().zip(seen).filter(|(_, seen)| *seen) {
                closed.0 += 1;
                closed.1 += usize::from(last.state == self.stages.won_state());
            }
        }
        closed.into_iter().map(|(all, won)| (all > 0).then(|| won as f64 / all as f64)).collect()
    }
}

/// An amount, 0 where it is unknown.
pub(crate) fn known(amount: f64) -> f64 {
    if amount.is_nan() { 0.0 } else { amount }
}

const MICROS_A_DAY: i64 = 86_400_000_000;
const MISSING_DEAL: &str = "the deal is missing";
const WRONG_TIME: &str = "a day of the years 1900 to 2199 is needed";

/// Microseconds of a time, if its day is one that is taken.
fn micros(seconds: i64) -> Option<i64> {
    seconds.checked_mul(1_000_000).filter(|micros| right_day(*micros))
}

fn right_day(micros: i64) -> bool {
    i32::try_from(micros.div_euclid(MICROS_A_DAY)).is_ok_and(|day| DAYS.contains(&day))
}

/// What is wrong with an amount.
fn wrong_amount(amount: f64) -> Option<&'static str> {
    if amount < 0.0 {
        Some("the amount is below 0, and deals bring money in; credits are no deals")
    } else if amount <= MOST {
        None
    } else {
        Some("the amount must be a number up to 1e12")
    }
}

/// Identifiers as numbers in order of appearance.
#[derive(Debug, Default)]
struct Ids {
    codes: HashMap<String, u32>,
}

impl Ids {
    fn code(&mut self, id: &str) -> Result<u32> {
        if let Some(code) = self.codes.get(id) {
            return Ok(*code);
        }
        let next = u32::try_from(self.codes.len()).map_err(|_| Error::unsupported("too many deals"))?;
        self.codes.insert(id.to_owned(), next);
        Ok(next)
    }

    /// The identifiers sorted, and the place of each code among them.
    fn sorted(self) -> (Vec<String>, Vec<u32>) {
        let mut all: Vec<(String, u32)> = self.codes.into_iter().collect();
        all.sort_unstable();
        let mut place = vec![0; all.len()];
        all.iter().zip(0..).for_each(|((_, code), rank)| place[*code as usize] = rank);
        (all.into_iter().map(|(id, _)| id).collect(), place)
    }
}
