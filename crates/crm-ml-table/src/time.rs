//! Dates and times of ISO 8601, as exports write them.

use chrono::{DateTime, Datelike, NaiveDate};

const MICROS_A_SECOND: i64 = 1_000_000;
const SECONDS_A_DAY: i64 = 86_400;

/// Days since 1970-01-01 of `YYYY-MM-DD`, or of `YYYY-MM` (its first day).
pub(crate) fn date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    match bytes.len() {
        7 if bytes[4] == b'-' => days(digits(bytes, 0..4)?, digits(bytes, 5..7)?, 1),
        10 if bytes[4] == b'-' && bytes[7] == b'-' => {
            days(digits(bytes, 0..4)?, digits(bytes, 5..7)?, digits(bytes, 8..10)?)
        }
        _ => None,
    }
}

/// `YYYYMMDD`, which is read as a date only where a date is declared: it looks like a number.
pub(crate) fn compact_date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 8 {
        return None;
    }
    days(digits(bytes, 0..4)?, digits(bytes, 4..6)?, digits(bytes, 6..8)?)
}

fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    let date = NaiveDate::from_ymd_opt(year as i32, month, day)?;
    Some(date.num_days_from_ce() - NaiveDate::from_ymd_opt(1970, 1, 1)?.num_days_from_ce())
}

fn digits(bytes: &[u8], range: std::ops::Range<usize>) -> Option<u32> {
    let digits = bytes.get(range)?;
    digits.iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

/// Microseconds since 1970-01-01T00:00:00Z of `YYYY-MM-DD[T ]HH:MM[:SS[.fraction]][ ][Z|UTC|+HH[[:]MM]]`.
///
/// Without a zone the time is taken as UTC. Digits beyond the microsecond are cut.
pub(crate) fn date_time(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 16 || !matches!(bytes[10], b'T' | b't' | b' ') || bytes[13] != b':' {
        return None;
    }
    let day = i64::from(date(text.get(..10)?)?);
    let (hour, minute) = (digits(bytes, 11..13)?, digits(bytes, 14..16)?);
    let mut rest = text.get(16..)?;
    let (mut second, mut micros) = (0, 0);
    if rest.starts_with(':') {
        second = digits(rest.as_bytes(), 1..3)?;
        rest = rest.get(3..)?;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 || length > 9 {
                return None;
            }
            let kept = length.min(6);
            micros = i64::from(digits(fraction.as_bytes(), 0..kept)?) * 10i64.pow(6 - kept as u32);
            rest = fraction.get(length..)?;
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = day * SECONDS_A_DAY + i64::from(hour * 3600 + minute * 60 + second) - zone(rest)?;
    Some(seconds * MICROS_A_SECOND + micros)
}

/// Seconds east of UTC.
fn zone(text: &str) -> Option<i64> {
    let text = text.strip_prefix(' ').unwrap_or(text);
    if matches!(text, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let bytes = &text.as_bytes()[1..];
    let (hours, minutes) = match bytes.len() {
        2 => (digits(bytes, 0..2)?, 0),
        4 => (digits(bytes, 0..2)?, digits(bytes, 2..4)?),
        5 if bytes[2] == b':' => (digits(bytes, 0..2)?, digits(bytes, 3..5)?),
        _ => return None,
    };
    (hours <= 18 && minutes <= 59).then(|| sign * i64::from(hours * 3600 + minutes * 60))
}

/// Whether a text that was read as a day is written as [`show_date`] writes it.
pub(crate) fn is_plain_date(text: &str) -> bool {
    text.len() == 10
}

/// Whether a text that was read as a point in time is written as [`show_date_time`] writes it, without a fraction.
pub(crate) fn is_plain_date_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.len() == 20 && bytes[10] == b'T' && bytes[16] == b':' && bytes[19] == b'Z'
}

/// `YYYY-MM-DD` of days since 1970-01-01.
pub(crate) fn show_date(days: i32) -> String {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).map_or(0, |d| d.num_days_from_ce());
    match epoch.checked_add(days).and_then(NaiveDate::from_num_days_from_ce_opt) {
        Some(date) => date.format("%Y-%m-%d").to_string(),
        None => format!("day {days}"),
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.ffffff]Z` of microseconds since 1970-01-01.
pub(crate) fn show_date_time(micros: i64) -> String {
    match DateTime::from_timestamp_micros(micros) {
        Some(time) if micros % MICROS_A_SECOND == 0 => time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Some(time) => time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        None => format!("microsecond {micros}"),
    }
}

/// Day of a point in time.
pub(crate) fn day_of(micros: i64) -> i32 {
    let day = micros.div_euclid(SECONDS_A_DAY * MICROS_A_SECOND);
    day.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// Midnight of a day.
pub(crate) fn midnight(days: i32) -> i64 {
    i64::from(days) * SECONDS_A_DAY * MICROS_A_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date("1970-01-02"), Some(1));
        assert_eq!(date("2000-03"), Some(11_017));
        assert_eq!(date("2024-02-30"), None);
        assert_eq!(date("24-02-03"), None);
        assert_eq!(compact_date("19970101"), Some(9862));
        assert_eq!(show_date(9862), "1997-01-01");
        assert_eq!(show_date(-1), "1969-12-31");
        assert_eq!(show_date(i32::MAX), format!("day {}", i32::MAX));
    }

    #[test]
    fn zones_are_normalised_to_utc() {
        let noon = date_time("2015-02-24T19:35:52Z");
        assert_eq!(noon, Some(1_424_806_552_000_000));
        for same in [
            "2015-02-24 11:35:52 -0800",
            "2015-02-24T11:35:52-08:00",
            "2015-02-24 19:35:52",
            "2015-02-25T01:05:52+05:30",
            "2015-02-24 11:35:52-08",
            "2015-02-24 19:35:52.000 UTC",
        ] {
            assert_eq!(date_time(same), noon, "{same}");
        }
        assert_eq!(date_time("1970-01-01T00:00:00.1234567Z"), Some(123_456));
        assert_eq!(date_time("1970-01-01 00:01"), Some(60_000_000));
        for bad in [
            "2015-02-24 25:00:00",
            "2015-02-24 11:60",
            "2015-02-24T11:35:52 PST",
            "2015-02-24T11:35:5",
            "2015-02-24éé:é0000",
        ] {
            assert_eq!(date_time(bad), None, "{bad}");
        }
        assert_eq!(show_date_time(1_424_806_552_000_000), "2015-02-24T19:35:52Z");
        assert_eq!(show_date_time(123_456), "1970-01-01T00:00:00.123456Z");
        assert_eq!(day_of(-1), -1);
    }
}
