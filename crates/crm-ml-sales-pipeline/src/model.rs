//! What was learned of a pipeline.

use crm_ml_core::{Check, Error, Persist, Result, Timestamp, parallel};
use serde::{Deserialize, Serialize};

use crate::amounts::{Amounts, mean};
use crate::arrivals::Arrivals;
use crate::deals::{Deals, Visit};
use crate::forecast::{DealForecast, PipelineForecast};
use crate::forecaster::{MOST_GROUPS, MOST_PATHS, NAME};
use crate::hazards::{Hazards, QuarterSpans, SPAN_NAMES, StageHazards};
use crate::outcomes::Outcomes;
use crate::outlook::{Ahead, Outlook};
use crate::quarter::{DAYS, Quarter, check_day, day_of, time_of};
use crate::reasons::DealReasons;
use crate::simulate::{NewWins, OpenDeal, sums};
use crate::stages::Stages;

/// Farthest day that is looked ahead: more than a year, so that the next three quarters can be forecast.
const MOST_DAYS: usize = 400;

/// A fitted [`PipelineForecaster`](crate::PipelineForecaster).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineModel {
    pub(crate) stages: Stages,
    pub(crate) as_of: i32,
    pub(crate) fiscal_year_start: u32,
    pub(crate) quarter_rhythm: bool,
    pub(crate) hazards: Hazards,
    pub(crate) amounts: Amounts,
    pub(crate) arrivals: Option<Arrivals>,
    pub(crate) win_rates: Vec<Option<f64>>,
    /// Squared relative error of the odds of winning that a quarter's deals share.
    pub(crate) variance: f64,
    pub(crate) n_paths: usize,
    pub(crate) seed: u64,
    pub(crate) notes: Vec<String>,
}

impl PipelineModel {
    /// The stages it knows.
    pub fn stages(&self) -> &Stages {
        &self.stages
    }

    /// The last day it learned from.
    pub fn as_of(&self) -> Timestamp {
        time_of(self.as_of)
    }

    /// The quarter of a day, in its fiscal year.
    pub fn quarter(&self, day: Timestamp) -> Quarter {
        Quarter::holding(day, self.fiscal_year_start)
    }

    /// What a reader should know, in words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The daily probabilities of leaving each open stage by age.
    pub fn hazards(&self) -> Vec<StageHazards> {
        let stages = self.stages.open().iter().enumerate();
        stages.map(|(stage, name)| self.hazards.shown(stage, name)).collect()
    }

    /// Factors of the odds of losing and of winning by amount: the least amount of each group, `None` for unknown amounts.
    pub fn amount_factors(&self) -> Vec<(Option<f64>, [f64; 2])> {
        let least = [0.0].iter().chain(self.hazards.groups.edges()).map(|edge| Some(*edge)).chain([None]);
        least.zip(self.hazards.group_factors.iter().copied()).collect()
    }

    /// Factors of the odds of losing and of winning by the time to the quarter's end; none without a rhythm.
    pub fn quarter_factors(&self) -> Vec<(&'static str, [f64; 2])> {
        let factors = self.hazards.quarter_factors.iter().copied();
        if self.quarter_rhythm { SPAN_NAMES.into_iter().zip(factors).collect() } else { Vec::new() }
    }

    /// New deals a day that are expected; 0 where they are not counted on.
    pub fn new_deals_a_day(&self) -> f64 {
        self.arrivals.as_ref().map_or(0.0, |arrivals| arrivals.per_day)
    }

    /// Standard deviation, relative to 1, of what the odds of winning in a quarter have in common: how far quarters differ, and how well the odds
    /// are known.
    pub fn shared_deviation(&self) -> f64 {
        self.variance.sqrt()
    }

    /// What is to be expected of a quarter at the end of a day: of each open deal, and of the sum.
    ///
    /// Nothing after that day is looked at. The probability of each deal is exact under the model. The sum adds what is already won in the quarter, open
    /// deals and, unless switched off, wins of deals that will come within it. Deals won and reopened later, and back-dated rows, are not foreseen.
    ///
    /// Errors: deals of other stages, a day beyond the years 1900 to 2199, a quarter whose end lies more than 400 days ahead. Time: deals x days x stages,
    /// then about 30 ns for each win drawn (paths x expected wins).
    pub fn forecast(&self, deals: &Deals, as_of: Timestamp, quarter: Quarter) -> Result<PipelineForecast> {
        let (today, first, last) = (day_of(as_of), quarter.first_day(), quarter.end_day().saturating_sub(1));
        let ahead = Ahead { as_of: today, first, last };
        check_day(Check::of(NAME), "as_of", as_of).finish()?;
        Check::of(NAME)
            .rule("quarter", quarter, ahead.days() <= MOST_DAYS, "one that ends within 400 days")
            .finish()?;
        if deals.stages().open() != self.stages.open() {
            return Err(Error::unsupported("the deals have other stages than the model"));
        }
        let known = deals.until(today);
        let quarters = QuarterSpans::of(self.quarter_rhythm, self.fiscal_year_start, today, last);
        let outlook = Outlook::new(&self.hazards, &quarters, ahead);
        let worth = Worth::of(&self.amounts);
        let open: Vec<(usize, Visit<'_>)> = (0..known.len())
            .filter_map(|deal| Some((deal, known.last_visit(deal)?)))
            .filter(|(_, visit)| usize::from(visit.state) < self.stages.count())
            .collect();
        let fresh: Vec<f64> =
            (0..self.stages.count()).map(|stage| outlook.chance(stage, 0, self.hazards.neutral())).collect();
        let forecasts = parallel::map(open.len(), |place| {
            let (deal, visit) = open[place];
            self.deal(&known.ids()[deal], visit, today, &outlook, &worth, &fresh)
        });
        let draws = forecasts.iter().zip(&open).map(|(of, (_, visit))| {
            let (id, probability) = (of.id.as_str(), of.probability);
            match of.amount {
                Some(amount) => OpenDeal {
                    id,
                    probability,
                    amount,
                    factors: &self.amounts.ratios[usize::from(visit.state)],
                },
                None => OpenDeal { id, probability, amount: 1.0, factors: &self.amounts.won },
            }
        });
        let draws: Vec<OpenDeal<'_>> = draws.collect();
        let (new, new_revenue) = self.new_wins(&outlook, &worth);
        let (won, won_deals) = known.won(first..today.saturating_add(1).min(last.saturating_add(1)));
        // The sum of nothing is -0.
        let open_revenue = 0.0 + forecasts.iter().map(|deal| deal.expected_revenue).sum::<f64>();
        let mut values = sums(&draws, &new, self.variance, self.n_paths, self.seed);
        values.iter_mut().for_each(|value| *value += won);
        Ok(PipelineForecast {
            quarter,
            as_of,
            won,
            won_deals,
            open_revenue,
            new_revenue,
            deals: forecasts,
            revenue: Outcomes::new(won + open_revenue + new_revenue, values),
        })
    }

    fn deal(
        &self,
        id: &str,
        visit: Visit<'_>,
        today: i32,
        outlook: &Outlook<'_>,
        worth: &Worth,
        fresh: &[f64],
    ) -> DealForecast {
        let stage = usize::from(visit.state);
        let age = today.saturating_sub(visit.entered).unsigned_abs();
        let amount = Some(visit.last_amount()).filter(|amount| *amount > 0.0);
        let group = self.hazards.groups.of_amount(visit.last_amount());
        let of_age = outlook.chance(stage, age, self.hazards.neutral());
        let probability = outlook.chance(stage, age, group);
        let expected_amount = amount.map_or(worth.won, |amount| amount * worth.ratios[stage]);
        let over = |of: f64, base: f64| if base > 0.0 { of / base } else { 1.0 };
        DealForecast {
            id: id.to_owned(),
            stage: self.stages.open()[stage].clone(),
            days_in_stage: age,
            amount,
            probability,
            expected_amount,
            expected_revenue: probability * expected_amount,
            reasons: DealReasons {
                fresh_probability: fresh[stage],
                age_factor: over(of_age, fresh[stage]),
                amount_factor: over(probability, of_age),
                win_rate: self.win_rates[stage],
            },
        }
    }

    /// Wins of deals that are not there yet, and what they are expected to bring.
    fn new_wins(&self, outlook: &Outlook<'_>, worth: &Worth) -> (NewWins<'_>, f64) {
        let Some(arrivals) = &self.arrivals else { return (NewWins::default(), 0.0) };
        let (mut wins, mut revenue, mut kinds) = (0.0, 0.0, Vec::new());
        for (state, group, share) in &arrivals.shares {
            let chances = (1..=outlook.days()).map(|day| outlook.entering(usize::from(*state), *group, day));
            let expected = arrivals.per_day * share * chances.sum::<f64>();
            wins += expected;
            revenue += expected * worth.by_group[*group];
            kinds.push((expected, self.amounts.by_group[*group].as_slice()));
        }
        let coming = arrivals.per_day * outlook.days() as f64;
        let probability = if coming > 0.0 { (wins / coming).min(1.0) } else { 0.0 };
        (NewWins { kinds, probability, variance: arrivals.variance }, revenue)
    }
}

/// Means of what deals close at.
struct Worth {
    ratios: Vec<f64>,
    by_group: Vec<f64>,
    won: f64,
}

impl Worth {
    fn of(amounts: &Amounts) -> Self {
        let means = |lists: &[Vec<f64>]| lists.iter().map(|list| mean(list)).collect();
        Self { ratios: means(&amounts.ratios), by_group: means(&amounts.by_group), won: mean(&amounts.won) }
    }
}

impl Persist for PipelineModel {
    const KIND: &'static str = "pipeline-model";

    fn validate(&self) -> Result<()> {
        self.stages.check()?;
        let stages = self.stages.count();
        let seasons = QuarterSpans::count(self.quarter_rhythm);
        self.hazards.validate(stages, seasons)?;
        let groups = self.hazards.groups.count();
        self.amounts.validate(stages, groups)?;
        if let Some(arrivals) = &self.arrivals {
            arrivals.validate(stages, groups)?;
        }
        let rate = |rate: &Option<f64>| rate.is_none_or(|rate| (0.0..=1.0).contains(&rate));
        let spans: usize = self.hazards.stages.iter().map(|stage| stage.spans.len()).sum();
        let sound = DAYS.contains(&self.as_of)
            && (1..=12).contains(&self.fiscal_year_start)
            && groups <= MOST_GROUPS + 1
            && spans <= 100 * stages
            && self.win_rates.len() == stages
            && self.win_rates.iter().all(rate)
            && (0.0..=1.0).contains(&self.variance)
            && (100..=MOST_PATHS).contains(&self.n_paths);
        if sound { Ok(()) } else { Err(Error::model_file("a pipeline that is none")) }
    }
}
