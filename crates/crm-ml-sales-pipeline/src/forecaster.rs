//! The parameters, and the fit.

use crm_ml_core::{Check, ErrorKind, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::amounts::Amounts;
use crate::arrivals::{Arrivals, spread};
use crate::deals::Deals;
use crate::hazards::{AgeSpans, AmountGroups, Hazards, Pull, QuarterSpans, Setting, Weights, estimate, walk};
use crate::model::PipelineModel;
use crate::quarter::{check_day, complete_quarters, day_of};

pub(crate) const NAME: &str = "PipelineForecaster";

/// Fewer won deals than this are told in a note.
const FEW_WINS: usize = 30;
/// The most paths.
pub(crate) const MOST_PATHS: usize = 1_000_000;
/// The most amount groups.
pub(crate) const MOST_GROUPS: usize = 20;

/// Forecasts what open deals bring within a quarter, from the history of all deals.
///
/// **Model.** A deal in a stage for so many days leaves it on the next day with a probability for each way out (won, lost, any other stage):
/// competing risks in discrete time. The probabilities are those of the stage's past, by spans of age with equally many exits; deals that are open
/// still count with their days so far. Winning and losing are scaled by two factors: of the deal's amount among all deals (`amount_groups`), and of the
/// time to the quarter's end (`quarter_rhythm`), since deals close late in a quarter. What a deal closes at is its amount times what won deals of its stage
/// closed at over what they were at then.
///
/// **Little data.** Rates are gamma posterior means, conjugate to counts: a span of age starts as its stage's mean, worth `prior_exits` exits; a factor starts
/// as 1, worth `prior_wins` wins. So rates of few events are near what is usual and those of many are what was seen; counting the prior in events makes it mean the
/// same in fast and slow stages.
///
/// **Forecast.** The probability to be won in time is computed, not simulated ([`PipelineModel::forecast`]); only the sum is. Quarters differ by more
/// than chance: how much is estimated from the last eight, and shared by all deals of a path, so that ranges do not narrow with the number of deals as
/// if each was alone in the world.
///
/// Time of a fit: deals x stages x (quarters + spans passed). No missing values but unknown amounts; no weights but the half-life.
///
/// ```
/// use crm_ml_sales_pipeline::{PipelineForecaster, Quarter, StageHistory, Stages};
///
/// let data = crm_ml_datasets::sales_pipeline(1500, 1)?;
/// let stages = Stages::new(["Prospecting", "Qualification", "Proposal", "Negotiation"], "Closed Won", "Closed Lost");
/// let deals = StageHistory::new("deal_id", "stage", "date", "amount").read(&data.table, &stages)?;
/// let as_of = "2024-11-10".parse()?;
/// let model = PipelineForecaster::new().n_paths(2000).fit(&deals, as_of)?;
/// let forecast = model.forecast(&deals, as_of, Quarter::of(as_of))?;
/// let (low, high) = forecast.revenue.range(80.0)?;
/// assert!(low < forecast.revenue.median() && forecast.revenue.median() < high);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineForecaster {
    half_life: Option<f64>,
    age_spans: usize,
    min_exits: usize,
    prior_exits: f64,
    prior_wins: f64,
    amount_groups: usize,
    quarter_rhythm: bool,
    fiscal_year_start: u32,
    new_deals: bool,
    arrival_window: usize,
    n_paths: usize,
    seed: u64,
}

impl Default for PipelineForecaster {
    fn default() -> Self {
        Self {
            half_life: Some(365.0),
            age_spans: 8,
            min_exits: 30,
            prior_exits: 5.0,
            prior_wins: 20.0,
            amount_groups: 3,
            quarter_rhythm: true,
            fiscal_year_start: 1,
            new_deals: true,
            arrival_window: 182,
            n_paths: 10_000,
            seed: 0,
        }
    }
}

impl PipelineForecaster {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Days after which the past counts half (default 365); `None`: all of it counts the same.
    #[must_use]
    pub fn half_life(mut self, days: Option<f64>) -> Self {
        self.half_life = days;
        self
    }

    /// Most spans of age in a stage, 1 to 100 (default 8).
    #[must_use]
    pub fn age_spans(mut self, most: usize) -> Self {
        self.age_spans = most;
        self
    }

    /// Least exits in a span of age (default 30).
    #[must_use]
    pub fn min_exits(mut self, least: usize) -> Self {
        self.min_exits = least;
        self
    }

    /// Exits that a stage's mean counts for in each span of age (default 5).
    #[must_use]
    pub fn prior_exits(mut self, exits: f64) -> Self {
        self.prior_exits = exits;
        self
    }

    /// Wins (or losses) that a factor of 1 counts for (default 20).
    #[must_use]
    pub fn prior_wins(mut self, wins: f64) -> Self {
        self.prior_wins = wins;
        self
    }

    /// Groups of equally many deals by amount, 1 to 20, whose odds of winning and losing may differ (default 3; 1: they do not). Unknown amounts are one more.
    #[must_use]
    pub fn amount_groups(mut self, groups: usize) -> Self {
        self.amount_groups = groups;
        self
    }

    /// Whether the time to the quarter's end changes the odds of winning and losing (default true).
    #[must_use]
    pub fn quarter_rhythm(mut self, rhythm: bool) -> Self {
        self.quarter_rhythm = rhythm;
        self
    }

    /// The month in which the fiscal year begins, 1 to 12 (default 1); quarters are counted from it.
    #[must_use]
    pub fn fiscal_year_start(mut self, month: u32) -> Self {
        self.fiscal_year_start = month;
        self
    }

    /// Whether deals that are not there yet are counted on (default true).
    #[must_use]
    pub fn new_deals(mut self, new_deals: bool) -> Self {
        self.new_deals = new_deals;
        self
    }

    /// Days back from which the number of new deals is told (default 182: half a year, so that growth is followed and single weeks are not).
    #[must_use]
    pub fn arrival_window(mut self, days: usize) -> Self {
        self.arrival_window = days;
        self
    }

    /// Possible quarters that are drawn for the sum, 100 to a million (default 10,000).
    #[must_use]
    pub fn n_paths(mut self, paths: usize) -> Self {
        self.n_paths = paths;
        self
    }

    /// The seed of the draws.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(crate) fn paths(&self) -> usize {
        self.n_paths
    }

    pub(crate) fn first_month(&self) -> u32 {
        self.fiscal_year_start
    }

    pub(crate) fn draws_with(&self) -> u64 {
        self.seed
    }

    pub(crate) fn check(&self) -> Check {
        let check = Check::of(NAME);
        let check = match self.half_life {
            Some(days) => check.range("half_life", days, 1.0..=1e6),
            None => check,
        };
        check
            .between("age_spans", self.age_spans, 1, 100)
            .at_least("min_exits", self.min_exits, 1)
            .range("prior_exits", self.prior_exits, 1e-3..=1e6)
            .range("prior_wins", self.prior_wins, 1e-3..=1e6)
            .between("amount_groups", self.amount_groups, 1, MOST_GROUPS)
            .between("fiscal_year_start", self.fiscal_year_start as usize, 1, 12)
            .between("arrival_window", self.arrival_window, 1, 100_000)
            .between("n_paths", self.n_paths, 100, MOST_PATHS)
    }

    /// Learns from what was known at the end of a day; later events are not looked at.
    ///
    /// Errors: parameters out of range, a day beyond the years 1900 to 2199, no deal won by then.
    pub fn fit(&self, deals: &Deals, as_of: Timestamp) -> Result<PipelineModel> {
        check_day(self.check(), "as_of", as_of).finish()?;
        let as_of = day_of(as_of);
        let known = deals.until(as_of);
        let wins = (0..known.len()).filter(|deal| known.win(*deal).is_some()).count();
        if wins == 0 {
            let what = "won deals in the history".to_owned();
            return Err(ErrorKind::TooFew { what, needed: 1, found: 0 }.into());
        }
        let first = day_of(known.first());
        let groups = self.groups(&known);
        let ages = self.ages(&known);
        let quarters = QuarterSpans::of(self.quarter_rhythm, self.fiscal_year_start, first, as_of);
        let setting = Setting { ages: &ages, groups: &groups, quarters: &quarters, as_of };
        let weights = Weights::new(as_of, self.half_life);
        let pull = Pull { span: self.prior_exits, factor: self.prior_wins };
        let hazards = estimate(&known, &setting, weights, pull);
        let past = complete_quarters(self.fiscal_year_start, first, as_of);
        let arrivals = || Arrivals::of(&known, &groups, as_of, first, &past, self.arrival_window);
        let arrivals = self.new_deals.then(arrivals).flatten();
        let weighted_wins: f64 =
            (0..known.len()).filter_map(|deal| known.win(deal)).map(|(day, _)| weights.day(day)).sum();
        // Quarters that differ, and an estimate that rests on so many wins.
        let spread = winning_spread(&known, &setting, &hazards, &past);
        let variance = (spread + 1.0 / weighted_wins.max(1.0)).min(1.0);
        let mut notes = Vec::new();
        if wins < FEW_WINS {
            notes.push(format!("the history has {wins} won deals: ranges are wide, and reasons vague"));
        }
        Ok(PipelineModel {
            stages: known.stages().clone(),
            as_of,
            fiscal_year_start: self.fiscal_year_start,
            quarter_rhythm: self.quarter_rhythm,
            amounts: Amounts::of(&known, &groups),
            arrivals,
            win_rates: known.win_rates(),
            hazards,
            variance,
            n_paths: self.n_paths,
            seed: self.seed,
            notes,
        })
    }

    /// Groups by the amounts that deals start with.
    fn groups(&self, known: &Deals) -> AmountGroups {
        let first_known =
            |deal: usize| known.events(deal).iter().map(|event| event.amount).find(|a| *a > 0.0);
        let amounts = (0..known.len()).filter_map(first_known).collect();
        AmountGroups::of(amounts, self.amount_groups)
    }

    /// Spans of the ages at which deals left each stage.
    fn ages(&self, known: &Deals) -> Vec<AgeSpans> {
        let mut ages = vec![Vec::new(); known.stages().count()];
        for deal in 0..known.len() {
            for visit in known.visits(deal) {
                if let (Some(ages), Some((day, _))) = (ages.get_mut(usize::from(visit.state)), visit.exit) {
                    ages.push((day - visit.entered).unsigned_abs());
                }
            }
        }
        ages.into_iter().map(|ages| AgeSpans::of_exits(ages, self.age_spans, self.min_exits)).collect()
    }
}

/// By how much the wins of the last quarters differ from what the rates expect, beyond chance: a relative variance.
fn winning_spread(known: &Deals, setting: &Setting<'_>, hazards: &Hazards, quarters: &[(i32, i32)]) -> f64 {
    let won = hazards.won();
    let Some(&(oldest, _)) = quarters.last() else { return 0.0 };
    let pieces = crm_ml_core::parallel::map_rows(known.len(), 2048, |deals| {
        let mut sums = vec![[0.0; 2]; quarters.len()];
        let mut day_rates = vec![0.0; hazards.states()];
        for deal in deals {
            for visit in known.visits(deal).filter(|visit| usize::from(visit.state) < hazards.lost()) {
                let stage = usize::from(visit.state);
                walk(&visit, setting, |cell, from, to| {
                    if to < oldest {
                        return;
                    }
                    hazards.day(stage, cell.span, cell.group, cell.quarter_span, &mut day_rates);
                    for (&(first, last), sum) in quarters.iter().zip(&mut sums) {
                        let days = to.min(last) - from.max(first) + 1;
                        sum[1] += f64::from(days.max(0)) * day_rates[won];
                    }
                });
                let won_on = visit.exit.filter(|(_, state)| usize::from(*state) == won).map(|(day, _)| day);
                let within =
                    |&(first, last): &(i32, i32)| won_on.is_some_and(|day| first <= day && day <= last);
                if let Some(place) = quarters.iter().position(within) {
                    sums[place][0] += 1.0;
                }
            }
        }
        sums
    });
    let mut sums = vec![[0.0; 2]; quarters.len()];
    for piece in pieces {
        for (sum, part) in sums.iter_mut().zip(piece) {
            sum[0] += part[0];
            sum[1] += part[1];
        }
    }
    spread(sums.into_iter().map(|[seen, expected]| (seen, expected, expected)), 1)
}
