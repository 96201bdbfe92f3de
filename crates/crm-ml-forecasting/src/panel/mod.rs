//! Many series from one long table, and back.

mod fill;
mod frequency;
#[cfg(test)]
mod tests;

pub use fill::Fill;
pub use frequency::infer_frequency;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Calendar, Check, Error, ErrorKind, Frequency, Result, Series, Timestamp};

/// What to do with several values of one series at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Duplicates {
    /// An error that names series and time.
    #[default]
    Refuse,
    /// The sum of those that are known: of amounts.
    Sum,
    /// The mean of those that are known: of levels.
    Mean,
    /// The one that comes first in the table.
    First,
    /// The one that comes last in the table.
    Last,
}

/// How a long table (`id, time, value`) becomes series.
///
/// ```
/// use crm_ml_core::Timestamp;
/// use crm_ml_forecasting::{Fill, LongTable};
///
/// let days = ["2024-01-01", "2024-01-02", "2024-01-04", "2024-01-01"];
/// let times: Vec<Timestamp> = days.iter().map(|day| day.parse()).collect::<Result<_, _>>()?;
/// let panel = LongTable::new().fill(Fill::Zero).read(&["a", "a", "a", "b"], &times, &[5.0, 6.0, 7.0, 1.0])?;
/// assert_eq!(panel.series()[0].values(), [5.0, 6.0, 0.0, 7.0]);
/// assert_eq!(panel.gaps()[0].to_string(), "series 'a': nothing at 2024-01-03");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LongTable {
    frequency: Option<Frequency>,
    duplicates: Duplicates,
    fill: Fill,
}

impl LongTable {
    /// The frequency is inferred, duplicates are refused, gaps are left as missing values.
    pub fn new() -> Self {
        Self::default()
    }

    /// How far values are apart, not to be inferred.
    pub fn frequency(mut self, frequency: Frequency) -> Self {
        self.frequency = Some(frequency);
        self
    }

    /// What to do with several values at one time.
    pub fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// What to put where values are missing.
    pub fn fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }

    /// Makes series of rows in any order; series are sorted by name.
    ///
    /// Errors: lengths that differ, no rows, infinite values, a time twice where that is refused, a time between two steps of the
    /// frequency, gaps where they are refused or more of them than a hundred times the values; a frequency that cannot be told.
    pub fn read<S: AsRef<str>>(&self, ids: &[S], times: &[Timestamp], values: &[f64]) -> Result<Panel> {
        let rows = ids.len();
        if times.len() != rows || values.len() != rows {
            return Err(Error::length("times and values of the table", rows, times.len().min(values.len())));
        }
        if rows == 0 {
            return Err(Error::empty("rows"));
        }
        self.fill.check(Check::of("LongTable")).finish()?;
        let mut by_name: BTreeMap<&str, Vec<(Timestamp, f64)>> = BTreeMap::new();
        for ((id, time), value) in ids.iter().zip(times).zip(values) {
            by_name.entry(id.as_ref()).or_default().push((*time, *value));
        }
        let mut panel = Panel::default();
        for (name, rows) in &mut by_name {
            // Stable, so that first and last are those of the table.
            rows.sort_by_key(|(time, _)| *time);
            *rows = self.single(name, std::mem::take(rows), &mut panel.duplicates)?;
        }
        let frequency = match self.frequency {
            Some(frequency) => frequency,
            None => {
                let starts: Vec<Vec<Timestamp>> =
                    by_name.values().map(|rows| rows.iter().map(|(time, _)| *time).collect()).collect();
                infer_frequency(&starts)?
            }
        };
        for (name, rows) in by_name {
            let series = self.regular(name, &rows, frequency, &mut panel.gaps)?;
            panel.series.push(series);
        }
        Ok(panel)
    }

    /// One value a time.
    fn single(
        &self,
        name: &str,
        rows: Vec<(Timestamp, f64)>,
        told: &mut Vec<Moment>,
    ) -> Result<Vec<(Timestamp, f64)>> {
        let mut single = Vec::with_capacity(rows.len());
        for same in rows.chunk_by(|a, b| a.0 == b.0) {
            let time = same[0].0;
            let count = same.len();
            if count > 1 {
                let moment = Moment { series: name.to_owned(), time, count, what: What::Duplicate };
                if self.duplicates == Duplicates::Refuse {
                    return Err(error(name, time, format!("there are {count} values")));
                }
                told.push(moment);
            }
            let known: Vec<f64> =
                same.iter().map(|(_, value)| *value).filter(|value| !value.is_nan()).collect();
            let value = match self.duplicates {
                Duplicates::Sum | Duplicates::Mean if known.is_empty() => f64::NAN,
                Duplicates::Sum => known.iter().sum(),
                // Divided first: the sum of large values may be no number.
                Duplicates::Mean => known.iter().map(|value| value / known.len() as f64).sum(),
                Duplicates::Refuse | Duplicates::First => same[0].1,
                Duplicates::Last => same[count - 1].1,
            };
            if same.iter().any(|(_, value)| value.is_infinite()) || value.is_infinite() {
                return Err(error(name, time, format!("{value} is no finite number")));
            }
            single.push((time, value));
        }
        Ok(single)
    }

    fn regular(
        &self,
        name: &str,
        rows: &[(Timestamp, f64)],
        frequency: Frequency,
        told: &mut Vec<Moment>,
    ) -> Result<Series<'static>> {
        let calendar = Calendar::new(rows[0].0, frequency);
        let most = rows.len().saturating_mul(100).max(1000);
        let mut values: Vec<f64> = Vec::with_capacity(rows.len());
        for (time, value) in rows {
            let step = calendar
                .step(*time)
                .ok_or_else(|| error(name, *time, "the time is between two steps".to_owned()))?;
            if step >= most {
                return Err(error(
                    name,
                    *time,
                    format!("the gap before it is too long ({step} steps in all)"),
                ));
            }
            if step > values.len() {
                let moment = Moment {
                    series: name.to_owned(),
                    time: calendar.time(values.len()),
                    count: step - values.len(),
                    what: What::Gap,
                };
                told.push(moment);
                values.resize(step, f64::NAN);
            }
            values.push(*value);
        }
        let series = Series::new(&values)?.named(name.to_owned()).with_calendar(calendar);
        let filled = self.fill.fill(&series)?;
        Ok(Series::from_vec(filled)?.named(name.to_owned()).with_calendar(calendar))
    }
}

fn error(series: &str, time: Timestamp, problem: String) -> Error {
    ErrorKind::Series { series: series.to_owned(), at: time.to_string(), problem }.into()
}

/// Many series.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    series: Vec<Series<'static>>,
    gaps: Vec<Moment>,
    duplicates: Vec<Moment>,
}

impl Panel {
    /// Of series that are there already.
    pub fn new(series: Vec<Series<'static>>) -> Self {
        Self { series, ..Self::default() }
    }

    /// The series, sorted by name if they come from a table.
    pub fn series(&self) -> &[Series<'static>] {
        &self.series
    }

    /// The series of a name.
    pub fn get(&self, name: &str) -> Option<&Series<'static>> {
        self.series.iter().find(|series| series.name() == name)
    }

    /// Where values were missing between the first and the last of a series.
    pub fn gaps(&self) -> &[Moment] {
        &self.gaps
    }

    /// Where there were several values.
    pub fn duplicates(&self) -> &[Moment] {
        &self.duplicates
    }

    /// The rows of the long table, series after series: name, time (`None` without a calendar) and value.
    pub fn rows(&self) -> impl Iterator<Item = (&str, Option<Timestamp>, f64)> {
        self.series.iter().flat_map(|series| {
            let time = |step| series.calendar().map(|calendar| calendar.time(step));
            series.values().iter().enumerate().map(move |(step, value)| (series.name(), time(step), *value))
        })
    }
}

/// A time at which a table has too few or too many values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Name of the series.
    pub series: String,
    /// The first time.
    pub time: Timestamp,
    /// Steps without a value, or values at the time.
    pub count: usize,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum What {
    Gap,
    Duplicate,
}

impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "series '{}': ", self.series)?;
        match (self.what, self.count) {
            (What::Gap, 1) => write!(formatter, "nothing at {}", self.time),
            (What::Gap, count) => write!(formatter, "nothing at {count} times from {} on", self.time),
            (What::Duplicate, count) => write!(formatter, "{count} values at {}", self.time),
        }
    }
}
