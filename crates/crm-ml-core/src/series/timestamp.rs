//! Points in time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// A point in time: seconds since 1970-01-01 00:00, without a time zone.
///
/// ```
/// use crm_ml_core::Timestamp;
///
/// let march: Timestamp = "2024-03-01".parse()?;
/// assert_eq!(march, Timestamp::from_ymd(2024, 3, 1)?);
/// assert_eq!(march.to_string(), "2024-03-01");
/// assert_eq!("2024Q2".parse::<Timestamp>()?.to_string(), "2024-04-01");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Of seconds since 1970-01-01 00:00.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Midnight of a day. Errors: a day that is not in the calendar.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Self, Error> {
        match NaiveDate::from_ymd_opt(year, month, day) {
            Some(date) => Ok(Self::from_naive(date.and_time(NaiveTime::MIN))),
            None => Err(not_a_time(&format!("{year}-{month}-{day}"))),
        }
    }

    /// Seconds since 1970-01-01 00:00.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.naive().year()
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u32 {
        self.naive().month()
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u32 {
        self.naive().day()
    }

    /// The week of the year by ISO 8601, 1 to 53.
    pub fn week(self) -> u32 {
        self.naive().iso_week().week()
    }

    /// The day of the week, 0 for Monday.
    pub fn weekday(self) -> u32 {
        self.naive().weekday().num_days_from_monday()
    }

    /// The hour of the day, 0 to 23.
    pub fn hour(self) -> u32 {
        self.naive().hour()
    }

    /// Of the calendar's own type.
    pub(super) fn from_naive(time: NaiveDateTime) -> Self {
        Self(time.and_utc().timestamp())
    }

    /// As the calendar's own type, at its first or last moment where the seconds are beyond it.
    pub(super) fn naive(self) -> NaiveDateTime {
        let beyond = if self.0 < 0 { NaiveDateTime::MIN } else { NaiveDateTime::MAX };
        DateTime::from_timestamp(self.0, 0).map_or(beyond, |time| time.naive_utc())
    }
}

impl fmt::Display for Timestamp {
    /// The day, and the time of the day where it is not midnight.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.naive();
        let format = match (time.time() == NaiveTime::MIN, self.0 % 60 == 0) {
            (true, _) => "%Y-%m-%d",
            (false, true) => "%Y-%m-%d %H:%M",
            (false, false) => "%Y-%m-%d %H:%M:%S",
        };
        write!(formatter, "{}", time.format(format))
    }
}

/// From here on nanoseconds are those of a leap second.
const NANOSECONDS_A_SECOND: u32 = 1_000_000_000;

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads `2024`, `2024Q1`, `2024-01`, `2024-01-31`, and days followed by a blank or `T` and `HH:MM` or `HH:MM:SS`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        // The calendar reads signs and leap seconds, too.
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(not_a_time(text));
        }
        let date = |text: &str| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN))
        };
        let quarter = || {
            let (year, quarter) = text.split_once(['Q', 'q'])?;
            let first = match quarter {
                "1" => "01",
                "2" => "04",
                "3" => "07",
                "4" => "10",
                _ => return None,
            };
            date(&format!("{}-{first}-01", year.trim_end_matches('-')))
        };
        let with_time = || {
            let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
            formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        };
        let time = match text.len() {
            4 => date(&format!("{text}-01-01")),
            6 => quarter(),
            7 => date(&format!("{text}-01")).or_else(quarter),
            10 => date(text),
            _ => with_time(),
        };
        time.filter(|time| time.nanosecond() < NANOSECONDS_A_SECOND)
            .map(Self::from_naive)
            .ok_or_else(|| not_a_time(text))
    }
}

fn not_a_time(text: &str) -> Error {
    ErrorKind::Input {
        source_name: "time".to_owned(),
        line: None,
        column: None,
        value: Some(text.to_owned()),
        message: "no point in time; 2024, 2024Q1, 2024-01, 2024-01-31 and 2024-01-31 13:45 are".to_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (text, shown) in [
            ("2024", "2024-01-01"),
            ("1999Q4", "1999-10-01"),
            ("1999-Q3", "1999-07-01"),
            ("2024-02", "2024-02-01"),
            ("2024-02-29", "2024-02-29"),
            ("2024-02-29T23:59", "2024-02-29 23:59"),
            ("2024-02-29 23:59:58", "2024-02-29 23:59:58"),
        ] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time.to_string(), shown);
            assert_eq!(shown.parse::<Timestamp>().unwrap(), time);
        }
    }

    #[test]
    fn parts_are_those_of_the_calendar() {
        // A Sunday, the last day of its ISO week.
        let time: Timestamp = "2024-06-02 17:30".parse().unwrap();
        assert_eq!((time.year(), time.month(), time.day()), (2024, 6, 2));
        assert_eq!((time.week(), time.weekday(), time.hour()), (22, 6, 17));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "24", "2024Q5", "2023-02-29", "2024-13", "yesterday", "2024-01-01 25:00", "äöüß"]
        {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        for text in ["-123", "+123", "-2024Q1", "+2024-1-01", "-2024-01", "2024-12-31 23:59:60"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        assert!(Timestamp::from_seconds(i64::MAX).to_string().starts_with("+262"));
        assert!(Timestamp::from_seconds(i64::MIN).to_string().starts_with("-262"));
    }
}
