//! Holidays as regressors.

#[cfg(test)]
mod tests;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crm_ml_core::{Calendar, Column, Error, ErrorKind, Frequency, Result, Samples, Schema, Timestamp};

/// Days on which things are otherwise, as regressors of past and future.
///
/// Every holiday is a column that counts how many of its days fall into a value's time: 0 or 1 for days, the number of days for weeks
/// and months. Days before and after that are otherwise, too, belong to it by its window.
///
/// ```
/// use crm_ml_core::{Calendar, Frequency};
/// use crm_ml_forecasting::Holidays;
///
/// let weeks = Calendar::new("2024-12-02".parse()?, Frequency::WEEKLY);
/// let holidays = Holidays::new().on("Christmas", &["2023-12-25".parse()?, "2024-12-25".parse()?], 2, 1)?;
/// // The week of December 23rd to 29th holds all four days.
/// assert_eq!(holidays.regressors(&weeks, 0..5)?.cells(), [0.0, 0.0, 0.0, 4.0, 0.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Holidays {
    holidays: Vec<Holiday>,
    stamps_end: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Holiday {
    name: String,
    /// Days since 1970-01-01, ascending, each once.
    days: Vec<i64>,
}

const SECONDS_A_DAY: i64 = 86_400;
const MINUTES_A_DAY: u32 = 1440;
/// The longest window: a holiday of more than a year is a season.
const MOST_WINDOW: usize = 366;

impl Holidays {
    /// No holidays; the time of a value is when its day, week or month starts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a holiday with its days in all years, and so many days before and after each.
    ///
    /// Errors: a name that is there already, no days, a window of more than a year.
    pub fn on(
        mut self,
        name: impl Into<String>,
        days: &[Timestamp],
        before: usize,
        after: usize,
    ) -> Result<Self> {
        let name = name.into();
        if self.holidays.iter().any(|holiday| holiday.name == name) {
            return Err(ErrorKind::DuplicateColumn { column: name }.into());
        }
        if days.is_empty() {
            return Err(Error::unsupported(format!("the holiday '{name}' has no days")));
        }
        if before.max(after) > MOST_WINDOW {
            return Err(Error::unsupported(format!("the window of '{name}' is longer than a year")));
        }
        let window = -(before as i64)..=after as i64;
        let around = |day: &Timestamp| {
            let day = day.seconds().div_euclid(SECONDS_A_DAY);
            window.clone().map(move |step| day + step)
        };
        let mut days: Vec<i64> = days.iter().flat_map(around).collect();
        days.sort_unstable();
        days.dedup();
        self.holidays.push(Holiday { name, days });
        Ok(self)
    }

    /// The time of a value is when its week or month ends: the last day of it. Where values are shorter than a day it is the instant of
    /// their end, and midnight belongs to the day before.
    pub fn stamps_end(mut self, end: bool) -> Self {
        self.stamps_end = end;
        self
    }

    /// One row for each of these steps of a calendar, one column a holiday: give the steps of the series for its fit, those behind
    /// them for its forecast. Errors: no holidays, no steps.
    pub fn regressors(&self, calendar: &Calendar, steps: std::ops::Range<usize>) -> Result<Samples<'static>> {
        let columns = self.holidays.iter().map(|holiday| Column::real(holiday.name.clone())).collect();
        let day = |time: Timestamp| time.seconds().div_euclid(SECONDS_A_DAY);
        let within_days =
            matches!(calendar.frequency(), Frequency::Minutes(minutes) if minutes < MINUTES_A_DAY);
        // Values an hour or so long lie within a day: the one they start on counts, or the one before the instant of their end.
        let span = |step: usize| {
            if self.stamps_end && within_days {
                let last = calendar.time(step).seconds().saturating_sub(1).div_euclid(SECONDS_A_DAY);
                return (last, last + 1);
            }
            let (first, next) = match (self.stamps_end, step) {
                (false, _) => (day(calendar.time(step)), day(calendar.time(step + 1))),
                // Before the first value there is none that ended: as long as the next.
                (true, 0) => {
                    let (end, next) = (day(calendar.time(0)), day(calendar.time(1)));
                    (end + 1 - (next - end).max(1), end + 1)
                }
                (true, step) => (day(calendar.time(step - 1)) + 1, day(calendar.time(step)) + 1),
            };
            (first, next.max(first + 1))
        };
        let cells = Array2::from_shape_fn((steps.len(), self.holidays.len()), |(row, column)| {
            let (first, next) = span(steps.start + row);
            let days = &self.holidays[column].days;
            let below = |end: i64| days.partition_point(|day| *day < end);
            (below(next) - below(first)) as f64
        });
        Samples::from_array(cells)?.with_schema(&Schema::new(columns)?)
    }
}
