//! The parts of a date that come round again.

use std::f64::consts::TAU;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Days from 0001-01-01 (day 1) to 1970-01-01.
const EPOCH: i32 = 719_163;

/// A part of a date or time that is cyclic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Part {
    Month,
    Weekday,
    DayOfMonth,
    Hour,
}

impl Part {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::DayOfMonth => "day",
            Self::Hour => "hour",
        }
    }

    /// Place on the circle, from 0 to 1, of days since 1970-01-01; NaN for NaN and outside the calendar.
    fn turn(self, days: f64) -> f64 {
        let whole = days.floor();
        if self == Self::Hour {
            return days - whole;
        }
        let in_range = whole.abs() < 9e7;
        let Some(date) =
            in_range.then(|| NaiveDate::from_num_days_from_ce_opt(whole as i32 + EPOCH)).flatten()
        else {
            return f64::NAN;
        };
        match self {
            Self::Month => f64::from(date.month0()) / 12.0,
            Self::Weekday => f64::from(date.weekday().num_days_from_monday()) / 7.0,
            _ => f64::from(date.day0()) / f64::from(days_of_month(date)),
        }
    }

    /// Sine and cosine of the place on the circle; `missing` for both where there is none.
    pub(super) fn wave(self, days: f64, missing: f64) -> [f64; 2] {
        let turn = self.turn(days);
        if turn.is_nan() { [missing; 2] } else { [(TAU * turn).sin(), (TAU * turn).cos()] }
    }
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
    fn places_on_the_circle() {
        // 2024-02-15, a Thursday, six in the morning.
        let days = 19_768.25;
        assert_eq!(Part::Month.turn(days), 1.0 / 12.0);
        assert_eq!(Part::Weekday.turn(days), 3.0 / 7.0);
        assert_eq!(Part::DayOfMonth.turn(days), 14.0 / 29.0);
        assert_eq!(Part::Hour.turn(days), 0.25);
        assert!((Part::Hour.wave(days, 0.0)[0] - 1.0).abs() < 1e-15);
        assert_eq!(Part::Month.wave(f64::NAN, 0.0), [0.0, 0.0]);
        assert!(Part::Month.wave(1e300, f64::NAN)[0].is_nan());
    }
}
