//! What a date says: how long ago it is, and the parts that come round again.

use std::f64::consts::TAU;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Days from 0001-01-01 (day 1) to 1970-01-01.
const EPOCH: i32 = 719_163;
/// Mean length of a Gregorian year.
const DAYS_A_YEAR: f64 = 365.2425;

/// A number, or a place on a circle, made of a date or time (in UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DatePart {
    /// Days since the first day of training.
    Days,
    /// Days until the reference date: below 0 for later dates.
    AgeDays,
    /// Years of 365.2425 days until the reference date.
    AgeYears,
    /// Sine and cosine of the month in the year.
    Month,
    /// Sine and cosine of the day in the week.
    Weekday,
    /// Sine and cosine of the day in the month.
    DayOfMonth,
    /// Sine and cosine of the day in the year.
    DayOfYear,
    /// Sine and cosine of the time of day.
    Hour,
    /// The quarter, 1 to 4.
    Quarter,
    /// The day in the week, 1 (Monday) to 7.
    WeekdayNumber,
    /// 1 on Saturdays and Sundays, else 0.
    Weekend,
}

/// The days that ages and distances are counted from, since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) first: f64,
    pub(super) reference: f64,
}

impl DatePart {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::AgeDays => "age days",
            Self::AgeYears => "age years",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::DayOfMonth => "day",
            Self::DayOfYear => "day of year",
            Self::Hour => "hour",
            Self::Quarter => "quarter",
            Self::WeekdayNumber => "weekday number",
            Self::Weekend => "weekend",
        }
    }

    /// Whether it is a place on a circle, given as sine and cosine.
    pub(super) fn is_cyclic(self) -> bool {
        matches!(self, Self::Month | Self::Weekday | Self::DayOfMonth | Self::DayOfYear | Self::Hour)
    }

    /// The number of days since 1970-01-01, for parts that are no circle; NaN for NaN and outside the calendar.
    pub(super) fn number(self, days: f64, origin: Origin) -> f64 {
        let date = || calendar(days);
        match self {
            Self::Days => days - origin.first,
            Self::AgeDays => origin.reference - days,
            Self::AgeYears => (origin.reference - days) / DAYS_A_YEAR,
            Self::Quarter => date().map_or(f64::NAN, |date| f64::from(date.month0() / 3 + 1)),
            Self::WeekdayNumber => {
                date().map_or(f64::NAN, |date| f64::from(date.weekday().number_from_monday()))
            }
            Self::Weekend => {
                date().map_or(f64::NAN, |date| f64::from(u8::from(date.weekday().number_from_monday() > 5)))
            }
            _ => self.turn(days),
        }
    }

    /// Place on the circle, from 0 to 1, of days since 1970-01-01; NaN for NaN and outside the calendar.
    fn turn(self, days: f64) -> f64 {
        if self == Self::Hour {
            return days - days.floor();
        }
        let Some(date) = calendar(days) else { return f64::NAN };
        match self {
            Self::Month => f64::from(date.month0()) / 12.0,
            Self::Weekday => f64::from(date.weekday().num_days_from_monday()) / 7.0,
            Self::DayOfYear => f64::from(date.ordinal0()) / if date.leap_year() { 366.0 } else { 365.0 },
            _ => f64::from(date.day0()) / f64::from(days_of_month(date)),
        }
    }

    /// Sine and cosine of the place on the circle; `missing` for both where there is none.
    pub(super) fn wave(self, days: f64, missing: f64) -> [f64; 2] {
        let turn = self.turn(days);
        if turn.is_nan() { [missing; 2] } else { [(TAU * turn).sin(), (TAU * turn).cos()] }
    }
}

/// Days since 1970-01-01 of a day such as `2024-03-01`.
pub(super) fn parse_day(text: &str) -> Option<f64> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(f64::from(date.num_days_from_ce() - EPOCH))
}

fn calendar(days: f64) -> Option<NaiveDate> {
    let whole = days.floor();
    let in_range = whole.abs() < 9e7;
    in_range.then(|| NaiveDate::from_num_days_from_ce_opt(whole as i32 + EPOCH)).flatten()
}

fn days_of_month(date: NaiveDate) -> u32 {
    let next = match date.month() {
        12 => NaiveDate::from_ymd_opt(date.year() + 1, 1, 1),
        month => NaiveDate::from_ymd_opt(date.year(), month + 1, 1),
    };
    next.and_then(|next| next.pred_opt()).map_or(31, |last| last.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_known_day() {
        // 2024-02-15, a Thursday, six in the morning.
        let days = 19_768.25;
        let origin = Origin { first: 19_700.0, reference: parse_day("2025-02-15").unwrap() };
        assert_eq!(DatePart::Month.turn(days), 1.0 / 12.0);
        assert_eq!(DatePart::Weekday.turn(days), 3.0 / 7.0);
        assert_eq!(DatePart::DayOfMonth.turn(days), 14.0 / 29.0);
        assert_eq!(DatePart::DayOfYear.turn(days), 45.0 / 366.0);
        assert_eq!(DatePart::Hour.turn(days), 0.25);
        assert!((DatePart::Hour.wave(days, 0.0)[0] - 1.0).abs() < 1e-15);
        assert_eq!(DatePart::Month.wave(f64::NAN, 0.0), [0.0, 0.0]);
        assert!(DatePart::Month.wave(1e300, f64::NAN)[0].is_nan());
        assert_eq!(DatePart::Days.number(days, origin), 68.25);
        assert_eq!(DatePart::AgeDays.number(days, origin), 365.75);
        assert_eq!(DatePart::AgeYears.number(days, origin), 365.75 / 365.2425);
        assert_eq!(DatePart::Quarter.number(days, origin), 1.0);
        assert_eq!(DatePart::WeekdayNumber.number(days, origin), 4.0);
        assert_eq!(DatePart::Weekend.number(days + 2.0, origin), 1.0);
        assert!(DatePart::Quarter.number(f64::NAN, origin).is_nan());
        assert_eq!(parse_day("soon"), None);
    }
}
