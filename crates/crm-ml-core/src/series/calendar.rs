//! Regular calendars: at which times a series has its values.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, Weekday};
use serde::{Deserialize, Serialize};

use super::Timestamp;

const SECONDS_A_MINUTE: i64 = 60;
const SECONDS_A_DAY: i64 = 86_400;

/// How far one value of a series is from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frequency {
    /// So many minutes.
    Minutes(u32),
    /// So many days.
    Days(u32),
    /// Mondays to Fridays.
    BusinessDays,
    /// So many months.
    Months(u32, MonthDay),
}

/// The day that stands for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MonthDay {
    /// The day of the first value; the last of shorter months.
    Same,
    /// The last day.
    Last,
    /// The first Monday to Friday.
    FirstBusiness,
    /// The last Monday to Friday.
    LastBusiness,
}

impl Frequency {
    /// Every hour.
    pub const HOURLY: Self = Self::Minutes(60);
    /// Every day.
    pub const DAILY: Self = Self::Days(1);
    /// Every seventh day.
    pub const WEEKLY: Self = Self::Days(7);
    /// The same day of every month.
    pub const MONTHLY: Self = Self::Months(1, MonthDay::Same);
    /// The same day of every third month.
    pub const QUARTERLY: Self = Self::Months(3, MonthDay::Same);
    /// The same day of every year.
    pub const YEARLY: Self = Self::Months(12, MonthDay::Same);

    /// Values in the season that matters most: 12 for months, 4 for quarters, 52 for weeks, 7 for days, 5 for business
    /// days, a day for minutes and hours, and 1 where there is none.
    pub fn season_length(self) -> usize {
        let times =
            |whole: u32, part: u32| if part > 0 && whole % part == 0 { (whole / part) as usize } else { 1 };
        match self {
            Self::Minutes(n) => times(24 * 60, n),
            Self::Days(7) => 52,
            Self::Days(n) => times(7, n),
            Self::BusinessDays => 5,
            Self::Months(n, _) => times(12, n),
        }
    }
}

/// A start and a frequency: the time of every value.
///
/// ```
/// use crm_ml_core::{Calendar, Frequency, MonthDay, Timestamp};
///
/// let ends = Calendar::new("2024-01-31".parse()?, Frequency::Months(1, MonthDay::Last));
/// assert_eq!(ends.time(1), "2024-02-29".parse::<Timestamp>()?);
/// assert_eq!(ends.step("2024-04-30".parse()?), Some(3));
/// assert_eq!(ends.step("2024-04-29".parse()?), None);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    anchor: Timestamp,
    frequency: Frequency,
    /// Values between the anchor, from which times are counted, and the first value.
    first: usize,
}

impl Calendar {
    /// The first value is at `start`, moved to the next business day or the day of the month that the frequency asks for. A
    /// frequency of 0 steps counts as 1.
    pub fn new(start: Timestamp, frequency: Frequency) -> Self {
        let frequency = match frequency {
            Frequency::Minutes(n) => Frequency::Minutes(n.max(1)),
            Frequency::Days(n) => Frequency::Days(n.max(1)),
            Frequency::BusinessDays => Frequency::BusinessDays,
            Frequency::Months(n, on) => Frequency::Months(n.max(1), on),
        };
        let time = start.naive();
        let moved = match frequency {
            Frequency::BusinessDays => match time.weekday() {
                Weekday::Sat => time.checked_add_days(Days::new(2)),
                Weekday::Sun => time.checked_add_days(Days::new(1)),
                _ => Some(time),
            },
            Frequency::Months(_, on) => in_month(time, on, 0),
            _ => Some(time),
        };
        let anchor = match moved {
            Some(moved) if moved != time => Timestamp::from_naive(moved),
            _ => start,
        };
        Self { anchor, frequency, first: 0 }
    }

    /// The time of the first value.
    pub fn start(&self) -> Timestamp {
        self.time(0)
    }

    /// The distance of values.
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// The time of a value, the last moment of the calendar where it would be later than that.
    pub fn time(&self, step: usize) -> Timestamp {
        let step = i64::try_from(step.saturating_add(self.first)).unwrap_or(i64::MAX);
        match self.frequency {
            Frequency::Minutes(n) => self.later(step, i64::from(n) * SECONDS_A_MINUTE),
            Frequency::Days(n) => self.later(step, i64::from(n) * SECONDS_A_DAY),
            Frequency::BusinessDays => {
                let weekday = i64::from(self.anchor.naive().weekday().num_days_from_monday());
                let (weeks, day) = ((weekday + step % 5) / 5 + step / 5, (weekday + step % 5) % 5);
                self.later(weeks.saturating_mul(7).saturating_add(day - weekday), SECONDS_A_DAY)
            }
            Frequency::Months(n, on) => {
                let months = u32::try_from(step.saturating_mul(i64::from(n))).unwrap_or(u32::MAX);
                in_month(self.anchor.naive(), on, months)
                    .map_or(Timestamp::from_seconds(i64::MAX), Timestamp::from_naive)
            }
        }
    }

    fn later(&self, steps: i64, seconds: i64) -> Timestamp {
        Timestamp::from_seconds(self.anchor.seconds().saturating_add(steps.saturating_mul(seconds)))
    }

    /// Which value is at `time`; `None` before the start and between values.
    pub fn step(&self, time: Timestamp) -> Option<usize> {
        let seconds = time.seconds().checked_sub(self.anchor.seconds()).filter(|seconds| *seconds >= 0)?;
        let guess = match self.frequency {
            Frequency::Minutes(n) => seconds / (i64::from(n) * SECONDS_A_MINUTE),
            Frequency::Days(n) => seconds / (i64::from(n) * SECONDS_A_DAY),
            Frequency::BusinessDays => {
                let (from, to) = (self.anchor.naive().date(), time.naive().date());
                let weekday = |date: NaiveDate| i64::from(date.weekday().num_days_from_monday());
                let mondays = (to - from).num_days() + weekday(from) - weekday(to);
                mondays / 7 * 5 + weekday(to) - weekday(from)
            }
            Frequency::Months(n, _) => {
                let months = |time: NaiveDateTime| i64::from(time.year()) * 12 + i64::from(time.month0());
                (months(time.naive()) - months(self.anchor.naive())) / i64::from(n)
            }
        };
        let guess = usize::try_from(guess).ok()?.checked_sub(self.first)?;
        (self.time(guess) == time).then_some(guess)
    }

    /// The calendar that starts at one of this one's values.
    pub fn from_step(&self, step: usize) -> Self {
        Self { first: self.first.saturating_add(step), ..*self }
    }
}

/// The day that stands for the month `months` after that of `time`, at the same time of the day.
fn in_month(time: NaiveDateTime, on: MonthDay, months: u32) -> Option<NaiveDateTime> {
    let later = time.checked_add_months(Months::new(months))?;
    let first = later.date().with_day(1)?;
    let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
    let date = match on {
        MonthDay::Same => later.date(),
        MonthDay::Last => last,
        MonthDay::FirstBusiness => match first.weekday() {
            Weekday::Sat => first.checked_add_days(Days::new(2))?,
            Weekday::Sun => first.checked_add_days(Days::new(1))?,
            _ => first,
        },
        MonthDay::LastBusiness => match last.weekday() {
            Weekday::Sat => last.checked_sub_days(Days::new(1))?,
            Weekday::Sun => last.checked_sub_days(Days::new(2))?,
            _ => last,
        },
    };
    Some(date.and_time(time.time()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times(start: &str, frequency: Frequency, steps: &[usize]) -> Vec<String> {
        let calendar = Calendar::new(start.parse().unwrap(), frequency);
        steps.iter().map(|&step| calendar.time(step).to_string()).collect()
    }

    #[test]
    fn every_frequency_finds_its_days() {
        assert_eq!(times("2024-01-01 23:00", Frequency::HOURLY, &[1]), ["2024-01-02"]);
        assert_eq!(times("2024-02-26", Frequency::WEEKLY, &[1]), ["2024-03-04"]);
        assert_eq!(times("2024-01-31", Frequency::MONTHLY, &[1, 2]), ["2024-02-29", "2024-03-31"]);
        assert_eq!(times("2024-02-29", Frequency::YEARLY, &[1, 4]), ["2025-02-28", "2028-02-29"]);
        // 2024-06-01 is a Saturday, 2024-08-31 too.
        let first = Frequency::Months(1, MonthDay::FirstBusiness);
        assert_eq!(times("2024-05-01", first, &[0, 1]), ["2024-05-01", "2024-06-03"]);
        let last = Frequency::Months(1, MonthDay::LastBusiness);
        assert_eq!(times("2024-07-31", last, &[0, 1]), ["2024-07-31", "2024-08-30"]);
        // From a Saturday to the Monday after; five business days are a week.
        let business = times("2024-06-01", Frequency::BusinessDays, &[0, 4, 5, 6]);
        assert_eq!(business, ["2024-06-03", "2024-06-07", "2024-06-10", "2024-06-11"]);
    }

    #[test]
    fn a_calendar_that_never_ends_stays_in_range() {
        for frequency in [Frequency::HOURLY, Frequency::BusinessDays, Frequency::YEARLY, Frequency::Days(0)] {
            let calendar = Calendar::new(Timestamp::from_ymd(2024, 1, 1).unwrap(), frequency);
            assert!(calendar.time(usize::MAX) > calendar.time(1));
        }
    }

    fn frequencies() -> impl Strategy<Value = Frequency> {
        let days = [MonthDay::Same, MonthDay::Last, MonthDay::FirstBusiness, MonthDay::LastBusiness];
        prop_oneof![
            (1u32..5000).prop_map(Frequency::Minutes),
            (1u32..40).prop_map(Frequency::Days),
            Just(Frequency::BusinessDays),
            (1u32..15, proptest::sample::select(days.to_vec())).prop_map(|(n, on)| Frequency::Months(n, on)),
        ]
    }

    proptest! {
        #[test]
        fn steps_and_times_are_each_others_inverse(
            start in -4_000_000_000i64..8_000_000_000,
            frequency in frequencies(),
            step in 0usize..3000,
        ) {
            let calendar = Calendar::new(Timestamp::from_seconds(start), frequency);
            let time = calendar.time(step);
            prop_assert_eq!(calendar.step(time), Some(step));
            prop_assert!(calendar.time(step + 1) > time);
            prop_assert_eq!(calendar.step(Timestamp::from_seconds(time.seconds() + 1)), None);
            let before = Timestamp::from_seconds(calendar.start().seconds() - 1);
            prop_assert_eq!(calendar.step(before), None);
        }

        #[test]
        fn a_later_start_keeps_all_times(
            start in 0i64..4_000_000_000,
            frequency in frequencies(),
            step in 0usize..30,
        ) {
            let calendar = Calendar::new(Timestamp::from_seconds(start), frequency);
            let later = calendar.from_step(7);
            prop_assert_eq!(later.time(step), calendar.time(step + 7));
            prop_assert_eq!(later.step(calendar.time(step + 7)), Some(step));
            prop_assert_eq!(later.step(calendar.time(6)), None);
        }
    }
}
