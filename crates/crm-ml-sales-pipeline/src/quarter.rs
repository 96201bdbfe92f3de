//! Quarters, and days as whole numbers.

use std::fmt;

use crm_ml_core::{Check, Result, Timestamp};
use serde::{Deserialize, Serialize};

const SECONDS_A_DAY: i64 = 86_400;
const MONTHS: i32 = 3;
/// Days from 1900-01-01 to 2199-12-31: what is beyond is surely a typing error.
pub(crate) const DAYS: std::ops::RangeInclusive<i32> = -25_567..=84_005;

/// The day of a time, as days since 1970-01-01.
pub(crate) fn day_of(time: Timestamp) -> i32 {
    let day = time.seconds().div_euclid(SECONDS_A_DAY);
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}

/// Midnight of a day.
pub(crate) fn time_of(day: i32) -> Timestamp {
    Timestamp::from_seconds(i64::from(day) * SECONDS_A_DAY)
}

/// A day that a pipeline can be looked at; all violations of the caller in one error.
pub(crate) fn check_day(check: Check, name: &str, time: Timestamp) -> Check {
    check.rule(name, time, DAYS.contains(&day_of(time)), "a day of the years 1900 to 2199")
}

/// Three months: a quarter of the calendar year, or of a fiscal year that begins in another month.
///
/// ```
/// use crm_ml_sales_pipeline::Quarter;
///
/// let spring = Quarter::of("2024-05-20".parse()?);
/// assert_eq!(spring.to_string(), "2024Q2");
/// assert_eq!(spring.start().to_string(), "2024-04-01");
/// assert_eq!(spring.end(), spring.next().start());
/// // A fiscal year from February on.
/// let fiscal = Quarter::of_year_from("2024-05-20".parse()?, 2)?;
/// assert_eq!(fiscal.to_string(), "2024-05 to 2024-07");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Quarter {
    /// Months from January of the year 0 to its first one.
    month: i32,
}

impl Quarter {
    /// The quarter of the calendar year that holds a day.
    pub fn of(time: Timestamp) -> Self {
        Self::holding(time, 1)
    }

    /// The quarter that holds a day, where years begin in `first_month`. Errors: no month from 1 to 12.
    pub fn of_year_from(time: Timestamp, first_month: u32) -> Result<Self> {
        Check::of("Quarter").between("first_month", first_month as usize, 1, 12).finish()?;
        Ok(Self::holding(time, first_month))
    }

    pub(crate) fn holding(time: Timestamp, first_month: u32) -> Self {
        let month = time.year().saturating_mul(12).saturating_add(time.month() as i32 - 1);
        let offset = (first_month as i32 - 1).rem_euclid(MONTHS);
        Self { month: month.saturating_sub((month - offset).rem_euclid(MONTHS)) }
    }

    /// Its first day.
    pub fn start(self) -> Timestamp {
        time_of(self.first_day())
    }

    /// The first day after it.
    pub fn end(self) -> Timestamp {
        self.next().start()
    }

    /// The quarter after it.
    pub fn next(self) -> Self {
        Self { month: self.month.saturating_add(MONTHS) }
    }

    /// The quarter before it.
    pub fn previous(self) -> Self {
        Self { month: self.month.saturating_sub(MONTHS) }
    }

    pub(crate) fn first_day(self) -> i32 {
        first_day(self.month)
    }

    pub(crate) fn end_day(self) -> i32 {
        self.next().first_day()
    }
}

/// First and last days of the last quarters, eight at most, that lie between two days; the latest first.
pub(crate) fn complete_quarters(first_month: u32, from: i32, to: i32) -> Vec<(i32, i32)> {
    /// Quarters whose differences tell how far quarters differ: two years, so that what has changed since is forgotten.
    const QUARTERS: usize = 8;
    let current = Quarter::holding(time_of(to.saturating_add(1)), first_month);
    let earlier = std::iter::successors(Some(current.previous()), |quarter| Some(quarter.previous()));
    let days = earlier.map(|quarter| (quarter.first_day(), quarter.end_day() - 1));
    days.take_while(|(first, _)| *first >= from).take(QUARTERS).collect()
}

/// Months from January of the year 0 to that of a day.
pub(crate) fn month_of(day: i32) -> i32 {
    let time = time_of(day);
    time.year().saturating_mul(12).saturating_add(time.month() as i32 - 1)
}

/// The first day of a month.
pub(crate) fn first_day(month: i32) -> i32 {
    let date = Timestamp::from_ymd(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1);
    date.map_or(if month < 0 { i32::MIN } else { i32::MAX }, day_of)
}

impl fmt::Display for Quarter {
    /// `2024Q2`, or its first and last month where it is none of the calendar.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.month.div_euclid(12), self.month.rem_euclid(12));
        if month % MONTHS == 0 {
            return formatter.pad(&format!("{year}Q{}", month / MONTHS + 1));
        }
        let last = self.month.saturating_add(MONTHS - 1);
        let (last_year, last_month) = (last.div_euclid(12), last.rem_euclid(12) + 1);
        formatter.pad(&format!("{year}-{:02} to {last_year}-{last_month:02}", month + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_hold_their_days() {
        for first_month in 1..=12 {
            let mut day = day_of("2023-11-01".parse().unwrap());
            while day < day_of("2025-03-01".parse().unwrap()) {
                let quarter = Quarter::of_year_from(time_of(day), first_month).unwrap();
                assert!(quarter.first_day() <= day && day < quarter.end_day(), "{day}");
                assert_eq!(quarter.next().previous(), quarter);
                let starts = (quarter.start().month() + 12 - first_month) % 3;
                assert_eq!(starts, 0, "{quarter} of years from {first_month}");
                assert!((89..=92).contains(&(quarter.end_day() - quarter.first_day())));
                day += 1;
            }
        }
        assert!(
            Quarter::of_year_from(time_of(0), 0).is_err() && Quarter::of_year_from(time_of(0), 13).is_err()
        );
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        assert_eq!(time_of(*DAYS.start()).to_string(), "1900-01-01");
        assert_eq!(time_of(*DAYS.end()).to_string(), "2199-12-31");
        for seconds in [i64::MIN, i64::MAX] {
            let quarter = Quarter::of(Timestamp::from_seconds(seconds));
            let _ = (quarter.start(), quarter.end(), quarter.to_string());
        }
    }
}
