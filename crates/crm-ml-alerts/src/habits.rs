//! What an entity (a card, a customer, an account) usually does, learned from its earlier events.

use std::collections::{BTreeMap, VecDeque};

use crm_ml_core::{Column, Error, Result, Schema};
use crm_ml_table::{FieldType, Role, Table};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Earlier events that the habits of all entities count as, for an entity with few of its own.
const PRIOR: f64 = 3.0;

/// Times of an entity that are remembered: more events a day say no more.
const REMEMBERED: usize = 1000;

/// What the columns of habits are made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watched {
    /// Column of the entity.
    pub(crate) entity: Option<String>,
    /// Column of the time.
    pub(crate) time: Option<String>,
    numbers: Vec<Number>,
    categories: Vec<Category>,
    /// What records in every hour of the day say: the rarer, the larger.
    hours: Vec<f64>,
}

/// A number of which an entity has a usual size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Number {
    field: String,
    /// Mean of all values; of their magnitudes, where none is below 0.
    mean: f64,
    /// Standard deviation of all values.
    deviation: f64,
    /// Whether no value is below 0: then an entity's values are compared by their ratio, else by their difference.
    ratio: bool,
}

/// A category of which an entity has usual levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Category {
    field: String,
    /// The share of rows of every level.
    shares: BTreeMap<String, f64>,
}

/// What is known of one entity.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Known {
    events: f64,
    sums: Vec<f64>,
    counts: Vec<f64>,
    levels: Vec<BTreeMap<String, f64>>,
    /// Ascending.
    times: VecDeque<i64>,
}

/// The habits of every entity.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Habits {
    known: BTreeMap<String, Known>,
}

/// The columns of a table that habits are made from.
struct Cells {
    entities: Option<Vec<Option<String>>>,
    times: Option<Vec<Option<i64>>>,
    numbers: Vec<Vec<f64>>,
    categories: Vec<Vec<Option<String>>>,
}

impl Watched {
    /// Errors: a column that is not there, a time that is none.
    pub(crate) fn new(table: &Table, entity: Option<&str>, time: Option<&str>) -> Result<Self> {
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        for field in table.fields().filter(|f| f.role == Role::Feature && entity.is_some()) {
            let column = table.column(&field.name)?;
            match field.field_type {
                FieldType::Number | FieldType::Integer => {
                    numbers.extend(Number::new(&field.name, &column.numbers()?))
                }
                FieldType::Category => {
                    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
                    for level in column.texts().into_iter().flatten() {
                        *shares.entry(level.into_owned()).or_default() += 1.0 / column.len() as f64;
                    }
                    categories.push(Category { field: field.name.clone(), shares });
                }
                _ => {}
            }
        }
        let hours = match time {
            Some(time) => rarity(&table.column(time)?.micros()?),
            None => Vec::new(),
        };
        Ok(Self {
            entity: entity.map(str::to_owned),
            time: time.map(str::to_owned),
            numbers,
            categories,
            hours,
        })
    }

    /// The columns, each with the raw field it belongs to.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        if let Some(time) = &self.time {
            columns.push(Column::real(format!("{time}: rare hour")).from_field(time));
        }
        if let Some(entity) = &self.entity {
            if self.time.is_some() {
                columns.push(Column::real(format!("{entity}: events within an hour")).from_field(entity));
                columns.push(Column::real(format!("{entity}: events within a day")).from_field(entity));
            }
            for number in &self.numbers {
                columns.push(
                    Column::real(format!("{}: against its usual", number.field)).from_field(&number.field),
                );
            }
            for category in &self.categories {
                columns.push(
                    Column::real(format!("{}: unfamiliar", category.field)).from_field(&category.field),
                );
            }
        }
        columns
    }

    fn cells(&self, table: &Table) -> Result<Cells> {
        let texts = |name: &str| -> Result<Vec<Option<String>>> {
            Ok(table.column(name)?.texts().into_iter().map(|text| text.map(|t| t.into_owned())).collect())
        };
        Ok(Cells {
            entities: self.entity.as_deref().map(texts).transpose()?,
            times: self.time.as_deref().map(|name| table.column(name)?.micros()).transpose()?,
            numbers: self.numbers.iter().map(|n| table.column(&n.field)?.numbers()).collect::<Result<_>>()?,
            categories: self.categories.iter().map(|c| texts(&c.field)).collect::<Result<_>>()?,
        })
    }

    /// The columns of habits of every row, from what was known before it; the rows are learned, in the order of their times.
    pub(crate) fn follow(&self, habits: &mut Habits, table: &Table) -> Result<Array2<f64>> {
        let cells = self.cells(table)?;
        let width = self.columns().len();
        let mut values = Array2::from_elem((table.n_rows(), width), f64::NAN);
        let mut order: Vec<usize> = (0..table.n_rows()).collect();
        if let Some(times) = &cells.times {
            order.sort_by_key(|row| times[*row]);
        }
        for row in order {
            let mut next = 0;
            let mut put = |value: f64| {
                values[[row, next]] = value;
                next += 1;
            };
            let time = cells.times.as_ref().map(|times| times[row]);
            if let Some(time) = time {
                put(time.map_or(f64::NAN, |time| self.hours[(hour(time) as usize).min(23)]));
            }
            let Some(entity) = cells.entities.as_ref().and_then(|entities| entities[row].as_ref()) else {
                continue;
            };
            let known = habits.known.entry(entity.clone()).or_default();
            known.sums.resize(self.numbers.len(), 0.0);
            known.counts.resize(self.numbers.len(), 0.0);
            known.levels.resize_with(self.categories.len(), BTreeMap::new);
            if let Some(time) = time {
                let (within_hour, within_day) = time.map_or((f64::NAN, f64::NAN), |time| known.happen(time));
                put(within_hour);
                put(within_day);
            }
            for (i, number) in self.numbers.iter().enumerate() {
                put(number.against(cells.numbers[i][row], &mut known.sums[i], &mut known.counts[i]));
            }
            for (i, category) in self.categories.iter().enumerate() {
                put(category.unfamiliar(
                    cells.categories[i][row].as_deref(),
                    known.events,
                    &mut known.levels[i],
                ));
            }
            known.events += 1.0;
        }
        Ok(values)
    }

    /// The schema of some features followed by the columns of habits.
    pub(crate) fn schema(&self, features: &Schema) -> Result<Schema> {
        Schema::new(features.columns().iter().cloned().chain(self.columns()).collect())
    }

    pub(crate) fn validate(&self, habits: &Habits) -> Result<()> {
        let finite = |n: &Number| n.mean.is_finite() && n.deviation.is_finite() && n.deviation > 0.0;
        let shares = |c: &Category| c.shares.values().all(|share| (0.0..=1.0 + 1e-9).contains(share));
        let known = |k: &Known| {
            let numbers = k.sums.iter().chain(&k.counts).chain([&k.events]).all(|v| v.is_finite());
            let lengths = k.sums.len() == self.numbers.len()
                && k.counts.len() == self.numbers.len()
                && k.levels.len() == self.categories.len();
            numbers && lengths && k.times.len() <= REMEMBERED
        };
        let hours = self.hours.len() == if self.time.is_some() { 24 } else { 0 }
            && self.hours.iter().all(|v| v.is_finite());
        if hours
            && self.numbers.iter().all(finite)
            && self.categories.iter().all(shares)
            && habits.known.values().all(known)
        {
            Ok(())
        } else {
            Err(Error::model_file("habits that do not fit their columns"))
        }
    }
}

/// The hour of the day, from 0 to 24.
pub(crate) fn hour(time: i64) -> f64 {
    time.rem_euclid(DAY) as f64 / HOUR as f64
}

/// For every hour of the day the negative logarithm of its share of the records, each hour having one more than it has.
fn rarity(times: &[Option<i64>]) -> Vec<f64> {
    let mut counts = [1.0f64; 24];
    times.iter().flatten().for_each(|time| counts[(hour(*time) as usize).min(23)] += 1.0);
    let total: f64 = counts.iter().sum();
    counts.iter().map(|count| -(count / total).ln()).collect()
}

impl Number {
    /// `None` for a column of which nothing is known.
    fn new(field: &str, values: &[f64]) -> Option<Self> {
        let known: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        let count = known.len() as f64;
        let ratio = known.iter().all(|v| *v >= 0.0);
        let mean = known.iter().map(|v| v / count).sum::<f64>();
        let spread = known.iter().fold(0.0f64, |m, v| m.max((v - mean).abs()));
        if !(mean.is_finite() && spread.is_finite() && spread > 0.0) {
            return None;
        }
        let square = known.iter().map(|v| ((v - mean) / spread) * ((v - mean) / spread)).sum::<f64>() / count;
        Some(Self { field: field.to_owned(), mean, deviation: square.sqrt() * spread, ratio })
    }

    /// How many times its entity's usual a value is (as a logarithm), or how many deviations above it; learns the value.
    fn against(&self, value: f64, sum: &mut f64, count: &mut f64) -> f64 {
        if value.is_nan() {
            return f64::NAN;
        }
        let usual = (*sum + PRIOR * self.mean) / (*count + PRIOR);
        *sum += value;
        *count += 1.0;
        if self.ratio {
            // A hundredth of the mean keeps nothing and next to nothing alike.
            let least = 0.01 * self.mean;
            ((value.max(0.0) + least) / (usual + least)).ln().clamp(-100.0, 100.0)
        } else {
            ((value - usual) / self.deviation).clamp(-1e100, 1e100)
        }
    }
}

impl Category {
    /// One less the share of the level among the entity's events; learns the level.
    fn unfamiliar(&self, level: Option<&str>, events: f64, levels: &mut BTreeMap<String, f64>) -> f64 {
        let Some(level) = level else { return f64::NAN };
        let of_all = self.shares.get(level).copied().unwrap_or(0.0);
        let count = levels.entry(level.to_owned()).or_default();
        let share = (*count + PRIOR * of_all) / (events + PRIOR);
        *count += 1.0;
        1.0 - share
    }
}

impl Known {
    /// Events within the hour and the day that end now, this one included.
    fn happen(&mut self, time: i64) -> (f64, f64) {
        while self.times.front().is_some_and(|first| *first <= time.saturating_sub(DAY))
            || self.times.len() >= REMEMBERED
        {
            self.times.pop_front();
        }
        self.times.push_back(time);
        let within = |span: i64| {
            let from = time.saturating_sub(span);
            self.times.iter().rev().take_while(|t| **t > from).count() as f64
        };
        (within(HOUR), within(DAY))
    }
}
