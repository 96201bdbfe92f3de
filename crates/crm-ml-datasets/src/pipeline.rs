//! Deals that move through the stages of a sales pipeline.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use chrono::{Datelike, NaiveDate};
use crm_ml_core::{Check, Error, Result, Stream, parallel};
use crm_ml_table::{FieldType, Role, Table, TableSchema};

use crate::draw::{exponential, gamma, happens};

/// 2021-01-01 in days since 1970-01-01.
const START: i32 = 18_628;
/// Four years.
const DAYS: i32 = 1461;
/// The last days of a quarter on which deals are closed more often.
const QUARTER_END_DAYS: i32 = 14;
/// From this amount on a deal is large.
const LARGE: f64 = 40_000.0;
/// Share of lost deals that are opened again, and days until then.
const REOPENED: f64 = 0.02;
const REOPENED_AFTER: f64 = 45.0;

const OPEN: [&str; 4] = ["Prospecting", "Qualification", "Proposal", "Negotiation"];
const LOST: usize = 4;
const WON: usize = 5;
/// First days of the spans of age.
const AGES: [u32; 3] = [1, 15, 46];
/// Daily probabilities by stage and span of age to be in another state: the open stages, lost, won.
const DAILY: [[[f64; 6]; 3]; 4] = [
    [
        [0.0, 0.060, 0.004, 0.0, 0.020, 0.0005],
        [0.0, 0.030, 0.002, 0.0, 0.020, 0.0005],
        [0.0, 0.010, 0.001, 0.0, 0.020, 0.0002],
    ],
    [
        [0.002, 0.0, 0.050, 0.003, 0.018, 0.0010],
        [0.002, 0.0, 0.030, 0.003, 0.018, 0.0010],
        [0.001, 0.0, 0.008, 0.001, 0.020, 0.0005],
    ],
    [
        [0.0, 0.003, 0.0, 0.050, 0.012, 0.0060],
        [0.0, 0.003, 0.0, 0.025, 0.015, 0.0060],
        [0.0, 0.001, 0.0, 0.006, 0.020, 0.0020],
    ],
    [
        [0.0, 0.0, 0.004, 0.0, 0.012, 0.0500],
        [0.0, 0.0, 0.004, 0.0, 0.012, 0.0300],
        [0.0, 0.0, 0.002, 0.0, 0.020, 0.0080],
    ],
];

/// A stage history with its truth.
#[derive(Debug, Clone)]
pub struct SalesPipeline {
    /// `deal_id`, `stage`, `date`, `amount`: a row for every stage entered and every change of an amount, in order of deal and date. Open stages are
    /// `Prospecting`, `Qualification`, `Proposal`, `Negotiation`, closed ones `Closed Won` and `Closed Lost`.
    pub table: Table,
    /// What the deals were drawn from.
    pub truth: PipelineTruth,
}

/// The probabilities behind a [`SalesPipeline`].
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineTruth {
    /// The open stages in their order.
    pub stages: Vec<&'static str>,
    /// First days in a stage of the spans of age, from 1.
    pub ages: Vec<u32>,
    /// By stage and span of age the daily probability of each state to come: the open stages, lost, won.
    pub daily: Vec<Vec<Vec<f64>>>,
    /// Factor of the probability to be won on the last 14 days of a calendar quarter.
    pub quarter_end: f64,
    /// Factor of the probability to be won of deals above 40,000.
    pub large_deals: f64,
    /// Factor of the probability to be won in each quarter, from 2021Q1 on.
    pub quarters: Vec<f64>,
    /// First day of the observation.
    pub first_day: i32,
    /// Day after the last day of the observation.
    pub end_day: i32,
}

/// Generates the stage history of deals that come evenly over four years, with known daily probabilities.
///
/// Deals skip stages, go back, change amounts, and a few lost ones are opened again; what is open at the end stays open. Every deal is drawn from a stream of
/// its own, so that a shorter table is the head of a longer one.
///
/// ```
/// use crm_ml_datasets::SalesPipelineGenerator;
///
/// let data = SalesPipelineGenerator::new(200).seed(3).quarter_end(1.0).shock(0.2).generate()?;
/// assert_eq!(data.truth.stages.len(), 4);
/// assert_eq!(data.truth.quarters.len(), 16);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SalesPipelineGenerator {
    deals: usize,
    seed: u64,
    quarter_end: f64,
    large_deals: f64,
    shock: f64,
}

/// The stage history of these many deals, with the defaults of [`SalesPipelineGenerator`].
///
/// Errors: no deals, or more than 10 million.
pub fn sales_pipeline(deals: usize, seed: u64) -> Result<SalesPipeline> {
    SalesPipelineGenerator::new(deals).seed(seed).generate()
}

impl SalesPipelineGenerator {
    /// Seed 0; a factor of 1.6 at the end of quarters, of 0.6 for large deals; quarters that do not differ.
    pub fn new(deals: usize) -> Self {
        Self { deals, seed: 0, quarter_end: 1.6, large_deals: 0.6, shock: 0.0 }
    }

    /// The seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Factor of the probability to be won on the last 14 days of a quarter, 0 to 5.
    pub fn quarter_end(mut self, factor: f64) -> Self {
        self.quarter_end = factor;
        self
    }

    /// Factor of the probability to be won of deals above 40,000, 0 to 5.
    pub fn large_deals(mut self, factor: f64) -> Self {
        self.large_deals = factor;
        self
    }

    /// Standard deviation of a factor that all deals of a quarter share, gamma distributed with mean 1; 0 to 1.
    pub fn shock(mut self, deviation: f64) -> Self {
        self.shock = deviation;
        self
    }

    /// Generates. Errors: no deals, more than 10 million, factors out of range.
    pub fn generate(&self) -> Result<SalesPipeline> {
        Check::of("SalesPipelineGenerator")
            .between("deals", self.deals, 1, 10_000_000)
            .range("quarter_end", self.quarter_end, 0.0..=5.0)
            .range("large_deals", self.large_deals, 0.0..=5.0)
            .range("shock", self.shock, 0.0..=1.0)
            .finish()?;
        let end_day = START + DAYS;
        let truth = PipelineTruth {
            stages: OPEN.to_vec(),
            ages: AGES.to_vec(),
            daily: DAILY.iter().map(|spans| spans.iter().map(|day| day.to_vec()).collect()).collect(),
            quarter_end: self.quarter_end,
            large_deals: self.large_deals,
            quarters: (0..16).map(|quarter| self.quarter(quarter)).collect(),
            first_day: START,
            end_day,
        };
        let season = seasons(&truth)?;
        let deals = parallel::map_rows(self.deals, 1024, |rows| {
            rows.map(|row| self.deal(row, &season)).collect::<Vec<_>>()
        })
        .concat();
        let (mut ids, mut stages, mut days, mut amounts) = (vec![], vec![], vec![], vec![]);
        for (row, deal) in deals.iter().enumerate() {
            for entry in deal {
                ids.push(format!("D{:07}", row + 1));
                stages.push(match entry.state {
                    LOST => "Closed Lost",
                    WON => "Closed Won",
                    open => OPEN[open],
                });
                days.push(entry.day);
                amounts.push(entry.amount);
            }
        }
        let columns: [(&str, ArrayRef); 4] = [
            ("deal_id", Arc::new(StringArray::from(ids))),
            ("stage", Arc::new(StringArray::from(stages))),
            ("date", Arc::new(Date32Array::from(days))),
            ("amount", Arc::new(Float64Array::from(amounts))),
        ];
        let batch = RecordBatch::try_from_iter(columns).map_err(|e| Error::unsupported(e.to_string()))?;
        let schema = TableSchema::new()
            .with_type("deal_id", FieldType::Identifier)
            .with_type("stage", FieldType::Category)
            .with_role("date", Role::Time);
        Ok(SalesPipeline { table: Table::from_record_batch_with(&batch, &schema)?, truth })
    }

    fn quarter(&self, quarter: u64) -> f64 {
        if self.shock <= 0.0 {
            return 1.0;
        }
        let shape = 1.0 / (self.shock * self.shock);
        gamma(&mut Stream::new(self.seed, "pipeline/quarters", quarter), shape) / shape
    }

    /// The rows of a deal; `season` has the factor of winning of every day.
    fn deal(&self, row: usize, season: &[f64]) -> Vec<Entry> {
        let mut stream = Stream::new(self.seed, "pipeline", row as u64);
        let mut day = stream.below(DAYS as usize) as i32;
        let mut amount = round(20_000.0 * (0.8 * stream.normal()).exp());
        let mut state = 0;
        let mut entered = day;
        let mut entries = vec![Entry { state, day: START + day, amount }];
        loop {
            day += 1;
            if day >= DAYS {
                return entries;
            }
            let age = (day - entered) as u32;
            let span = AGES.iter().rposition(|from| *from <= age).unwrap_or(0);
            let large = if amount > LARGE { self.large_deals } else { 1.0 };
            let winning = large * season[day as usize];
            let mut left = stream.uniform();
            let next = DAILY[state][span].iter().enumerate().position(|(to, rate)| {
                left -= if to == WON { rate * winning } else { *rate };
                left < 0.0
            });
            let Some(next) = next else {
                if happens(&mut stream, 0.003) {
                    amount = changed(&mut stream, amount);
                    entries.push(Entry { state, day: START + day, amount });
                }
                continue;
            };
            if next == WON && happens(&mut stream, 0.5) {
                amount = round(amount * 0.9);
            } else if next < LOST && happens(&mut stream, 0.3) {
                amount = changed(&mut stream, amount);
            }
            entries.push(Entry { state: next, day: START + day, amount });
            (state, entered) = (next, day);
            if state >= LOST {
                if state == WON || !happens(&mut stream, REOPENED) {
                    return entries;
                }
                day += 1 + exponential(&mut stream, REOPENED_AFTER) as i32;
                if day >= DAYS {
                    return entries;
                }
                (state, entered) = (1, day);
                entries.push(Entry { state, day: START + day, amount });
            }
        }
    }
}

/// A row of the history.
#[derive(Debug, Clone, Copy)]
struct Entry {
    state: usize,
    day: i32,
    amount: f64,
}

fn round(amount: f64) -> f64 {
    (amount / 100.0).round().max(1.0) * 100.0
}

fn changed(stream: &mut Stream, amount: f64) -> f64 {
    round(amount * (0.2 * stream.normal() - 0.02).exp())
}

/// The factor of winning on each day.
fn seasons(truth: &PipelineTruth) -> Result<Vec<f64>> {
    let mut factors = Vec::with_capacity(DAYS as usize);
    for (quarter, shock) in truth.quarters.iter().enumerate() {
        let first = |quarter: usize| {
            let date = NaiveDate::from_ymd_opt(2021 + (quarter / 4) as i32, (quarter % 4 * 3 + 1) as u32, 1);
            date.map(|date| date.num_days_from_ce())
                .ok_or_else(|| Error::unsupported("a day outside the calendar"))
        };
        let length = first(quarter + 1)? - first(quarter)?;
        for day in 0..length {
            let late = day >= length - QUARTER_END_DAYS;
            factors.push(shock * if late { truth.quarter_end } else { 1.0 });
        }
    }
    Ok(factors)
}
