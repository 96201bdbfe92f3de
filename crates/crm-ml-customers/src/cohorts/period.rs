//! Weeks, months, quarters and years as whole numbers.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::moment::DAY;

/// A stretch of the calendar (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Period {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    #[default]
    Month,
    /// January to March and so on.
    Quarter,
    /// A calendar year.
    Year,
}

/// 1970-01-01 was a Thursday: days from the Monday before.
const THURSDAY: i64 = 3;

impl Period {
    /// The word for one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The number of the period that holds a moment; the next period has the next number.
    pub(super) fn number(self, moment: Moment) -> i64 {
        if self == Self::Week {
            return (moment.day() + THURSDAY).div_euclid(7);
        }
        let date = moment.calendar();
        (i64::from(date.year()) * 12 + i64::from(date.month0())).div_euclid(self.months())
    }

    /// The first moment of a period. A number beyond the years 1 to 9999 gives the nearest of them.
    pub(super) fn start(self, number: i64) -> Moment {
        if self == Self::Week {
            return Moment::known((number * 7 - THURSDAY) * DAY);
        }
        let month = number * self.months();
        let year = i32::try_from(month.div_euclid(12)).unwrap_or(i32::MAX);
        let date = NaiveDate::from_ymd_opt(year, month.rem_euclid(12) as u32 + 1, 1);
        Moment::midnight(date.unwrap_or(NaiveDate::MAX))
    }

    fn months(self) -> i64 {
        match self {
            Self::Week | Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// How a period that starts then is called: `2024-03`, `2024 Q1`, `2024`, the Monday of a week.
    pub(super) fn label(self, start: Moment) -> String {
        let date = start.calendar();
        match self {
            Self::Week => date.format("%Y-%m-%d").to_string(),
            Self::Month => date.format("%Y-%m").to_string(),
            Self::Quarter => format!("{} Q{}", date.year(), date.month0() / 3 + 1),
            Self::Year => date.year().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_hold_their_own_start_and_not_the_moment_before() {
        let days = [(1, 1, 1), (1969, 12, 31), (1970, 1, 1), (2024, 2, 29), (2024, 12, 31), (9999, 11, 30)];
        for (year, month, day) in days {
            let moment = Moment::date(year, month, day).unwrap();
            for period in [Period::Week, Period::Month, Period::Quarter, Period::Year] {
                let number = period.number(moment);
                let start = period.start(number);
                assert!(start <= moment && moment < period.start(number + 1), "{period:?} {moment}");
                assert_eq!(period.number(start), number);
                assert_eq!(period.number(Moment::known(start.micros() - 1)), number - 1);
            }
        }
    }

    #[test]
    fn weeks_start_on_monday() {
        let sunday = Moment::date(2024, 3, 3).unwrap();
        let start = Period::Week.start(Period::Week.number(sunday));
        assert_eq!(start, Moment::date(2024, 2, 26).unwrap());
        assert_eq!(Period::Week.label(start), "2024-02-26");
        assert_eq!(Period::Quarter.label(Moment::date(2024, 10, 1).unwrap()), "2024 Q4");
    }
}
